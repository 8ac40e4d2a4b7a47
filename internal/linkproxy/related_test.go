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

// asStranger sends a request for a token from an address of their own, by a client whose id everybody can see.
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

// started gives the trace that an exchange with a leg began, and what is found in it an hour later.
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

// strangers' are who say that they have another secret than Amazon.
func isStrangersRequest(x trace.Exchange) bool { return x.Facts.ClientAuth.Body }

func isAmazonsRequest(x trace.Exchange) bool { return x.Facts.ClientAuth.Basic }

// After a redirect nothing but the client ties the two legs together, which anybody may say they are: so what a stranger
// asks for is laid to nobody, and neither is what Amazon's servers ask for. Both are shown to be perhaps of one attempt.
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
	s.restart(0) // which reads what is there
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
		require.Equal(t, "client-authentication", findings[0].Rule, "what is wrong with it by itself")
	}
	amazonAttempt, _ := findAttempt(t, traces, isAmazonsRequest)
	require.Equal(t, "refreshed", amazonAttempt.Outcome())
}

// A stranger who brings a code before Amazon does, or after, is not taken for her, nor she for them: the code is not
// found to be used twice.
func TestGuessedCodeDoesNotJoin(t *testing.T) {
	s := newHarness(t)
	s.proxy.Mode = linkproxy.Redirect
	s.startProxy()
	guess := url.Values{"grant_type": {"authorization_code"}, "code": {"000001"}}
	s.requestTokenAsStranger(guess)
	s.alexa.ExchangeCode("000001")
	s.alexa.ExchangeCode("000001")
	s.requestTokenAsStranger(guess)
	traces := s.stop()
	require.Len(t, traces, 2, s.log)
	strangers, findings := findAttempt(t, traces, isStrangersRequest)
	require.Len(t, strangers.Exchanges, 2, "both are of one")
	require.Len(t, findings, 1)
	require.Equal(t, "client-authentication", findings[0].Rule)
	amazonAttempt, findings := findAttempt(t, traces, isAmazonsRequest)
	require.Equal(t, "code", amazonAttempt.Exchanges[1].JoinedBy)
	require.Equal(t, "invalid-grant", findings[0].Rule)
}

// A code that was seen to be given is found by whoever brings it.
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

// A state that stands in the console's URL is everybody's.
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

// Whoever reloads the page is of the same attempt.
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

// Where the browser may have gone on unseen, nobody says that it did not.
func TestUnseenSignInHasNoFinding(t *testing.T) {
	requestToken := func(s *harness) {
		s.requestTokenAsStranger(url.Values{"grant_type": {"authorization_code"}, "code": {"unseen"}})
	}
	redirectAway := func(s *harness) {
		s.server.LoginPage = `<form action="https://accounts.idp.example/">`
		response, err := s.alexa.Browser.Get(s.proxyServer.URL + "/oauth/login")
		require.NoError(s.t, err)
		require.NoError(s.t, response.Body.Close())
		require.Equal(s.t, s.server.Listener.Addr().String(), response.Request.URL.Host, "it goes on over there")
	}
	for name, row := range map[string]struct {
		mode  linkproxy.Mode
		then  func(*harness)
		found int
	}{
		"where nothing more came, that is said":        {linkproxy.Proxied, func(*harness) {}, 1},
		"where a token was asked for, it is not":       {linkproxy.Proxied, requestToken, 0},
		"where the browser was sent on, neither is it": {linkproxy.Auto, redirectAway, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHarness(t)
			s.proxy.Mode, s.server.LoginPage, s.alexa.Abandons = row.mode, "<!doctype html><title>Sign in</title><form>", true
			s.startProxy().alexa.LinkAccount()
			row.then(s)
			_, findings := findAttempt(t, s.stop(), isBrowserLeg)
			require.Len(t, findings, row.found)
			for _, f := range findings {
				require.Equal(t, "login-page", f.Rule)
			}
		})
	}
}
