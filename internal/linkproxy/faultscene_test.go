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
)

// run links, by way of what the scene has for the URLs in the console.
func (s *scene) run() {
	s.t.Helper()
	a := s.alexa
	switch a.console {
	case "swapped":
		a.authorizeURL, a.tokenURL = a.tokenURL, a.authorizeURL
		a.link()
	case "token at authorize":
		a.tokenURL = a.authorizeURL
		a.exchange("code")
	case "authorize twice":
		a.tokenURL = a.authorizeURL
		a.link()
	case "nowhere":
		a.abandonToken()
	case "get":
		response, err := a.browser.Get(a.tokenURL)
		require.NoError(s.t, err)
		require.NoError(s.t, response.Body.Close())
	default:
		a.tokenURL += a.console
		a.link()
	}
}

// abandonToken is Amazon's servers that do not get through to the token URL.
func (a *alexa) abandonToken() {
	a.t.Helper()
	a.browse(http.MethodGet, a.authorizeURL+"?"+url.Values{"client_id": {a.id}, "response_type": {"code"}, "state": {a.state}, "scope": {a.scope}, "redirect_uri": {a.redirectURI}}.Encode(), nil)
	require.NotEmpty(a.t, a.landed.Query().Get("code"))
}

func (s *scene) swapConsole() { s.alexa.console = "swapped" }

// swapConfiguration has an authorization server that says what each endpoint misses, as most do.
func (s *scene) swapConfiguration() {
	s.proxy.AuthorizationURL, s.proxy.TokenURL = s.proxy.TokenURL, s.proxy.AuthorizationURL
	s.server.token = text(400, "application/json", `{"error":"invalid_request","error_description":"missing required parameter grant_type"}`)
}

func delayed(by time.Duration) func(*scene) {
	return func(s *scene) {
		s.server.token = func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(by)
			s.server.serveToken(w, r)
		}
	}
}

// hangs has a page for signing in that nobody gets past.
func hangs(page string) func(*scene) {
	return func(s *scene) { s.server.page = "<!doctype html>" + page }
}

func implicitly(change func(*url.URL, url.Values)) func(*scene) {
	return func(s *scene) {
		s.alexa.responseType = "token"
		s.server.back = change
	}
}

// newStranger is an OAuth server with a certificate of nobody's that is trusted.
func newStranger(t testing.TB) *url.URL {
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
func logs(l *logbook, f linkproxy.Finding) (times int) {
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, `"rule":"`+f.Rule+`"`) && strings.Contains(line, `"level":"WARN"`) {
			times++
		}
	}
	return times
}
