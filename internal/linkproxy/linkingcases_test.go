package linkproxy_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/linkproxytest"
	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/verify/verifytest"
)

// A linkingCase is a fault with the part of the remedy that its finding must contain.
type linkingCase struct {
	faultCase
	remedy string
}

const jsonType = "application/json"

// tokenAnswer returns a fault: the token endpoint always sends the same response.
func tokenAnswer(status int, kind, body string) func(*harness) {
	return func(s *harness) { s.server.TokenHandler = fixedResponse(status, kind, body) }
}

// authorizeAnswer returns a fault: the authorization endpoint always sends the same response.
func authorizeAnswer(status int, kind, body string) func(*harness) {
	return func(s *harness) { s.server.AuthorizeHandler = fixedResponse(status, kind, body) }
}

// scriptAnswer returns a fault: the sign-in page's script sends a request, and the response is an error.
func scriptAnswer(status int, body string) func(*harness) {
	return func(s *harness) {
		s.server.LoginPage = `<!doctype html><title>Sign in</title><div id=app></div><script src="app.js"></script>`
		s.alexa.ScriptPath, s.alexa.ScriptBody = "/auth/flow", `{"client_id":"lastpost-skill"}`
		s.server.Pages = map[string]http.HandlerFunc{"/auth/flow": fixedResponse(status, jsonType, body)}
	}
}

// withCode makes the server issue a code and write it into Location without percent-encoding.
func withCode(code string) func(*harness) {
	return func(s *harness) {
		s.server.ChangeCode = func(string) string { return code }
		s.server.ChangeLocation = func(location string) string {
			return strings.Replace(location, "code="+url.QueryEscape(code), "code="+code, 1)
		}
	}
}

func withSecret(secret string, answer func(*harness)) func(*harness) {
	return func(s *harness) {
		s.alexa.ClientSecret, s.server.Secret, s.alexa.RawBasic, s.server.DecodesBasic = secret, secret, true, true
		if answer != nil {
			answer(s)
		}
	}
}

// withCookie makes the authorization endpoint set a cookie and redirect to a page that requires it.
func withCookie(attributes string, missing http.HandlerFunc) func(*harness) {
	return func(s *harness) {
		s.server.AuthorizeHandler = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", "sid=4711-0815-session; HttpOnly; "+attributes)
			http.Redirect(w, r, "/start?"+r.URL.RawQuery, http.StatusFound)
		}
		s.server.Pages = map[string]http.HandlerFunc{"/start": missing}
	}
}

// longState makes Alexa send a state of 1,140 characters.
func longState(change func(*harness)) func(*harness) {
	return func(s *harness) {
		s.alexa.State = strings.Repeat("A2SAAEAEPG7cB2lQkLRx", 57)
		change(s)
	}
}

// redirectToHTTP makes the authorization endpoint redirect to http:// on its own host.
func redirectToHTTP(s *harness) {
	s.server.AuthorizeHandler = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(s.server.URL, "https:", "http:", 1)+"/login", http.StatusFound)
	}
}

// inModeAuto prepares a fault with the default handling of the browser's requests.
func inModeAuto(prepare func(*harness)) func(*harness) {
	return func(s *harness) {
		s.proxy.Mode = linkproxy.Auto
		prepare(s)
	}
}

func formPost(page string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fixedResponse(200, "text/html", fmt.Sprintf(page, pitangui, r.Form.Get("state")))(w, r)
	}
}

const formPostPage = `<!doctype html><title>Submit this form</title><body onload="document.forms[0].submit()"><form method="post" action="%s">` +
	`<input type="hidden" name="code" value="c0de-in-a-form-4711"><input type="hidden" name="state" value="%s"><noscript><button>Continue</button></noscript></form>`

const challengePage = `<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript and cookies to continue</noscript>` +
	`<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></body></html>`

// withHeaderAnswer returns a fault: the token endpoint sends a response with a header.
func withHeaderAnswer(status int, name, value, page string) func(*harness) {
	return func(s *harness) {
		s.server.TokenHandler = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(name, value)
			fixedResponse(status, "text/html", page)(w, r)
		}
	}
}

