package lint

import (
	"bytes"
	"context"
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
	maxFileBytes = 4 << 20 // bytes read from the file; the findings of all traces need much less
	minLines     = 2000    // below this number of lines, the file is not compacted
)

// A FindingLog logs each finding once, also across restarts. It stores the trace and the rule of each logged finding as
// a line of a file. So after a restart it logs a fault that became visible while the service was down, but does not
// repeat older findings.
//
// The line is written after the finding is logged. If the process stops in between, the finding is logged twice rather
// than never. Only one goroutine may use a FindingLog.
type FindingLog struct {
	// AllowLine reports whether another finding of a rule may be logged now, because a stranger can cause any number of
	// attempts with a fault. The other findings appear with the traces only. Nil: always.
	AllowLine func(rule string) bool

	dir string
	log *slog.Logger
	now func() time.Time

	loggedFindings map[string]bool
	compactAt      int // number of findings at which compact runs
}

// OpenFindingLog reads which findings were logged before. dir is the directory of the traces.
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
	defer func() { _ = file.Close() }() // the file is only read
	content, err := io.ReadAll(io.LimitReader(file, maxFileBytes))
	if err != nil {
		return nil, err
	}
	complete := content[:bytes.LastIndexByte(content, '\n')+1] // a finding with an incomplete line is logged again
	for line := range strings.Lines(string(complete)) {
		l.loggedFindings[strings.TrimSuffix(line, "\n")] = true
	}
	return l, l.compact()
}

func (l *FindingLog) filePath() string { return filepath.Join(l.dir, findingsFile) }

// LogFindings diagnoses a trace and logs the findings that were not logged before.
func (l *FindingLog) LogFindings(t trace.Trace) error {
	var lines strings.Builder
	for _, f := range Diagnose(t, l.now()) {
		key := t.ID + " " + f.Rule
		if l.loggedFindings[key] {
			continue
		}
		level := slog.LevelWarn
		if !f.IsFault() {
			level = slog.LevelInfo
		}
		if l.AllowLine == nil || l.AllowLine(f.Rule) {
			l.log.Log(context.Background(), level, "account linking: "+f.Title, "trace", t.ID, "rule", f.Rule, "source", f.Source,
				"seen", f.Seen, "fault", string(f.Responsible), "remedy", f.Remedy)
		}
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

// compact removes the findings of traces that no longer exist, in memory and in the file.
func (l *FindingLog) compact() error {
	traces, err := trace.ReadTraces(l.dir)
	if err != nil {
		return err
	}
	exists := map[string]bool{}
	for _, t := range traces {
		exists[t.ID] = true
	}
	var lines bytes.Buffer
	for key := range l.loggedFindings {
		if id, _, _ := strings.Cut(key, " "); exists[id] {
			lines.WriteString(key + "\n")
		} else {
			delete(l.loggedFindings, key)
		}
	}
	l.compactAt = 2*len(l.loggedFindings) + minLines
	return os.WriteFile(l.filePath(), lines.Bytes(), 0o600) // if the process stops here, some findings are logged again
}
