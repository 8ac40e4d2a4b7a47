package trace

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"lastpost/internal/durable"
)

// Files in the directory of the traces. New exchanges are appended to the current file. When it is full, a rotation moves
// the exchanges that the joiner still retains to the previous file. So both files stay bounded.
const (
	currentFile  = "traces.jsonl"
	previousFile = "traces.old.jsonl"
	keyFile      = "key"
	fullFile     = "full-since"
)

// Bounds of each of the two files.
const (
	maxFile      = 4 << 20
	maxExchanges = 1000
)

// A store writes exchanges to a file, one JSON object a line. Only one goroutine may use it.
type store struct {
	dir   string
	file  *os.File
	size  int64
	count int
}

// openStore opens the current file, and creates it and the directory if they are missing. Only the owner may access them.
// It removes the incomplete last line and the temporary files that a crash can leave.
func openStore(dir string) (*store, error) {
	s := &store{dir: dir}
	if err := s.openFile(); err != nil {
		return s, err
	}
	return s, durable.RemoveTemporary(dir)
}

func (s *store) openFile() error {
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
	return durable.SyncDir(s.dir)
}

// writeExchange appends an exchange to the current file. If the file is full, it rotates the files first, and calls ids
// for the IDs of the exchanges to retain.
func (s *store) writeExchange(x Exchange, ids func() map[string]bool) error {
	line, err := encodeLines([]Exchange{x})
	if err != nil {
		return err
	}
	if !s.isFileInPlace() { // the operator removed the file, or it could not be opened before
		_ = s.closeFile()
		if err := s.openFile(); err != nil {
			return err
		}
	}
	if s.count > 0 && (s.size+int64(len(line)) > maxFile || s.count >= maxExchanges) {
		if err := s.rotateFiles(ids()); err != nil {
			return err
		}
	}
	n, err := s.file.Write(line)
	if err != nil { // a partial line would damage the next one
		return errors.Join(err, s.file.Truncate(s.size))
	}
	s.size, s.count = s.size+int64(n), s.count+1
	return nil
}

// syncFile waits until the written data is on the disk.
func (s *store) syncFile() error {
	if s.file == nil {
		return nil
	}
	return s.file.Sync()
}

// rotateFiles moves the exchanges with the given IDs from the current file to the previous file, and removes all others
// from both files. It also removes clear-text exchanges that are already in the previous file, so that secrets survive
// one rotation only. If the process stops before the current file is emptied, some exchanges are in both files. Readers
// skip the duplicates.
func (s *store) rotateFiles(ids map[string]bool) error {
	previous, _, _ := readExchanges(filepath.Join(s.dir, previousFile)) // exchanges that cannot be read are lost
	current, _, err := readExchanges(filepath.Join(s.dir, currentFile))
	if err != nil {
		return err
	}
	previous = slices.DeleteFunc(previous, func(x Exchange) bool { return x.Full })
	lines, err := encodeLines(slices.DeleteFunc(concatDistinct(previous, current), func(x Exchange) bool { return !ids[x.ID] }))
	if err == nil {
		err = durable.Replace(filepath.Join(s.dir, previousFile), lines, 0o600)
	}
	if err == nil {
		err = s.file.Truncate(0)
	}
	if err == nil {
		s.size, s.count = 0, 0
	}
	return err
}

func encodeLines(exchanges []Exchange) ([]byte, error) {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, x := range exchanges {
		if err := encoder.Encode(x); err != nil {
			return nil, err
		}
	}
	return lines.Bytes(), nil
}

// isFileInPlace reports whether the directory still contains the open file.
func (s *store) isFileInPlace() bool {
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

func (s *store) closeFile() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// loadOrCreateKey returns the stored key of the masker. It creates and stores a key if there is none.
func loadOrCreateKey(dir string) ([]byte, error) {
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
	return key, durable.Replace(name, key, 0o600)
}

// loadFullStart returns the stored start of full recording. If there is none, full recording starts now, and it stores
// now. If full is false, it removes the stored start and returns the zero time.
func loadFullStart(dir string, full bool, now time.Time) (time.Time, error) {
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
	text, _ := now.UTC().MarshalText() // cannot fail for years up to 9999
	return now, durable.Replace(name, text, 0o600)
}