// codeCases are the faults of the code, the client's secret and the token endpoint.
func codeCases() map[string]linkingCase {
	const wrongParam = `{"error":"invalid_request","error_description":"The mandatory 'response_type' parameter is missing."}`
	undecodable := tokenAnswer(400, jsonType, `{"error":"invalid_request","error_description":"The client secret in the HTTP authorization header could not be decoded from 'application/x-www-form-urlencoded'."}`)
	return map[string]linkingCase{
		"a code with +":            {faultCase{withCode("Abc+def/Ghi=="), "code-encoding", 0, lint.Server, "came back with a space where Location had +", 0}, "percent-encode"},
		"a code with &":            {faultCase{withCode("Abc&defGhi"), "code-encoding", 0, lint.Server, "&", 0}, "percent-encode"},
		"a code with #":            {faultCase{withCode("Abc#defGhi"), "code-encoding", 0, lint.Server, "#", 0}, "percent-encode"},
		"a code with a lone %":     {faultCase{withCode("Abc%defGhi%"), "code-encoding", 0, lint.Server, "%", 0}, "percent-encode"},
		"a secret with + and %":    {faultCase{withSecret("ab+cd%2Fef==", nil), "client-authentication", 5, lint.Console, "the secret has + and %", 0}, "choose another secret"},
		"a secret with + alone":    {faultCase{withSecret("ab+cdef", nil), "client-authentication", 5, lint.Console, "the secret has +", 0}, "Credentials in request body"},
		"a secret with a lone %":   {faultCase{withSecret("ab%zzcdef", undecodable), "client-authentication", 5, lint.Console, "the secret has %", 0}, "choose another secret"},
		"a secret, 500":            {faultCase{withSecret("ab%zzcdef", tokenAnswer(500, jsonType, `{"error":"server_error"}`)), "client-authentication", 5, lint.Console, "the secret has %", 0}, "choose another secret"},
		"a challenge, Cloudflare":  {faultCase{withHeaderAnswer(403, "Cf-Mitigated", "challenge", challengePage), "token-blocked", 0, lint.Network, "Cf-Mitigated: challenge", 0}, "let the path of the token URL through"},
		"a challenge, its page":    {faultCase{withHeaderAnswer(503, "Server", "cloudflare", challengePage), "token-blocked", 0, lint.Network, "a bot challenge", 0}, "let the path of the token URL through"},
		"a challenge, AWS":         {faultCase{withHeaderAnswer(202, "X-Amzn-Waf-Action", "challenge", ""), "token-blocked", 0, lint.Network, "X-Amzn-Waf-Action: challenge", 0}, "let the path"},
		"a challenge, DataDome":    {faultCase{withHeaderAnswer(403, "X-Datadome", "protected", `<title>auth.example</title><p>Please enable JS and disable any ad blocker<script src="https://ct.captcha-delivery.com/c.js"></script>`), "token-blocked", 0, lint.Network, "X-Datadome", 0}, "let the path"},
		"a firewall, Incapsula":    {faultCase{tokenAnswer(200, "text/html", `<html><head><META NAME="robots" CONTENT="noindex"></head><iframe src="/_Incapsula_Resource?CWUDNSAI=9&xinfo=1-2"></iframe>`), "token-blocked", 0, lint.Network, "Incapsula", 0}, "let the path"},
		"a firewall, F5":           {faultCase{tokenAnswer(200, "text/html", `<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your administrator.<br>Your support ID is: 123</body></html>`), "token-blocked", 0, lint.Network, "Request Rejected", 0}, "let the path"},
		"a firewall, Akamai":       {faultCase{tokenAnswer(403, "text/html", `<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>You don't have permission to access "http&#58;&#47;&#47;auth" on this server.<P>Reference&#32;&#35;18&#46;2</BODY></HTML>`), "token-blocked", 0, lint.Network, "Access Denied", 0}, "let the path"},
		"token_url is authorize's": {faultCase{tokenAnswer(400, jsonType, wrongParam), "urls-swapped", 8, lint.Configuration, "authorization_url works", 0}, "token_url alone is wrong"},
		"token_url shows a page":   {faultCase{tokenAnswer(200, "text/html", `<title>Sign in</title><form method=post><input name=username><input name=password type=password></form>`), "urls-swapped", 8, lint.Configuration, "sign-in page", 0}, "token_url alone is wrong"},
		"token_url redirects to a sign-in": {faultCase{func(s *harness) {
			s.server.TokenHandler = http.RedirectHandler("/login?return=x", http.StatusFound).ServeHTTP
		}, "urls-swapped", 8, lint.Configuration, "to a sign-in page", 0}, "token_url alone is wrong"},
		"a secret in words":    {faultCase{tokenAnswer(400, jsonType, `{"error":{"message":"Error validating client secret.","type":"OAuthException","code":1}}`), "client-authentication", 5, lint.Console, "Error validating client secret", 0}, "compare id and secret"},
		"a secret, other code": {faultCase{tokenAnswer(400, jsonType, `{"error":"unauthorized_client","error_description":"Invalid client secret provided"}`), "client-authentication", 5, lint.Console, "unauthorized_client", 0}, "compare id and secret"},
		"an error that repeats secrets": {faultCase{func(s *harness) {
			s.server.TokenHandler = func(w http.ResponseWriter, r *http.Request) {
				_, secret, _ := r.BasicAuth()
				fixedResponse(400, jsonType, fmt.Sprintf(`{"errors":[{"detail":"Invalid client secret %s for the code %s."}],"message":"%[1]s is wrong"}`, secret, r.Form.Get("code")))(w, r)
			}
		}, "client-authentication", 5, lint.Console, "Invalid client secret h~", 0}, "compare id and secret"},
		"an expired code, in words": {faultCase{tokenAnswer(400, jsonType, `{"error":{"message":"This authorization code has expired.","code":100}}`), "invalid-grant", 10, lint.Server, "authorization code has expired", 0}, "valid for a minute"},
		"a code, other error":       {faultCase{tokenAnswer(400, jsonType, `{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired."}`), "invalid-grant", 10, lint.Server, "incorrect or expired", 0}, "valid for a minute"},
	}
}

