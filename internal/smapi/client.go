// Package smapi calls Amazon's Skill Management API (SMAPI). It repeats calls that failed for a short time, renews the access
// token, and explains errors with a remedy. Its errors and its debug output contain no secret. The package does not sign in,
// and does not decide what to deploy.
package smapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultURL is the address of SMAPI for the developers of skills in all regions.
const DefaultURL = "https://api.amazonalexa.com"

// A TokenSource has access tokens for SMAPI.
type TokenSource interface {
	// Token returns an access token that is valid for another 60 s.
	Token(ctx context.Context) (string, error)
	// Renew returns another token than the one that Amazon refused, or an error with its remedy.
	Renew(ctx context.Context, refused string) (string, error)
}

// Options are the options of a Client.
type Options struct {
	BaseURL   string // "": DefaultURL
	Tokens    TokenSource
	HTTP      *http.Client // nil: a client with timeouts. New copies it, without its cookies and its rule for redirects
	Debug     io.Writer    // receives each exchange, without secrets; nil: none
	UserAgent string
	// Pause waits. Nil: it waits for the real time.
	Pause func(ctx context.Context, d time.Duration) error
	// Notice receives a line before a long pause between two attempts, without secrets. Nil: none.
	Notice func(line string)
}

// A Client calls SMAPI. Several goroutines may use it.
type Client struct {
	base      *url.URL
	tokens    TokenSource
	http      *http.Client
	userAgent string
	pause     func(ctx context.Context, d time.Duration) error
	notice    func(line string)
	masks     *masks

	mu   sync.Mutex
	last time.Time // the start of the last request
}

// New returns a client.
func New(o Options) (*Client, error) {
	if o.Tokens == nil {
		return nil, errors.New("SMAPI needs a source of access tokens")
	}
	if o.BaseURL == "" {
		o.BaseURL = DefaultURL
	}
	base, err := CheckBaseURL("the address of SMAPI", o.BaseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{base: base, tokens: o.Tokens, userAgent: o.UserAgent, pause: o.Pause, notice: o.Notice, masks: &masks{}}
	if c.pause == nil {
		c.pause = sleep
	}
	c.http = &http.Client{Transport: newTransport()}
	if o.HTTP != nil {
		c.http = &http.Client{Transport: o.HTTP.Transport, Timeout: o.HTTP.Timeout}
	}
	// A redirect to another host would receive the access token. The client follows redirects itself.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if o.Debug != nil {
		c.http.Transport = newDebugTransport(c.http.Transport, o.Debug, c.masks)
	}
	return c, nil
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		IdleConnTimeout:       time.Minute,
		ForceAttemptHTTP2:     true,
	}
}

// attemptTimeout limits one attempt of a call, uploadTimeout one attempt of an upload.
const (
	attemptTimeout = 2 * time.Minute
	uploadTimeout  = 10 * time.Minute
)

// A call is a call of SMAPI.
type call struct {
	name         string // such as "list the vendors"
	method, path string
	query        url.Values
	body         []byte // JSON; nil: none
	ifMatch      string
	json         bool  // a successful answer has a JSON document
	statuses     []int // other statuses than 2xx that the caller expects
	once         bool  // the call must not act twice
}

// An answer is an answer of SMAPI with an expected status.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do makes a call, and repeats it if that can help. The error is an *Error, a *LostAnswerError, or the error of the network,
// the context or the token source.
func (c *Client) do(ctx context.Context, k call) (answer, error) {
	var waited time.Duration
	renewed := false
	token, err := c.tokens.Token(ctx)
	for attempt := 1; ; attempt++ {
		if err != nil {
			return answer{}, fmt.Errorf("%s: %w", k.name, err)
		}
		result, failed := c.attempt(ctx, k, token)
		if failed == nil {
			return result, nil
		}
		if failed.status == http.StatusUnauthorized && !renewed {
			renewed = true
			token, err = c.tokens.Renew(ctx, token)
			continue
		}
		pause, more := nextPause(attempt, waited, failed.retryAfter, randomFraction())
		if !failed.mayRepeat(k.once) || !more || ctx.Err() != nil {
			return answer{}, finalError(k, failed, attempt)
		}
		if err := c.pauseAfter(ctx, failed, pause); err != nil {
			return answer{}, fmt.Errorf("%w: %w", err, finalError(k, failed, attempt))
		}
		waited += pause
		token, err = c.tokens.Token(ctx) // a long outage can outlive a token
	}
}

// finalError returns the error of a call after its last attempt.
func finalError(k call, failed *failure, attempts int) error {
	err := failed.err
	if refusal, ok := errors.AsType[*Error](err); ok {
		refusal.Attempts = attempts
	} else if attempts > 1 {
		err = fmt.Errorf("%w (after %d attempts)", err, attempts)
	}
	if k.once && failed.lost() {
		return &LostAnswerError{err}
	}
	return err
}

