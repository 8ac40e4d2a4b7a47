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
	saysRedirectURI = regexp.MustCompile(`(?i)redirect[ _-]?ur[il]|callback[ _-]?ur[il]`)
	// refusesRedirectURI is stricter: it is looked for where nothing else tells that a page is an error's.
	refusesRedirectURI = regexp.MustCompile(`(?i)redirect[ _-]?ur[il]_?mismatch|` +
		`(redirect|callback|reply)[ _-]?ur[il].{0,200}(invalid|mismatch|not? match|not (registered|allowed|valid|configured))|` +
		`(invalid|unregistered|unknown|mismatching)[ _]?(redirect|callback)[ _-]?ur[il]`)

	saysPKCE    = regexp.MustCompile(`(?i)pkce|code[ _]?(challenge|verifier)`)
	saysClient  = regexp.MustCompile(`(?i)client|application`)
	saysScope   = regexp.MustCompile(`(?i)scope`)
	saysWebView = regexp.MustCompile(`(?i)disallowed_useragent|embedded (browser|user.?agent|web.?view)|` +
		`browser (is )?not (be )?(supported|secure)|unsupported browser`)
)

// swapped is one endpoint's request at the other, or an answer that only the other would give.
func (v *view) swapped() {
	for _, x := range v.misplaced {
		x.breaks(Console, "in Amazon's console, compare both addresses with those of \"skill check\": the Access Token URI is "+
			"not the one that ends in /token", "a request for a token came to the authorization URL")
	}
	for _, x := range v.authorize {
		if strings.Contains(x.said(), "grant_type") {
			x.breaks(Configuration, "swap account_linking.authorization_url and token_url",
				"the authorization URL's answer misses a grant_type: %s", short(x.said()))
		}
	}
	for _, x := range v.tokens {
		if x.Facts.Query.Get("response_type") != "" && x.Facts.Request.Get("grant_type") == "" {
			x.breaks(Console, "in Amazon's console, swap the Authorization URI and the Access Token URI",
				"an authorization request came to the token URL")
		}
		if strings.Contains(x.said(), "response_type") {
			x.breaks(Configuration, "swap account_linking.authorization_url and token_url",
				"the token URL's answer misses a response_type: %s", short(x.said()))
		}
	}
}

// repeated leaves out state, which has a rule of its own.
func (v *view) repeated() {
	for _, kept := range v.Exchanges {
		x := exchange{kept, v}
		for _, name := range x.Facts.Request.Repeated() {
			if name != "state" {
				x.breaks(Console, "take it out of the URL or the scopes in Amazon's console: Alexa adds it by herself",
					"the request has %s more than once", name)
			}
		}
		if x.Facts.Back != nil {
			for _, name := range x.Facts.Back.Query.Repeated() {
				x.breaks(Server, "let it give each parameter once", "the redirect back has %s more than once", name)
			}
		}
	}
}

func responseType(x *exchange) {
	if kind := x.Facts.Request.Get("response_type"); kind != "code" && kind != "token" {
		x.breaks(Console, "choose the authorization code grant in Amazon's console, and take response_type out of the URL if "+
			"it stands there", "response_type is %q", kind)
	}
}

func clientIDMissing(x *exchange) {
	if x.Facts.Request.Get("client_id") == "" {
		x.breaks(Console, "enter the client id in Amazon's console", "the authorization request has no client_id")
	}
}

// unreachable is the browser's leg without an answer, or with one that tells of a server that failed.
func unreachable(x *exchange) {
	switch {
	case x.Facts.Network != "" && x.Facts.Network != "timeout":
		x.breaks(Network, networkRemedy(x, "authorization_url"), "no answer from the authorization server: %s", x.Error)
	case x.Facts.Network == "timeout":
		x.breaks(Server, "find out what it waits for", "the authorization server gave no answer within %.1f s", x.MS/1000)
	case x.Status >= 500:
		x.breaks(Server, "look into its log", "the authorization server answered %d", x.Status)
	}
}

func networkRemedy(x *exchange, key string) string {
	switch x.Facts.Network {
	case "certificate":
		return "renew the OAuth server's certificate, and have it send its whole chain: Amazon trusts no other"
	case "dns":
		return "compare the host in account_linking." + key + " with the OAuth server's"
	case "tls":
		return "let the OAuth server speak TLS 1.2 or later at that port"
	}
	return "see that the OAuth server runs, and that no firewall keeps this service, or Amazon, from its port 443"
}

