package linkproxy_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy/linkproxytest"
	"lastpost/internal/linkproxy/lint"
)

// A faultCase prepares one fault of the OAuth server or of the console's settings. The other fields are the expected
// finding.
type faultCase struct {
	prepare func(*harness)
	rule    string
	row     int
	side    lint.Side
	seen    string
	later   time.Duration // when the trace is diagnosed
}

// changingResponse returns a fault: change changes the response of the token endpoint.
func changingResponse(change func(status *int, h http.Header, body map[string]any)) func(*harness) {
	return func(s *harness) { s.server.ChangeResponse = change }
}

func withoutMembers(names ...string) func(*harness) {
	return changingResponse(func(_ *int, _ http.Header, body map[string]any) {
		for _, name := range names {
			delete(body, name)
		}
	})
}

func withMember(name string, value any) func(*harness) {
	return changingResponse(func(_ *int, _ http.Header, body map[string]any) { body[name] = value })
}

// changingRedirect returns a fault: change changes the OAuth server's redirect back to Amazon.
func changingRedirect(change func(to *url.URL, values url.Values)) func(*harness) {
	return func(s *harness) { s.server.ChangeRedirect = change }
}

func changingAlexa(change func(*linkproxytest.Alexa)) func(*harness) {
	return func(s *harness) { change(s.alexa) }
}

// symptomCases contains faults of rows 1 to 4 of the table of symptoms in docs/account-linking.md. Each name begins with
// the number of the row.
func symptomCases() map[string]faultCase {
	return map[string]faultCase{
		"1: only one of Alexa's hosts is registered": {func(s *harness) { s.server.RedirectURIs = []string{layla} }, "redirect-uri", 1, lint.Server, "rejects " + pitangui, 0},
		"2: the server drops state":                  {changingRedirect(func(_ *url.URL, v url.Values) { v.Del("state") }), "state", 2, lint.Server, "missing in the redirect back", 0},
		"2: the server changes state":                {changingRedirect(func(_ *url.URL, v url.Values) { v.Set("state", "other") }), "state", 2, lint.Server, ", and is h~", 0},
		"2: the console's URL has a state":           {changingAlexa(func(a *linkproxytest.Alexa) { a.ExtraQuery = "state=fixed&" }), "state", 2, lint.Console, "2 state parameters", 0},
		"3: wrong scope":                             {changingAlexa(func(a *linkproxytest.Alexa) { a.Scope = "nosuch" }), "scope-or-client", 3, lint.Console, `invalid_scope, the request names "nosuch"`, 0},
		"3: wrong client id":                         {changingAlexa(func(a *linkproxytest.Alexa) { a.ClientID = "unknown-client" }), "scope-or-client", 3, lint.Console, `client_id is "unknown-client"`, 0},
		"3: the client is not authorized":            {changingRedirect(func(_ *url.URL, v url.Values) { v.Del("code"); v.Set("error", "unauthorized_client") }), "scope-or-client", 3, lint.Console, "unauthorized_client", 0},
		"4: no token request":                        {changingAlexa(func(a *linkproxytest.Alexa) { a.ConsoleMistake = "nowhere" }), "no-token-request", 4, lint.Network, "no token request followed", 2 * time.Minute},
		"4: nothing listens at the token URL":        {func(s *harness) { s.proxy.TokenURL.Host = "127.0.0.1:1" }, "no-token-request", 4, lint.Network, "connection refused", 0},
	}
}

