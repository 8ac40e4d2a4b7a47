package server_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A logbook keeps what is logged, at every level.
type logbook struct {
	mu    sync.Mutex
	lines []logLine
}

type logLine struct {
	level slog.Level
	attrs map[string]any // the message among them
}

func (l *logbook) logger() *slog.Logger { return slog.New(l) }

// Enabled says that everything is of interest.
func (l *logbook) Enabled(context.Context, slog.Level) bool { return true }

// Handle keeps a line.
func (l *logbook) Handle(_ context.Context, record slog.Record) error {
	attrs := map[string]any{"message": record.Message}
	record.Attrs(func(a slog.Attr) bool {
		attrs[a.Key] = a.Value.Any()
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, logLine{record.Level, attrs})
	return nil
}

// WithAttrs is not used by the server.
func (l *logbook) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup is not used by the server.
func (l *logbook) WithGroup(string) slog.Handler { return l }

func (l *logbook) all() []logLine {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

func (l *logbook) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines)
}

// said gives the lines of a message so far.
func (l *logbook) said(message string) []logLine {
	return slices.DeleteFunc(l.all(), func(line logLine) bool { return line.attrs["message"] != message })
}

// loud gives the lines that the usual level shows.
func (l *logbook) loud() []logLine {
	return slices.DeleteFunc(l.all(), func(line logLine) bool { return line.level < slog.LevelInfo })
}

// await waits for the n-th line of a message.
func (l *logbook) await(t testing.TB, message string, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return len(l.said(message)) >= n }, patience, 5*time.Millisecond, "line %q", message)
}

// requests ends the service, after which no line can come any more, and gives the lines of the requests without their
// duration, which is checked for being one.
func (w *world) requests() []logLine {
	w.t.Helper()
	require.NoError(w.t, w.close())
	lines := w.log.said("request")
	for _, line := range lines {
		require.IsType(w.t, 0.0, line.attrs["ms"])
		require.GreaterOrEqual(w.t, line.attrs["ms"], 0.0)
		delete(line.attrs, "ms")
	}
	return lines
}