// redirectURICases are the wordings of many servers for a redirect URI or a client that they do not know.
func redirectURICases() map[string]linkingCase {
	cases := map[string]linkingCase{}
	for name, prepare := range map[string]func(*harness){
		"Home Assistant's page":   withErrorPage(200, "Error: invalid client id or redirect uri"),
		"Home Assistant's script": scriptAnswer(403, `{"message":"Invalid client id or redirect uri"}`),
		"JSON with 200":           authorizeAnswer(200, jsonType, `{"error":"invalid_request","error_description":"redirect_uri mismatch"}`),
		"JSON with 400":           authorizeAnswer(400, jsonType, `{"error":"invalid_request","error_description":"The 'redirect_uri' parameter does not match any of the OAuth 2.0 Client's pre-registered redirect urls."}`),
		"text with 200":           authorizeAnswer(200, "text/plain", "Invalid redirect_uri"),
		"a nested error":          authorizeAnswer(400, jsonType, `{"error":{"code":"400","message":"The redirect URI you provided has not been whitelisted for your application."}}`),
		"a script, 200":           scriptAnswer(200, `{"status":"error","errors":[{"message":"Callback URL mismatch."}]}`),
		"Keycloak":                withErrorPage(400, "We are sorry... Invalid parameter: redirect_uri"),
		"Keycloak in German":      withErrorPage(400, "Es tut uns leid... Ungültiger Parameter: redirect_uri"),
		"Keycloak in German, 200": withErrorPage(200, "Es tut uns leid... Ungültiger Parameter: redirect_uri"),
		"Auth0":                   withErrorPage(403, "Oops!, something went wrong. Callback URL mismatch. The provided redirect_uri is not in the list of allowed callback URLs."),
		"Okta":                    withErrorPage(400, "Your request resulted in an error. The 'redirect_uri' parameter must be a Login redirect URI in the client app settings"),
		"Cognito":                 withErrorPage(200, "An error was encountered with the requested page. redirect_mismatch"),
		"Entra":                   withErrorPage(200, "Sorry, but we're having trouble signing you in. AADSTS50011: The reply URL specified in the request does not match the reply URLs configured for the application"),
		"authentik":               withErrorPage(200, "Redirect URI Error. The request fails due to a missing, invalid, or mismatching redirection URI (redirect_uri)."),
		"Zitadel":                 authorizeAnswer(400, jsonType, `{"error":"invalid_request","error_description":"The requested redirect_uri is missing in the client configuration."}`),
		"OpenIddict":              withErrorPage(200, "error:invalid_request error_description:The specified 'redirect_uri' is not valid for this client application."),
		"node-oidc-provider":      withErrorPage(400, "oops! something went wrong. error: invalid_redirect_uri; error_description: redirect_uri did not match any of the client's registered redirect_uris"),
		"Doorkeeper":              withErrorPage(200, "An error has occurred. The requested redirect uri is malformed or doesn't match client redirect URI."),
		"ForgeRock":               withErrorPage(400, "The redirection URI provided does not match a pre-registered value."),
		"a WordPress plug-in":     authorizeAnswer(400, jsonType, `{"error":"redirect_uri_mismatch","error_description":"The redirect URI provided is missing or does not match"}`),
		"Facebook":                withErrorPage(200, "URL Blocked: This redirect failed because the redirect URI is not whitelisted in the app's Client OAuth Settings."),
		"an error page with a search form": func(s *harness) {
			withErrorPage(200, "Unregistered redirect URI.<form action=/search><input name=q></form>")(s)
		},
		"a page in Spanish": withErrorPage(200, "Lo sentimos: la URI de redirección no es válida (redirect_uri)"),
	} {
		cases[name] = linkingCase{faultCase{prepare, "redirect-uri", 1, lint.Server, "rejects " + pitangui, 0}, "register all three"}
	}
	for name, prepare := range map[string]func(*harness){
		"Keycloak: client":  withErrorPage(400, "We are sorry... Client not found."),
		"Google: client":    withErrorPage(401, "Error 401: invalid_client. The OAuth client was not found."),
		"Entra: client":     withErrorPage(200, "AADSTS700016: Application with identifier 'x' was not found in the directory"),
		"Amazon: client":    withErrorPage(400, "An unknown client identifier was provided."),
		"Hydra: client":     authorizeAnswer(401, jsonType, `{"error":"invalid_client","error_description":"The requested OAuth 2.0 Client does not exist."}`),
		"a script: client":  scriptAnswer(404, `{"detail":"Unknown client_id"}`),
		"a scope with 200":  withErrorPage(200, "Error: the scope 'profile' is not allowed for this application."),
		"a scope in a JSON": authorizeAnswer(200, jsonType, `{"error":"invalid_scope"}`),
	} {
		cases[name] = linkingCase{faultCase{prepare, "scope-or-client", 3, lint.Console, `client_id is "lastpost-skill"`, 0}, "compare client id and scopes"}
	}
	return cases
}