// laterSymptomCases contains faults of rows 5 to 13 of the same table.
func laterSymptomCases() map[string]faultCase {
	return map[string]faultCase{
		"5: Basic instead of the body": {func(s *harness) { s.server.AuthMethod = "body" }, "client-authentication", 5, lint.Console, "used HTTP Basic", 0},
		"5: the body instead of Basic": {changingAlexa(func(a *linkproxytest.Alexa) { a.AuthMethod = "body" }), "client-authentication", 5, lint.Console, "credentials in the body", 0},
		"5: a wrong secret":            {changingAlexa(func(a *linkproxytest.Alexa) { a.ClientSecret = "wrong-secret" }), "client-authentication", 5, lint.Console, "used HTTP Basic", 0},
		"5: no secret":                 {changingAlexa(func(a *linkproxytest.Alexa) { a.AuthMethod = "none" }), "client-authentication", 5, lint.Console, "sent no secret", 0},
		"6: a page":                    {func(s *harness) { s.server.TokenHandler = fixedResponse(200, "text/html", "<title>Hello</title>") }, "token-answer", 6, lint.Server, "it is a page", 0},
		"6: a form": {func(s *harness) {
			s.server.TokenHandler = fixedResponse(200, "text/plain", "access_token=abc&token_type=Bearer")
		}, "token-answer", 6, lint.Server, "it is a form", 0},
		"6: an empty body":      {func(s *harness) { s.server.TokenHandler = fixedResponse(200, "application/json", "") }, "token-answer", 6, lint.Server, "it is empty", 0},
		"6: another media type": {changingResponse(func(_ *int, h http.Header, _ map[string]any) { h.Set("Content-Type", "text/json") }), "token-answer", 6, lint.Server, `Content-Type is "text/json"`, 0},
		"6: no access_token":    {withoutMembers("access_token"), "token-answer", 6, lint.Server, "access_token is missing", 0},
		"6: access_token renamed": {changingResponse(func(_ *int, _ http.Header, b map[string]any) {
			b["accessToken"] = b["access_token"]
			delete(b, "access_token")
		}), "token-answer", 6, lint.Server, "there is accessToken", 0},
		"6: a number for a token": {withMember("access_token", 12345678), "token-answer", 6, lint.Server, "not a text, but number", 0},
		"6: no token_type":        {withoutMembers("token_type"), "token-answer", 6, lint.Server, "token_type is missing", 0},
		"6: another token_type":   {withMember("token_type", "mac"), "token-answer", 6, lint.Server, `token_type is "mac"`, 0},
		"6: an error with status 200": {func(s *harness) {
			s.server.TokenHandler = fixedResponse(200, "application/json", `{"error":"invalid_grant"}`)
		}, "token-answer", 6, lint.Server, "it contains the error invalid_grant", 0},
		"7: slower than Amazon waits":             {withDelay(4100 * time.Millisecond), "token-slow", 7, lint.Server, "responded after 4.", 0},
		"7: no answer in time":                    {withDelay(6 * time.Second), "token-slow", 7, lint.Server, "no response from the token endpoint within 4.5 s", 0},
		"8: the console's URLs":                   {func(s *harness) { s.swapConsole() }, "urls-swapped", 8, lint.Console, "an authorization request was sent to the token URL", 0},
		"8: the console's URLs, at the other end": {changingAlexa(func(a *linkproxytest.Alexa) { a.ConsoleMistake = "token at authorize" }), "urls-swapped", 8, lint.Console, "a token request was sent to the authorization URL", 0},
		"8: one URL for both in the console":      {changingAlexa(func(a *linkproxytest.Alexa) { a.ConsoleMistake = "authorize twice" }), "urls-swapped", 8, lint.Console, "a token request was sent to the authorization URL", 2 * time.Minute},
		"8: the configuration's URLs":             {func(s *harness) { s.swapConfiguration() }, "urls-swapped", 8, lint.Configuration, "requires a grant_type", 0},
		"8: the token URL's alone": {func(s *harness) {
			s.server.TokenHandler = fixedResponse(400, "application/json", `{"error":"invalid_request","error_description":"response_type is missing"}`)
		}, "urls-swapped", 8, lint.Configuration, "requires a response_type", 0},
		"9: no refresh_token":       {withoutMembers("refresh_token"), "refresh", 9, lint.Server, "refresh_token is missing", 0},
		"9: no expires_in":          {withoutMembers("expires_in"), "refresh", 9, lint.Server, "expires_in is missing", 0},
		"9: a text for expires_in":  {withMember("expires_in", "3600"), "refresh", 9, lint.Server, "expires_in is not a number, but string", 0},
		"9: expires_in is 0":        {withMember("expires_in", 0), "refresh", 9, lint.Server, "expires_in is 0", 0},
		"9: the refresh is refused": {func(s *harness) { s.server.ForgetsRefresh, s.alexa.Refreshes = true, true }, "refresh", 9, lint.Server, "the refresh token is rejected: invalid_grant", 0},
		"10: a code twice":          {changingAlexa(func(a *linkproxytest.Alexa) { a.RepeatsCode = true }), "invalid-grant", 10, lint.Server, "the code was used before", 0},
		"10: another redirect_uri":  {changingAlexa(func(a *linkproxytest.Alexa) { a.TokenRedirectURI = layla }), "invalid-grant", 10, lint.Console, "redirect_uri was " + pitangui + `, and is "` + layla + `" now`, 0},
		"10: the code is forgotten": {func(s *harness) {
			s.server.TokenHandler = fixedResponse(400, "application/json", `{"error":"invalid_grant"}`)
		}, "invalid-grant", 10, lint.Server, "s old: invalid_grant", 0},
		"11: required by the server and missing": {func(s *harness) { s.server.PKCE = "required" }, "pkce", 11, lint.Console, "the request has none", 0},
		"11: unknown to the server":              {func(s *harness) { s.server.PKCE, s.alexa.PKCE = "unknown", true }, "pkce", 11, lint.Server, "match, and are rejected", 0},
		"11: compared incorrectly":               {func(s *harness) { s.server.PKCE, s.alexa.PKCE = "broken", true }, "pkce", 11, lint.Server, "match, and are rejected", 0},
		"11: challenge without verifier":         {func(s *harness) { s.alexa.TokenVerifier, s.alexa.PKCE = "none", true }, "pkce", 11, lint.Console, "has no code_verifier", 0},
		"11: verifier without challenge":         {changingAlexa(func(a *linkproxytest.Alexa) { a.TokenVerifier = a.Verifier }), "pkce", 11, lint.Console, "has no code_challenge", 0},
		"12: the page refuses the app": {func(s *harness) {
			s.server.AuthorizeHandler = fixedResponse(403, "text/html", "<title>Error 403: disallowed_useragent</title>")
		}, "login-page", 12, lint.Server, "rejects the app's browser", 0},
		"12: a window that never opens": {withLoginPage(`<title>x</title><script>window.open("/other")</script>`), "login-page", 12, lint.Server, "opens another window", 30 * time.Minute},
		"12: another host": {func(s *harness) {
			s.server.AuthorizeHandler = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://accounts.idp.example/o?response_type=code&code=1", http.StatusFound)
			}
		}, "login-page", 12, lint.Server, "redirected to accounts.idp.example", 30 * time.Minute},
		"12: a page that requires its origin": {withLoginPage(`<script src="https://www.google.com/recaptcha/api.js"></script>`), "login-page", 12, lint.Server, "requires its own origin", 30 * time.Minute},
		"13: the token in the query":          {withImplicitGrant(func(to *url.URL, v url.Values) { to.RawQuery = v.Encode() }), "implicit", 13, lint.Server, "in the query", 0},
		"13: no token_type":                   {withImplicitGrant(func(_ *url.URL, v url.Values) { v.Del("token_type") }), "implicit", 13, lint.Server, "token_type", 0},
		"13: no token":                        {withImplicitGrant(func(_ *url.URL, v url.Values) { v.Del("access_token") }), "implicit", 13, lint.Server, "no access_token", 0},
	}
}

