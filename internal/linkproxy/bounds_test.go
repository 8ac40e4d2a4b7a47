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

func TestLimitsSizesAndMethods(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	post := func(path, body string) *http.Response {
		response, err := s.alexa.Browser.Post(s.proxyServer.URL+path, "text/plain", strings.NewReader(body))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response
	}
	require.Equal(t, 413, post("/link/token", strings.Repeat("a", 256<<10+1)).StatusCode)
	require.Empty(t, e.requests)
	require.Equal(t, 200, post("/link/token", strings.Repeat("a", 256<<10)).StatusCode)

	e.handler = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 256<<10+1)) }
	require.Equal(t, 502, post("/link/token", "").StatusCode)
	require.Equal(t, 200, post("/link/authorize", "").StatusCode)
	e.handler = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 8<<20+1)) }
	require.Equal(t, 502, post("/link/authorize", "").StatusCode)

	for _, method := range []string{"PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE"} {
		require.Contains(t, sendRaw(t, hostOf(t, s.proxyServer.URL), method+" /link/token HTTP/1.1\nHost: x\nConnection: close\n\n"), "HTTP/1.1 405 ", method)
	}
}

func TestLimitsConcurrentRequests(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	var arrived sync.WaitGroup
	arrived.Add(32)
	release := make(chan struct{})
	s.server.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Done(); <-release })
	_ = e
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() { s.proxy.ServeHTTP(newResponseSink(), newTokenRequest()) })
	}
	arrived.Wait()
	w := newResponseSink()
	s.proxy.ServeHTTP(w, newTokenRequest())
	require.Equal(t, 503, w.status)
	close(release)
	group.Wait()
}

func newTokenRequest() *http.Request {
	return httptest.NewRequest(http.MethodPost, "/link/token", nil)
}

// A flow ends after 15 minutes, after 500 requests, or if it is the oldest of more than 256 flows.
func TestFlowsExpire(t *testing.T) {
	requireE2E(t)
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	now := time.Now()
	s.proxy.Now = func() time.Time { return now }
	key := startSignIn(t, s, e)
	require.Equal(t, 200, get(t, s, "/account", key).status)
	now = now.Add(15*time.Minute + time.Second)
	require.Equal(t, 418, get(t, s, "/account", key).status)

	first := startSignIn(t, s, e)
	now = now.Add(time.Second)
	for i := range 256 {
		r := newAuthorizeRequest()
		r.RemoteAddr = fmt.Sprintf("198.51.100.%d:443", i)
		s.proxy.ServeHTTP(newResponseSink(), r)
	}
	require.Equal(t, 418, get(t, s, "/account", first).status, "the oldest flow is removed")
	last := startSignIn(t, s, e)
	for range 500 {
		r := httptest.NewRequest(http.MethodGet, "/account", nil)
		r.AddCookie(&http.Cookie{Name: "__Host-lastpost-link", Value: last})
		w := newResponseSink()
		s.proxy.ServeHTTP(w, r)
		require.Equal(t, 200, w.status)
	}
	require.Equal(t, 404, get(t, s, "/account", last).status, "the request limit is reached")
}

func newAuthorizeRequest() *http.Request {
	return httptest.NewRequest(http.MethodGet, "/link/authorize", nil)
}

func TestCheckReachableRefusesUntrustedCertificate(t *testing.T) {
	s := newHarness(t)
	require.NoError(t, linkproxy.CheckReachable(t.Context(), s.url("/oauth/token"), s.proxy.Roots))
	require.ErrorContains(t, linkproxy.CheckReachable(t.Context(), s.url("/oauth/token"), nil), "certificate")
}
