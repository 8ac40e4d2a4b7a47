package linkproxy_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy/lint"
)

func (s *harness) swapConsole() { s.alexa.ConsoleMistake = "swapped" }

// swapConfiguration swaps the configured URLs. The token endpoint names the missing parameter, as most servers do.
func (s *harness) swapConfiguration() {
	s.proxy.AuthorizationURL, s.proxy.TokenURL = s.proxy.TokenURL, s.proxy.AuthorizationURL
	s.server.TokenHandler = fixedResponse(400, "application/json", `{"error":"invalid_request","error_description":"missing required parameter grant_type"}`)
}

func withDelay(by time.Duration) func(*harness) {
	return func(s *harness) {
		s.server.TokenHandler = func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(by)
			s.server.ServeToken(w, r)
		}
	}
}

// withLoginPage sets a sign-in page that does not complete.
func withLoginPage(page string) func(*harness) {
	return func(s *harness) { s.server.LoginPage = "<!doctype html>" + page }
}

func withImplicitGrant(change func(*url.URL, url.Values)) func(*harness) {
	return func(s *harness) {
		s.alexa.ResponseType = "token"
		s.server.ChangeRedirect = change
	}
}

// newUntrustedServer starts an OAuth server with an untrusted certificate.
func newUntrustedServer(t testing.TB) *url.URL {
	t.Helper()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = selfSigned(t)
	server.StartTLS()
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL + "/oauth/token")
	require.NoError(t, err)
	return u
}

// countWarnings returns the number of warnings in the log with the rule of a finding.
func countWarnings(l *logBuffer, f lint.Finding) (times int) {
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, `"rule":"`+f.Rule+`"`) && strings.Contains(line, `"level":"WARN"`) {
			times++
		}
	}
	return times
}
