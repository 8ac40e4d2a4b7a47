package linkproxy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/lint"
)

// A correct flow completes, is stored as one trace, and does not cause a finding.
func TestCorrectFlowsHaveNoFindings(t *testing.T) {
	for name, prepare := range map[string]func(*harness){
		"the default":                       func(*harness) {},
		"with PKCE":                         func(s *harness) { s.alexa.PKCE = true },
		"credentials in the body":           func(s *harness) { s.alexa.AuthMethod, s.server.AuthMethod = "body", "body" },
		"another of Alexa's regions":        func(s *harness) { s.alexa.RedirectURI = layla },
		"without a sign-in page":            func(s *harness) { s.server.ShowsLogin = false },
		"an authorization URL with a query": func(s *harness) { s.proxy.AuthorizationURL = s.url("/oauth/authorize?tenant=1") },
		"in mode auto":                      func(s *harness) { s.proxy.Mode = linkproxy.Auto },
		"with full recording":               func(s *harness) { s.full = time.Hour },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			prepare(s)
			s.alexa.Refreshes = true
			s.startProxy().alexa.LinkAccount()
			require.NotNil(t, s.alexa.Callback, "%v", s.alexa.Responses)
			require.Equal(t, s.alexa.State, s.alexa.Callback.Query().Get("state"))
			last := s.alexa.Responses[len(s.alexa.Responses)-1]
			require.Equal(t, 200, last.Status, last.Body)
			traces := s.stop()
			require.Len(t, traces, 1, s.log)
			require.Empty(t, lint.Diagnose(traces[0], time.Now().Add(time.Hour)))
			require.NotContains(t, s.log.String(), "finding")
			joined := map[string]bool{}
			for _, x := range traces[0].Exchanges {
				joined[x.JoinedBy] = true
			}
			require.True(t, joined["code"] && joined["refresh_token"], joined)
			if s.server.ShowsLogin {
				all := strings.Join(s.alexa.Pages, "\n")
				require.Contains(t, all, "/* /oauth/style.css */")
				require.Contains(t, all, "/* /static/logo.svg */")
			}
		})
	}
}
