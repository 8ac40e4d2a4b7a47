package faultlog_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/faultlog"
)

// A lockedBuffer may be written while it is read.
type lockedBuffer struct {
	mu      sync.Mutex
	content bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.content.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.content.String()
}

// newLog returns a log and the text that it wrote, without times.
func newLog() (*faultlog.Log, *lockedBuffer) {
	var out lockedBuffer
	dropTime := func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	return &faultlog.Log{Logger: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: dropTime}))}, &out
}

func TestFaultIsCountedAndLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, out := newLog()
		fault := faultlog.Fault{Kind: "wrong-path", Skill: "elf", Text: "wrong path", Remedy: "Correct it.", Level: slog.LevelWarn}
		first := time.Now()
		log.Report(fault, slog.String("path", "/x"))
		time.Sleep(time.Second)
		log.Report(fault)
		require.Equal(t, `level=WARN msg="wrong path" fault=wrong-path skill=elf remedy="Correct it." path=/x
level=WARN msg="wrong path" fault=wrong-path skill=elf remedy="Correct it."
`, out.String())
		require.Equal(t, []faultlog.Seen{{Fault: fault, Count: 2, First: first, Last: first.Add(time.Second)}}, log.Seen())
	})
}

func TestFloodIsSummarised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, out := newLog()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); log.Run(ctx) }()
		for range 10_000 {
			log.Report(faultlog.Fault{Kind: "a", Text: "a happened", Remedy: "Repair a."})
		}
		log.Report(faultlog.Fault{Kind: "b", Text: "b happened"})
		require.Equal(t, 5, strings.Count(out.String(), `msg="a happened"`))
		require.Equal(t, 1, strings.Count(out.String(), `msg="b happened"`), "another kind has its own lines")
		time.Sleep(2 * time.Minute)
		summary := `level=INFO msg="more of the same within a minute; log lines omitted" fault=a skill="" count=9995 last="a happened" remedy="Repair a."`
		require.Equal(t, 1, strings.Count(out.String(), summary), out.String())
		require.Equal(t, 7, strings.Count(out.String(), "\n"), "without faults, there are no more lines")
		require.EqualValues(t, 10_000, count(log, "a"))

		log.Report(faultlog.Fault{Kind: "a", Text: "a happened"})
		require.Equal(t, 6, strings.Count(out.String(), `msg="a happened"`), "the next minute has its own lines")
		for range 7 {
			log.Report(faultlog.Fault{Kind: "c", Text: "c happened"})
		}
		cancel()
		<-done
		require.Contains(t, out.String(), "fault=c skill=\"\" count=2", "the end of the process loses no summary")
	})
}

func TestSummaryComesWithoutRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, out := newLog()
		for range 6 {
			log.Report(faultlog.Fault{Kind: "a", Text: "a happened"})
		}
		time.Sleep(time.Minute)
		log.Report(faultlog.Fault{Kind: "a", Text: "a happened"})
		require.Contains(t, out.String(), "fault=a skill=\"\" count=1 last")
	})
}

func TestAllowLineLimitsLinesOfCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, out := newLog()
		allowed := 0
		for range 100 {
			if log.AllowLine("refusal signature", "elf") {
				allowed++
			}
		}
		require.Equal(t, 5, allowed)
		require.Empty(t, log.Seen(), "lines of the caller are not faults")
		time.Sleep(time.Minute)
		require.True(t, log.AllowLine("refusal signature", "elf"))
		require.Contains(t, out.String(), `fault="refusal signature" skill=elf count=95`)
	})
}

func TestMemoryIsBounded(t *testing.T) {
	log, out := newLog()
	for i := range 5000 {
		log.Report(faultlog.Fault{Kind: fmt.Sprint("kind ", i), Text: "from outside"})
	}
	require.Len(t, log.Seen(), 1025)
	require.EqualValues(t, 5000-1024, count(log, "other"))
	require.Less(t, len(out.String()), 200_000)
}

func TestForgetsSkill(t *testing.T) {
	log, _ := newLog()
	log.Report(faultlog.Fault{Kind: "a", Skill: "elf"})
	log.Report(faultlog.Fault{Kind: "a", Skill: "dwarf"})
	log.Report(faultlog.Fault{Kind: "a"})
	log.Forget("elf")
	var skills []string
	for _, seen := range log.Seen() {
		skills = append(skills, seen.Skill)
	}
	require.ElementsMatch(t, []string{"dwarf", ""}, skills)
}

func TestConcurrentReports(t *testing.T) {
	log := new(faultlog.Log)
	done := make(chan struct{})
	for range 8 {
		go func() {
			for range 1000 {
				log.Report(faultlog.Fault{Kind: "a"})
				log.Seen()
			}
			done <- struct{}{}
		}()
	}
	for range 8 {
		<-done
	}
	require.EqualValues(t, 8000, count(log, "a"))
}

func count(log *faultlog.Log, kind string) (n uint64) {
	for _, seen := range log.Seen() {
		if seen.Kind == kind {
			n += seen.Count
		}
	}
	return n
}
