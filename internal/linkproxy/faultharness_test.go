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

// swapConfiguration has an authorization server that says what each endpoint misses, as most do.
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

// hangs has a page for signing in that nobody gets past.
func withLoginPage(page string) func(*harness) {
	return func(s *harness) { s.server.LoginPage = "<!doctype html>" + page }
}

func withImplicitGrant(change func(*url.URL, url.Values)) func(*harness) {
	return func(s *harness) {
		s.alexa.ResponseType = "token"
		s.server.ChangeRedirect = change
	}
}

// newStranger is an OAuth server with a certificate of nobody's that is trusted.
func newUntrustedServer(t testing.TB) *url.URL {
	t.Helper()
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler())
	stranger.TLS = selfSigned(t)
	stranger.StartTLS()
	t.Cleanup(stranger.Close)
	u, err := url.Parse(stranger.URL + "/oauth/token")
	require.NoError(t, err)
	return u
}

// logs counts how often the log has a finding.
func countWarnings(l *logBuffer, f lint.Finding) (times int) {
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, `"rule":"`+f.Rule+`"`) && strings.Contains(line, `"level":"WARN"`) {
			times++
		}
	}
	return times
}
