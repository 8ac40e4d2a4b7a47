// Package fetch makes HTTP requests for feeds. It guards against requests to private addresses, follows redirects, sends
// validators, reads Retry-After and plans pauses. An Answer has a bounded reader: fetch parses nothing.
package fetch

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"lastpost/internal/feed"
)

// Bounds of one request.
const (
	maxRedirects = 5
	maxHeader    = 1 << 20
)

// accept says what is welcome; a page, too, as it may name its feed.
const accept = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, " +
	"application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"

// Client makes the requests for one feed. It follows redirects itself: http.Client would send a Referer,
// and would not tell a permanent redirect from another.
type Client struct {
	// Configured is the operator's word: its host is the only one that may be private. Nil: none may.
	Configured *url.URL
	// UserAgent is "lastpost/VERSION (+URL)". Empty: "lastpost".
	UserAgent string
	// Transport carries the requests. Nil: one of NewTransport, which alone refuses private addresses when it connects.
	Transport http.RoundTripper
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// Result is what a request brought. The Header of a failed one is there as far as it got.
type Result struct {
	URL          *url.URL // what answered
	PermanentURL *url.URL // what to ask the next time
	Header       http.Header
	NotModified  bool
	Body         *feed.LimitedBody // nil unless there is something to read; Close closes it

	conditional bool
	response    *http.Response
}

// Get follows redirects from start to an answer. The caller closes it.
func (c *Client) Get(ctx context.Context, start *url.URL, v Validators) (Result, error) {
	a := Result{URL: start, PermanentURL: start}
	permanent := true // a chain is remembered up to its first temporary hop
	for hops := 0; ; hops++ {
		if err := c.sendRequest(ctx, &a, v); err != nil {
			return a, err.WithURL(a.URL)
		}
		if !IsRedirect(a.response.StatusCode) {
			if err := a.acceptResponse(ctx, c.currentTime()); err != nil {
				a.Close()
				return a, err.WithURL(a.URL)
			}
			return a, nil
		}
		a.Close()
		next, err := RedirectTarget(a.URL, a.response)
		if hops == maxRedirects {
			err = feed.NewFault(feed.ErrRedirect, nil, "redirects more than %d times", maxRedirects)
		}
		if err != nil {
			return a, err.WithURL(a.URL)
		}
		permanent = permanent && isPermanent(a.response.StatusCode)
		if permanent {
			a.PermanentURL = next
		}
		a.URL = next
	}
}

// IsRedirect reports whether an HTTP status leads to another address.
func IsRedirect(code int) bool {
	return code == 301 || code == 302 || code == 303 || code == 307 || code == 308
}

func isPermanent(code int) bool { return code == 301 || code == 308 }

// RedirectTarget is where a redirect leads.
func RedirectTarget(from *url.URL, resp *http.Response) (*url.URL, *feed.Fault) {
	next, err := from.Parse(resp.Header.Get("Location"))
	if err != nil || resp.Header.Get("Location") == "" || !feed.IsWebURL(next) {
		return nil, feed.NewFault(feed.ErrRedirect, nil, "redirects to no http or https address")
	}
	if from.Scheme == "https" && next.Scheme == "http" {
		return nil, feed.NewFault(feed.ErrRedirect, nil, "redirects from https to %s, which anyone on the way could change", feed.DisplayURL(next))
	}
	next.Fragment, next.RawFragment = "", ""
	return InheritUserInfo(from, next), nil
}

// InheritUserInfo is an address that from leads to. The operator's password is for the host that he set, and nobody else's is
// taken.
func InheritUserInfo(from, next *url.URL) *url.URL {
	own := *next
	own.User = nil
	if SameHost(from, next) {
		own.User = from.User
	}
	return &own
}

// sendRequest makes one request, for a.URL.
func (c *Client) sendRequest(ctx context.Context, a *Result, v Validators) *feed.Fault {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL.String(), nil)
	if err != nil {
		return feed.NewFault(feed.ErrAddress, nil, "is no address that can be asked")
	}
	req.Header.Set("Accept", accept)
	if user := a.URL.User; user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	v.addConditions(req.Header, feed.WithoutUserInfo(a.URL), c.currentTime())
	a.conditional = req.Header.Get("If-None-Match") != "" || req.Header.Get("If-Modified-Since") != ""
	resp, fault := c.Do(req)
	if fault != nil {
		return fault
	}
	a.response, a.Header = resp, resp.Header
	return nil
}

