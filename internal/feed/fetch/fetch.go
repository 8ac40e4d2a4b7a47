// Package fetch makes HTTP requests for feeds. It blocks requests to private addresses, follows redirects, sends
// validators, reads Retry-After and computes pauses. The body of a Result is limited in size and time. The package does
// not parse feeds.
package fetch

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lastpost/internal/feed"
)

// Limits of one request.
const (
	maxRedirects = 5
	maxHeader    = 1 << 20
)

// accept lists feed formats first. Web pages are accepted too, because they may name a feed.
const accept = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, " +
	"application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"

// Client makes the requests for one feed. It follows redirects itself, because http.Client would send a Referer header
// and does not distinguish permanent redirects.
type Client struct {
	// Configured is the URL that the operator set. Only its host may have a private address. If it is nil, every host
	// must be public.
	Configured *url.URL
	// UserAgent is "lastpost/VERSION (+URL)". Empty means "lastpost".
	UserAgent string
	// Transport sends the requests. Nil means NewTransport. Only that transport refuses private addresses when it
	// connects.
	Transport http.RoundTripper
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// Result is the result of a request. If the request failed, Header is still set if a response was received.
type Result struct {
	URL          *url.URL // the URL that responded
	PermanentURL *url.URL // the URL for the next request, after permanent redirects
	Header       http.Header
	NotModified  bool
	Body         *feed.LimitedBody // nil after a 304 response or an error; Close closes it

	conditional bool
	response    *http.Response
}

// Get requests a URL and follows redirects. If Get does not return an error, the caller closes the result.
func (c *Client) Get(ctx context.Context, start *url.URL, v Validators) (Result, error) {
	a := Result{URL: start, PermanentURL: start}
	permanent := true // false after the first temporary redirect
	for hops := 0; ; hops++ {
		if err := c.sendRequest(ctx, &a, v); err != nil {
			return a, err.WithURL(a.URL)
		}
		if !IsRedirect(a.response.StatusCode) {
			if err := c.acceptResponse(ctx, &a); err != nil {
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

// IsRedirect reports whether an HTTP status is a redirect.
func IsRedirect(code int) bool {
	return code == 301 || code == 302 || code == 303 || code == 307 || code == 308
}

func isPermanent(code int) bool { return code == 301 || code == 308 }

// RedirectTarget returns the target of a redirect. It refuses redirects from https to http, because an attacker on the
// network could change the response.
func RedirectTarget(from *url.URL, resp *http.Response) (*url.URL, *feed.Fault) {
	location := strings.TrimSpace(resp.Header.Get("Location"))
	next, err := from.Parse(location)
	switch {
	case location == "":
		return nil, feed.NewFault(feed.ErrRedirect, nil, "redirects without an address (the header Location is empty)")
	case err == nil && next.Scheme != "http" && next.Scheme != "https":
		return nil, feed.NewFault(feed.ErrRedirect, nil, "redirects to an address that is not http or https")
	case err != nil || !feed.IsWebURL(next):
		return nil, feed.NewFault(feed.ErrRedirect, nil, "redirects to an invalid address")
	}
	if from.Scheme == "https" && next.Scheme == "http" {
		return nil, feed.NewFault(feed.ErrRedirect, nil, "redirects from https to %s, which is not secure", feed.DisplayURL(next)).
			WithRemedy("ask the publisher to redirect to https; if you trust the network, set feed to the http address")
	}
	next, err = feed.CanonicalURL(next)
	if err != nil {
		return nil, feed.NewFault(feed.ErrRedirect, err, "redirects to an invalid address")
	}
	next.Fragment, next.RawFragment = "", ""
	return InheritUserInfo(from, next), nil
}

// InheritUserInfo returns next with the user info of from if both have the same host, and without user info otherwise.
// So the operator's password is never sent to another host, and a feed cannot set credentials.
func InheritUserInfo(from, next *url.URL) *url.URL {
	own := *next
	own.User = nil
	if SameHost(from, next) {
		own.User = from.User
	}
	return &own
}

// sendRequest makes one request to a.URL.
func (c *Client) sendRequest(ctx context.Context, a *Result, v Validators) *feed.Fault {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL.String(), nil)
	if err != nil {
		return feed.NewFault(feed.ErrAddress, nil, "is not a valid address")
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

// Do makes a request with any method, to the canonical spelling of its host. It does not follow redirects.
func (c *Client) Do(given *http.Request) (*http.Response, *feed.Fault) {
	ctx := given.Context()
	target, err := feed.CanonicalURL(given.URL)
	if err != nil {
		return nil, feed.NewFault(feed.ErrAddress, err, "is not a valid address")
	}
	req := given.WithContext(ctx)
	req.URL, req.Host = target, target.Host // through a proxy, Host is the address of an http request
	transport := c.Transport
	if transport == nil {
		transport = NewTransport(nil) // cheap: it keeps no connections open
	}
	req.Header.Set("User-Agent", c.userAgent())
	if c.Configured == nil || !SameHost(c.Configured, req.URL) {
		req, err = guardRequest(req, transport)
	}
	var resp *http.Response
	if err == nil {
		resp, err = transport.RoundTrip(req)
	}
	if err != nil {
		return nil, connectionFault(ctx, err)
	}
	return resp, nil
}

func (c *Client) userAgent() string { return cmp.Or(c.UserAgent, "lastpost") }

func (c *Client) currentTime() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func connectionFault(ctx context.Context, err error) *feed.Fault {
	switch {
	case errors.Is(err, errNotPublic):
		return feed.NewFault(feed.ErrPrivate, nil, "is not a public address")
	case isTimeout(ctx, err):
		return feed.NewFault(feed.ErrTimeout, nil, "did not respond in time")
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

// acceptResponse sets the body of a usable response, or returns an error.
func (c *Client) acceptResponse(ctx context.Context, a *Result) *feed.Fault {
	if a.response.StatusCode == http.StatusNotModified && a.conditional {
		a.NotModified = true
		return nil
	}
	if a.response.StatusCode != http.StatusOK {
		return c.explainStatus(NewStatusFault(a.response, c.currentTime()), a)
	}
	body := bufio.NewReaderSize(a.response.Body, maxBlockPage)
	if f := c.blockedFault(a.response, a.URL, peekPage(body)); f != nil {
		return f
	}
	if enc := a.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return feed.NewFault(feed.ErrMalformed, nil, "is encoded as %.20q, which was not requested", enc).
			WithRemedy("ask the publisher to send the feed as the request asks for it: a cache or a proxy there may be wrong")
	}
	a.Body = &feed.LimitedBody{Context: ctx, Source: body}
	return nil
}

// Close closes the body.
func (a *Result) Close() {
	if a.response != nil {
		_ = a.response.Body.Close()
	}
}

// ReadError turns an error from reading or parsing the body into a Fault.
func (a *Result) ReadError(err error) error {
	if err == nil {
		return nil
	}
	if a.Body.Context.Err() != nil {
		return feed.NewFault(feed.ErrTimeout, nil, "did not finish the response in time").WithURL(a.URL)
	}
	if f, ok := errors.AsType[*feed.Fault](err); ok {
		return f.WithURL(a.URL)
	}
	return feed.NewFault(feed.ErrMalformed, err, "cannot be read").WithURL(a.URL)
}

// NewStatusFault returns the error for an unexpected HTTP status.
func NewStatusFault(resp *http.Response, now time.Time) *feed.Fault {
	code := resp.StatusCode
	f := feed.NewFault(feed.ErrStatus, nil, "answered %s", statusText(code))
	f.Status = code
	if code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
		f.RetryAfter = ParseRetryAfter(resp.Header, now)
	}
	return f
}

// explainStatus adds the meaning and the remedy of the status of a feed.
func (c *Client) explainStatus(f *feed.Fault, a *Result) *feed.Fault {
	if blocked := c.blockedFault(a.response, a.URL, readStart(a.response.Body)); blocked != nil {
		blocked.RetryAfter = f.RetryAfter
		return blocked
	}
	switch f.Status {
	case http.StatusGone:
		f.Kind = feed.ErrGone
		f.Text += ". The publisher removed it permanently"
	case http.StatusUnauthorized:
		f.Text += ". The site refuses this service"
		f.Remedy = c.passwordRemedy(a)
	case http.StatusForbidden, http.StatusNotAcceptable:
		f.Text += ". The site refuses this service"
		f.Remedy = c.passRemedy(a.URL, "the publisher's firewall")
	case http.StatusNotModified:
		f.Text = "answered 304 Not Modified to an unconditional request"
	}
	return f
}

// passwordRemedy returns the remedy for a 401. The texts name the key feed of the configuration.
func (c *Client) passwordRemedy(a *Result) string {
	schemes := strings.ToLower(strings.Join(a.Header.Values("WWW-Authenticate"), ","))
	switch {
	case schemes != "" && !strings.Contains(schemes, "basic"):
		return "ask the publisher for a feed without a password: this service only sends a password in the Basic scheme"
	case c.Configured != nil && !SameHost(c.Configured, a.URL):
		return "set feed to this address: the user and the password in feed are only sent to the host in feed"
	case a.URL.User != nil:
		return "correct the user and the password in feed: write special characters as in a URL, for example %40 for @"
	}
	return "put the user and the password into feed, the password as an environment variable: " +
		a.URL.Scheme + "://USER:${FEED_PASSWORD}@" + a.URL.Host + a.URL.EscapedPath()
}
