package inspect

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

// A tally counts every exchange, also those that are not recorded. Its zero value has counted nothing.
type tally struct {
	mu     sync.Mutex
	skills map[string]Calls
	hour   map[minuteRule]uint64 // refusals of about the last hour
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

// A minuteRule is a rule that was broken in a minute since 1970.
type minuteRule struct {
	minute int64
	rule   string
}

// A Refusal is how often a rule was broken.
type Refusal struct {
	Rule  string
	Count uint64
}

// count is on the way of a request.
func (t *tally) count(x *ObservedExchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.skills == nil {
		t.skills, t.hour = map[string]Calls{}, map[minuteRule]uint64{}
	}
	calls := t.skills[x.Skill]
	switch {
	case x.Test: // what somebody tries out is no refusal of Alexa's either
		calls.Tests++
	case x.genuine():
		calls.Last = x.Began
		calls.Count++
	default:
		calls.LastOther, calls.OtherRule = x.Began, x.Rule
		calls.Others++
	}
	t.skills[x.Skill] = calls
	if x.Rule == "" || x.Test {
		return
	}
	broken := minuteRule{x.Began.Unix() / 60, x.Rule}
	if t.hour[broken] == 0 { // what is older than an hour is forgotten, once a minute and rule
		maps.DeleteFunc(t.hour, func(earlier minuteRule, _ uint64) bool { return earlier.minute <= broken.minute-60 })
	}
	t.hour[broken]++
}

// calls gives what is known of a skill's callers.
func (t *tally) calls(skill string) Calls {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.skills[skill]
}

// Refusals are those of the hour before now by rule, the most frequent first.
func (t *tally) Refusals(now time.Time) (found []Refusal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	counts := map[string]uint64{}
	for broken, n := range t.hour {
		if age := now.Unix()/60 - broken.minute; age >= 0 && age < 60 {
			counts[broken.rule] += n
		}
	}
	for rule, n := range counts {
		found = append(found, Refusal{rule, n})
	}
	slices.SortFunc(found, func(a, b Refusal) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule)) })
	return found
}
