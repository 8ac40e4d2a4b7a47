package linkproxy_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/lint"
)

// If a page would not work at the proxy's address, the proxy redirects the browser to the authorization server and logs
// the reason once. Rows with an empty reason are forwarded.
func TestRedirectsForPagesThatRequireTheirOrigin(t *testing.T) {
	page := func(body string) http.HandlerFunc { return fixedResponse(200, "text/html", body) }
	policy := func(value string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", value)
			page("<form action=login>")(w, r)
		}
	}
	redirect := func(to string) http.HandlerFunc { return http.RedirectHandler(to, http.StatusFound).ServeHTTP }
	const other = "https://idp.example"
	for name, row := range map[string]struct {
		answer func(own string) http.HandlerFunc
		reason string // "": the page works
	}{
		"relative links": {func(string) http.HandlerFunc {
			return page("<form action=login><link rel=x href=a.css><img src='/b.png'>")
		}, ""},
		"a form without an action": {func(string) http.HandlerFunc { return page("<form method=post>") }, ""},
		"a link away": {func(own string) http.HandlerFunc {
			return page("<a href='" + own + "/forgot'><a href='" + other + "'>")
		}, ""},
		"resources of another host": {func(own string) http.HandlerFunc {
			return page("<script src='https://cdn.example/x.js'></script><img src='" + own + "/x'>")
		}, ""},
		"a policy with 'self'":       {func(string) http.HandlerFunc { return policy("default-src 'self'; img-src *") }, ""},
		"a policy that names others": {func(string) http.HandlerFunc { return policy("script-src cdn.example; form-action 'self' 127.0.0.1") }, ""},
		"not a page": {func(own string) http.HandlerFunc {
			return fixedResponse(200, "application/json", "<form action='"+own+"'>")
		}, ""},
		"a redirect to itself": {func(own string) http.HandlerFunc { return redirect(own + "/login") }, ""},
		"the redirect back":    {func(string) http.HandlerFunc { return redirect(pitangui + "?code=abc") }, ""},
		"links without a host": {func(string) http.HandlerFunc {
			return page("<a href='javascript:void(0)'><a href='mailto:x@y'><a href='https://['>")
		}, ""},
		"a form with its address":   {func(own string) http.HandlerFunc { return page("<form action='" + own + "/login'>") }, "its form action names 127.0.0.1"},
		"a button with its address": {func(own string) http.HandlerFunc { return page("<form><button formaction='" + own + "/login'>") }, "its button formaction names"},
		"a form to another host":    {func(string) http.HandlerFunc { return page("<form action='" + other + "/login'>") }, "its form action names idp.example"},
		"a base":                    {func(own string) http.HandlerFunc { return page("<base href='" + own + "/'>") }, "its base address is"},
		"a refresh": {func(own string) http.HandlerFunc {
			return page("<meta http-equiv=refresh content='0; URL=" + own + "/x'>")
		}, "its meta refresh names"},
		"a refresh in the header": {func(own string) http.HandlerFunc {
			return withHeader("Refresh", "0;url="+own+"/x", "<p>")
		}, "its meta refresh names"},
		"a frame":                                  {func(own string) http.HandlerFunc { return page("<iframe src='" + own + "/x'>") }, "its iframe src names"},
		"a link to the proxy's token endpoint":     {func(string) http.HandlerFunc { return page("<form action=token>") }, "another target at the proxy's address: token"},
		"a policy that names its host":             {func(string) http.HandlerFunc { return policy("form-action https://127.0.0.1:*") }, "content security policy allows 127.0.0.1"},
		"another host":                             {func(string) http.HandlerFunc { return redirect(other + "/o?response_type=code&code=1") }, "it redirects to idp.example"},
		"a redirect to the proxy's token endpoint": {func(string) http.HandlerFunc { return redirect("/link/token") }, "a path that the proxy uses itself"},
		"a bot check":                              {func(string) http.HandlerFunc { return page("<script src='https://www.google.com/recaptcha/api.js'>") }, "it loads www.google.com"},
		"a passkey":                                {func(string) http.HandlerFunc { return page("<script>navigator.credentials.get({})</script>") }, "passkeys"},
	} {
		t.Run(name, func(t *testing.T) {
			s, e := newRecordingHarness(t, linkproxy.Auto)
			e.handler = row.answer(s.server.URL)
			const query = "?client_id=x&state=%7e"
			got := get(t, s, "/link/authorize"+query, "")
			if row.reason == "" {
				require.NotEqual(t, s.server.URL+"/oauth/authorize"+query, got.header.Get("Location"))
				require.NotContains(t, s.log.String(), "own origin")
				return
			}
			require.Equal(t, 302, got.status)
			require.Equal(t, s.server.URL+"/oauth/authorize"+query, got.header.Get("Location"))
			require.Contains(t, s.log.String(), row.reason)

			e.requests = nil
			require.Equal(t, s.server.URL+"/oauth/authorize?again", get(t, s, "/link/authorize?again", "").header.Get("Location"))
			require.Empty(t, e.requests, "the proxy remembers the evidence and forwards nothing")
			require.Equal(t, 1, strings.Count(s.log.String(), "require their own origin"))
		})
	}
}

// If a page after the first one requires its own origin, the browser starts again at the authorization server.
func TestLaterPageRequiresItsOrigin(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Auto)
	key := startSignIn(t, s, e)
	e.handler = fixedResponse(200, "text/html", "<form action='https://idp.example/'>")
	require.Contains(t, get(t, s, "/login", key).header.Get("Location"), s.server.URL+"/oauth/authorize?redirect_uri=")
}

func TestRedirectModeForwardsNothing(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Redirect)
	got := get(t, s, "/link/authorize?state=%7e&&é", "")
	require.Equal(t, 302, got.status)
	require.Equal(t, s.server.URL+"/oauth/authorize?state=%7e&&é", got.header.Get("Location"))
	require.Equal(t, "no-store", got.header.Get("Cache-Control"))
	posted := sendRaw(t, hostOf(t, s.proxyServer.URL), "POST /link/authorize HTTP/1.1\nHost: x\nContent-Length: 3\nConnection: close\n\na=b")
	require.Contains(t, posted, "HTTP/1.1 307 ", "keeps the body")
	require.Empty(t, e.requests)
}

// In redirect mode, the PKCE verifier joins the token request to the trace of its authorization request.
func TestVerifierJoinsAfterRedirect(t *testing.T) {
	s := newHarness(t)
	s.proxy.Mode = linkproxy.Redirect
	s.alexa.Refreshes, s.alexa.PKCE = true, true
	s.startProxy().alexa.LinkAccount()
	traces := s.stop()
	require.Len(t, traces, 1, s.log)
	require.Equal(t, "refreshed", traces[0].Outcome())
	require.Equal(t, "code_verifier", traces[0].Exchanges[1].JoinedBy)
	require.Empty(t, lint.Diagnose(traces[0], time.Now().Add(time.Hour)))
}
