package linkproxy_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
)

// requestTokenAsStranger sends a token request from another address with the public client ID and a wrong secret.
func (s *harness) requestTokenAsStranger(form url.Values) {
	s.t.Helper()
	form.Set("client_id", clientID)
	form.Set("client_secret", "a-strangers-guess")
	s.sendAsStranger(http.MethodPost, "/link/token", form.Encode())
}

func (s *harness) sendAsStranger(method, target, form string) {
	r := httptest.NewRequest(method, target, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = "198.51.100.7:443"
	s.proxy.ServeHTTP(newResponseSink(), r)
}

// findAttempt returns the trace whose first exchange matches by, and its findings an hour later.
func findAttempt(t *testing.T, traces []trace.Trace, by func(trace.Exchange) bool) (trace.Trace, []lint.Finding) {
	t.Helper()
	for _, attempt := range traces {
		if by(attempt.Exchanges[0]) {
			return attempt, lint.Diagnose(attempt, time.Now().Add(time.Hour))
		}
	}
	require.Fail(t, "no such trace")
	return trace.Trace{}, nil
}

func isBrowserLeg(x trace.Exchange) bool { return x.Leg == trace.LegAuthorize }

// isStrangersRequest reports whether a request is from the stranger, which sends its secret in the body.
func isStrangersRequest(x trace.Exchange) bool { return x.Facts.ClientAuth.Body }

func isAmazonsRequest(x trace.Exchange) bool { return x.Facts.ClientAuth.Basic }

// After a redirect, only the public client ID connects the two legs, so the token requests of Amazon and of a stranger
// stay in separate traces. Each is only displayed as possibly related.
func TestClientIDAloneDoesNotJoin(t *testing.T) {
	s := newHarness(t)
	s.proxy.Mode = linkproxy.Redirect
	s.alexa.Refreshes = true
	s.startProxy().alexa.LinkAccount()
	s.alexa.State = "another-state-of-Amazons-4711"
	s.alexa.PKCE, s.alexa.Verifier = true, ""
	s.alexa.OpenBrowser()
	s.alexa.SignIn()
	s.requestTokenAsStranger(url.Values{"grant_type": {"authorization_code"}, "code": {"guess"}, "redirect_uri": {pitangui}})
	s.restart(0) // reads the stored traces
	traces := s.stop()
	require.Len(t, traces, 4)
	for _, attempt := range traces {
		other, err := trace.FindTrace(traces, attempt.MaybeRelated)
		require.NoError(t, err)
		require.Equal(t, attempt.ID, other.MaybeRelated)
		require.Contains(t, attempt.RelatedHint(), "perhaps of the same attempt as trace "+other.ID)
		require.NotEqual(t, attempt.Exchanges[0].Leg, other.Exchanges[0].Leg)
		findings := lint.Diagnose(attempt, time.Now().Add(time.Hour))
		if !isStrangersRequest(attempt.Exchanges[0]) {
			require.Empty(t, findings, "%s", attempt.Outcome())
			continue
		}
		require.Equal(t, "client-authentication", findings[0].Rule, "its own fault")
	}
	amazonAttempt, _ := findAttempt(t, traces, isAmazonsRequest)
	require.Equal(t, "refreshed", amazonAttempt.Outcome())
}

// If an attacker sends the same code before or after Amazon, its requests do not join Amazon's trace. So Amazon's code
// does not count as used twice.
func TestGuessedCodeDoesNotJoin(t *testing.T) {
	s := newHarness(t)
	s.proxy.Mode, s.alexa.Abandons = linkproxy.Redirect, true
	s.startProxy().alexa.LinkAccount()
	guess := url.Values{"grant_type": {"authorization_code"}, "code": {"000001"}}
	s.requestTokenAsStranger(guess)
	s.alexa.ExchangeCode("000001")
	s.alexa.ExchangeCode("000001")
	s.requestTokenAsStranger(guess)
	traces := s.stop()
	require.Len(t, traces, 3, s.log)
	strangers, findings := findAttempt(t, traces, isStrangersRequest)
	require.Len(t, strangers.Exchanges, 2, "both requests of the stranger are in one trace")
	require.Len(t, findings, 1)
	require.Equal(t, "client-authentication", findings[0].Rule)
	amazonAttempt, findings := findAttempt(t, traces, isAmazonsRequest)
	require.Equal(t, "code", amazonAttempt.Exchanges[1].JoinedBy)
	require.Equal(t, "invalid-grant", findings[0].Rule)
}

// A token request with a code that the OAuth server issued joins the trace of the authorization request. A stranger's
// request with a guessed code does not join it.
func TestIssuedCodeJoins(t *testing.T) {
	s := newHarness(t)
	s.startProxy().alexa.SignIn()
	code := s.alexa.Callback.Query().Get("code")
	s.requestTokenAsStranger(url.Values{"grant_type": {"authorization_code"}, "code": {"guess"}})
	s.alexa.ExchangeCode(code)
	attempt, findings := findAttempt(t, s.stop(), isBrowserLeg)
	require.Equal(t, "token issued", attempt.Outcome())
	require.Empty(t, attempt.MaybeRelated)
	require.Empty(t, findings)
}

// A state in the console's URL is the same for all users, so it does not join their requests.
func TestSharedStateDoesNotJoin(t *testing.T) {
	s := newHarness(t)
	s.alexa.State = "fixed"
	s.startProxy().alexa.LinkAccount()
	s.sendAsStranger(http.MethodGet, "/link/authorize?client_id="+clientID+"&response_type=code&state=fixed&scope=nosuch&redirect_uri="+url.QueryEscape(pitangui), "")
	traces := s.stop()
	require.Len(t, traces, 2)
	for _, attempt := range traces {
		if attempt.Outcome() == "token issued" {
			require.Empty(t, lint.Diagnose(attempt, time.Now().Add(time.Hour)))
		}
	}
}

// If the browser loads the authorization URL again, both requests are in one trace.
func TestReloadJoins(t *testing.T) {
	s := newHarness(t)
	s.alexa.Abandons = true
	s.startProxy().alexa.LinkAccount()
	s.alexa.OpenBrowser()
	s.alexa.LinkAccount()
	traces := s.stop()
	require.Len(t, traces, 1)
	require.Equal(t, "state", traces[0].Exchanges[2].JoinedBy)
}

// An incomplete sign-in is not a finding if the browser may have continued without the proxy.
func TestUnseenSignInHasNoFinding(t *testing.T) {
	requestToken := func(s *harness) {
		s.requestTokenAsStranger(url.Values{"grant_type": {"authorization_code"}, "code": {"unseen"}})
	}
	redirectAway := func(s *harness) {
		s.server.LoginPage = `<form action="https://accounts.idp.example/">`
		response, err := s.alexa.Browser.Get(s.proxyServer.URL + "/oauth/login")
		require.NoError(s.t, err)
		require.NoError(s.t, response.Body.Close())
		require.Equal(s.t, s.server.Listener.Addr().String(), response.Request.URL.Host, "the browser continues at the authorization server")
	}
	for name, row := range map[string]struct {
		mode  linkproxy.Mode
		then  func(*harness)
		found int
	}{
		"no further request":   {linkproxy.Proxied, func(*harness) {}, 1},
		"a token request":      {linkproxy.Proxied, requestToken, 0},
		"a redirected browser": {linkproxy.Auto, redirectAway, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHarness(t)
			s.proxy.Mode, s.server.LoginPage, s.alexa.Abandons = row.mode, "<!doctype html><title>Sign in</title><form>", true
			s.startProxy().alexa.LinkAccount()
			row.then(s)
			_, findings := findAttempt(t, s.stop(), isBrowserLeg)
			require.Len(t, findings, row.found)
			for _, f := range findings {
				require.Equal(t, "declined", f.Rule)
			}
		})
	}
}
