package trace

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

var errNotExchange = errors.New("is no exchange")

// ErrNoTrace is that there is no trace of that name.
var ErrNoTrace = errors.New("no such trace")

// ReadTraces reads what lies in a folder of traces, the newest first. It may be asked while a service writes there. A folder
// that is not there has none.
//
// A line that is damaged, as by a disk, is left out.
func ReadTraces(dir string) ([]Trace, error) {
	traces, _, err := loadTraces(dir)
	return traces, err
}

// loadTraces says besides what was left out.
func loadTraces(dir string) (traces []Trace, damage, err error) {
	exchanges, damage, err := readBothFiles(dir)
	if err != nil {
		return nil, nil, err
	}
	byID := map[string]*Trace{}
	var order []*Trace
	for _, x := range exchanges {
		if byID[x.Trace] == nil {
			byID[x.Trace] = &Trace{ID: x.Trace}
			order = append(order, byID[x.Trace])
		}
		byID[x.Trace].Exchanges = append(byID[x.Trace].Exchanges, x)
	}
	for _, t := range order {
		slices.SortStableFunc(t.Exchanges, func(a, b Exchange) int { return a.Began.Compare(b.Began) })
		for _, x := range t.Exchanges {
			linkPossible(t, byID[x.MaybeRelated])
		}
	}
	traces = make([]Trace, len(order))
	for i, t := range order {
		traces[i] = *t
	}
	slices.SortStableFunc(traces, func(a, b Trace) int { return b.Began().Compare(a.Began()) })
	return traces, damage, nil
}

// readBothFiles gives what lies in both files, in the order in which it was written. The newer one is read first: should the
// files turn in between, what was in it is found in the other one.
func readBothFiles(dir string) (exchanges []Exchange, damage, err error) {
	current, currentDamage, err := readExchanges(filepath.Join(dir, currentFile))
	if err != nil {
		return nil, nil, err
	}
	previous, damage, err := readExchanges(filepath.Join(dir, previousFile))
	if err != nil {
		return nil, nil, err
	}
	return concatDistinct(previous, current), errors.Join(damage, currentDamage), nil
}

// concatDistinct leaves out what is in both files.
func concatDistinct(former, current []Exchange) []Exchange {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Concat(former, current), func(x Exchange) bool {
		again := seen[x.ID]
		seen[x.ID] = true
		return again
	})
}

// FindTrace gives the trace of an id, or of the one whose id begins so. "" is the newest.
func FindTrace(traces []Trace, id string) (Trace, error) {
	var found []Trace
	for _, t := range traces {
		if t.ID == id || id == "" {
			return t, nil
		}
		if strings.HasPrefix(t.ID, id) {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Trace{}, ErrNoTrace
	}
	return Trace{}, fmt.Errorf("%d traces begin with %q: %w", len(found), id, ErrNoTrace)
}

// readExchanges gives those that can be read, and which line is the first that cannot.
func readExchanges(name string) (exchanges []Exchange, damage, err error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = file.Close() }() // was only read
	lines := bufio.NewReader(io.LimitReader(file, 2*maxFile))
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) { // what has no end is being written
			return exchanges, damage, nil
		}
		if err != nil {
			return nil, nil, err
		}
		var x Exchange
		switch err := decodeLine(line, &x); {
		case err == nil:
			exchanges = append(exchanges, x)
		case damage == nil:
			damage = fmt.Errorf("%s, line %d: %w", name, number, err)
		}
	}
}

// decodeLine reads an exchange. A line that is JSON, and tells of none, is damaged, too.
func decodeLine(line []byte, x *Exchange) error {
	if err := json.Unmarshal(line, x); err != nil {
		return err
	}
	if x.ID == "" || x.Trace == "" || x.Began.IsZero() {
		return errNotExchange
	}
	return nil
}
