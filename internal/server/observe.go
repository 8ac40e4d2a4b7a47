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
