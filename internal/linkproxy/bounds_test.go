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
	waiting := sendRaw(t, hostOf(t, s.proxyServer.URL), "POST /link/token HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 300000\n\n")
	require.Contains(t, waiting, "HTTP/1.1 413 ")
	require.NotContains(t, waiting, "100 Continue")
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

// A client with many connections to the token endpoint gets a part of the places. Another client gets a place at once.
// If strangers hold all places, the next free place goes to the client with the fewest.
func TestSharesPlacesByClient(t *testing.T) {
	s, _ := newRecordingHarness(t, linkproxy.Proxied)
	arrived, release := make(chan string, 200), make(chan struct{}, 200)
	s.server.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- r.Header.Get("X-Forwarded-For")
		<-release
	})
	var group sync.WaitGroup
	refused := make(chan int, 200)
	post := func(address string) {
		group.Go(func() {
			r, w := newTokenRequest(), newResponseSink()
			r.RemoteAddr = address
			s.proxy.ServeHTTP(w, r)
			refused <- w.status
		})
	}
	arrivals := func(n int) map[string]int {
		clients := map[string]int{}
		for range n {
			clients[<-arrived]++
		}
		return clients
	}
	for range 100 {
		post("198.51.100.7")
	}
	require.Equal(t, map[string]int{"198.51.100.7": 16}, arrivals(16))
	for range 84 { // those that wait are refused too, because no place becomes free
		require.Equal(t, 503, <-refused)
	}
	for i := range 4 {
		post(fmt.Sprintf("52.94.0.%d", i))
	}
	require.Len(t, arrivals(4), 4, "Amazon's requests pass")
	for i := range 44 { // strangers of one network hold 16 more places, and other strangers the rest
		post(fmt.Sprintf("[2001:db8:%x::%x]:443", i/16, i+1))
	}
	arrivals(44)
	post("52.94.0.9")
	require.Never(t, func() bool { return len(arrived) > 0 }, 100*time.Millisecond, 10*time.Millisecond)
	release <- struct{}{}
	require.Equal(t, map[string]int{"52.94.0.9": 1}, arrivals(1))
	close(release)
	group.Wait()
}

// A stranger with all networks of an IPv6 /48 holds half of the places, and Amazon's requests pass.
func TestSharesPlacesBySite(t *testing.T) {
	s, _ := newRecordingHarness(t, linkproxy.Proxied)
	arrived, release := make(chan string, 400), make(chan struct{})
	s.server.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- r.Header.Get("X-Forwarded-For")
		<-release
	})
	var group sync.WaitGroup
	defer group.Wait()
	defer close(release)
	post := func(address string) {
		group.Go(func() {
			r := newTokenRequest()
			r.RemoteAddr = address
			s.proxy.ServeHTTP(newResponseSink(), r)
		})
	}
	for i := range 300 {
		post(fmt.Sprintf("[2001:db8:0:%x::1]:443", i+1))
	}
	for range 32 {
		require.Contains(t, <-arrived, "2001:db8:0:")
	}
	for i := range 20 {
		post(fmt.Sprintf("52.94.0.%d:443", i))
	}
	for range 20 {
		require.Contains(t, <-arrived, "52.94.0.")
	}
}

func newTokenRequest() *http.Request {
	return httptest.NewRequest(http.MethodPost, "/link/token", nil)
}

// A flow ends after 15 minutes or after 500 requests, and not because others start many flows.
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
	require.Equal(t, 200, get(t, s, "/account", first).status, "many other flows do not end it")
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
