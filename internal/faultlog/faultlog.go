// Package faultlog counts faults that come from outside, such as failed handshakes and Amazon's error reports. It limits
// their log lines, so that a stranger who causes faults cannot fill the log. It does not judge faults.
package faultlog

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Limits of the log. Each kind of each skill has its own.
const (
	linesPerInterval = 5
	interval         = time.Minute
	maxEntries       = 1024 // kinds and skills are few; this limit holds if a caller passes a name from outside
)

// A Fault is one thing that went wrong.
type Fault struct {
	Kind   string     // a label from a fixed set, such as "no-shared-suite"
	Skill  string     // "": the whole service
	Text   string     // what happened; the caller quotes and shortens text from outside
	Remedy string     // a sentence: what the operator does
	Level  slog.Level // of the log lines; zero: info

	SummaryOnly bool // one line a minute with the count, because a stranger causes most of these faults
}

// Seen is a kind of fault that happened.
type Seen struct {
	Fault              // the last one
	Count       uint64 // since the start of the process
	First, Last time.Time
}

// A Log counts faults and writes them to the log. Its methods may be called by many goroutines.
type Log struct {
	Logger *slog.Logger     // nil: none
	Now    func() time.Time // nil: time.Now

	mu      sync.Mutex
	entries map[key]*entry
}

type key struct{ kind, skill string }

// An entry is the state of one kind of one skill.
type entry struct {
	seen       Seen
	began      time.Time // of the current interval
	lines      int       // in the current interval
	suppressed uint64    // in the current interval
}

// Report counts a fault and logs it, unless its kind has used up its lines of this minute.
func (l *Log) Report(f Fault, attributes ...slog.Attr) {
	l.mu.Lock()
	now := l.now()
	e, summary := l.entry(key{f.Kind, f.Skill}, now)
	f.Kind, f.Skill = e.seen.Kind, e.seen.Skill
	e.seen.Fault, e.seen.Last = f, now
	e.seen.Count++
	if f.SummaryOnly {
		e.lines = linesPerInterval
	}
	allowed := e.allowLine()
	l.mu.Unlock()
	l.logSummary(summary)
	if allowed {
		l.log(f.Level, f.Text, append([]slog.Attr{
			slog.String("fault", f.Kind), slog.String("skill", f.Skill), slog.String("remedy", f.Remedy)}, attributes...))
	}
}

// AllowLine reports whether the caller may write another log line about kind in this minute. Run logs how many lines were
// not written. Seen does not contain the kind.
func (l *Log) AllowLine(kind, skill string) bool {
	l.mu.Lock()
	e, summary := l.entry(key{kind, skill}, l.now())
	allowed := e.allowLine()
	l.mu.Unlock()
	l.logSummary(summary)
	return allowed
}

// entry returns the entry of k in the current interval, and the ended interval if its summary is due. The caller holds mu.
func (l *Log) entry(k key, now time.Time) (*entry, *entry) {
	e := l.entries[k]
	if e == nil && len(l.entries) >= maxEntries {
		k = key{kind: "other"}
		e = l.entries[k]
	}
	if e == nil {
		if l.entries == nil {
			l.entries = map[key]*entry{}
		}
		e = &entry{seen: Seen{Fault: Fault{Kind: k.kind, Skill: k.skill}, First: now}, began: now}
		l.entries[k] = e
	}
	return e, e.endInterval(now)
}

// endInterval begins a new interval if the current one is over. It returns a copy of the old one if lines were suppressed.
func (e *entry) endInterval(now time.Time) *entry {
	if elapsed := now.Sub(e.began); 0 <= elapsed && elapsed < interval {
		return nil
	}
	var ended *entry
	if e.suppressed > 0 {
		last := *e
		ended = &last
	}
	e.began, e.lines, e.suppressed = now, 0, 0
	return ended
}

func (e *entry) allowLine() bool {
	if e.lines == linesPerInterval {
		e.suppressed++
		return false
	}
	e.lines++
	return true
}

// Run logs the summaries of intervals that are over, until ctx ends.
func (l *Log) Run(ctx context.Context) {
	ticker := time.NewTicker(interval / 6)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			l.flush(func(e *entry) *entry { return e.endInterval(e.began.Add(interval)) })
			return
		case <-ticker.C:
			now := l.now()
			l.flush(func(e *entry) *entry { return e.endInterval(now) })
		}
	}
}

// flush logs the summaries that end returns.
func (l *Log) flush(end func(*entry) *entry) {
	var summaries []*entry
	l.mu.Lock()
	for _, e := range l.entries {
		summaries = append(summaries, end(e))
	}
	l.mu.Unlock()
	for _, summary := range summaries {
		l.logSummary(summary)
	}
}

func (l *Log) logSummary(e *entry) {
	if e == nil {
		return
	}
	attributes := []slog.Attr{slog.String("fault", e.seen.Kind), slog.String("skill", e.seen.Skill), slog.Uint64("count", e.suppressed)}
	if e.seen.SummaryOnly {
		l.log(e.seen.Level, e.seen.Text, append(attributes, slog.String("remedy", e.seen.Remedy)))
		return
	}
	if e.seen.Text != "" {
		attributes = append(attributes, slog.String("last", e.seen.Text), slog.String("remedy", e.seen.Remedy))
	}
	l.log(e.seen.Level, "more of the same within a minute; log lines omitted", attributes)
}

func (l *Log) log(level slog.Level, message string, attributes []slog.Attr) {
	if l.Logger != nil {
		l.Logger.LogAttrs(context.Background(), level, message, attributes...)
	}
}

// Seen returns the kinds of faults that happened, the latest first.
func (l *Log) Seen() []Seen {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Seen
	for _, e := range l.entries {
		if e.seen.Count > 0 {
			all = append(all, e.seen)
		}
	}
	slices.SortFunc(all, func(a, b Seen) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Skill, b.Skill))
	})
	return all
}

// Forget deletes the faults of a skill that is not served any more.
func (l *Log) Forget(skill string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k := range l.entries {
		if k.skill == skill {
			delete(l.entries, k)
		}
	}
}

func (l *Log) now() time.Time {
	if l.Now == nil {
		return time.Now()
	}
	return l.Now()
}