// Do makes a request of any kind, and follows no redirect.
func (c *Client) Do(req *http.Request) (*http.Response, *feed.Fault) {
	carrier := c.Transport
	if carrier == nil {
		carrier = NewTransport(nil) // it keeps no connection
	}
	req.Header.Set("User-Agent", cmp.Or(c.UserAgent, "lastpost"))
	var err error
	ctx := req.Context()
	if c.Configured == nil || !SameHost(c.Configured, req.URL) {
		req, err = guardRequest(req, carrier)
	}
	var resp *http.Response
	if err == nil {
		resp, err = carrier.RoundTrip(req)
	}
	if err != nil {
		return nil, connectionFault(ctx, err)
	}
	return resp, nil
}

func (c *Client) currentTime() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func connectionFault(ctx context.Context, err error) *feed.Fault {
	switch {
	case errors.Is(err, errNotPublic):
		return feed.NewFault(feed.ErrPrivate, nil, "is not a public address, and only the address that is set may be private; "+
			"set this one itself if it is right")
	case isTimeout(ctx, err):
		return feed.NewFault(feed.ErrTimeout, nil, "did not answer in time")
	}
	return feed.NewFault(feed.ErrUnreachable, err, "cannot be reached")
}

func isTimeout(ctx context.Context, err error) bool {
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ctx.Err() != nil || ok && timeout.Timeout()
}

// acceptResponse makes a body of an answer, unless it is none that can be read.
func (a *Result) acceptResponse(ctx context.Context, now time.Time) *feed.Fault {
	switch code := a.response.StatusCode; {
	case code == http.StatusNotModified && a.conditional:
		a.NotModified = true
		return nil
	case code != http.StatusOK:
		return addAdvice(NewStatusFault(a.response, now))
	}
	if enc := a.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return feed.NewFault(feed.ErrMalformed, nil, "is encoded as %.20q, which was not asked for", enc)
	}
	a.Body = &feed.LimitedBody{Context: ctx, Source: a.response.Body}
	return nil
}

// Close ends an answer.
func (a *Result) Close() {
	if a.response != nil {
		_ = a.response.Body.Close() // all of it that counts was read
	}
}

// ReadError is an error that came of reading the body.
func (a *Result) ReadError(err error) error {
	if err == nil {
		return nil
	}
	if a.Body.Context.Err() != nil {
		return feed.NewFault(feed.ErrTimeout, nil, "did not answer in full in time").WithURL(a.URL)
	}
	if f, ok := errors.AsType[*feed.Fault](err); ok {
		return f.WithURL(a.URL)
	}
	return feed.NewFault(feed.ErrMalformed, err, "cannot be read").WithURL(a.URL)
}

// NewStatusFault explains an answer that is not the wanted one.
func NewStatusFault(resp *http.Response, now time.Time) *feed.Fault {
	code := resp.StatusCode
	f := feed.NewFault(feed.ErrStatus, nil, "answered %d %s", code, http.StatusText(code))
	f.Status = code
	if code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
		f.RetryAfter = ParseRetryAfter(resp.Header, now)
	}
	return f
}

// addAdvice adds what the operator can do about the status of a feed.
func addAdvice(f *feed.Fault) *feed.Fault {
	switch f.Status {
	case http.StatusGone:
		f.Kind = feed.ErrGone
		f.Text += "; the publisher has removed it for good: set another feed"
	case http.StatusNotFound:
		f.Text += "; set the feed's own address"
	case http.StatusUnauthorized, http.StatusForbidden:
		f.Text += "; the site does not let this service in"
	case http.StatusNotModified:
		f.Text = "answered 304 Not Modified to a request that set no condition"
	}
	return f
}
