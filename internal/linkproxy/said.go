package linkproxy

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lastpost/internal/durable"
)

// maxSaid is how much is read of the file of findings that were logged: much more than those of all traces take.
const maxSaid = 4 << 20

// A sayings remembers which findings were logged, also across restarts: a line each of a file, with trace and rule. What
// ripened while nobody watched is so told from what was said long ago. A line is there once its finding was logged: whoever
// is stopped in between says it again, rather than never.
type sayings struct {
	name string
	said map[string]bool
}

func openSayings(dir string) (*sayings, error) {
	s := &sayings{name: filepath.Join(dir, saidFile), said: map[string]bool{}}
	file, err := os.Open(s.name)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // was only read
	content, err := io.ReadAll(io.LimitReader(file, maxSaid))
	if err != nil {
		return nil, err
	}
	whole := content[:bytes.LastIndexByte(content, '\n')+1]
	for line := range strings.Lines(string(whole)) {
		s.said[strings.TrimSuffix(line, "\n")] = true
	}
	if len(whole) < len(content) { // what a crash has cut off is said again
		err = os.Truncate(s.name, int64(len(whole)))
	}
	return s, err
}

func saying(t Trace, f Finding) string { return t.ID + " " + f.Rule }

// add notes what was logged.
func (s *sayings) add(keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	for _, key := range keys {
		s.said[key] = true
	}
	file, err := os.OpenFile(s.name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(strings.Join(keys, "\n") + "\n")
	return errors.Join(err, file.Close())
}

// keep drops what was said of traces that nobody has any more.
func (s *sayings) keep(there func(trace string) bool) error {
	var lines bytes.Buffer
	for key := range s.said {
		trace, _, _ := strings.Cut(key, " ")
		if !there(trace) {
			delete(s.said, key)
			continue
		}
		lines.WriteString(key + "\n")
	}
	return durable.Replace(s.name, lines.Bytes(), 0o600)
}