// redirectURI is an error that is shown in the OAuth server's own page, as nobody may be sent to an address that is not
// registered.
func redirectURI(x *exchange) {
	if x.view.back != nil && x.view.back.Facts.Back.Get("code") != "" {
		return // it was taken in the end
	}
	if x.Facts.Back == nil && x.refusesRedirectURI() {
		x.breaks(Server, registerAll, "it refuses %s: %s", x.view.asked("redirect_uri"), short(x.said()))
	}
}

// refusesRedirectURI reports whether an answer does. Some servers show their errors with status 200.
func (x *exchange) refusesRedirectURI() bool {
	if x.Status >= 400 {
		return saysRedirectURI.MatchString(x.said())
	}
	return x.Status == 200 && x.Facts.Page != nil && len(x.Facts.Page.Forms) == 0 && refusesRedirectURI.MatchString(x.said())
}

func (v *view) redirectElsewhere() {
	wanted, _, _ := strings.Cut(v.asked("redirect_uri"), "?") // what is added to its own query is not looked at
	if v.back == nil || wanted == "" || v.back.Facts.Back.To == wanted {
		return
	}
	v.back.breaks(Server, "let it send the browser to the redirect_uri of the request; "+registerAll,
		"asked was %s, and the browser was sent to %s", wanted, v.back.Facts.Back.To)
}

func (v *view) state() {
	for _, x := range v.authorize {
		if n := len(x.Facts.Request["state"]); n > 1 {
			x.breaks(Console, "take state= out of the Authorization URI in Amazon's console", "the request has %d state parameters", n)
		}
	}
	sent := v.asked("state")
	if v.back == nil || sent == "" {
		return
	}
	switch got := v.back.Facts.Back.Get("state"); {
	case got == "":
		v.back.breaks(Server, "let it give state back unchanged", "state went as %s, and did not come back", sent)
	case got != sent:
		v.back.breaks(Server, "let it give state back unchanged, byte for byte", "state went as %s, and came back as %s", sent, got)
	}
}

// scopeOrClient is an error in the redirect back, or in a page where the client is so unknown that nobody is sent back.
func scopeOrClient(x *exchange) {
	if x.view.back != nil {
		switch code := x.view.back.Facts.Back.Get("error"); code {
		case "invalid_scope":
			x.view.back.breaks(Console, "enter the scopes in Amazon's console that the OAuth server knows for this client",
				"%s, asked was for %q: %s", code, x.view.asked("scope"), short(x.view.back.said()))
		case "unauthorized_client":
			x.view.back.breaks(Console, "compare the client id in Amazon's console with the OAuth server's, and allow the client the "+
				"grant there", "%s, client_id is %q", code, x.view.asked("client_id"))
		}
		return
	}
	said := x.said()
	if x.Status < 400 || x.Status >= 500 || x.askedAgain() || saysRedirectURI.MatchString(said) || saysWebView.MatchString(said) {
		return
	}
	if saysScope.MatchString(said) || saysClient.MatchString(said) {
		x.breaks(Console, "compare client id and scopes in Amazon's console with the OAuth server's",
			"status %d, client_id is %q, scope is %q: %s", x.Status, x.view.asked("client_id"), x.view.asked("scope"), short(said))
	}
}

// askedAgain reports whether the page for signing in came back, as after a wrong password.
func (x *exchange) askedAgain() bool {
	return x.Leg == trace.LegPage && x.Method == http.MethodPost && x.Facts.Page != nil && len(x.Facts.Page.Forms) > 0
}

// authorizationError is what is left of errors in the redirect back, and of pages that are one.
func (v *view) authorizationError() {
	if v.has("urls-swapped", "parameter-repeated", "response-type", "client-id", "redirect-uri", "scope-or-client") {
		return // which explains it
	}
	if v.back != nil && v.back.Facts.Back.Get("error") != "" {
		v.refusedBack()
		return
	}
	for _, x := range v.authorize {
		if x.Status >= 400 && x.Status < 500 && !saysWebView.MatchString(x.said()) && !saysPKCE.MatchString(x.said()) {
			x.breaks(Server, "look into its log", "the authorization server answered %d: %s", x.Status, short(x.said()))
		}
	}
}

