package server

import (
	"net/http"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/verify"
)

// An Exchange is one request and its answer, for [Server.Observe]. Header, body and answer are the observer's from then
// on. They hold the listener's ids and tokens in clear.
type Exchange struct {
	Skill   string
	Test    bool // it came by way of [Server.Trial]
	Began   time.Time
	Header  http.Header
	Body    []byte
	Request alexa.Request // zero until the request was verified
	Status  int
	Rule    string // that a refused request broke, or of what went wrong; "": it was answered
	Err     error  // in full
	Answer  []byte // also that of a refusal

	// How long each stage took; 0: it was not reached. What stands between two stages counts for the second.
	Read, Verify, Decode, Handle, Encode, Write time.Duration
}

// Trial answers for one skill as its endpoint does, but believes another verifier: that of somebody who plays Alexa with
// a key of his own. It is on no listener. Its requests are marked in the log, and count in no metric but that of trials.
func (s *Server) Trial(skill Skill, verifier *verify.Verifier) http.Handler {
	return &endpoint{skill: skill, server: s, client: peer, verifier: verifier, trial: true}
}

// observedFrom is when the first stage of an exchange began; zero where nobody observes.
func (s *Server) observedFrom(began time.Time) time.Time {
	if s.Observe == nil {
		return time.Time{}
	}
	return began
}

// lap ends a stage.
func (x *exchange) lap(stage *time.Duration) {
	if x.lapped.IsZero() {
		return
	}
	now := time.Now()
	*stage = now.Sub(x.lapped)
	x.lapped = now
}

// show hands the exchange to who observes.
func (e *endpoint) show(r *http.Request, answer []byte, began time.Time, x *exchange) {
	if x.lapped.IsZero() {
		return
	}
	x.seen.Skill, x.seen.Test, x.seen.Began, x.seen.Header = e.skill.Name, e.trial, began, r.Header
	x.seen.Request, x.seen.Status, x.seen.Rule, x.seen.Err, x.seen.Answer = x.request, x.status, string(verify.RuleOf(x.err)), x.err, answer
	e.server.Observe(x.seen)
}
