package lint

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"lastpost/internal/linkproxy/trace"
)

const registerAll = "register all three with the OAuth server, as Amazon's console shows them: " +
	"https://pitangui.amazon.com/api/skill/link/…, https://layla.amazon.com/api/skill/link/… and " +
	"https://alexa.amazon.co.jp/api/skill/link/…"

var (
	mentionsRedirectURI = regexp.MustCompile(`(?i)redirect[ _-]?ur[il]|callback[ _-]?ur[il]`)
	// rejectedRedirectURI is stricter than mentionsRedirectURI, because it also applies to pages with status 200, which
	// may mention a redirect URI for other reasons.
	rejectedRedirectURI = regexp.MustCompile(`(?i)redirect[ _-]?ur[il]_?mismatch|` +
		`(redirect|callback|reply)[ _-]?ur[il].{0,200}(invalid|mismatch|not? match|not (registered|allowed|valid|configured))|` +
		`(invalid|unregistered|unknown|mismatching)[ _]?(redirect|callback)[ _-]?ur[il]`)

	mentionsPKCE    = regexp.MustCompile(`(?i)pkce|code[ _]?(challenge|verifier)`)
	mentionsClient  = regexp.MustCompile(`(?i)client|application`)
	mentionsScope   = regexp.MustCompile(`(?i)scope`)
	mentionsWebView = regexp.MustCompile(`(?i)disallowed_useragent|embedded (browser|user.?agent|web.?view)|` +
		`browser (is )?not (be )?(supported|secure)|unsupported browser`)
)

// checkSwappedURLs reports a request at the wrong endpoint, or a response that only the other endpoint would send.
func (v *traceView) checkSwappedURLs() {
	for _, x := range v.misplaced {
		x.addFinding(Console, "in Amazon's console, compare both addresses with the output of \"skill check\": "+
			"the Access Token URI must be the one that ends in /token", "a token request was sent to the authorization URL")
	}
	for _, x := range v.authorize {
		if strings.Contains(x.errorText(), "grant_type") {
			x.addFinding(Configuration, "swap account_linking.authorization_url and token_url",
				"the authorization URL's response requires a grant_type: %s", truncate(x.errorText()))
		}
	}
	for _, x := range v.tokens {
		if x.Facts.Query.Get("response_type") != "" && x.Facts.Request.Get("grant_type") == "" {
			x.addFinding(Console, "in Amazon's console, swap the Authorization URI and the Access Token URI",
				"an authorization request was sent to the token URL")
		}
		if strings.Contains(x.errorText(), "response_type") {
			x.addFinding(Configuration, "swap account_linking.authorization_url and token_url",
				"the token URL's response requires a response_type: %s", truncate(x.errorText()))
		}
	}
}

// checkRepeatedParams reports repeated parameters. It skips state, which has a separate rule.
func (v *traceView) checkRepeatedParams() {
	for _, recorded := range v.Exchanges {
		x := exchange{recorded, v}
		for _, name := range x.Facts.Request.Repeated() {
			if name != "state" {
				x.addFinding(Console, "remove it from the URL or the scopes in Amazon's console: Alexa adds it",
					"the request has %s more than once", name)
			}
		}
		if x.Facts.Callback != nil {
			for _, name := range x.Facts.Callback.Query.Repeated() {
				x.addFinding(Server, "make the OAuth server send each parameter once", "the redirect back has %s more than once", name)
			}
		}
	}
}

func checkResponseType(x *exchange) {
	if kind := x.Facts.Request.Get("response_type"); kind != "code" && kind != "token" {
		x.addFinding(Console, "choose the authorization code grant in Amazon's console, and remove response_type from the URL "+
			"if it is there", "response_type is %q", kind)
	}
}

func checkClientID(x *exchange) {
	if x.Facts.Request.Get("client_id") == "" {
		x.addFinding(Console, "enter the client id in Amazon's console", "the authorization request has no client_id")
	}
}

