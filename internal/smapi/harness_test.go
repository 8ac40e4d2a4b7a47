package smapi

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	firstToken  = "Atza|IwEBIFirstAccessToken0123456789"
	secondToken = "Atza|IwEBISecondAccessToken987654321"
	skillID     = "amzn1.ask.skill.01234567-89ab-cdef-0123-456789abcdef"
	importID    = "amzn1.ask-package.import.0123"
	vendorID    = "M2VENDORID"
)

// testTokens is a source of two tokens: a renewal returns the second.
type testTokens struct {
	mu       sync.Mutex
	current  string
	renewals []string // the refused tokens
	err      error    // of Renew
}

func (s *testTokens) Token(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, nil
}

func (s *testTokens) Renew(_ context.Context, refused string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewals = append(s.renewals, refused)
	if s.err != nil {
		return "", s.err
	}
	s.current = secondToken
	return s.current, nil
}

// A seenRequest is a request that the test's server received.
type seenRequest struct {
	method, uri, body string
	header            http.Header
	length            int64
	chunked           bool
}

// A script is a server that answers its n-th request, from 0, as its function says.
type script struct {
	*httptest.Server
	mu   sync.Mutex
	seen []seenRequest
}

func newScript(t testing.TB, answer func(n int, w http.ResponseWriter, r *http.Request)) *script {
	s := &script{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		chunked := slices.Contains(r.TransferEncoding, "chunked")
		s.mu.Lock()
		n := len(s.seen)
		s.seen = append(s.seen, seenRequest{r.Method, r.RequestURI, string(body), r.Header.Clone(), r.ContentLength, chunked})
		s.mu.Unlock()
		answer(n, w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *script) requests() []seenRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// A testClient is a client of a script, with its tokens and the pauses that it made. The pauses take no time.
type testClient struct {
	*Client
	tokens *testTokens
	mu     sync.Mutex
	pauses []time.Duration // without those between the calls
}

func newTestClient(t testing.TB, address string, debug io.Writer) *testClient {
	c := &testClient{tokens: &testTokens{current: firstToken}}
	var err error
	c.Client, err = New(Options{BaseURL: address, Tokens: c.tokens, Debug: debug, UserAgent: "test/1", Pause: c.record})
	require.NoError(t, err)
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

func (c *testClient) record(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d > minSpacing {
		c.pauses = append(c.pauses, d)
	}
	return ctx.Err()
}

func answerJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Requestid", "request-1")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// cut closes the connection of a request without an answer.
func cut(w http.ResponseWriter) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = connection.Close()
	}
}

// cutBody closes the connection in the middle of a body.
func cutBody(w http.ResponseWriter, status int, part string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, part)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
