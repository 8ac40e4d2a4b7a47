package trace

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A RawExchange is a request and its response with all secrets in clear text. It must not change after
// Recorder.Record received it.
type RawExchange struct {
	Leg          Leg
	Client       string // the client's IPv4 address or IPv6 network
	Flow         string // the ID of the trace that the browser's cookie belongs to; "": no cookie
	Handling     string // "redirect": the proxy redirected the browser
	OriginReason string // why the page works only at the OAuth server's own origin; "": it works here
	Began        time.Time
	Duration     time.Duration
	Timing       Timing

	Method, Proto, LocalPath string      // LocalPath has no query
	Target                   *url.URL    // the URL at the OAuth server
	RequestHeader            http.Header // as received, without the proxy's cookie
	RequestBody              []byte

	Status         int // 0: no response
	ResponseHeader http.Header
	ResponseBody   []byte
	Err            error

	AuthorizeURL    *url.URL // of the browser's flow: the URL of its first request; nil: unknown
	ReturnsToClient bool     // the response redirects the browser back to the client
}

// RedirectTarget returns the URL that the response redirects to, or false if it is not a redirect.
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

// effectivePort returns a URL's port, or the default port of its scheme.
func effectivePort(u *url.URL) string {
	if u.Port() != "" {
		return u.Port()
	}
	return map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
}

// NewID returns a trace ID of sixteen letters and digits, short enough to type.
func NewID() string { return strings.ToLower(rand.Text()[:16]) }