func (v *view) refusedBack() {
	code, said := v.back.Facts.Back.Get("error"), short(v.back.said())
	switch {
	case saysPKCE.MatchString(said):
		return // has a rule of its own
	case code == "access_denied":
		v.back.breaks(Server, "sign in with an account that may, and consent; else see what the OAuth server's rules deny", "%s", said)
	case code == "unsupported_response_type":
		v.back.breaks(Console, "allow the client the authorization code grant at the OAuth server, or choose the other grant in "+
			"Amazon's console", "%s: %s", code, v.asked("response_type"))
	case code == "server_error" || code == "temporarily_unavailable":
		v.back.breaks(Server, "look into its log", "%s", said)
	case code == "invalid_request":
		v.back.breaks(Server, "see what it misses in the request, which has what RFC 6749 asks for", "%s", said)
	case strings.HasSuffix(code, "_required") || code == "consent_required":
		v.back.breaks(Server, "let it show its page for signing in", "%s", said)
	}
	v.back.breaks(Server, "let it use an error code of RFC 6749, section 4.1.2.1", "%s", said)
}

// authorizationAnswer is a redirect back with neither code nor error where the code belongs.
func (v *view) authorizationAnswer() {
	if v.back == nil || v.asked("response_type") == "token" || v.back.Facts.Back.Get("error") != "" {
		return
	}
	b := v.back.Facts.Back
	switch {
	case b.Query.Get("code") != "":
		return
	case b.Fragment.Get("code") != "":
		v.back.breaks(Server, "let it put the code into the query", "the code is in the fragment, where Amazon's server does not see it")
	case b.Get("access_token") != "":
		v.back.breaks(Server, "let it answer response_type=code with a code", "a code was asked for, and a token given")
	}
	v.back.breaks(Server, "let it give a code or an error", "the redirect back has neither code nor error")
}

// implicit is RFC 6749, section 4.2.2: the fragment has the token, its type and state.
func (v *view) implicit() {
	if v.asked("response_type") != "token" || v.back == nil || v.back.Facts.Back.Get("error") != "" {
		return
	}
	b := v.back.Facts.Back
	switch {
	case b.Query.Get("access_token") != "":
		v.back.breaks(Server, "let it put the token into the fragment, after #, with state and token_type=Bearer; better, use "+
			"the authorization code grant", "the access token is in the query")
	case b.Fragment.Get("access_token") == "":
		v.back.breaks(Server, "let it give access_token, state and token_type=Bearer in the fragment", "the fragment has no access_token")
	case !strings.EqualFold(b.Fragment.Get("token_type"), "bearer"):
		v.back.breaks(Server, "let it add token_type=Bearer to the fragment", "token_type in the fragment is %q",
			b.Fragment.Get("token_type"))
	}
}

// loginPage is a browser that is refused, or that does not come to an end.
func (v *view) loginPage() {
	var hosts []string
	var last *exchange
	for i, x := range v.browser {
		if x.Status >= 400 && saysWebView.MatchString(x.said()) {
			x.breaks(Server, "sign-in must work in an app's web view: use another identity provider, or one's own page",
				"the page refuses the app's browser: %s", short(x.said()))
		}
		if x.Facts.Away != "" {
			hosts = append(hosts, x.Facts.Away)
		}
		if x.Facts.Page != nil && x.Status < 400 || x.Facts.Away != "" {
			last = &v.browser[i]
		}
	}
	if last == nil || v.back != nil || len(v.codes) > 0 || v.elsewhere() || v.now.Sub(v.browser[len(v.browser)-1].Began) < pageWait ||
		v.failed() {
		return
	}
	seen, remedy := "the page was shown, and nothing more came",
		"sign in again and see what the page does; or somebody only changed their mind, or this service was restarted meanwhile"
	switch {
	case len(hosts) > 0:
		seen, remedy = "the browser was sent to "+strings.Join(hosts, ", ")+", and did not come back",
			"add these hosts to the Domain List in Amazon's console; and set account_linking.authorize: redirect"
	case last.Facts.Page != nil && last.Facts.Page.Popups:
		seen, remedy = "the page opens another window, which an app does not show", "let it sign in within the page"
	case last.Facts.Page != nil && last.Facts.Page.Needs != "":
		seen, remedy = "the page needs its own address: "+last.Facts.Page.Needs, "set account_linking.authorize: redirect"
	}
	last.breaks(Server, remedy, "%s", seen)
}

// elsewhere reports whether the browser may have gone on where it is not seen: it was sent there, or a request for a token
// came that may be of this attempt.
func (v *view) elsewhere() bool {
	return v.Perhaps != "" || slices.ContainsFunc(v.browser, func(x exchange) bool { return x.Carried != "" })
}

// failed reports whether a page of the browser's leg told of an error.
func (v *view) failed() bool {
	return slices.ContainsFunc(v.browser, func(x exchange) bool {
		return x.Status >= 400 && x.Leg == trace.LegAuthorize || x.Facts.Network != ""
	})
}
