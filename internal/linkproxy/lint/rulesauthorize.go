package lint

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"lastpost/internal/linkproxy/trace"
)

// The rules of the browser's leg.

const registerAll = "register all three with the OAuth server, as Amazon's console shows them: " +
	"https://pitangui.amazon.com/api/skill/link/…, https://layla.amazon.com/api/skill/link/… and " +
	"https://alexa.amazon.co.jp/api/skill/link/…"

var (
	mentionsRedirectURI = regexp.MustCompile(`(?i)redirect[ _-]?ur[il]|callback[ _-]?ur[il]`)
	// rejectedRedirectURI is stricter: it is looked for where nothing else tells that a page is an error's.
	rejectedRedirectURI = regexp.MustCompile(`(?i)redirect[ _-]?ur[il]_?mismatch|` +
		`(redirect|callback|reply)[ _-]?ur[il].{0,200}(invalid|mismatch|not? match|not (registered|allowed|valid|configured))|` +
		`(invalid|unregistered|unknown|mismatching)[ _]?(redirect|callback)[ _-]?ur[il]`)

	mentionsPKCE    = regexp.MustCompile(`(?i)pkce|code[ _]?(challenge|verifier)`)
	mentionsClient  = regexp.MustCompile(`(?i)client|application`)
	mentionsScope   = regexp.MustCompile(`(?i)scope`)
	mentionsWebView = regexp.MustCompile(`(?i)disallowed_useragent|embedded (browser|user.?agent|web.?view)|` +
		`browser (is )?not (be )?(supported|secure)|unsupported browser`)
)

// checkSwappedURLs is one endpoint's request at the other, or an answer that only the other would give.
func (v *traceView) checkSwappedURLs() {
	for _, x := range v.misplaced {
		x.addFinding(Console, "in Amazon's console, compare both addresses with those of \"skill check\": the Access Token URI is "+
			"not the one that ends in /token", "a request for a token came to the authorization URL")
	}
	for _, x := range v.authorize {
		if strings.Contains(x.errorText(), "grant_type") {
			x.addFinding(Configuration, "swap account_linking.authorization_url and token_url",
				"the authorization URL's answer misses a grant_type: %s", truncate(x.errorText()))
		}
	}
	for _, x := range v.tokens {
		if x.Facts.Query.Get("response_type") != "" && x.Facts.Request.Get("grant_type") == "" {
			x.addFinding(Console, "in Amazon's console, swap the Authorization URI and the Access Token URI",
				"an authorization request came to the token URL")
		}
		if strings.Contains(x.errorText(), "response_type") {
			x.addFinding(Configuration, "swap account_linking.authorization_url and token_url",
				"the token URL's answer misses a response_type: %s", truncate(x.errorText()))
		}
	}
}

// checkRepeatedParams leaves out state, which has a rule of its own.
func (v *traceView) checkRepeatedParams() {
	for _, kept := range v.Exchanges {
		x := exchange{kept, v}
		for _, name := range x.Facts.Request.Repeated() {
			if name != "state" {
				x.addFinding(Console, "take it out of the URL or the scopes in Amazon's console: Alexa adds it by herself",
					"the request has %s more than once", name)
			}
		}
		if x.Facts.Callback != nil {
			for _, name := range x.Facts.Callback.Query.Repeated() {
				x.addFinding(Server, "let it give each parameter once", "the redirect back has %s more than once", name)
			}
		}
	}
}

func checkResponseType(x *exchange) {
	if kind := x.Facts.Request.Get("response_type"); kind != "code" && kind != "token" {
		x.addFinding(Console, "choose the authorization code grant in Amazon's console, and take response_type out of the URL if "+
			"it stands there", "response_type is %q", kind)
	}
}

func checkClientID(x *exchange) {
	if x.Facts.Request.Get("client_id") == "" {
		x.addFinding(Console, "enter the client id in Amazon's console", "the authorization request has no client_id")
	}
}

// checkReachable is the browser's leg without an answer, or with one that tells of a server that failed.
func checkReachable(x *exchange) {
	switch {
	case x.Facts.NetworkError != "" && x.Facts.NetworkError != "timeout":
		x.addFinding(Network, networkRemedy(x, "authorization_url"), "no answer from the authorization server: %s", x.Error)
	case x.Facts.NetworkError == "timeout":
		x.addFinding(Server, "find out what it waits for", "the authorization server gave no answer within %.1f s", x.DurationMS/1000)
	case x.Status >= 500:
		x.addFinding(Server, "look into its log", "the authorization server answered %d", x.Status)
	}
}

func networkRemedy(x *exchange, key string) string {
	switch x.Facts.NetworkError {
	case "certificate":
		return "renew the OAuth server's certificate, and have it send its whole chain: Amazon trusts no other"
	case "dns":
		return "compare the host in account_linking." + key + " with the OAuth server's"
	case "tls":
		return "let the OAuth server speak TLS 1.2 or later at that port"
	}
	return "see that the OAuth server runs, and that no firewall keeps this service, or Amazon, from its port 443"
}