// browserCases are other faults of the browser's leg.
func browserCases() map[string]linkingCase {
	back := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/oauth/authorize?"+r.URL.RawQuery, http.StatusFound)
	}
	cut := func(n int) func(*harness) {
		return changingRedirect(func(_ *url.URL, v url.Values) { v.Set("state", v.Get("state")[:n]) })
	}
	refuseTwo := func(s *harness) {
		s.alexa.ExtraQuery = "state=fixed&"
		s.server.AuthorizeHandler = fixedResponse(400, "text/html", "<title>invalid_request</title><p>Duplicate parameter")
	}
	return map[string]linkingCase{
		"form_post": {faultCase{func(s *harness) {
			s.alexa.ExtraQuery, s.server.AuthorizeHandler = "response_mode=form_post&", formPost(formPostPage)
		}, "authorization-answer", 0, lint.Console, "response_mode=form_post", 0}, "response_mode"},
		"form_post without a parameter":  {faultCase{func(s *harness) { s.server.AuthorizeHandler = formPost(formPostPage) }, "authorization-answer", 0, lint.Server, "in a form", 0}, "redirect"},
		"state cut to 255":               {faultCase{longState(cut(255)), "state", 2, lint.Server, "came back as its first 255 of 1,140 characters", 0}, "unchanged"},
		"state cut to 77":                {faultCase{longState(cut(77)), "state", 2, lint.Server, "came back as its first 77 of 1,140 characters", 0}, "unchanged"},
		"state in lower case":            {faultCase{changingRedirect(func(_ *url.URL, v url.Values) { v.Set("state", strings.ToLower(v.Get("state"))) }), "state", 2, lint.Server, "letters in lower case", 0}, "unchanged"},
		"state, value too long":          {faultCase{longState(authorizeAnswer(500, "text/plain", "ERROR: value too long for type character varying(255)")), "state", 2, lint.Server, "value too long for type character varying(255)", 0}, "1,140 characters"},
		"state, too big for a validator": {faultCase{longState(authorizeAnswer(400, jsonType, `{"statusCode":400,"message":"querystring/state Too big: expected string to have <=512 characters"}`)), "state", 2, lint.Server, "state Too big", 0}, "1,140 characters"},
		"state, URI too long":            {faultCase{longState(authorizeAnswer(414, "text/html", "<title>414 Request-URI Too Large</title>")), "state", 2, lint.Server, "Request-URI Too Large", 0}, "1,140 characters"},
		"state twice in the redirect":    {faultCase{changingRedirect(func(_ *url.URL, v url.Values) { v.Add("state", "another") }), "parameter-repeated", 0, lint.Server, "state more than once", 30 * time.Minute}, "send each parameter once"},
		"a fixed state, refused":         {faultCase{refuseTwo, "state", 2, lint.Console, "2 state parameters", 30 * time.Minute}, "remove state="},
		"a fixed state, refused in the redirect": {faultCase{func(s *harness) {
			s.alexa.ExtraQuery = "state=fixed&"
			s.server.ChangeRedirect = func(_ *url.URL, v url.Values) { v.Del("code"); v.Set("error", "invalid_request") }
		}, "state", 2, lint.Console, "2 state parameters", 30 * time.Minute}, "remove state="},
		"client_secret in the authorization URI": {faultCase{changingAlexa(func(a *linkproxytest.Alexa) { a.ExtraQuery = "client_secret=" + clientSecret + "&" }), "credentials-in-url", 0, lint.Console, "authorization URL's query contains client_secret", 0}, "Authorization URI"},
		"SameSite=Strict, a loop":                {faultCase{withCookie("Path=/; Secure; SameSite=Strict", back), "cookies-lost", 0, lint.Server, "SameSite=Strict", 0}, "SameSite=Lax"},
		"SameSite=Strict, an error page":         {faultCase{withCookie("Path=/; Secure; SameSite=Strict", fixedResponse(400, "text/html", "<title>Error</title><p>Session not found")), "cookies-lost", 0, lint.Server, "SameSite=Strict", 0}, "SameSite=Lax"},
		"SameSite=Strict, an error with 200":     {faultCase{withCookie("Path=/; Secure; SameSite=Strict", fixedResponse(200, "text/html", "<title>Error</title><p>Your session has expired. Please enable cookies.")), "cookies-lost", 0, lint.Server, "SameSite=Strict", 0}, "SameSite=Lax"},
		"SameSite=None without Secure":           {faultCase{withCookie("Path=/; SameSite=None", fixedResponse(400, "text/html", "<title>Error</title><p>Invalid CSRF token")), "cookies-lost", 0, lint.Server, "without Secure", 0}, "add Secure"},
		"a cookie of another path":               {faultCase{withCookie("Path=/oauth/authorize; Secure; SameSite=Lax", fixedResponse(400, "text/html", "<title>Error</title><p>Restart login cookie not found.")), "cookies-lost", 0, lint.Server, "Path=/oauth/authorize", 0}, "Path"},
		"an expired cookie":                      {faultCase{withCookie("Path=/; Secure; Max-Age=0", fixedResponse(403, "text/html", "<title>Error</title><p>Missing session cookie")), "cookies-lost", 0, lint.Server, "no cookie", 0}, "cookie"},
		"http behind a TLS proxy":                {faultCase{redirectToHTTP, "plain-http", 0, lint.Server, "http://127.0.0.1", 0}, "X-Forwarded-Proto"},
		"http behind a TLS proxy, mode auto":     {faultCase{inModeAuto(redirectToHTTP), "plain-http", 0, lint.Server, "http://127.0.0.1", 0}, "X-Forwarded-Proto"},
		"form_post, mode auto":                   {faultCase{inModeAuto(func(s *harness) { s.server.AuthorizeHandler = formPost(formPostPage) }), "authorization-answer", 0, lint.Server, "in a form", 0}, "redirect"},
		"access_denied by a rule": {faultCase{changingRedirect(func(_ *url.URL, v url.Values) {
			v.Del("code")
			v.Set("error", "access_denied")
			v.Set("error_description", "User is not assigned to the client application.")
		}), "authorization-error", 0, lint.Server, "not assigned", 0}, "access"},
	}
}

