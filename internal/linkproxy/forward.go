package linkproxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"time"

	"lastpost/internal/linkproxy/trace"
)

// An exchange is one request and its answer as they passed.
type exchange struct {
	trace.RawExchange
	clientHeader http.Header // what the browser gets, where that differs from Answer
}

// newTransport is the way to the OAuth server: its certificate is verified, redirects are followed by nobody, and what is
// compressed stays so.
//
// Each request has a connection of its own. On one that is kept, a POST may meet a server that closes it just then, which
// would be a failure of our making; and what a server sends there beyond its Content-Length, half a token perhaps, net/http
// prints on standard error, past every mask.
func newTransport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		DisableKeepAlives:      true,
		TLSHandshakeTimeout:    tokenTimeout,
		ResponseHeaderTimeout:  pageTimeout,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// newExchange notes what came.
func (p *Proxy) newExchange(r *http.Request, body []byte, leg trace.Leg, target *url.URL) *exchange {
	x := &exchange{RawExchange: trace.RawExchange{
		Leg: leg, Client: clientKey(r), RequestBody: body, Began: p.Now(), Method: r.Method, Proto: r.Proto,
		LocalPath: r.URL.EscapedPath(), Target: target, RequestHeader: r.Header.Clone(),
	}}
	removeFlowCookie(x.RequestHeader)
	return x
}

// readRequestBody reads what came; false: the client was told what is wrong with it.
func readRequestBody(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBytes))
	if err == nil {
		return body, true
	}
	status := http.StatusBadRequest
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		status = http.StatusRequestEntityTooLarge
	}
	writeError(w, status, "the request did not arrive whole, or is too large")
	return nil, false
}

// forward asks the OAuth server. Where it gives no answer, or a limit is reached, the client is told so, and it is false.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, x *exchange, limit time.Duration, most int64) bool {
	started := time.Now()
	// A client that leaves does not hinder the exchange: that it was too slow for her is what is to be seen.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), limit)
	defer cancel()
	x.Err = p.roundTrip(ctx, r, x, most)
	x.Duration = time.Since(started)
	if x.Err == nil {
		return true
	}
	status, message := http.StatusBadGateway, "the OAuth server could not be reached"
	if errors.Is(x.Err, context.DeadlineExceeded) {
		status, message = http.StatusGatewayTimeout, "the OAuth server did not answer in time"
	}
	writeError(w, status, message)
	x.Status, x.ResponseHeader, x.ResponseBody = 0, nil, nil
	p.Recorder.Record(&x.RawExchange)
	return false
}

// roundTrip sends the request on and reads the answer.
func (p *Proxy) roundTrip(ctx context.Context, r *http.Request, x *exchange, most int64) error {
	clock := &requestTimer{}
	ctx = httptrace.WithClientTrace(ctx, clock.clientTrace())
	request, err := http.NewRequestWithContext(ctx, x.Method, x.Target.String(), bytes.NewReader(x.RequestBody))
	if err != nil {
		return err
	}
	request.URL = x.Target // as it is: what parsing would normalise stays
	request.Host = x.Target.Host
	request.Header = p.upstreamHeader(r, x)
	response, err := p.transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode < http.StatusOK { // which net/http could not pass on
		return fmt.Errorf("the answer's status is %d", response.StatusCode)
	}
	x.Status, x.ResponseHeader = response.StatusCode, response.Header
	x.ResponseBody, err = io.ReadAll(io.LimitReader(response.Body, most+1))
	x.Timing = clock.timing(time.Now())
	if err == nil && int64(len(x.ResponseBody)) > most {
		err = fmt.Errorf("the answer has more than %d bytes", most)
	}
	return err
}

// writeResponse writes the answer with the headers that it had, and none that net/http would add.
func writeResponse(w http.ResponseWriter, r *http.Request, x *exchange) {
	header := x.clientHeader
	if header == nil {
		header = x.ResponseHeader
	}
	to := w.Header()
	for name, values := range removeHopHeaders(header) {
		if name != "Set-Cookie" {
			to[name] = values
			continue
		}
		for _, value := range values { // beside our own
			to.Add(name, value)
		}
	}
	for _, name := range []string{"Content-Type", "Date"} {
		if _, ok := to[name]; !ok {
			to[name] = nil // net/http would guess one
		}
	}
	if r.Method != http.MethodHead && x.Status != http.StatusNoContent && x.Status != http.StatusNotModified {
		to.Set("Content-Length", strconv.Itoa(len(x.ResponseBody)))
	}
	w.WriteHeader(x.Status)
	_, _ = w.Write(x.ResponseBody) // where it fails there is nobody left to tell
}

// writeError answers by itself: in the form of the token endpoint's errors (RFC 6749, section 5.2), which a browser shows too.
func writeError(w http.ResponseWriter, status int, message string) {
	code := "temporarily_unavailable"
	if status < http.StatusInternalServerError {
		code = "invalid_request"
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":%q,"error_description":%q}`, code, message)
}
