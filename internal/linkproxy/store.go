package linkproxy

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Files in the folder of the traces. There are two of exchanges, the one being written and the one before, so that both
// number and bytes stay bounded.
const (
	currentFile = "traces.jsonl"
	formerFile  = "traces.old.jsonl"
	keyFile     = "key"
	fullFile    = "full-since"
)

// Bounds of each of the two files.
const (
	maxFile      = 4 << 20
	maxExchanges = 1000
)

// ErrNoTrace is that there is no trace of that name.
var ErrNoTrace = errors.New("no such trace")

// A store writes exchanges down, a JSON object a line. It belongs to one goroutine.
type store struct {
	dir   string
	file  *os.File
	size  int64
	count int
}

// openStore opens the folder, and makes it where it is missing, for its owner alone. What a crash has cut off is taken
// away.
func openStore(dir string) (*store, error) {
	s := &store{dir: dir}
	return s, s.open()
}

func (s *store) open() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	name := filepath.Join(s.dir, currentFile)
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	content, err := io.ReadAll(io.LimitReader(file, 2*maxFile))
	if err == nil {
		s.size = int64(bytes.LastIndexByte(content, '\n') + 1)
		s.count = bytes.Count(content, []byte("\n"))
		err = errors.Join(file.Truncate(s.size), file.Chmod(0o600))
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	s.file = file
	return syncDir(s.dir)
}

// write appends exchanges, and comes back when the disk has them.
func (s *store) write(exchanges []Exchange) error {
	var lines bytes.Buffer
	for _, x := range exchanges {
		line, err := json.Marshal(x)
		if err != nil {
			return err
		}
		lines.Write(line)
		lines.WriteByte('\n')
	}
	if !s.there() { // an operator has removed it, with what was in it, or it could not be opened the last time
		_ = s.close()
		if err := s.open(); err != nil {
			return err
		}
	}
	if s.count > 0 && (s.size+int64(lines.Len()) > maxFile || s.count+len(exchanges) > maxExchanges) {
		if err := s.turn(); err != nil {
			return err
		}
	}
	n, err := s.file.Write(lines.Bytes())
	if err != nil { // half a line would spoil the next one
		return errors.Join(err, s.file.Truncate(s.size))
	}
	s.size, s.count = s.size+int64(n), s.count+len(exchanges)
	return s.file.Sync()
}

// turn makes the file the former one, and begins a new one.
func (s *store) turn() error {
	lines := s.salvaged()
	current := filepath.Join(s.dir, currentFile)
	err := errors.Join(s.close(), os.Rename(current, filepath.Join(s.dir, formerFile)))
	if err == nil {
		err = s.open()
	}
	if err == nil {
		err = s.restore(lines)
	}
	return err
}

// there reports whether what is written can be found again.
func (s *store) there() bool {
	if s.file == nil {
		return false
	}
	named, err := os.Stat(filepath.Join(s.dir, currentFile))
	if err != nil {
		return false
	}
	open, err := s.file.Stat()
	return err == nil && os.SameFile(named, open)
}

func (s *store) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// Traces reads what lies in a folder of traces, the newest first. It may be asked while a service writes there. A folder
// that is not there has none.
//
// A line that is damaged, as by a disk, is left out.
func Traces(dir string) ([]Trace, error) {
	traces, _, err := readTraces(dir)
	return traces, err
}

// readTraces says besides what was left out.
func readTraces(dir string) (traces []Trace, damage, err error) {
	byID := map[string]*Trace{}
	var order []*Trace
	seen := map[string]bool{} // should the files turn while they are read
	for _, name := range []string{formerFile, currentFile} {
		exchanges, spoilt, err := readExchanges(filepath.Join(dir, name))
		if err != nil {
			return nil, nil, err
		}
		damage = errors.Join(damage, spoilt)
		for _, x := range exchanges {
			if seen[x.ID] {
				continue
			}
			seen[x.ID] = true
			if byID[x.Trace] == nil {
				byID[x.Trace] = &Trace{ID: x.Trace}
				order = append(order, byID[x.Trace])
			}
			byID[x.Trace].Exchanges = append(byID[x.Trace].Exchanges, x)
		}
	}
	traces = make([]Trace, len(order))
	for i, t := range order {
		slices.SortStableFunc(t.Exchanges, func(a, b Exchange) int { return a.Began.Compare(b.Began) })
		traces[i] = *t
	}
	slices.SortStableFunc(traces, func(a, b Trace) int { return b.Began().Compare(a.Began()) })
	return traces, damage, nil
}

// Find gives the trace of an id, or of the one whose id begins so. "" is the newest.
func Find(traces []Trace, id string) (Trace, error) {
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
		switch err := json.Unmarshal(line, &x); {
		case err == nil:
			exchanges = append(exchanges, x)
		case damage == nil:
			damage = fmt.Errorf("%s, line %d: %w", name, number, err)
		}
	}
}

// loadKey gives the key that what machines made is hashed with, and makes one where there is none.
func loadKey(dir string) ([]byte, error) {
	name := filepath.Join(dir, keyFile)
	key, err := os.ReadFile(name)
	if err == nil && len(key) == 32 {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key = make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key, replace(name, key)
}

// fullSince gives when full recording began, and notes now where it begins. Without full recording the note goes.
func fullSince(dir string, full bool, now time.Time) (time.Time, error) {
	name := filepath.Join(dir, fullFile)
	if !full {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return time.Time{}, err
		}
		return time.Time{}, nil
	}
	var since time.Time
	content, err := os.ReadFile(name)
	if err == nil && since.UnmarshalText(bytes.TrimSpace(content)) == nil {
		return since, nil
	}
	text, _ := now.UTC().MarshalText() // a time of these years always has a text
	return now, replace(name, text)
}

// replace puts a small file in place, whole or not at all.
func replace(name string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(name), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncDir(filepath.Dir(name))
}

func syncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