// refreshCases are the faults that end a link later.
func refreshCases() map[string]linkingCase {
	return map[string]linkingCase{
		"refused, without offline_access": {faultCase{func(s *harness) { s.server.ForgetsRefresh, s.alexa.Refreshes = true, true }, "refresh", 9, lint.Server, `the scope is "profile"`, 0}, "offline_access"},
		"no refresh token, the scope":     {faultCase{withoutMembers("refresh_token"), "refresh", 9, lint.Server, `the scope is "profile"`, 0}, "offline_access"},
		"Keycloak's refresh_expires_in":   {faultCase{withMember("refresh_expires_in", 1800), "refresh", 9, lint.Server, "refresh_expires_in is 1800", 0}, "offline_access"},
		"refresh_token_expires_in":        {faultCase{withMember("refresh_token_expires_in", "3600"), "refresh", 9, lint.Server, "refresh_token_expires_in is 3600", 0}, "offline_access"},
		"expires_in is a Unix time":       {faultCase{withMember("expires_in", time.Now().Add(time.Hour).Unix()), "refresh", 9, lint.Server, "a point in time", 0}, "number of seconds"},
		"expires_in in milliseconds":      {faultCase{withMember("expires_in", time.Now().Add(time.Hour).UnixMilli()), "refresh", 9, lint.Server, "a point in time", 0}, "number of seconds"},
		"a refusal in words": {faultCase{func(s *harness) {
			s.alexa.Refreshes = true
			s.server.TokenHandler = func(w http.ResponseWriter, r *http.Request) {
				if r.Form.Get("grant_type") == "refresh_token" {
					fixedResponse(400, jsonType, `{"message":"Refresh Token has expired"}`)(w, r)
					return
				}
				s.server.ServeToken(w, r)
			}
		}, "refresh", 9, lint.Server, "Refresh Token has expired", 0}, "offline_access"},
	}
}

