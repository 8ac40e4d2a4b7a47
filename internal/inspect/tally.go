package inspect

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// A tally counts every exchange, also those that are not recorded. Its zero value has counted nothing.
type tally struct {
	mu      sync.Mutex
	skills  map[string]*Calls
	minutes [60]minute
}

// Calls is what is known of a skill's callers since the service started.
type Calls struct {
	Last      time.Time // when Alexa last called: a request that passed every check; zero: never
	Count     uint64    // of those
	Tests     uint64    // that the page's own form made
	LastOther time.Time // when somebody last sent what was refused; zero: never
	Others    uint64    // of those
	OtherRule string    // which rule the last of those broke
}

// A minute is one of the last hour: its refusals by rule.
type minute struct {
	number   int64 // since 1970
	refusals map[string]uint64
}

// A Refusal is how often a rule was broken.
type Refusal struct {
	Rule  string
	Count uint64
}

// count is on the way of a request.
func (t *tally) count(x *Exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.skills == nil {
		t.skills = map[string]*Calls{}
	}
	calls := t.skills[x.Skill]
	if calls == nil {
		calls = &Calls{}
		t.skills[x.Skill] = calls
	}
	switch {
	case x.Test:
		calls.Tests++
		return // what somebody tries out is no refusal of Alexa's either
	case x.genuine():
		calls.Last = x.Began
		calls.Count++
	default:
		calls.LastOther, calls.OtherRule = x.Began, x.Rule
		calls.Others++
	}
	if x.Rule != "" {
		t.refuse(x.Began, x.Rule)
	}
}

func (t *tally) refuse(at time.Time, rule string) {
	number := at.Unix() / 60
	m := &t.minutes[number%60]
	if m.number != number {
		*m = minute{number, map[string]uint64{}}
	}
	m.refusals[rule]++
}

// calls gives what is known of a skill's callers.
func (t *tally) calls(skill string) Calls {
	t.mu.Lock()
	defer t.mu.Unlock()
	if calls := t.skills[skill]; calls != nil {
		return *calls
	}
	return Calls{}
}

// refusals are those of the hour before now, the most frequent first.
func (t *tally) refusals(now time.Time) (found []Refusal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	counts, number := map[string]uint64{}, now.Unix()/60
	for _, m := range t.minutes {
		if age := number - m.number; age < 0 || age >= 60 {
			continue
		}
		for rule, n := range m.refusals {
			counts[rule] += n
		}
	}
	for rule, n := range counts {
		found = append(found, Refusal{rule, n})
	}
	slices.SortFunc(found, func(a, b Refusal) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule)) })
	return found
}
