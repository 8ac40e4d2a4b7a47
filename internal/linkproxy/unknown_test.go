package linkproxy_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
)

// refreshForm returns the form of a refresh.
func refreshForm(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
}

// lastRefreshToken returns the refresh token of Alexa's last token response.
func (s *harness) lastRefreshToken() string {
	s.t.Helper()
	body := s.alexa.Responses[len(s.alexa.Responses)-1].Body
	_, rest, ok := strings.Cut(body, `"refresh_token":"`)
	require.True(s.t, ok, body)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

// requireUnknown checks that the traces of strangers have no findings, and that the newest trace is another one.
func requireUnknown(t *testing.T, s *harness, traces []trace.Trace, strangers int) {
	t.Helper()
	require.Len(t, s.unknown, strangers)
	for _, attempt := range traces {
		if attempt.IsUnknown() {
			require.Contains(t, attempt.Outcome(), "unknown token")
			require.Empty(t, lint.Diagnose(attempt, time.Now().Add(time.Hour)))
		}
	}
	for line := range strings.Lines(s.log.String()) {
		require.False(t, strings.Contains(line, `"level":"WARN"`) && strings.Contains(line, `"rule"`), line)
	}
}

// Whatever a stranger sends to the token endpoint, it is not a finding against the OAuth server, and the newest trace is
// the listener's.
func TestStrangersTokensAreUnknown(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for name, row := range map[string]struct{ kind, body string }{
		"a code":                           {form, "grant_type=authorization_code&code=guess"},
		"a code with the public client ID": {form, "grant_type=authorization_code&code=guess&client_secret=x&client_id=" + clientID + "&redirect_uri=" + url.QueryEscape(pitangui)},
		"a refresh token":                  {form, "grant_type=refresh_token&refresh_token=guess&client_id=" + clientID},
		"a password":                       {form, "grant_type=password&username=a&password=b"},
		"nothing":                          {"", ""},
		"junk":                             {"application/octet-stream", "\x00\xff"},
		"JSON":                             {"application/json", `{"code":"x"}`},
		"a repeated parameter":             {form, "code=a&code=b&grant_type=x&grant_type=y"},
	} {
		for _, mode := range []linkproxy.Mode{linkproxy.Proxied, linkproxy.Redirect} {
			t.Run(name+", "+string(mode), func(t *testing.T) {
				t.Parallel()
				s := newHarness(t)
				s.proxy.Mode = mode
				s.startProxy().alexa.LinkAccount()
				for range 3 {
					r := httptest.NewRequest(http.MethodPost, "/link/token", strings.NewReader(row.body))
					r.Header.Set("Content-Type", row.kind)
					r.RemoteAddr = "198.51.100.7"
					s.proxy.ServeHTTP(newResponseSink(), r)
				}
				traces := s.stop()
				requireUnknown(t, s, traces, 3)
				newest, err := trace.FindTrace(traces, "")
				require.NoError(t, err)
				require.False(t, newest.IsUnknown())
			})
		}
	}
}

// A refused refresh token that the proxy saw before is a finding, also after restarts, after its trace is gone, and with
// the data of a version that did not store tokens.
func TestRefusedRefreshIsNamedAfterRestart(t *testing.T) {
	for name, change := range map[string]func(*harness){
		"a restart":       func(*harness) {},
		"without a trace": func(s *harness) { require.NoError(s.t, os.Remove(filepath.Join(s.dir, "traces.jsonl"))) },
		"an old version":  func(s *harness) { require.NoError(s.t, os.Remove(filepath.Join(s.dir, "issued"))) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newHarness(t)
			s.alexa.Refreshes = true
			s.startProxy().alexa.LinkAccount()
			token := s.lastRefreshToken()
			s.stop()
			content, err := os.ReadFile(filepath.Join(s.dir, "issued"))
			require.NoError(t, err)
			require.NotContains(t, string(content), token)
			require.Regexp(t, `^(h~[0-9a-f]{12}( \d+)?\n)+$`, string(content))
			change(s)
			s.server.ForgetsRefresh = true
			s.startProxy().alexa.RequestToken(refreshForm(token))
			s.sendAsStranger(http.MethodPost, "/link/token", refreshForm("guess").Encode())
			traces := s.stop()
			require.Len(t, s.unknown, 1)
			found, err := trace.FindTrace(traces, "")
			require.NoError(t, err)
			findings := lint.Diagnose(found, time.Now())
			require.Len(t, findings, 1)
			require.Equal(t, "refresh", findings[0].Rule)
		})
	}
}

