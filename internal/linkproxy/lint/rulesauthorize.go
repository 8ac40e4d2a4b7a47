package lint

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"lastpost/internal/linkproxy/trace"
)

const registerAll = "register all three with the OAuth server, as Amazon's console shows them: " +
	"https://pitangui.amazon.com/api/skill/link/…, https://layla.amazon.com/api/skill/link/… and " +
	"https://alexa.amazon.co.jp/api/skill/link/…"

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
		v.checkTokenURL(&x)
	}
}

// checkTokenURL reports a token URL whose responses only an authorization endpoint sends. If the authorization succeeded,
// the token URL alone is wrong.
func (v *traceView) checkTokenURL(x *exchange) {
	const alone = "set account_linking.token_url to the OAuth server's token endpoint: token_url alone is wrong"
	works := v.callback != nil && v.callback.Facts.Callback.Get("code") != ""
	namesType := mentionsResponseType.MatchString(x.errorText())
	switch {
	case namesType && works:
		x.addFinding(Configuration, alone, "the token URL's response requires a response_type, and authorization_url works: %s",
			truncate(x.errorText()))
	case namesType:
		x.addFinding(Configuration, "swap account_linking.authorization_url and token_url",
			"the token URL's response requires a response_type: %s", truncate(x.errorText()))
	case works && x.Status == http.StatusOK && x.hasPasswordForm():
		x.addFinding(Configuration, alone, "the token URL responds with a sign-in page, and authorization_url works: %s",
			truncate(x.errorText()))
	case works && x.Status >= 300 && x.Status < 400 && x.redirectsToClient():
		x.addFinding(Configuration, alone, "the token URL redirects to the redirect URI as an authorization endpoint does, and "+
			"authorization_url works: %s", truncate(x.Facts.Header["Location"]))
	case works && x.Status >= 300 && x.Status < 400 && signInPath.MatchString(x.Facts.Header["Location"]):
		x.addFinding(Configuration, alone, "the token URL redirects to a sign-in page, and authorization_url works: %s",
			truncate(x.Facts.Header["Location"]))
	}
}

var mentionsResponseType = regexp.MustCompile(`(?i)response[ _-]?type`)

// redirectsToClient reports whether a response redirects to the redirect URI.
func (x *exchange) redirectsToClient() bool {
	to, err := url.Parse(x.Facts.Header["Location"])
	wanted, err2 := url.Parse(x.view.authorizeParam("redirect_uri"))
	return err == nil && err2 == nil && wanted.Host != "" && to.Host == wanted.Host && to.Path == wanted.Path
}

// hasPasswordForm reports whether a page has a form with a password.
func (x *exchange) hasPasswordForm() bool {
	return x.Facts.Page != nil &&
		slices.ContainsFunc(x.Facts.Page.Forms, func(form string) bool { return strings.Contains(form, " password") })
}

// signInPath matches the URL of a sign-in page.
var signInPath = regexp.MustCompile(`(?i)/(log-?in|sign-?in|authorize|auth)([/?#]|$)`)

// checkRepeatedParams reports repeated parameters. It skips state in the request, which has a separate rule.
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
	case x.isTLSFault(), x.rejectsLongState(), x.Status >= 500 && x.view.repeatsState(): // another rule reports it
	case x.Facts.NetworkError != "" && x.Facts.NetworkError != "timeout":
		x.addFinding(Network, networkRemedy(x, "authorization_url"), "no response from the authorization server: %s", x.Error)
	case x.Facts.NetworkError == "timeout":
		x.addFinding(Server, "find out why the OAuth server is slow",
			"no response from the authorization server within %.1f s", x.DurationMS/1000)
	case x.Status >= 500 && x.errorText() == "":
		x.addFinding(Server, "see the OAuth server's log", "the authorization server responded with %d", x.Status)
	case x.Status >= 500:
		x.addFinding(Server, "see the OAuth server's log", "the authorization server responded with %d: %s", x.Status,
			truncate(x.errorText()))
	}
}

func networkRemedy(x *exchange, key string) string {
	if x.Facts.NetworkError == "dns" {
		return "compare the host in account_linking." + key + " with the OAuth server's host"
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
		remedy := registerAll
		if mentionsClient.MatchString(x.errorText()) {
			remedy += "; and compare the client id in Amazon's console with the OAuth server's"
		}
		x.addFinding(Server, remedy, "the OAuth server rejects %s: %s", x.view.authorizeParam("redirect_uri"), truncate(x.errorText()))
	}
}

// rejectsRedirectURI reports whether a response rejects the redirect URI. Some servers show errors with status 200. A
// script's request may have another purpose, so the stricter pattern applies to its response.
func (x *exchange) rejectsRedirectURI() bool {
	if x.Status >= 400 && !x.Facts.Subresource && !x.isLoginRetry() {
		return mentionsRedirectURI.MatchString(x.errorText())
	}
	return (x.isErrorPage() || x.Status >= 400) && rejectedRedirectURI.MatchString(x.errorText())
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
	if x.rejectsScopeOrClient() {
		x.addFinding(Console, "compare client id and scopes in Amazon's console with the OAuth server's",
			"status %d, client_id is %q, scope is %q: %s", x.Status,
			x.view.authorizeParam("client_id"), x.view.authorizeParam("scope"), truncate(x.errorText()))
	}
}

