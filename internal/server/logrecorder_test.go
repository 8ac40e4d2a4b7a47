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

// A logRecorder stores log lines of every level.
type logRecorder struct {
	mu    sync.Mutex
	lines []logLine
}

type logLine struct {
	level slog.Level
	attrs map[string]any // includes the message
}

func (l *logRecorder) logger() *slog.Logger { return slog.New(l) }

// Enabled returns true for every level.
func (l *logRecorder) Enabled(context.Context, slog.Level) bool { return true }

// Handle stores a line.
func (l *logRecorder) Handle(_ context.Context, record slog.Record) error {
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

// WithAttrs is required by slog.Handler. The server does not use it.
func (l *logRecorder) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup is required by slog.Handler. The server does not use it.
func (l *logRecorder) WithGroup(string) slog.Handler { return l }

func (l *logRecorder) allLines() []logLine {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

func (l *logRecorder) lineCount() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines)
}

// linesWithMessage returns the lines whose message is message.
func (l *logRecorder) linesWithMessage(message string) []logLine {
	return slices.DeleteFunc(l.allLines(), func(line logLine) bool { return line.attrs["message"] != message })
}

// visibleLines returns the lines of level info and above.
func (l *logRecorder) visibleLines() []logLine {
	return slices.DeleteFunc(l.allLines(), func(line logLine) bool { return line.level < slog.LevelInfo })
}

// awaitLines waits until the log has n lines with this message.
func (l *logRecorder) awaitLines(t testing.TB, message string, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return len(l.linesWithMessage(message)) >= n }, testTimeout, 5*time.Millisecond, "line %q", message)
}

// stopAndRequestLines stops the server and returns the log lines of requests. It checks the duration in each line and
// removes it, so that a test can compare the rest.
func (env *testEnv) stopAndRequestLines() []logLine {
	env.t.Helper()
	require.NoError(env.t, env.close())
	lines := env.log.linesWithMessage("request")
	for _, line := range lines {
		require.IsType(env.t, 0.0, line.attrs["ms"])
		require.GreaterOrEqual(env.t, line.attrs["ms"], 0.0)
		delete(line.attrs, "ms")
	}
	return lines
}