// rfcFaultCases contains faults against an RFC that are not in the table of symptoms.
func rfcFaultCases() map[string]faultCase {
	return map[string]faultCase{
		"a parameter twice":              {changingAlexa(func(a *linkproxytest.Alexa) { a.ExtraQuery = "scope=email&" }), "parameter-repeated", 0, lint.Console, "scope more than once", 0},
		"the code twice in the redirect": {changingRedirect(func(_ *url.URL, v url.Values) { v.Add("code", "another") }), "parameter-repeated", 0, lint.Server, "code more than once", 0},
		"another response_type":          {changingAlexa(func(a *linkproxytest.Alexa) { a.ResponseType = "id_token" }), "response-type", 0, lint.Console, `"id_token"`, 0},
		"no response_type":               {changingAlexa(func(a *linkproxytest.Alexa) { a.ResponseType = "" }), "response-type", 0, lint.Console, `""`, 0},
		"no client_id":                   {changingAlexa(func(a *linkproxytest.Alexa) { a.ClientID = "" }), "client-id", 0, lint.Console, "no client_id", 0},
		"a short verifier":               {func(s *harness) { s.alexa.Verifier, s.alexa.PKCE = "short", true }, "pkce-form", 0, lint.Console, "43 to 128", 0},
		"a verifier of other characters": {func(s *harness) { s.alexa.Verifier, s.alexa.PKCE = s.alexa.Verifier+"!", true }, "pkce-form", 0, lint.Console, "characters other than", 0},
		"a PKCE method that Alexa does not use": {func(s *harness) {
			s.alexa.ExtraQuery, s.alexa.TokenVerifier, s.server.PKCE = "code_challenge_method=plain&code_challenge="+s.alexa.Verifier+"&", s.alexa.Verifier, "ignored"
		}, "pkce-form", 0, lint.Console, `"plain"`, 0},
		"an invalid challenge": {func(s *harness) {
			s.alexa.ExtraQuery = "code_challenge=x&code_challenge_method=S256&"
			s.alexa.Abandons = true
		}, "pkce-form", 0, lint.Console, "has 1 characters", 0},
		"a method without a challenge":   {changingAlexa(func(a *linkproxytest.Alexa) { a.ExtraQuery = "code_challenge_method=S256&" }), "pkce-form", 0, lint.Console, "without code_challenge", 0},
		"a verifier that does not match": {func(s *harness) { s.alexa.PKCE, s.alexa.TokenVerifier = true, s.alexa.Verifier+"x" }, "pkce", 11, lint.Console, "does not match", 0},
		"a verifier that the server ignores": {func(s *harness) {
			s.alexa.PKCE, s.alexa.TokenVerifier, s.server.PKCE = true, s.alexa.Verifier+"x", "ignored"
		}, "pkce", 11, lint.Server, "does not match the code_challenge, and is accepted", 0},
		"a missing verifier that the server accepts": {func(s *harness) { s.alexa.PKCE, s.alexa.TokenVerifier, s.server.PKCE = true, "none", "ignored" }, "pkce", 11, lint.Server, "accepted without code_verifier", 0},
		"no server listens":                          {func(s *harness) { s.proxy.AuthorizationURL.Host = "127.0.0.1:1" }, "authorization-unreachable", 0, lint.Network, "connection refused", 0},
		"an untrusted certificate":                   {func(s *harness) { s.proxy.AuthorizationURL = newUntrustedServer(s.t) }, "server-tls", 0, lint.Server, "unknown authority", 0},
		"the page has status 500":                    {func(s *harness) { s.server.AuthorizeHandler = fixedResponse(500, "text/html", "<title>Oops</title>") }, "authorization-unreachable", 0, lint.Server, "responded with 500", 0},
		"back to another address":                    {changingRedirect(func(to *url.URL, _ url.Values) { to.Host = "layla.amazon.com" }), "redirect-elsewhere", 0, lint.Server, "redirected to " + layla, 0},
		"an unknown error code":                      {changingRedirect(func(_ *url.URL, v url.Values) { v.Del("code"); v.Set("error", "teapot") }), "authorization-error", 0, lint.Server, "teapot", 0},
		"a server_error":                             {changingRedirect(func(_ *url.URL, v url.Values) { v.Del("code"); v.Set("error", "server_error") }), "authorization-error", 0, lint.Server, "server_error", 0},
		"a grant that the client may not use":        {changingRedirect(func(_ *url.URL, v url.Values) { v.Del("code"); v.Set("error", "unsupported_response_type") }), "authorization-error", 0, lint.Console, "unsupported_response_type: code", 0},
		"an error page without a reason": {func(s *harness) {
			s.server.AuthorizeHandler = fixedResponse(400, "text/html", "<title>Bad Request</title>")
		}, "authorization-error", 0, lint.Server, "responded with 400", 0},
		"neither code nor error":   {changingRedirect(func(_ *url.URL, v url.Values) { v.Del("code") }), "authorization-answer", 0, lint.Server, "neither code nor error", 0},
		"the code in the fragment": {changingRedirect(func(to *url.URL, v url.Values) { to.Fragment = v.Encode() }), "authorization-answer", 0, lint.Server, "in the fragment", 0},
		"a token for a code":       {changingRedirect(func(_ *url.URL, v url.Values) { v.Del("code"); v.Set("access_token", "abcdefgh") }), "authorization-answer", 0, lint.Server, "a token was returned", 0},
		"the token endpoint redirects": {func(s *harness) {
			s.server.TokenHandler = http.RedirectHandler("/oauth/token/", http.StatusPermanentRedirect).ServeHTTP
		}, "token-redirect", 0, lint.Configuration, "status 308, to /oauth/token/", 0},
		"a secret in the URL":                    {func(s *harness) { s.alexa.ConsoleMistake = "?client_secret=" + clientSecret }, "credentials-in-url", 0, lint.Console, "client_secret", 0},
		"two authentication schemes":             {changingAlexa(func(a *linkproxytest.Alexa) { a.AuthMethod = "both" }), "credentials-twice", 0, lint.Console, "client_secret in the body", 0},
		"a code that is accepted twice":          {func(s *harness) { s.alexa.RepeatsCode, s.server.TakesCodesTwice = true, true }, "code-unchecked", 0, lint.Server, "a second time", 0},
		"a redirect_uri that the server ignores": {func(s *harness) { s.alexa.TokenRedirectURI, s.server.LooseRedirect = japan, true }, "code-unchecked", 0, lint.Server, "redirect_uri was", 0},
		"a response that may be cached":          {changingResponse(func(_ *int, h http.Header, _ map[string]any) { h.Set("Cache-Control", "private") }), "token-cache", 0, lint.Server, `"private"`, 0},
		"the grant is rejected": {func(s *harness) {
			s.server.TokenHandler = fixedResponse(400, "application/json", `{"error":"unsupported_grant_type"}`)
		}, "token-error", 0, lint.Server, "unsupported_grant_type", 0},
		"the scope is rejected": {func(s *harness) {
			s.server.TokenHandler = fixedResponse(400, "application/json", `{"error":"invalid_scope"}`)
		}, "token-error", 0, lint.Console, "invalid_scope", 0},
		"the token request is rejected": {func(s *harness) {
			s.server.TokenHandler = fixedResponse(400, "application/json", `{"error":"invalid_request"}`)
		}, "token-error", 0, lint.Server, "invalid_request", 0},
		"a nonstandard error code": {func(s *harness) { s.server.TokenHandler = fixedResponse(400, "application/json", `{"error":"oops"}`) }, "token-error", 0, lint.Server, "oops", 0},
		"an error in a page": {func(s *harness) {
			s.server.TokenHandler = fixedResponse(502, "text/html", "<title>Bad Gateway</title>")
		}, "token-error-form", 0, lint.Server, "responded with 502: Bad Gateway", 0},
		"an error as text":         {func(s *harness) { s.server.TokenHandler = fixedResponse(400, "text/plain", "no") }, "token-error-form", 0, lint.Server, "responded with 400: no", 0},
		"nothing at the token URL": {func(s *harness) { s.server.TokenHandler = http.NotFound }, "token-error-form", 0, lint.Configuration, "responded with 404", 0},
		"a code without a grant":   {func(s *harness) { s.alexa.ConsoleMistake = "no grant type" }, "token-request", 0, lint.Console, "no grant_type in a form", 0},
	}
}