// checkRedirectURI is an error that is shown in the OAuth server's own page, as nobody may be sent to an address that is not
// registered.
func checkRedirectURI(x *exchange) {
	if x.view.callback != nil && x.view.callback.Facts.Callback.Get("code") != "" {
		return // it was taken in the end
	}
	if x.Facts.Callback == nil && x.rejectsRedirectURI() {
		x.addFinding(Server, registerAll, "it refuses %s: %s", x.view.authorizeParam("redirect_uri"), truncate(x.errorText()))
	}
}

// rejectsRedirectURI reports whether an answer does. Some servers show their errors with status 200.
func (x *exchange) rejectsRedirectURI() bool {
	if x.Status >= 400 {
		return mentionsRedirectURI.MatchString(x.errorText())
	}
	return x.Status == 200 && x.Facts.Page != nil && len(x.Facts.Page.Forms) == 0 && rejectedRedirectURI.MatchString(x.errorText())
}

func (v *traceView) checkRedirectTarget() {
	wanted, _, _ := strings.Cut(v.authorizeParam("redirect_uri"), "?") // what is added to its own query is not looked at
	if v.callback == nil || wanted == "" || v.callback.Facts.Callback.URL == wanted {
		return
	}
	v.callback.addFinding(Server, "let it send the browser to the redirect_uri of the request; "+registerAll,
		"asked was %s, and the browser was sent to %s", wanted, v.callback.Facts.Callback.URL)
}

func (v *traceView) checkState() {
	for _, x := range v.authorize {
		if n := len(x.Facts.Request["state"]); n > 1 {
			x.addFinding(Console, "take state= out of the Authorization URI in Amazon's console", "the request has %d state parameters", n)
		}
	}
	sent := v.authorizeParam("state")
	if v.callback == nil || sent == "" {
		return
	}
	switch got := v.callback.Facts.Callback.Get("state"); {
	case got == "":
		v.callback.addFinding(Server, "let it give state back unchanged", "state went as %s, and did not come back", sent)
	case got != sent:
		v.callback.addFinding(Server, "let it give state back unchanged, byte for byte", "state went as %s, and came back as %s", sent, got)
	}
}

// checkScopeAndClient is an error in the redirect back, or in a page where the client is so unknown that nobody is sent back.
func checkScopeAndClient(x *exchange) {
	if x.view.callback != nil {
		switch code := x.view.callback.Facts.Callback.Get("error"); code {
		case "invalid_scope":
			x.view.callback.addFinding(Console, "enter the scopes in Amazon's console that the OAuth server knows for this client",
				"%s, asked was for %q: %s", code, x.view.authorizeParam("scope"), truncate(x.view.callback.errorText()))
		case "unauthorized_client":
			x.view.callback.addFinding(Console, "compare the client id in Amazon's console with the OAuth server's, and allow the client the "+
				"grant there", "%s, client_id is %q", code, x.view.authorizeParam("client_id"))
		}
		return
	}
	said := x.errorText()
	if x.Status < 400 || x.Status >= 500 || x.isLoginRetry() || mentionsRedirectURI.MatchString(said) || mentionsWebView.MatchString(said) {
		return
	}
	if mentionsScope.MatchString(said) || mentionsClient.MatchString(said) {
		x.addFinding(Console, "compare client id and scopes in Amazon's console with the OAuth server's",
			"status %d, client_id is %q, scope is %q: %s", x.Status, x.view.authorizeParam("client_id"), x.view.authorizeParam("scope"), truncate(said))
	}
}

// isLoginRetry reports whether the page for signing in came back, as after a wrong password.
func (x *exchange) isLoginRetry() bool {
	return x.Leg == trace.LegPage && x.Method == http.MethodPost && x.Facts.Page != nil && len(x.Facts.Page.Forms) > 0
}

// checkAuthorizationError is what is left of errors in the redirect back, and of pages that are one.
func (v *traceView) checkAuthorizationError() {
	if v.hasFinding("urls-swapped", "parameter-repeated", "response-type", "client-id", "redirect-uri", "scope-or-client") {
		return // which explains it
	}
	if v.callback != nil && v.callback.Facts.Callback.Get("error") != "" {
		v.checkCallbackError()
		return
	}
	for _, x := range v.authorize {
		if x.Status >= 400 && x.Status < 500 && !mentionsWebView.MatchString(x.errorText()) && !mentionsPKCE.MatchString(x.errorText()) {
			x.addFinding(Server, "look into its log", "the authorization server answered %d: %s", x.Status, truncate(x.errorText()))
		}
	}
}