// checkReachable reports a browser request without a response, or with a server error.
func checkReachable(x *exchange) {
	switch {
	case x.Facts.NetworkError != "" && x.Facts.NetworkError != "timeout":
		x.addFinding(Network, networkRemedy(x, "authorization_url"), "no response from the authorization server: %s", x.Error)
	case x.Facts.NetworkError == "timeout":
		x.addFinding(Server, "find out why the OAuth server is slow",
			"no response from the authorization server within %.1f s", x.DurationMS/1000)
	case x.Status >= 500:
		x.addFinding(Server, "see the OAuth server's log", "the authorization server responded with %d", x.Status)
	}
}

func networkRemedy(x *exchange, key string) string {
	switch x.Facts.NetworkError {
	case "certificate":
		return "renew the OAuth server's certificate and send the complete chain: Amazon does not trust an incomplete one"
	case "dns":
		return "compare the host in account_linking." + key + " with the OAuth server's host"
	case "tls":
		return "enable TLS 1.2 or later at the OAuth server's port"
	}
	return "check that the OAuth server runs, and that no firewall blocks its port 443 for this service or for Amazon"
}

// checkRedirectURI reports that the OAuth server rejects the redirect URI. The server shows this error in its own page,
// because it must not redirect to an unregistered address.
func checkRedirectURI(x *exchange) {
	if x.view.callback != nil && x.view.callback.Facts.Callback.Get("code") != "" {
		return // the server accepted the redirect URI later
	}
	if x.Facts.Callback == nil && x.rejectsRedirectURI() {
		x.addFinding(Server, registerAll, "the OAuth server rejects %s: %s", x.view.authorizeParam("redirect_uri"), truncate(x.errorText()))
	}
}

// rejectsRedirectURI reports whether a response rejects the redirect URI. Some servers show errors with status 200.
func (x *exchange) rejectsRedirectURI() bool {
	if x.Status >= 400 {
		return mentionsRedirectURI.MatchString(x.errorText())
	}
	return x.Status == 200 && x.Facts.Page != nil && len(x.Facts.Page.Forms) == 0 && rejectedRedirectURI.MatchString(x.errorText())
}

func (v *traceView) checkRedirectTarget() {
	wanted, _, _ := strings.Cut(v.authorizeParam("redirect_uri"), "?") // without the query, because the server adds parameters
	if v.callback == nil || wanted == "" || v.callback.Facts.Callback.URL == wanted {
		return
	}
	v.callback.addFinding(Server, "make the OAuth server redirect to the redirect_uri of the request; "+registerAll,
		"the request names %s, and the browser was redirected to %s", wanted, v.callback.Facts.Callback.URL)
}

func (v *traceView) checkState() {
	for _, x := range v.authorize {
		if n := len(x.Facts.Request["state"]); n > 1 {
			x.addFinding(Console, "remove state= from the Authorization URI in Amazon's console", "the request has %d state parameters", n)
		}
	}
	sent := v.authorizeParam("state")
	if v.callback == nil || sent == "" {
		return
	}
	switch got := v.callback.Facts.Callback.Get("state"); {
	case got == "":
		v.callback.addFinding(Server, "make the OAuth server return state unchanged",
			"state was %s in the request, and is missing in the redirect back", sent)
	case got != sent:
		v.callback.addFinding(Server, "make the OAuth server return state unchanged, byte for byte",
			"state was %s in the request, and is %s in the redirect back", sent, got)
	}
}