// tlsCases are the faults of the OAuth server's certificate and TLS settings, for both endpoints.
func tlsCases() map[string]linkingCase {
	cases := map[string]linkingCase{}
	for name, row := range map[string]struct {
		config       func(*testing.T, *verifytest.Authority) *tls.Config
		seen, remedy string
	}{
		"an expired certificate": {certificate(verifytest.CertificateTemplate{Names: []string{"localhost"}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour)}, true), "expired", "renew"},
		"a future certificate":   {certificate(verifytest.CertificateTemplate{Names: []string{"localhost"}, NotBefore: time.Now().Add(24 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour)}, true), "not valid before", "clock"},
		"another name":           {certificate(verifytest.CertificateTemplate{Names: []string{"www.example.com"}}, true), "www.example.com", "names localhost"},
		"an incomplete chain":    {certificate(verifytest.CertificateTemplate{Names: []string{"localhost"}}, false), "without its issuer", "intermediate"},
		"a self-signed one":      {certificate(verifytest.CertificateTemplate{CommonName: "localhost", Names: []string{"localhost"}, SelfSigned: true}, false), "signed itself", "a CA that Amazon trusts"},
		"an unknown CA":          {unknownCA, "which is not trusted", "a CA that Amazon trusts"},
		"an old protocol": {func(t *testing.T, a *verifytest.Authority) *tls.Config {
			c := certificate(verifytest.CertificateTemplate{Names: []string{"localhost"}}, true)(t, a)
			c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
			return c
		}, "protocol version", "TLS 1.2"},
		"no shared suite": {func(t *testing.T, a *verifytest.Authority) *tls.Config {
			c := certificate(verifytest.CertificateTemplate{Names: []string{"localhost"}}, true)(t, a)
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}
			return c
		}, "handshake failure", "cipher suites"},
	} {
		for _, endpoint := range []string{"authorize", "token"} {
			cases[endpoint+": "+name] = linkingCase{faultCase{withTLS(endpoint, row.config), "server-tls", 0, lint.Server, row.seen, 0}, row.remedy}
		}
	}
	return cases
}

// certificate returns a server's configuration with a certificate of the trusted authority.
func certificate(c verifytest.CertificateTemplate, whole bool) func(*testing.T, *verifytest.Authority) *tls.Config {
	return func(t *testing.T, a *verifytest.Authority) *tls.Config {
		leaf, err := a.Issue(c)
		require.NoError(t, err)
		chain := [][]byte{leaf.Raw}
		if whole {
			chain = append(chain, a.Intermediate.Raw)
		}
		return &tls.Config{Certificates: []tls.Certificate{{Certificate: chain, PrivateKey: a.Key}}}
	}
}