func (v *traceView) checkCallbackError() {
	code, said := v.callback.Facts.Callback.Get("error"), truncate(v.callback.errorText())
	switch {
	case mentionsPKCE.MatchString(said):
		return // has a rule of its own
	case code == "access_denied":
		v.callback.addFinding(Server, "sign in with an account that may, and consent; else see what the OAuth server's rules deny", "%s", said)
	case code == "unsupported_response_type":
		v.callback.addFinding(Console, "allow the client the authorization code grant at the OAuth server, or choose the other grant in "+
			"Amazon's console", "%s: %s", code, v.authorizeParam("response_type"))
	case code == "server_error" || code == "temporarily_unavailable":
		v.callback.addFinding(Server, "look into its log", "%s", said)
	case code == "invalid_request":
		v.callback.addFinding(Server, "see what it misses in the request, which has what RFC 6749 asks for", "%s", said)
	case strings.HasSuffix(code, "_required") || code == "consent_required":
		v.callback.addFinding(Server, "let it show its page for signing in", "%s", said)
	}
	v.callback.addFinding(Server, "let it use an error code of RFC 6749, section 4.1.2.1", "%s", said)
}

// checkAuthorizationResponse is a redirect back with neither code nor error where the code belongs.
func (v *traceView) checkAuthorizationResponse() {
	if v.callback == nil || v.authorizeParam("response_type") == "token" || v.callback.Facts.Callback.Get("error") != "" {
		return
	}
	b := v.callback.Facts.Callback
	switch {
	case b.Query.Get("code") != "":
		return
	case b.Fragment.Get("code") != "":
		v.callback.addFinding(Server, "let it put the code into the query", "the code is in the fragment, where Amazon's server does not see it")
	case b.Get("access_token") != "":
		v.callback.addFinding(Server, "let it answer response_type=code with a code", "a code was asked for, and a token given")
	}
	v.callback.addFinding(Server, "let it give a code or an error", "the redirect back has neither code nor error")
}

// checkImplicitGrant is RFC 6749, section 4.2.2: the fragment has the token, its type and state.
func (v *traceView) checkImplicitGrant() {
	if v.authorizeParam("response_type") != "token" || v.callback == nil || v.callback.Facts.Callback.Get("error") != "" {
		return
	}
	b := v.callback.Facts.Callback
	switch {
	case b.Query.Get("access_token") != "":
		v.callback.addFinding(Server, "let it put the token into the fragment, after #, with state and token_type=Bearer; better, use "+
			"the authorization code grant", "the access token is in the query")
	case b.Fragment.Get("access_token") == "":
		v.callback.addFinding(Server, "let it give access_token, state and token_type=Bearer in the fragment", "the fragment has no access_token")
	case !strings.EqualFold(b.Fragment.Get("token_type"), "bearer"):
		v.callback.addFinding(Server, "let it add token_type=Bearer to the fragment", "token_type in the fragment is %q",
			b.Fragment.Get("token_type"))
	}
}

// checkLoginPage is a browser that is refused, or that does not come to an end.
func (v *traceView) checkLoginPage() {
	var hosts []string
	var last *exchange
	for i, x := range v.browser {
		if x.Status >= 400 && mentionsWebView.MatchString(x.errorText()) {
			x.addFinding(Server, "sign-in must work in an app's web view: use another identity provider, or one's own page",
				"the page refuses the app's browser: %s", truncate(x.errorText()))
		}
		if x.Facts.OtherHost != "" {
			hosts = append(hosts, x.Facts.OtherHost)
		}
		if x.Facts.Page != nil && x.Status < 400 || x.Facts.OtherHost != "" {
			last = &v.browser[i]
		}
	}
	if last == nil || v.callback != nil || len(v.codes) > 0 || v.mayContinueUnseen() || v.now.Sub(v.browser[len(v.browser)-1].Began) < pageDeadline ||
		v.hasFailedPage() {
		return
	}
	seen, remedy := "the page was shown, and nothing more came",
		"sign in again and see what the page does; or somebody only changed their mind, or this service was restarted meanwhile"
	switch {
	case len(hosts) > 0:
		seen, remedy = "the browser was sent to "+strings.Join(hosts, ", ")+", and did not come back",
			"add these hosts to the Domain List in Amazon's console; and set account_linking.authorize: redirect"
	case last.Facts.Page != nil && last.Facts.Page.OpensWindow:
		seen, remedy = "the page opens another window, which an app does not show", "let it sign in within the page"
	case last.Facts.Page != nil && last.Facts.Page.OriginReason != "":
		seen, remedy = "the page needs its own address: "+last.Facts.Page.OriginReason, "set account_linking.authorize: redirect"
	}
	last.addFinding(Server, remedy, "%s", seen)
}

// mayContinueUnseen reports whether the browser may have gone on where it is not seen: it was sent there, or a request for a token
// came that may be of this attempt.
func (v *traceView) mayContinueUnseen() bool {
	return v.MaybeRelated != "" || slices.ContainsFunc(v.browser, func(x exchange) bool { return x.Handling != "" })
}

// hasFailedPage reports whether a page of the browser's leg told of an error.
func (v *traceView) hasFailedPage() bool {
	return slices.ContainsFunc(v.browser, func(x exchange) bool {
		return x.Status >= 400 && x.Leg == trace.LegAuthorize || x.Facts.NetworkError != ""
	})
}