// attempt sends the request of a call. It follows redirects of reading calls on the same host.
func (c *Client) attempt(ctx context.Context, k call, token string) (answer, *failure) {
	const maxRedirects = 5
	address := c.base.JoinPath(k.path)
	address.RawQuery = k.query.Encode()
	for range maxRedirects {
		result, failed := c.send(ctx, k, address, token)
		if failed != nil || !isRedirect(result.status) {
			return result, failed
		}
		target, err := address.Parse(result.header.Get("Location"))
		reading := k.method == http.MethodGet || k.method == http.MethodHead
		if err != nil || !reading || result.header.Get("Location") == "" || target.Scheme != c.base.Scheme || target.Host != c.base.Host {
			return answer{}, c.refusal(k, result)
		}
		address = target
	}
	return answer{}, &failure{err: fmt.Errorf("%s: Amazon's answers redirect in a circle. Try again later", k.name), sent: true}
}

func isRedirect(status int) bool {
	return slices.Contains([]int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect,
		http.StatusPermanentRedirect}, status)
}

// send sends one request to SMAPI and reads the answer. Redirects and expected answers have no failure.
func (c *Client) send(ctx context.Context, k call, address *url.URL, token string) (answer, *failure) {
	request, err := http.NewRequestWithContext(ctx, k.method, address.String(), nil)
	if err != nil {
		return answer{}, &failure{err: errors.New(k.name + ": " + c.masks.text(transportCause(err).Error()))}
	}
	request.Header.Set("Authorization", "Bearer "+token)
	c.masks.remember(token)
	request.Header.Set("Accept", "application/json")
	if k.body != nil {
		request.Header.Set("Content-Type", "application/json")
		request.ContentLength = int64(len(k.body))
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(k.body)), nil }
		request.Body, _ = request.GetBody()
	}
	if k.ifMatch != "" {
		request.Header.Set("If-Match", k.ifMatch)
	}
	result, failed := c.exchange(request, k.name, attemptTimeout)
	if failed != nil || isRedirect(result.status) {
		return result, failed
	}
	return result, c.examine(k, result)
}

// examine returns a failure if an answer is not the answer that the call expects.
func (c *Client) examine(k call, result answer) *failure {
	expected := result.status/100 == 2 || slices.Contains(k.statuses, result.status)
	isJSON := len(result.body) == 0 && !k.json || json.Valid(result.body)
	needsJSON := result.status/100 == 2 && k.json
	switch {
	case isPage(result):
		return c.pageFailure(k, result)
	case !expected:
		return c.refusal(k, result)
	case needsJSON && !isJSON:
		e := c.newError(k, result)
		e.Message = "the answer is not a complete JSON document"
		e.Remedy = remedyBrokenAnswer
		return &failure{err: e, status: result.status, sent: true, temporary: true}
	}
	return nil
}

// exchange sends a request and reads the answer. A failure has neither an address nor a secret in its text.
func (c *Client) exchange(request *http.Request, name string, timeout time.Duration) (answer, *failure) {
	parent := request.Context()
	if err := c.waitForTurn(parent); err != nil {
		return answer{}, &failure{err: fmt.Errorf("%s: %w", name, err)}
	}
	ctx, cancel := context.WithTimeout(parent, timeout)
	defer cancel()
	var connected atomic.Bool // the transport calls back from its own goroutine
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	request = request.WithContext(httptrace.WithClientTrace(ctx, trace))
	if c.userAgent != "" {
		request.Header.Set("User-Agent", c.userAgent)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, c.networkFailure(parent, name, err, connected.Load())
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return answer{}, c.networkFailure(parent, name, err, true)
	}
	if len(body) > maxAnswer {
		err := fmt.Errorf("%s: the answer is larger than %d MiB. Check the proxy between this machine and Amazon", name, maxAnswer>>20)
		return answer{}, &failure{err: err, status: response.StatusCode, sent: true}
	}
	return answer{response.StatusCode, response.Header, body}, nil
}

// maxAnswer limits the answers, in bytes. The largest models have about 1.5 MB.
const maxAnswer = 8 << 20

// waitForTurn keeps the minimum time between two requests, because Amazon refuses fast sequences of calls.
func (c *Client) waitForTurn(ctx context.Context) error {
	c.mu.Lock() // also while it waits, so that several goroutines take turns
	defer c.mu.Unlock()
	if wait := minSpacing - time.Since(c.last); wait > 0 {
		if err := c.pause(ctx, wait); err != nil {
			return err
		}
	}
	c.last = time.Now()
	return context.Cause(ctx)
}
