package linkproxy_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/lint"
)

// Correct variants of responses, which the documentation of real servers describes, do not cause findings.
func TestAcceptsVariantsOfRealServers(t *testing.T) {
	for name, prepare := range map[string]func(*harness){
		"extra members and another scope": changingResponse(func(_ *int, h http.Header, b map[string]any) {
			b["scope"], b["ext_expires_in"], b["refresh_token_expires_in"], b["id_token"], b["not-before-policy"] = "openid email", 3600, 604799, "a.b.c", 0
			b["user"] = map[string]any{"name": nil}
			h.Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
		}),
		"bearer in lower case":           withMember("token_type", "bearer"),
		"no refresh_token for a refresh": omitLaterRefresh,
		"a media type in capital letters": changingResponse(func(_ *int, h http.Header, _ map[string]any) {
			h.Set("Content-Type", "Application/JSON ;Charset=utf-8")
		}),
		"iss next to the code": changingRedirect(func(_ *url.URL, v url.Values) {
			v.Set("iss", "https://as.example")
			v.Set("session_state", "b2e9.8c")
			v.Set("authuser", "0")
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			prepare(s)
			s.alexa.PKCE, s.alexa.Refreshes = true, true
			s.run()
			traces := s.stop()
			require.Len(t, traces, 1)
			require.Equal(t, "refreshed", traces[0].Outcome())
			require.Empty(t, lint.Diagnose(traces[0], time.Now().Add(time.Hour)), s.log)
		})
	}
}

// omitLaterRefresh makes the server omit refresh_token in all token responses except the first.
func omitLaterRefresh(s *harness) {
	first := true
	s.server.ChangeResponse = func(_ *int, _ http.Header, body map[string]any) {
		if !first {
			delete(body, "refresh_token")
		}
		first = false
	}
}

// Each error response of a real server leads to one finding, the correct one.
func TestFindsFaultsOfRealServers(t *testing.T) {
	const kind = "application/json"
	token := func(status int, body string) func(*harness) {
		return func(s *harness) { s.server.TokenHandler = fixedResponse(status, kind, body) }
	}
	testFaults(t, map[string]faultCase{
		"401 for a code":                       {token(401, `{"error":"invalid_grant"}`), "invalid-grant", 10, lint.Server, "s old: invalid_grant", 0},
		"403 for a code":                       {token(403, `{"error":"invalid_grant","error_description":"Invalid authorization code"}`), "invalid-grant", 10, lint.Server, "s old", 0},
		"401 for a scope":                      {token(401, `{"error":"invalid_scope"}`), "token-error", 0, lint.Console, "invalid_scope", 0},
		"access_denied for a secret":           {token(401, `{"error":"access_denied","error_description":"Unauthorized"}`), "client-authentication", 5, lint.Console, "access_denied", 0},
		"unauthorized_client for a secret":     {token(401, `{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}`), "client-authentication", 5, lint.Console, "HTTP Basic", 0},
		"400 for a secret":                     {token(400, `{"error":"invalid_client"}`), "client-authentication", 5, lint.Console, "400 invalid_client", 0},
		"an error with 200 and a link":         {token(200, `{"error":"bad_verification_code","error_uri":"https://docs.example/x"}`), "token-answer", 6, lint.Server, "bad_verification_code", 0},
		"a failure with a code":                {token(503, `{"error":"server_error"}`), "token-error-form", 0, lint.Server, "responded with 503", 0},
		"a token with status 201":              {changingResponse(func(status *int, _ http.Header, _ map[string]any) { *status = 201 }), "token-answer", 6, lint.Server, "status 201: the status should be 200", 0},
		"JSON after a warning":                 {token(200, "<br /><b>Warning</b>: x {\"access_token\":\"a\"}"), "token-answer", 6, lint.Server, "it is not JSON", 0},
		"a redirect URI, rejected with 200":    {withErrorPage(200, "Sorry, but we're having trouble signing you in. The redirect URI 'https://pitangui.amazon.com/api/skill/link/M2VENDOR12345' specified in the request does not match the redirect URIs configured for the application"), "redirect-uri", 1, lint.Server, "rejects " + pitangui, 0},
		"a redirect URI, rejected in one word": {withErrorPage(400, "Error 400: redirect_uri_mismatch"), "redirect-uri", 1, lint.Server, "mismatch", 0},
	})
}

func withErrorPage(status int, words string) func(*harness) {
	return func(s *harness) {
		s.server.AuthorizeHandler = fixedResponse(status, "text/html", "<!doctype html><title>Sign in</title><p>"+words)
	}
}

// A failed subresource or a wrong password does not cause a finding.
func TestSubresourcesHaveNoFindings(t *testing.T) {
	const rails = `<title>The page you were looking for doesn't exist</title><p>If you are the application owner check the logs for the redirect URI.`
	for name, row := range map[string]struct {
		status  int
		request string
		body    string
	}{
		"a missing image":                {404, "GET /favicon.ico HTTP/1.1\nSec-Fetch-Dest: image\n", rails},
		"a missing image, older browser": {404, "GET /favicon.ico HTTP/1.1\nAccept: image/webp,*/*;q=0.8\n", rails},
		"a script's request":             {401, "GET /api/session HTTP/1.1\nSec-Fetch-Dest: empty\n", rails},
		"an image with an error":         {500, "GET /logo HTTP/1.1\nSec-Fetch-Dest: image\n", rails},
		"a wrong password":               {401, "POST /login HTTP/1.1\nContent-Length: 0\nSec-Fetch-Dest: document\n", `<title>Sign in to the application</title><p>Wrong.<form method=post><input name=p type=password></form>`},
		"a help page":                    {200, "GET /help HTTP/1.1\nSec-Fetch-Dest: document\n", `<p>Why is a redirect URI needed?`},
	} {
		t.Run(name, func(t *testing.T) {
			s, e := newRecordingHarness(t, linkproxy.Proxied)
			e.handler = fixedResponse(200, "text/html", "<title>Sign in</title><form method=post>")
			first := get(t, s, "/link/authorize?response_type=code&client_id="+clientID, "")
			cookie, _, _ := strings.Cut(first.header.Get("Set-Cookie"), ";")
			e.handler = fixedResponse(row.status, "text/html", row.body)
			answer := sendRaw(t, hostOf(t, s.proxyServer.URL), row.request+"Host: x\nConnection: close\nCookie: "+cookie+"\n\n")
			require.Contains(t, answer, row.body)
			traces := s.stop()
			require.Len(t, traces, 1)
			require.Len(t, traces[0].Exchanges, 2)
			require.Empty(t, lint.Diagnose(traces[0], time.Now()), s.log)
		})
	}
}
