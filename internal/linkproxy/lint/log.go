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
	findingsFile = "said"
	maxFileBytes = 4 << 20 // bytes that are read of it: much more than the findings of all traces take
	minLines     = 2000    // lines, below which none are looked through for traces that are gone
)

// A Log logs findings, each once, also across restarts: it notes a line each in a file, with trace and rule. What
// ripened while the service was down is so told from what was logged long ago. A line is there once its finding was logged: after a
// stop in between it is logged again, rather than never. A Log belongs to one goroutine.
type FindingLog struct {
	dir string
	log *slog.Logger
	now func() time.Time

	loggedFindings map[string]bool
	compactAt      int // lines, from which on those of traces that are gone are dropped
}

// OpenFindingLog reads which findings were logged. dir is the folder of the traces.
func OpenFindingLog(dir string, log *slog.Logger, now func() time.Time) (*FindingLog, error) {
	l := &FindingLog{dir: dir, log: log, now: now, loggedFindings: map[string]bool{}}
	file, err := os.Open(l.filePath())
	if errors.Is(err, fs.ErrNotExist) {
		l.compactAt = minLines
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // was only read
	content, err := io.ReadAll(io.LimitReader(file, maxFileBytes))
	if err != nil {
		return nil, err
	}
	whole := content[:bytes.LastIndexByte(content, '\n')+1] // what a crash has cut off is said again
	for line := range strings.Lines(string(whole)) {
		l.loggedFindings[strings.TrimSuffix(line, "\n")] = true
	}
	return l, l.compact()
}

func (l *FindingLog) filePath() string { return filepath.Join(l.dir, findingsFile) }

// LogFindings diagnoses a trace and logs what was not logged yet.
func (l *FindingLog) LogFindings(t trace.Trace) error {
	var lines strings.Builder
	for _, f := range Diagnose(t, l.now()) {
		key := t.ID + " " + f.Rule
		if l.loggedFindings[key] {
			continue
		}
		l.log.Warn("account linking: "+f.Title, "trace", t.ID, "rule", f.Rule, "source", f.Source, "seen", f.Seen,
			"fault", string(f.Fault), "remedy", f.Remedy)
		l.loggedFindings[key] = true
		lines.WriteString(key + "\n")
	}
	if lines.Len() == 0 {
		return nil
	}
	file, err := os.OpenFile(l.filePath(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(lines.String())
	err = errors.Join(err, file.Close())
	if len(l.loggedFindings) > l.compactAt {
		err = errors.Join(err, l.compact())
	}
	return err
}

// compact drops what was logged of traces that are gone.
func (l *FindingLog) compact() error {
	traces, err := trace.ReadTraces(l.dir)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, t := range traces {
		there[t.ID] = true
	}
	var lines bytes.Buffer
	for key := range l.loggedFindings {
		if id, _, _ := strings.Cut(key, " "); there[id] {
			lines.WriteString(key + "\n")
		} else {
			delete(l.loggedFindings, key)
		}
	}
	l.compactAt = 2*len(l.loggedFindings) + minLines
	return os.WriteFile(l.filePath(), lines.Bytes(), 0o600) // a stop in between has findings logged again, and that is all
}