// unknownCA returns a configuration with a whole chain, root included, of another authority.
func unknownCA(t *testing.T, _ *verifytest.Authority) *tls.Config {
	other, err := verifytest.NewAuthority(time.Now())
	require.NoError(t, err)
	c := certificate(verifytest.CertificateTemplate{Names: []string{"localhost"}}, true)(t, other)
	c.Certificates[0].Certificate = append(c.Certificates[0].Certificate, other.Root.Raw)
	return c
}

// withTLS starts a second OAuth server with a configuration, and makes one endpoint of the proxy call it.
func withTLS(endpoint string, config func(*testing.T, *verifytest.Authority) *tls.Config) func(*harness) {
	return func(s *harness) {
		authority, err := verifytest.NewAuthority(time.Now())
		require.NoError(s.t, err)
		server := httptest.NewUnstartedServer(s.server.Config.Handler)
		server.TLS = config(s.t.(*testing.T), authority)
		server.Config.ErrorLog = discardLog()
		server.StartTLS()
		s.t.Cleanup(server.Close)
		s.proxy.Roots.AddCert(authority.Root.Certificate)
		u, err := url.Parse(strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/oauth/" + endpoint)
		require.NoError(s.t, err)
		if endpoint == "token" {
			s.proxy.TokenURL = u
		} else {
			s.proxy.AuthorizationURL = u
		}
	}
}

func TestDiagnosesCodesAndClients(t *testing.T) { testLinkingCases(t, codeCases()) }
func TestDiagnosesRedirectURIs(t *testing.T)    { testLinkingCases(t, redirectURICases()) }
func TestDiagnosesBrowserFaults(t *testing.T)   { testLinkingCases(t, browserCases()) }
func TestDiagnosesRefreshFaults(t *testing.T)   { testLinkingCases(t, refreshCases()) }
func TestDiagnosesOAuthServersTLS(t *testing.T) { testLinkingCases(t, tlsCases()) }

// testLinkingCases checks each fault as testFaults does, and its remedy.
func testLinkingCases(t *testing.T, cases map[string]linkingCase) {
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.check(t, c.remedy)
		})
	}
}

// TestListenerWhoDeclines checks that a listener who cancels, or who leaves, is not a fault.
func TestListenerWhoDeclines(t *testing.T) {
	cancels := func(code, description string) func(*harness) {
		return changingRedirect(func(_ *url.URL, v url.Values) {
			v.Del("code")
			v.Set("error", code)
			v.Set("error_description", description)
		})
	}
	for name, row := range map[string]struct {
		prepare func(*harness)
		later   time.Duration
	}{
		"access_denied":              {cancels("access_denied", ""), 0},
		"access_denied, in words":    {cancels("access_denied", "The resource owner denied the request"), 0},
		"Entra's consent":            {cancels("access_denied", "AADSTS65004: User declined to consent to access the app."), 0},
		"LinkedIn's code":            {cancels("user_cancelled_login", "The user cancelled"), 0},
		"consent in other words":     {cancels("consent_denied", ""), 0},
		"not authorized by the user": {cancels("access_denied", "The user has not authorized the application"), 0},
		"the listener leaves":        {changingAlexa(func(a *linkproxytest.Alexa) { a.Abandons = true }), 30 * time.Minute},
		"the listener leaves a 401":  {func(s *harness) { s.server.RetryStatus, s.alexa.WrongPasswords, s.alexa.Abandons = 401, 1, true }, 30 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			row.prepare(s)
			s.run()
			traces := s.stop()
			require.Len(t, traces, 1)
			found := lint.Diagnose(traces[0], time.Now().Add(row.later))
			require.Len(t, found, 1, "%+v", found)
			require.Equal(t, "declined", found[0].Rule)
			require.Equal(t, lint.NoSide, found[0].Responsible)
			require.False(t, found[0].IsFault())
			require.Contains(t, found[0].Title, "the listener declined")
			s.recheckLater(row.later)
			require.Zero(t, countWarnings(s.log, found[0]), s.log)
			require.Equal(t, 1, s.log.count(`"rule":"declined"`), s.log)
			require.Contains(t, s.log.String(), `"level":"INFO","msg":"account linking: the listener declined`)
		})
	}
}
