package lint

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lastpost/internal/linkproxy/trace"
)

const (
	saidFile = "said"
	maxSaid  = 4 << 20 // bytes that are read of it: much more than the findings of all traces take
	minSaid  = 2000    // lines, below which none are looked through for traces that are gone
)

// A Log logs findings, each once, also across restarts: it notes a line each in a file, with trace and rule. What
// ripened while the service was down is so told from what was logged long ago. A line is there once its finding was logged: after a
// stop in between it is logged again, rather than never. A Log belongs to one goroutine.
type Log struct {
	dir string
	log *slog.Logger
	now func() time.Time

	said map[string]bool
	many int // lines, from which on those of traces that are gone are dropped
}

// OpenLog reads which findings were logged. dir is the folder of the traces.
func OpenLog(dir string, log *slog.Logger, now func() time.Time) (*Log, error) {
	l := &Log{dir: dir, log: log, now: now, said: map[string]bool{}}
	file, err := os.Open(l.file())
	if errors.Is(err, fs.ErrNotExist) {
		l.many = minSaid
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // was only read
	content, err := io.ReadAll(io.LimitReader(file, maxSaid))
	if err != nil {
		return nil, err
	}
	whole := content[:bytes.LastIndexByte(content, '\n')+1] // what a crash has cut off is said again
	for line := range strings.Lines(string(whole)) {
		l.said[strings.TrimSuffix(line, "\n")] = true
	}
	return l, l.forget()
}

func (l *Log) file() string { return filepath.Join(l.dir, saidFile) }

// Note diagnoses a trace and logs what was not logged yet.
func (l *Log) Note(t trace.Trace) error {
	var lines strings.Builder
	for _, f := range Diagnose(t, l.now()) {
		key := t.ID + " " + f.Rule
		if l.said[key] {
			continue
		}
		l.log.Warn("account linking: "+f.Title, "trace", t.ID, "rule", f.Rule, "source", f.Source, "seen", f.Seen,
			"fault", string(f.Fault), "remedy", f.Remedy)
		l.said[key] = true
		lines.WriteString(key + "\n")
	}
	if lines.Len() == 0 {
		return nil
	}
	file, err := os.OpenFile(l.file(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(lines.String())
	err = errors.Join(err, file.Close())
	if len(l.said) > l.many {
		err = errors.Join(err, l.forget())
	}
	return err
}

// forget drops what was logged of traces that are gone.
func (l *Log) forget() error {
	traces, err := trace.Traces(l.dir)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, t := range traces {
		there[t.ID] = true
	}
	var lines bytes.Buffer
	for key := range l.said {
		if id, _, _ := strings.Cut(key, " "); there[id] {
			lines.WriteString(key + "\n")
		} else {
			delete(l.said, key)
		}
	}
	l.many = 2*len(l.said) + minSaid
	return os.WriteFile(l.file(), lines.Bytes(), 0o600) // a stop in between has findings logged again, and that is all
}
