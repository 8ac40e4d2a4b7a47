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

// An exchange is one request and its response before masking.
type exchange struct {
	trace.RawExchange
	clientHeader  http.Header // the header that the browser receives, if it differs from ResponseHeader
	releaseMemory func()      // returns the memory of a large response; nil: none was acquired
}

// newTransport returns a transport to the OAuth server. It verifies the server's certificate, does not follow redirects
// and does not decompress.
//
// Each request uses a new connection, for two reasons. A server may close a reused connection just when a POST is sent,
// and the proxy would cause that error. And net/http prints bytes after the Content-Length of a reused connection to
// standard error: they may be part of a token, and no mask is applied.
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

// newExchange returns an exchange with a copy of the request, and without a response.
func (p *Proxy) newExchange(r *http.Request, body []byte, leg trace.Leg, target *url.URL) *exchange {
	x := &exchange{RawExchange: trace.RawExchange{
		Leg: leg, Client: clientKey(r), RequestBody: body, Began: p.Now(), Method: r.Method, Proto: r.Proto,
		LocalPath: r.URL.EscapedPath(), Target: target, RequestHeader: r.Header.Clone(),
	}}
	removeFlowCookie(x.RequestHeader)
	return x
}

// readRequestBody returns the request's body. If the body is incomplete or too large, it sends an error to the client
// and returns false. It reads no byte of a body that says it is too large: reading would answer "Expect: 100-continue" with
// 100, and the client would send the body.
func readRequestBody(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	if r.ContentLength > maxRequestBytes {
		w.Header().Set("Connection", "close") // otherwise the server reads the body to find the next request
		writeError(w, http.StatusRequestEntityTooLarge, "the request body is too large")
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBytes))
	if err == nil {
		return body, true
	}
	status := http.StatusBadRequest
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		status = http.StatusRequestEntityTooLarge
	}
	writeError(w, status, "the request body is incomplete or too large")
	return nil, false
}

// forward sends the request to the OAuth server and reads its response. If the server does not respond, or the response
// exceeds a limit, forward sends an error to the client, records the exchange and returns false.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, x *exchange, limit time.Duration, maxBytes int64) bool {
	started := time.Now()
	// The exchange continues if the client disconnects, so that the trace shows that the response was too slow.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), limit)
	defer cancel()
	x.Err = p.roundTrip(ctx, r, x, maxBytes)
	x.Duration = time.Since(started)
	if x.Err == nil {
		return true
	}
	status, message := http.StatusBadGateway, "the OAuth server is unreachable"
	if errors.Is(x.Err, context.DeadlineExceeded) {
		status, message = http.StatusGatewayTimeout, "the OAuth server did not answer in time"
	}
	writeError(w, status, message)
	x.Status, x.ResponseHeader, x.ResponseBody = 0, nil, nil
	p.Recorder.Record(&x.RawExchange)
	return false
}

// roundTrip sends the request and reads the response.
func (p *Proxy) roundTrip(ctx context.Context, r *http.Request, x *exchange, maxBytes int64) error {
	clock := &requestTimer{}
	ctx = httptrace.WithClientTrace(ctx, clock.clientTrace())
	request, err := http.NewRequestWithContext(ctx, x.Method, x.Target.String(), bytes.NewReader(x.RequestBody))
	if err != nil {
		return err
	}
	request.URL = x.Target // byte for byte, because parsing could change it
	request.Host = x.Target.Host
	request.Header = p.upstreamHeader(r, x)
	response, err := p.transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode < http.StatusOK { // net/http cannot write such a status
		return fmt.Errorf("unsupported response status %d", response.StatusCode)
	}
	x.Status, x.ResponseHeader = response.StatusCode, response.Header
	x.ResponseBody, err = p.readResponse(ctx, response, x, maxBytes)
	x.Timing = clock.timing(time.Now())
	if err == nil && int64(len(x.ResponseBody)) > maxBytes {
		err = fmt.Errorf("the response exceeds %d bytes", maxBytes)
	}
	return err
}

// readResponse reads at most maxBytes and one byte. For what is beyond freeResponseBytes it waits until there is memory.
// Otherwise a stranger who requests large pages and does not read them could hold maxPageBytes for each slot.
func (p *Proxy) readResponse(ctx context.Context, response *http.Response, x *exchange, maxBytes int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(response.Body, freeResponseBytes))
	if err != nil || int64(len(body)) < freeResponseBytes {
		return body, err
	}
	rest := maxBytes + 1 - freeResponseBytes
	if response.ContentLength >= 0 {
		rest = min(rest, response.ContentLength-freeResponseBytes)
	}
	if rest <= 0 {
		return body, nil
	}
	if x.releaseMemory, err = p.responses.Acquire(ctx, x.Client, rest); err != nil {
		return body, fmt.Errorf("other large responses use all of the memory for responses: %w", err)
	}
	text := bytes.NewBuffer(body)
	_, err = text.ReadFrom(io.LimitReader(response.Body, rest))
	return text.Bytes(), err
}

// release returns the memory of a large response, after the client has got it.
func (x *exchange) release() {
	if x.releaseMemory != nil {
		x.releaseMemory()
	}
}

// writeResponse sends the response to the client with the headers of the OAuth server. It prevents net/http from adding
// headers.
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
		for _, value := range values { // the header may already contain the proxy's own cookie
			to.Add(name, value)
		}
	}
	for _, name := range []string{"Content-Type", "Date"} {
		if _, ok := to[name]; !ok {
			to[name] = nil // otherwise net/http would add one
		}
	}
	if r.Method != http.MethodHead && x.Status != http.StatusNoContent && x.Status != http.StatusNotModified {
		to.Set("Content-Length", strconv.Itoa(len(x.ResponseBody)))
	}
	w.WriteHeader(x.Status)
	_, _ = w.Write(x.ResponseBody) // an error means that the client has disconnected
}

// writeError sends an error in the form of the token endpoint (RFC 6749, section 5.2). Browsers show it as text.
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
