package lint

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

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
	for i := range v.browser {
		if x := &v.browser[i]; x.rejectsLongState() {
			x.addFinding(Server, "make the OAuth server accept and return a state of any length: Alexa's has "+formatCount(v.stateLength())+
				" characters", "status %d: %s", x.Status, truncate(x.errorText()))
		}
	}
	sent := v.authorizeParam("state")
	if v.callback == nil || sent == "" || v.foundRules["parameter-repeated"] {
		return
	}
	const unchanged = "make the OAuth server return state unchanged, byte for byte, and of any length"
	switch got := v.callback.Facts.Callback.Get("state"); {
	case got != sent && got != "" && v.callback.Facts.Callback.StateChange != "":
		v.callback.addFinding(Server, unchanged, "state was %s in the request, and came back as %s", sent,
			v.callback.Facts.Callback.StateChange)
	case got == "":
		v.callback.addFinding(Server, "make the OAuth server return state unchanged",
			"state was %s in the request, and is missing in the redirect back", sent)
	case got != sent:
		v.callback.addFinding(Server, unchanged,
			"state was %s in the request, and is %s in the redirect back", sent, got)
	}
}

// repeatsState reports whether an authorization request has more than one state.
func (v *traceView) repeatsState() bool {
	return slices.ContainsFunc(v.authorize, func(x exchange) bool { return len(x.Facts.Request["state"]) > 1 })
}

// longState is the length of a state that a short column or a strict check may refuse.
const longState = 100

// stateLength returns the length of Alexa's state, or 0 if it is unknown.
func (v *traceView) stateLength() int {
	if len(v.authorize) == 0 {
		return 0
	}
	return v.authorize[len(v.authorize)-1].Facts.StateLength
}

// rejectsLongState reports whether a response refuses the length of a value, and state is the long value of the request.
func (x *exchange) rejectsLongState() bool {
	if x.view.stateLength() < longState || x.Facts.NetworkError != "" {
		return false
	}
	rejects := x.Status >= 400 && !x.isLoginRetry() || x.isErrorPage() || x.Facts.Callback.Get("error") != ""
	text := x.errorText()
	return rejects && !mentionsCookie.MatchString(text) && (x.Status == http.StatusRequestURITooLong || mentionsLength.MatchString(text))
}

func (v *traceView) checkCallbackError() {
	code, message := v.callback.Facts.Callback.Get("error"), truncate(v.callback.errorText())
	switch {
	case mentionsPKCE.MatchString(message):
		return // another rule reports it
	case v.isDeclined():
		return // another rule reports it
	case declines.MatchString(code):
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
	v.checkFormPost()
	if v.callback == nil || v.foundRules["code-encoding"] || v.authorizeParam("response_type") == "token" ||
		v.callback.Facts.Callback.Get("error") != "" {
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

// checkFormPost reports a page with a form that posts the code to the redirect URI (OAuth 2.0 Form Post Response Mode).
func (v *traceView) checkFormPost() {
	to, err := url.Parse(v.authorizeParam("redirect_uri"))
	if err != nil || to.Host == "" || v.callback != nil {
		return
	}
	for i := range v.browser {
		x := &v.browser[i]
		if x.Facts.Page == nil ||
			!slices.ContainsFunc(x.Facts.Page.Forms, func(form string) bool { return postsResponse(form, to.Host) }) {
			continue
		}
		if mode := v.authorizeParam("response_mode"); mode != "" {
			x.addFinding(Console, "take response_mode out of the Authorization URI in Amazon's console: Alexa needs the code in the query "+
				"of a redirect", "a page posts the code in a form to the redirect URI: the request has response_mode=%s", truncate(mode))
		}
		x.addFinding(Server, "make the OAuth server send the code in the query of a redirect (response_mode query), which Alexa needs",
			"a page posts the code in a form to the redirect URI")
	}
}

// postsResponse reports whether a form posts an authorization response to a host. form is a line of trace.Outline.Forms.
func postsResponse(form, host string) bool {
	action, fields, _ := strings.Cut(strings.TrimPrefix(form, http.MethodPost+" https:"), ":")
	return strings.HasPrefix(action, "//"+host+"/") && responseField.MatchString(fields)
}

var responseField = regexp.MustCompile(`(^|[ ,])(code|error|access_token|id_token)( |,|$)`)

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