// rejectsScopeOrClient reports whether a response rejects the scope or the client. An error of the authorization endpoint
// that names one of them is enough. Later pages and pages with status 200 may name them for other reasons.
func (x *exchange) rejectsScopeOrClient() bool {
	text := x.errorText()
	if x.Status >= 500 || x.isLoginRetry() || x.Status < 400 && !x.isErrorPage() ||
		x.Status >= 400 && mentionsRedirectURI.MatchString(text) || mentionsWebView.MatchString(text) {
		return false
	}
	if x.Status >= 400 && x.Leg == trace.LegAuthorize {
		return mentionsScope.MatchString(text) || mentionsClient.MatchString(text)
	}
	return x.ErrorCode() == "invalid_client" || rejectedScope.MatchString(text) || rejectedClient.MatchString(text)
}

// checkAuthorizationError reports the authorization errors that other rules do not cover, in the redirect back or in a
// page.
func (v *traceView) checkAuthorizationError() {
	if v.hasFinding("urls-swapped", "parameter-repeated", "response-type", "client-id", "redirect-uri", "scope-or-client", "state",
		"cookies-lost") {
		return // that finding explains the error
	}
	if v.callback != nil && v.callback.Facts.Callback.Get("error") != "" {
		v.checkCallbackError()
		return
	}
	if v.callback != nil && v.callback.Facts.Callback.Get("code") != "" {
		return // the listener tried again, and the OAuth server accepted the request
	}
	for _, x := range v.authorize {
		if x.Status >= 400 && x.Status < 500 && !mentionsWebView.MatchString(x.errorText()) && !mentionsPKCE.MatchString(x.errorText()) {
			x.addFinding(Server, "see the OAuth server's log",
				"the authorization server responded with %d: %s", x.Status, truncate(x.errorText()))
		}
	}
}

// checkLoginPage reports a page that rejects the app's browser, or a sign-in that does not complete.
func (v *traceView) checkLoginPage() {
	var hosts []string
	for _, x := range v.browser {
		if x.Status >= 400 && mentionsWebView.MatchString(x.errorText()) {
			x.addFinding(Server, "sign-in must work in an app's web view: use another identity provider, or the OAuth server's own page",
				"the page rejects the app's browser: %s", truncate(x.errorText()))
		}
		if x.Facts.OtherHost != "" {
			hosts = append(hosts, x.Facts.OtherHost)
		}
	}
	last := v.lastPage()
	if last == nil || v.hasFinding("redirect-uri", "scope-or-client", "state", "cookies-lost", "plain-http", "authorization-answer",
		"server-tls") {
		return
	}
	page := last.Facts.Page
	switch {
	case len(hosts) > 0:
		last.addFinding(Server, "add these hosts to the Domain List in Amazon's console; and set account_linking.authorize: redirect",
			"the browser was redirected to %s, and did not return", strings.Join(hosts, ", "))
	case page == nil:
	case page.OpensWindow:
		last.addFinding(Server, "make the sign-in work in one window", "the page opens another window, which an app does not show")
	case page.OriginReason != "":
		last.addFinding(Server, "set account_linking.authorize: redirect", "the page requires its own origin: %s", page.OriginReason)
	case !last.hasSignInForm() && mentionsError.MatchString(last.errorText()):
		last.addFinding(Server, "see the OAuth server's log", "the page has no form to continue, and no further request followed: %s",
			truncate(last.errorText()))
	}
}

// lastPage returns the page where the sign-in ended, or nil if it continues, may continue unseen, or failed otherwise.
func (v *traceView) lastPage() (last *exchange) {
	for i, x := range v.browser {
		if x.Facts.Page != nil && x.Status < 400 || x.Facts.OtherHost != "" {
			last = &v.browser[i]
		}
	}
	if last == nil || v.callback != nil || len(v.codes) > 0 || v.mayContinueUnseen() ||
		v.now.Sub(v.browser[len(v.browser)-1].Began) < pageDeadline || v.hasFailedPage() {
		return nil
	}
	return last
}

// mayContinueUnseen reports whether the sign-in may have continued without the proxy. This is possible if the proxy
// redirected the browser, if a token request exists that may belong to this attempt, or if another replica may have the
// other requests.
func (v *traceView) mayContinueUnseen() bool {
	return v.MaybeRelated != "" || v.IsPartial() || slices.ContainsFunc(v.browser, func(x exchange) bool { return x.Handling != "" })
}

// hasFailedPage reports whether a browser's request had no response, or an authorization request had an error status.
// Another rule reports these.
func (v *traceView) hasFailedPage() bool {
	return slices.ContainsFunc(v.browser, func(x exchange) bool {
		return x.Status >= 400 && x.Leg == trace.LegAuthorize || x.Facts.NetworkError != ""
	})
}
