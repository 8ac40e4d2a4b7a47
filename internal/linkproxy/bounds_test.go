package linkproxy_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
)

func TestBounds(t *testing.T) {
	s, e := newEcho(t, linkproxy.Proxied)
	post := func(path, body string) *http.Response {
		response, err := s.alexa.Browser.Post(s.front.URL+path, "text/plain", strings.NewReader(body))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response
	}
	require.Equal(t, 413, post("/link/token", strings.Repeat("a", 256<<10+1)).StatusCode)
	require.Empty(t, e.requests)
	require.Equal(t, 200, post("/link/token", strings.Repeat("a", 256<<10)).StatusCode)

	e.answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 256<<10+1)) }
	require.Equal(t, 502, post("/link/token", "").StatusCode)
	require.Equal(t, 200, post("/link/authorize", "").StatusCode)
	e.answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 8<<20+1)) }
	require.Equal(t, 502, post("/link/authorize", "").StatusCode)

	for _, method := range []string{"PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE"} {
		require.Contains(t, raw(t, addressOf(t, s.front.URL), method+" /link/token HTTP/1.1\nHost: x\nConnection: close\n\n"), "HTTP/1.1 405 ", method)
	}
}

func TestTooManyAtOnce(t *testing.T) {
	s, e := newEcho(t, linkproxy.Proxied)
	var arrived sync.WaitGroup
	arrived.Add(32)
	release := make(chan struct{})
	s.server.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Done(); <-release })
	_ = e
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() { s.proxy.ServeHTTP(newAnswer(), request()) })
	}
	arrived.Wait()
	w := newAnswer()
	s.proxy.ServeHTTP(w, request())
	require.Equal(t, 503, w.status)
	close(release)
	group.Wait()
}

func request() *http.Request {
	return httptest.NewRequest(http.MethodPost, "/link/token", nil)
}

// A sign-in has its time, and there are only so many.
func TestFlowsEnd(t *testing.T) {
	requireE2E(t)
	s, e := newEcho(t, linkproxy.Proxied)
	now := time.Now()
	s.proxy.Now = func() time.Time { return now }
	key := signIn(t, s, e)
	require.Equal(t, 200, get(t, s, "/account", key).status)
	now = now.Add(15*time.Minute + time.Second)
	require.Equal(t, 418, get(t, s, "/account", key).status)

	first := signIn(t, s, e)
	now = now.Add(time.Second)
	for i := range 256 {
		r := authorization()
		r.RemoteAddr = fmt.Sprintf("198.51.100.%d:443", i)
		s.proxy.ServeHTTP(newAnswer(), r)
	}
	require.Equal(t, 418, get(t, s, "/account", first).status, "the oldest goes")
	last := signIn(t, s, e)
	for range 500 {
		r := httptest.NewRequest(http.MethodGet, "/account", nil)
		r.AddCookie(&http.Cookie{Name: "__Host-lastpost-link", Value: last})
		w := newAnswer()
		s.proxy.ServeHTTP(w, r)
		require.Equal(t, 200, w.status)
	}
	require.Equal(t, 404, get(t, s, "/account", last).status, "after so many requests")
}

func authorization() *http.Request {
	return httptest.NewRequest(http.MethodGet, "/link/authorize", nil)
}

func TestReach(t *testing.T) {
	s := newScene(t)
	require.NoError(t, linkproxy.CheckReachable(t.Context(), s.url("/oauth/token"), s.proxy.Roots))
	require.ErrorContains(t, linkproxy.CheckReachable(t.Context(), s.url("/oauth/token"), nil), "certificate")
}