// checkScopeAndClient reports that the OAuth server rejects the scope or the client. The error is in the redirect back.
// If the server does not know the client, it must not redirect, so the error is in a page.
func checkScopeAndClient(x *exchange) {
	if x.view.callback != nil {
		switch code := x.view.callback.Facts.Callback.Get("error"); code {
		case "invalid_scope":
			x.view.callback.addFinding(Console, "enter the scopes in Amazon's console that the OAuth server knows for this client",
				"%s, the request names %q: %s", code, x.view.authorizeParam("scope"), truncate(x.view.callback.errorText()))
		case "unauthorized_client":
			x.view.callback.addFinding(Console, "compare the client id in Amazon's console with the OAuth server's, and allow the "+
				"grant for the client there", "%s, client_id is %q", code, x.view.authorizeParam("client_id"))
		}
		return
	}
	message := x.errorText()
	if x.Status < 400 || x.Status >= 500 || x.isLoginRetry() ||
		mentionsRedirectURI.MatchString(message) || mentionsWebView.MatchString(message) {
		return
	}
	if mentionsScope.MatchString(message) || mentionsClient.MatchString(message) {
		x.addFinding(Console, "compare client id and scopes in Amazon's console with the OAuth server's",
			"status %d, client_id is %q, scope is %q: %s", x.Status,
			x.view.authorizeParam("client_id"), x.view.authorizeParam("scope"), truncate(message))
	}
}

// isLoginRetry reports whether the response shows the sign-in page again, for example after a wrong password.
func (x *exchange) isLoginRetry() bool {
	return x.Leg == trace.LegPage && x.Method == http.MethodPost && x.Facts.Page != nil && len(x.Facts.Page.Forms) > 0
}

// checkAuthorizationError reports the authorization errors that other rules do not cover, in the redirect back or in a
// page.
func (v *traceView) checkAuthorizationError() {
	if v.hasFinding("urls-swapped", "parameter-repeated", "response-type", "client-id", "redirect-uri", "scope-or-client") {
		return // that finding explains the error
	}
	if v.callback != nil && v.callback.Facts.Callback.Get("error") != "" {
		v.checkCallbackError()
		return
	}
	for _, x := range v.authorize {
		if x.Status >= 400 && x.Status < 500 && !mentionsWebView.MatchString(x.errorText()) && !mentionsPKCE.MatchString(x.errorText()) {
			x.addFinding(Server, "see the OAuth server's log",
				"the authorization server responded with %d: %s", x.Status, truncate(x.errorText()))
		}
	}
}

func (v *traceView) checkCallbackError() {
	code, message := v.callback.Facts.Callback.Get("error"), truncate(v.callback.errorText())
	switch {
	case mentionsPKCE.MatchString(message):
		return // another rule reports it
	case code == "access_denied":
		v.callback.addFinding(Server, "sign in with an account that has access, and consent; "+
			"otherwise check the OAuth server's access rules", "%s", message)
	case code == "unsupported_response_type":
		v.callback.addFinding(Console, "allow the authorization code grant for the client at the OAuth server, or "+
			"choose the other grant in Amazon's console", "%s: %s", code, v.authorizeParam("response_type"))
	case code == "server_error" || code == "temporarily_unavailable":
		v.callback.addFinding(Server, "see the OAuth server's log", "%s", message)
	case code == "invalid_request":
		v.callback.addFinding(Server, "find out what the OAuth server requires beyond RFC 6749; the request is complete", "%s", message)
	case strings.HasSuffix(code, "_required") || code == "consent_required":
		v.callback.addFinding(Server, "make the OAuth server show its sign-in page", "%s", message)
	}
	v.callback.addFinding(Server, "make the OAuth server use an error code of RFC 6749, section 4.1.2.1", "%s", message)
}

// checkAuthorizationResponse reports a redirect back without code and error in the query.
func (v *traceView) checkAuthorizationResponse() {
	if v.callback == nil || v.authorizeParam("response_type") == "token" || v.callback.Facts.Callback.Get("error") != "" {
		return
	}
	b := v.callback.Facts.Callback
	switch {
	case b.Query.Get("code") != "":
		return
	case b.Fragment.Get("code") != "":
		v.callback.addFinding(Server, "make the OAuth server put the code into the query",
			"the code is in the fragment, which Amazon's server does not receive")
	case b.Get("access_token") != "":
		v.callback.addFinding(Server, "make the OAuth server return a code for response_type=code",
			"a code was requested, and a token was returned")
	}
	v.callback.addFinding(Server, "make the OAuth server return a code or an error", "the redirect back has neither code nor error")
}

