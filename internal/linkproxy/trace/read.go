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

var errNotExchange = errors.New("not an exchange")

// ErrNoTrace means that no trace has this ID.
var ErrNoTrace = errors.New("no such trace")

// ReadTraces returns the traces in a directory, newest first. A service may write to the directory at the same time.
// ReadTraces skips damaged lines. It returns no traces and no error if the directory does not exist.
func ReadTraces(dir string) ([]Trace, error) {
	traces, _, err := loadTraces(dir)
	return traces, err
}

// loadTraces returns the traces in a directory, newest first. damage describes the first damaged line of each file, or is
// nil. err is an error that prevented reading.
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

// readBothFiles returns the exchanges of both files in the order in which they were written. It reads the current file
// first. So a rotation between the two reads can duplicate exchanges, but cannot lose any. It removes the duplicates.
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

// concatDistinct returns the exchanges of both files without duplicates, those of the previous file first.
func concatDistinct(former, current []Exchange) []Exchange {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Concat(former, current), func(x Exchange) bool {
		again := seen[x.ID]
		seen[x.ID] = true
		return again
	})
}

// FindTrace returns the trace with an ID, or the only trace whose ID begins with id. If id is "", it returns the newest
// trace, and prefers one that is not of a stranger (see IsUnknown). Otherwise the error wraps ErrNoTrace.
func FindTrace(traces []Trace, id string) (Trace, error) {
	if id == "" && len(traces) > 0 {
		return traces[max(0, slices.IndexFunc(traces, func(t Trace) bool { return !t.IsUnknown() }))], nil
	}
	var found []Trace
	for _, t := range traces {
		if t.ID == id {
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

// readExchanges returns the exchanges in a file without the damaged lines. damage describes the first damaged line.
func readExchanges(name string) (exchanges []Exchange, damage, err error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = file.Close() }() // the file is only read
	lines := bufio.NewReader(io.LimitReader(file, 2*maxFile))
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) { // a line without an end is still being written
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

// decodeLine decodes an exchange. It also returns an error for valid JSON without the members that an exchange requires.
func decodeLine(line []byte, x *Exchange) error {
	if err := json.Unmarshal(line, x); err != nil {
		return err
	}
	if x.ID == "" || x.Trace == "" || x.Began.IsZero() {
		return errNotExchange
	}
	return nil
}
