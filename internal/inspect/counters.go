package inspect

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

// callCounters count every exchange, including exchanges that are not stored. The zero value is ready.
type callCounters struct {
	mu             sync.Mutex
	callsBySkill   map[string]Calls
	recentRefusals map[minuteRule]uint64 // by minute and rule, for about an hour
}

// Calls are the counted requests of a skill since the service started.
type Calls struct {
	Last         time.Time // last request that passed every check; zero: none
	Count        uint64    // requests that passed every check
	TestCount    uint64    // requests from the page's form
	LastRefused  time.Time // last refused request; zero: none
	RefusedCount uint64    // refused requests
	RefusedRule  string    // rule that the last refused request broke
}

// A minuteRule is a rule that requests broke in a certain minute.
type minuteRule struct {
	minute int64 // since 1970
	rule   string
}

// A RefusalCount is a rule and the number of requests that broke it.
type RefusalCount struct {
	Rule  string
	Count uint64
}

// countExchange counts an exchange. Every request waits for this call, so it must be fast.
func (c *callCounters) countExchange(x *ObservedExchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.callsBySkill == nil {
		c.callsBySkill, c.recentRefusals = map[string]Calls{}, map[minuteRule]uint64{}
	}
	calls := c.callsBySkill[x.Skill]
	switch {
	case x.Test: // counted separately, even if refused
		calls.TestCount++
	case x.isGenuine():
		calls.Last = x.Began
		calls.Count++
	default:
		calls.LastRefused, calls.RefusedRule = x.Began, x.Rule
		calls.RefusedCount++
	}
	c.callsBySkill[x.Skill] = calls
	if x.Rule == "" || x.Test {
		return
	}
	broken := minuteRule{x.Began.Unix() / 60, x.Rule}
	if c.recentRefusals[broken] == 0 { // deletes old entries, once a minute and rule
		maps.DeleteFunc(c.recentRefusals, func(earlier minuteRule, _ uint64) bool { return earlier.minute <= broken.minute-60 })
	}
	c.recentRefusals[broken]++
}

// skillCalls returns the counted requests of a skill.
func (c *callCounters) skillCalls(skill string) Calls {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.callsBySkill[skill]
}

// RecentRefusals returns the refusals in the hour before now by rule, most frequent first.
func (c *callCounters) RecentRefusals(now time.Time) (found []RefusalCount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := map[string]uint64{}
	for broken, n := range c.recentRefusals {
		if age := now.Unix()/60 - broken.minute; age >= 0 && age < 60 {
			counts[broken.rule] += n
		}
	}
	for rule, n := range counts {
		found = append(found, RefusalCount{rule, n})
	}
	slices.SortFunc(found, func(a, b RefusalCount) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule)) })
	return found
}