// checkImplicitGrant checks that the fragment has the token, its type and state (RFC 6749, section 4.2.2).
func (v *traceView) checkImplicitGrant() {
	if v.authorizeParam("response_type") != "token" || v.callback == nil || v.callback.Facts.Callback.Get("error") != "" {
		return
	}
	b := v.callback.Facts.Callback
	switch {
	case b.Query.Get("access_token") != "":
		v.callback.addFinding(Server, "make the OAuth server put the token into the fragment, after #, with state and "+
			"token_type=Bearer; better, use the authorization code grant", "the access token is in the query")
	case b.Fragment.Get("access_token") == "":
		v.callback.addFinding(Server, "make the OAuth server put access_token, state and token_type=Bearer into the fragment",
			"the fragment has no access_token")
	case !strings.EqualFold(b.Fragment.Get("token_type"), "bearer"):
		v.callback.addFinding(Server, "make the OAuth server add token_type=Bearer to the fragment", "token_type in the fragment is %q",
			b.Fragment.Get("token_type"))
	}
}

// checkLoginPage reports a page that rejects the app's browser, or a sign-in that does not complete.
func (v *traceView) checkLoginPage() {
	var hosts []string
	var last *exchange
	for i, x := range v.browser {
		if x.Status >= 400 && mentionsWebView.MatchString(x.errorText()) {
			x.addFinding(Server, "sign-in must work in an app's web view: use another identity provider, or the OAuth server's own page",
				"the page rejects the app's browser: %s", truncate(x.errorText()))
		}
		if x.Facts.OtherHost != "" {
			hosts = append(hosts, x.Facts.OtherHost)
		}
		if x.Facts.Page != nil && x.Status < 400 || x.Facts.OtherHost != "" {
			last = &v.browser[i]
		}
	}
	if last == nil || v.callback != nil || len(v.codes) > 0 || v.mayContinueUnseen() ||
		v.now.Sub(v.browser[len(v.browser)-1].Began) < pageDeadline ||
		v.hasFailedPage() {
		return
	}
	seen, remedy := "the page was shown, and no further request followed",
		"sign in again and watch the page; it is not a fault if the user cancelled, or this service was restarted"
	switch {
	case len(hosts) > 0:
		seen, remedy = "the browser was redirected to "+strings.Join(hosts, ", ")+", and did not return",
			"add these hosts to the Domain List in Amazon's console; and set account_linking.authorize: redirect"
	case last.Facts.Page != nil && last.Facts.Page.OpensWindow:
		seen, remedy = "the page opens another window, which an app does not show", "make the sign-in work in one window"
	case last.Facts.Page != nil && last.Facts.Page.OriginReason != "":
		seen, remedy = "the page requires its own origin: "+last.Facts.Page.OriginReason, "set account_linking.authorize: redirect"
	}
	last.addFinding(Server, remedy, "%s", seen)
}

// mayContinueUnseen reports whether the sign-in may have continued without the proxy. This is possible if the proxy
// redirected the browser, or if a token request exists that may belong to this attempt.
func (v *traceView) mayContinueUnseen() bool {
	return v.MaybeRelated != "" || slices.ContainsFunc(v.browser, func(x exchange) bool { return x.Handling != "" })
}

// hasFailedPage reports whether a browser's request had no response, or an authorization request had an error status.
// Another rule reports these.
func (v *traceView) hasFailedPage() bool {
	return slices.ContainsFunc(v.browser, func(x exchange) bool {
		return x.Status >= 400 && x.Leg == trace.LegAuthorize || x.Facts.NetworkError != ""
	})
}