func TestDiagnosesSymptoms(t *testing.T)      { testFaults(t, symptomCases()) }
func TestDiagnosesLaterSymptoms(t *testing.T) { testFaults(t, laterSymptomCases()) }
func TestDiagnosesRFCFaults(t *testing.T)     { testFaults(t, rfcFaultCases()) }

// TestEveryRuleHasAFault reads the rules from the code, so that none can be missed.
func TestEveryRuleHasAFault(t *testing.T) {
	code, err := os.ReadFile(filepath.Join("lint", "diagnose.go"))
	require.NoError(t, err)
	tested, rules := map[string]bool{}, 0
	for _, faults := range []map[string]faultCase{symptomCases(), laterSymptomCases(), rfcFaultCases()} {
		for _, f := range faults {
			tested[f.rule] = true
		}
	}
	for _, cases := range []map[string]linkingCase{codeCases(), browserCases()} {
		for _, c := range cases {
			tested[c.rule] = true
		}
	}
	tested["declined"] = true // TestListenerWhoDeclines: it is not a fault
	for _, m := range regexp.MustCompile(`(?m)^\t\t\{"([^"]+)", \d+, "`).FindAllStringSubmatch(string(code), -1) {
		require.True(t, tested[m[1]], "add a fault for the rule %s to laterSymptomCases or rfcFaultCases in internal/linkproxy/faults_test.go", m[1])
		rules++
	}
	require.Len(t, tested, rules, "a fault expects a rule that lint/diagnose.go does not have")
}

// testFaults checks that each fault leads to the expected finding and no other one, and that it is logged once.
func testFaults(t *testing.T, faults map[string]faultCase) {
	for name, row := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row.check(t, "")
		})
	}
}

// check runs a flow with the fault. The finding's remedy must contain remedy.
func (row faultCase) check(t *testing.T, remedy string) {
	s := newHarness(t)
	row.prepare(s)
	s.run()
	var found []lint.Finding
	for _, attempt := range s.stop() {
		found = append(found, lint.Diagnose(attempt, time.Now().Add(row.later))...)
	}
	require.Len(t, found, 1, "%+v\n%s", found, s.log)
	require.Equal(t, row.rule, found[0].Rule)
	require.Equal(t, row.row, found[0].Row)
	require.Equal(t, row.side, found[0].Responsible, found[0].Seen)
	require.Contains(t, found[0].Seen, row.seen)
	require.Contains(t, found[0].Remedy, remedy)
	require.NotEmpty(t, found[0].Remedy)
	require.NotEmpty(t, found[0].Source)
	require.NotEmpty(t, found[0].Exchange)
	s.recheckLater(row.later)
	require.Equal(t, 1, countWarnings(s.log, found[0]), s.log)
	s.requireNoSecrets()
}
