package doctor

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// patience is how long an endpoint is asked new things. What is asked at its end has its own limit of time still, which
// is probeTimeout at the most: so the slowest endpoint is done with in 45 s. It is time that counts, and not failures,
// as an endpoint can be slow in a way that never fails.
const patience = 35 * time.Second

// errUnasked is why something has no answer. What is not asked is said.
var errUnasked = errors.New("not asked, as the time for this endpoint is over")

// unasked is the Finding about what was not asked.
func unasked(check string) Finding {
	return Finding{Warn, check, errUnasked.Error(), "mend what makes it slow, and check again"}
}

// unasked tells whether that is what is said of a single thing.
func (f Finding) unasked() bool { return strings.HasSuffix(f.Message, ": "+errUnasked.Error()) }

// A stopwatch takes the time of an endpoint. Its zero value never says that it is over.
type stopwatch struct {
	until   time.Time     // when nothing new is asked
	over    bool          // something was not asked therefore
	slowest time.Duration // answer, the connection for it included
}

// isOver is asked before anything new is.
func (s *stopwatch) isOver() bool {
	s.over = !s.until.IsZero() && !time.Now().Before(s.until)
	return s.over
}

// answered is told of each answer, or that none came in time.
func (s *stopwatch) answered(took time.Duration) { s.slowest = max(s.slowest, took) }

// Alexa's answer must come within some 8 s. A few seconds are a sign of trouble.
const (
	slowWarns = 3 * time.Second
	slowFails = 8 * time.Second
)

// judge says how fast the endpoint is.
func (s *stopwatch) judge() Finding {
	const remedy = "Alexa waits some 8 s: look for what the service, or a proxy in front, waits for"
	f := Finding{OK, "url time", fmt.Sprintf("the slowest answer took %s", s.slowest.Round(time.Millisecond)), ""}
	switch {
	case s.over && s.slowest == 0: // the lines of the handshakes say how slow they were
		f.Verdict, f.Message, f.Remedy = Fail, fmt.Sprintf("nothing more was asked after %s", patience), remedy
	case s.over:
		f.Verdict, f.Remedy = Fail, remedy
		f.Message = fmt.Sprintf("nothing more was asked after %s: %s", patience, f.Message)
	case s.slowest >= slowFails:
		f.Verdict, f.Remedy = Fail, remedy
	case s.slowest >= slowWarns:
		f.Verdict, f.Remedy = Warn, remedy+"; the first request fetches Amazon's certificate"
	}
	return f
}
