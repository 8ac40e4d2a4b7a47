package linkproxy_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/trace"
)

// A flood of authorization requests does not remove the flow of a browser that has sent its cookie.
func TestFloodKeepsBrowserWithCookie(t *testing.T) {
	requireE2E(t)
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	key := startSignIn(t, s, e)
	require.Equal(t, 200, get(t, s, "/login", key).status)
	for range 600 {
		s.proxy.ServeHTTP(newResponseSink(), newAuthorizeRequest())
	}
	require.Equal(t, 200, get(t, s, "/login", key).status)
}

// A flood of failed token requests does not remove the trace of a linked account, unless it was recorded in clear text.
func TestFloodKeepsLinkedTrace(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	for _, full := range []time.Duration{0, time.Hour} {
		s := newHarness(t)
		s.full = full
		s.startProxy().alexa.LinkAccount()
		id := s.stop()[0].ID
		s.full, s.proxy.TokenURL = 0, s.url("/nowhere")
		s.startProxy()
		for i := range 2600 {
			s.send(http.MethodPost, "/link/token", "application/x-www-form-urlencoded", fmt.Sprint("code=x", i))
			if i%200 == 0 { // wait, so that the queue does not drop most of them
				require.Eventually(t, func() bool { return s.log.count(`"path":"/link/token"`) >= i }, 10*time.Second, 5*time.Millisecond)
			}
		}
		traces := s.stop()
		require.LessOrEqual(t, len(traces), 2000)
		found, err := trace.FindTrace(traces, id)
		if full > 0 {
			require.ErrorIs(t, err, trace.ErrNoTrace)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, "token issued", found.Outcome())
		require.Equal(t, trace.LegAuthorize, found.Exchanges[0].Leg)
	}
}

// flood sends n token requests to the proxy. address returns the sender of request i. flood waits for the recorder, so
// that the queue does not drop requests.
func (s *harness) flood(n int, address func(int) string) {
	s.t.Helper()
	s.floodTo("/link/token", n, address)
}

// floodTo sends the flood to a URL of the token endpoint.
func (s *harness) floodTo(url string, n int, address func(int) string) {
	s.t.Helper()
	before := s.log.count(`"leg":"token"`)
	for i := range n {
		r := httptest.NewRequest(http.MethodPost, url, strings.NewReader(fmt.Sprint("grant_type=authorization_code&code=guess", i)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = address(i)
		s.proxy.ServeHTTP(newResponseSink(), r)
		if i%100 == 99 {
			require.Eventually(s.t, func() bool { return s.log.count(`"leg":"token"`) > before+i }, 10*time.Second, 5*time.Millisecond)
		}
	}
}

// floodSources returns two clients that send a flood. The first has one address. The second uses many addresses of one
// IPv6 network.
func floodSources() map[string]func(int) string {
	return map[string]func(int) string{
		"an address":        func(i int) string { return fmt.Sprintf("198.51.100.7:%d", 1024+i) },
		"a network of IPv6": func(i int) string { return fmt.Sprintf("[2001:db8:0:7::%x]:443", i+1) },
	}
}

// A flood of one client does not remove another client's attempts, neither a failed attempt nor one in progress.
func TestFloodKeepsOtherClientsTraces(t *testing.T) {
	requireE2E(t)
	for name, address := range floodSources() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			s.alexa.Scope = "nosuch"
			s.startProxy().alexa.LinkAccount()
			s.alexa.Scope, s.alexa.State, s.alexa.Abandons = "profile", "A2SAAEAEPG7cB2lQkLRxvu5mM8qqqKs9wX1another", true
			s.alexa.LinkAccount()
			s.flood(2600, address)
			page, err := s.alexa.Browser.Get(s.proxyServer.URL + "/oauth/login")
			require.NoError(t, err)
			require.NoError(t, page.Body.Close())
			traces := s.stop()
			require.LessOrEqual(t, len(traces), 2000)
			outcomes := map[string]string{}
			for _, attempt := range traces {
				if attempt.Exchanges[0].Leg == trace.LegAuthorize {
					outcomes[attempt.Outcome()] = attempt.Exchanges[len(attempt.Exchanges)-1].JoinedBy
				}
			}
			require.Equal(t, map[string]string{"authorization refused: invalid_scope": "", "signing in": "browser"}, outcomes)
		})
	}
}

// A flood of authorization requests from one client does not remove the flow of another client that has just started.
func TestFloodOfOneClientKeepsNewBrowser(t *testing.T) {
	requireE2E(t)
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	key := startSignIn(t, s, e)
	for i := range 600 {
		r := newAuthorizeRequest()
		r.RemoteAddr = floodSources()["a network of IPv6"](i)
		s.proxy.ServeHTTP(newResponseSink(), r)
	}
	require.Equal(t, 200, get(t, s, "/login", key).status)
}

// One client may use the whole capacity if no other client needs it, because Amazon's servers may share one address.
func TestOneClientMayUseFreeCapacity(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	s := newHarness(t)
	s.startProxy()
	s.flood(1900, func(int) string { return "198.51.100.7:443" })
	require.Len(t, s.stop(), 1900)
}

// Stored data contains a mask instead of each client's address. Different clients have different masks.
func TestMasksAddresses(t *testing.T) {
	s := newHarness(t)
	s.startProxy()
	s.flood(100, func(i int) string { return []string{"198.51.100.7:443", "[2001:db8:0:7::1]:443"}[i%2] })
	from := map[string]int{}
	for _, attempt := range s.stop() {
		from[attempt.Exchanges[0].ClientHash]++
	}
	require.Len(t, from, 2)
	for mask, times := range from {
		require.Regexp(t, "^h~[0-9a-f]{12}$", mask)
		require.Equal(t, 50, times)
	}
	for where, content := range s.storedTexts() {
		require.NotContains(t, content, "198.51.100.7", where)
		require.NotContains(t, content, "2001:db8", where)
	}
}
