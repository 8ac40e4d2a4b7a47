package trace

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// RawExchange is a request and its response before masking. It must not change after it is recorded.
type RawExchange struct {
	Leg          Leg
	Client       string // an address or a network
	Flow         string // the ID of the browser's trace
	Handling     string // "redirect": the proxy redirected the browser
	OriginReason string // why the page requires its own origin
	Began        time.Time
	Duration     time.Duration
	Timing       Timing

	Method, Proto, LocalPath string      // LocalPath has no query
	Target                   *url.URL    // the URL at the OAuth server
	RequestHeader            http.Header // as received
	RequestBody              []byte

	Status         int // 0: no response
	ResponseHeader http.Header
	ResponseBody   []byte
	Err            error

	ReturnsToClient bool // the response redirects the browser back to the client
}

// RedirectTarget returns the URL that a response redirects to.
func (x *RawExchange) RedirectTarget() (*url.URL, bool) {
	location := x.ResponseHeader.Get("Location")
	if x.Status < 300 || x.Status > 399 || location == "" {
		return nil, false
	}
	to, err := x.Target.Parse(location)
	return to, err == nil && to.Host != ""
}

// SameOrigin reports whether two URLs have the same scheme, host and port.
func SameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && effectivePort(a) == effectivePort(b)
}

func effectivePort(u *url.URL) string {
	if u.Port() != "" {
		return u.Port()
	}
	return map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
}

// NewID returns a trace ID of sixteen letters and digits, short enough to type.
func NewID() string { return strings.ToLower(rand.Text()[:16]) }
