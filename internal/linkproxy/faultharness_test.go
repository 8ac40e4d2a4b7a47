package linkproxy_test

import (
	"io"
	"log"
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

// requireNoSecrets checks that no output of the service contains a secret of the flow. The recorder must be stopped.
func (s *harness) requireNoSecrets() {
	s.t.Helper()
	secrets := append(s.server.IssuedSecrets(), s.alexa.State, s.alexa.Verifier, s.alexa.ClientSecret, s.server.Secret, "Abc def/Ghi==", "Abc+def",
		"4711-0815-session", "c0de-in-a-form-4711")
	for where, content := range s.storedTexts() {
		for _, secret := range secrets {
			for _, form := range secretForms(secret) {
				require.NotContains(s.t, content, form, where)
			}
		}
	}
}

// discardLog returns a log that drops the messages of a server about failed handshakes.
func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
