package selfcheck

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"sync/atomic"
)

// RequestHeader marks a request that this process sends to its own public address, to find out whether the address leads to
// it. Proxies pass the header on, as they pass on Alexa's.
const RequestHeader = "Lastpost-Self-Check"

// OwnRequests recognizes the requests that this process sends to itself.
type OwnRequests struct {
	token   string
	arrived atomic.Uint64
}

// NewOwnRequests returns OwnRequests with a random token.
func NewOwnRequests() *OwnRequests { return &OwnRequests{token: rand.Text()} }

// Token returns the value of RequestHeader for this process.
func (r *OwnRequests) Token() string { return r.token }

// Arrived returns how many requests with the token have arrived.
func (r *OwnRequests) Arrived() uint64 { return r.arrived.Load() }

// Answer answers a request that this process has sent to itself, and reports whether request is one. Log and metrics do not
// contain it. The comparison takes constant time, so that a stranger cannot find the token and hide requests from the log.
func (r *OwnRequests) Answer(w http.ResponseWriter, request *http.Request) bool {
	token := request.Header.Get(RequestHeader)
	if token == "" || subtle.ConstantTimeCompare([]byte(token), []byte(r.token)) != 1 {
		return false
	}
	r.arrived.Add(1)
	w.WriteHeader(http.StatusNoContent)
	return true
}