// A refresh token from before the proxy was in use is forwarded. If the OAuth server accepts it, it is known. If it refuses
// it, the client's secret shows that it is Amazon's.
func TestTokenFromBeforeTheProxy(t *testing.T) {
	s := newHarness(t)
	s.alexa.TokenURL = s.server.URL + "/oauth/token"
	s.alexa.AuthorizeURL = s.server.URL + "/oauth/authorize"
	s.alexa.OpenBrowser()
	s.alexa.LinkAccount()
	token := s.lastRefreshToken()
	s.startProxy().alexa.RequestToken(refreshForm(token))
	require.Equal(t, 200, s.alexa.Responses[len(s.alexa.Responses)-1].Status)
	s.alexa.RequestToken(refreshForm("of-another-listener-lost"))
	require.Equal(t, 400, s.alexa.Responses[len(s.alexa.Responses)-1].Status, "forwarded")
	s.requestTokenAsStranger(refreshForm("guess"))
	traces := s.stop()
	require.Len(t, s.unknown, 1)
	require.Len(t, traces, 3)
	found := 0
	for _, attempt := range traces {
		for _, f := range lint.Diagnose(attempt, time.Now()) {
			require.Equal(t, "refresh", f.Rule)
			found++
		}
	}
	require.Equal(t, 1, found)
}

// The stored tokens are bounded: a token that is replaced is forgotten.
func TestIssuedTokensAreBounded(t *testing.T) {
	requireE2E(t)
	s := newHarness(t)
	s.startProxy().alexa.LinkAccount()
	for range 600 {
		s.alexa.RequestToken(refreshForm(s.lastRefreshToken()))
		s.alexa.Responses = s.alexa.Responses[len(s.alexa.Responses)-1:]
	}
	s.stop()
	info, err := os.Stat(filepath.Join(s.dir, "issued"))
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(1100*30))
}

// A fault of a real attempt is named while a stranger sends requests with the same public client ID: in redirect mode the
// proxy does not see the code.
func TestExpectedTokenRequestIsNotUnknown(t *testing.T) {
	for name, prepare := range map[string]func(*harness){
		"a wrong secret": func(s *harness) { s.alexa.ClientSecret = "wrong" },
		"no client ID":   func(s *harness) { s.alexa.AuthMethod = "none" },
		"a lost code": func(s *harness) {
			s.server.TokenHandler = fixedResponse(400, "application/json", `{"error":"invalid_grant"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHarness(t)
			s.proxy.Mode = linkproxy.Redirect
			prepare(s)
			s.startProxy()
			for i := range 3 {
				s.sendAsStranger(http.MethodPost, "/link/token", fmt.Sprint("grant_type=authorization_code&code=", i))
			}
			s.alexa.LinkAccount()
			traces := s.stop()
			require.Len(t, s.unknown, 3)
			rules := 0
			for _, attempt := range traces {
				rules += len(lint.Diagnose(attempt, time.Now()))
			}
			require.Equal(t, 1, rules)
		})
	}
}

// A minute's log of requests is bounded. The rest is counted, or is at level debug.
func TestLogIsBounded(t *testing.T) {
	requireE2E(t)
	s := newHarness(t)
	s.startProxy()
	for i := range 600 {
		r := newAuthorizeRequest()
		r.RemoteAddr = fmt.Sprintf("198.51.%d.7", i%250)
		s.proxy.ServeHTTP(newResponseSink(), r)
		require.Eventually(t, func() bool { return s.log.count(`"leg":"authorize"`) > i }, 30*time.Second, time.Millisecond)
	}
	s.flood(200, func(int) string { return "198.51.100.7" })
	s.stop()
	lines := 0
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, `"level":"INFO"`) {
			lines++
		}
	}
	require.LessOrEqual(t, lines, 2*100)
}
