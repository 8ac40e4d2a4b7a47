package trace

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Passed is one request and its answer as they passed, before anything is masked. Once it is recorded nobody changes
// it.
type Passed struct {
	Leg     Leg
	From    string // the client: an address or a network
	Flow    string // the trace of the browser's flow
	Carried string // "redirect": the browser was sent on
	Needs   string // why the page would need its own address
	Began   time.Time
	Took    time.Duration
	Timing  Timing

	Method, Proto, Asked string      // Asked is the path here, without its query
	Target               *url.URL    // at the OAuth server
	Header               http.Header // as it came
	Body                 []byte

	Status  int // 0: there was no answer
	Answer  http.Header
	Content []byte
	Err     error

	LeadsBack bool // to who asked for the authorization
}

// Redirects gives where an answer sends the browser.
func (x *Passed) Redirects() (*url.URL, bool) {
	location := x.Answer.Get("Location")
	if x.Status < 300 || x.Status > 399 || location == "" {
		return nil, false
	}
	to, err := x.Target.Parse(location)
	return to, err == nil && to.Host != ""
}

// SameOrigin reports whether two addresses have scheme, host and port in common.
func SameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if u.Port() != "" {
		return u.Port()
	}
	return map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
}

// NewID names a trace: sixteen letters and digits, as a command takes them.
func NewID() string { return strings.ToLower(rand.Text()[:16]) }
