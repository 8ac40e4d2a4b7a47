package trace

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// RawExchange is one request and its answer as they passed, before anything is masked. Once it is recorded nobody changes
// it.
type RawExchange struct {
	Leg          Leg
	Client       string // the client: an address or a network
	Flow         string // the trace of the browser's flow
	Handling     string // "redirect": the browser was sent on
	OriginReason string // why the page would need its own address
	Began        time.Time
	Duration     time.Duration
	Timing       Timing

	Method, Proto, LocalPath string      // Asked is the path here, without its query
	Target                   *url.URL    // at the OAuth server
	RequestHeader            http.Header // as it came
	RequestBody              []byte

	Status         int // 0: there was no answer
	ResponseHeader http.Header
	ResponseBody   []byte
	Err            error

	ReturnsToClient bool // to who asked for the authorization
}

// RedirectTarget gives where an answer sends the browser.
func (x *RawExchange) RedirectTarget() (*url.URL, bool) {
	location := x.ResponseHeader.Get("Location")
	if x.Status < 300 || x.Status > 399 || location == "" {
		return nil, false
	}
	to, err := x.Target.Parse(location)
	return to, err == nil && to.Host != ""
}

// SameOrigin reports whether two addresses have scheme, host and port in common.
func SameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && effectivePort(a) == effectivePort(b)
}

func effectivePort(u *url.URL) string {
	if u.Port() != "" {
		return u.Port()
	}
	return map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
}

// NewID names a trace: sixteen letters and digits, as a command takes them.
func NewID() string { return strings.ToLower(rand.Text()[:16]) }
