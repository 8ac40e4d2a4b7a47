package lint

import (
	"net/http"
	"slices"
)

// checkTokenRequested reports that no token request followed a code, or that a token request did not reach the OAuth
// server.
func (v *traceView) checkTokenRequested() {
	for _, x := range v.tokens {
		if x.Facts.NetworkError != "" && x.Facts.NetworkError != "timeout" && !x.isTLSFault() {
			x.addFinding(Network, networkRemedy(&x, "token_url"), "no response from the token endpoint: %s", x.Error)
		}
	}
	hasCode := v.callback != nil && v.callback.Facts.Callback.Get("code") != "" && v.callback.Facts.Callback.Get("error") == ""
	if hasCode && !v.IsPartial() && len(v.tokens)+len(v.misplaced) == 0 && v.now.Sub(v.callback.Began) > tokenDeadline &&
		!v.hasFinding("state", "redirect-elsewhere", "authorization-answer", "parameter-repeated", "code-encoding") {
		v.callback.addFinding(Network, `compare the Access Token URI in Amazon's console with the one that "skill check" prints; `+
			`Amazon's servers call only port 443 and require a complete certificate chain of a CA that they trust: `+
			`"skill check --url" checks both`,
			"the browser returned with a code at %s, and no token request followed", v.callback.Began.Format("15:04:05"))
	}
}

func checkTokenDelay(x *exchange) {
	const remedy = "make the OAuth server respond faster: Amazon waits 4.5 s, including the network. " +
		"Common causes are a password hash, a cold start, or a call to another service"
	switch {
	case x.Facts.NetworkError == "timeout":
		x.addFinding(Server, remedy, "no response from the token endpoint within %.1f s", x.DurationMS/1000)
	case x.DurationMS >= float64(slowToken.Milliseconds()):
		x.addFinding(Server, remedy, "the token endpoint responded after %.1f s", x.DurationMS/1000)
	}
}

func checkTokenRedirect(x *exchange) {
	if x.Status >= 300 && x.Status < 400 {
		x.addFinding(Configuration, "set account_linking.token_url to the target of the redirect: Amazon does not follow redirects",
			"status %d, to %s", x.Status, x.Facts.Header["Location"])
	}
}

// checkTokenRequest checks that a token request is a POST with a grant_type (RFC 6749, sections 3.2 and 4.1.3).
func checkTokenRequest(x *exchange) {
	switch {
	case x.Method != http.MethodPost:
		x.addFinding(Console, "this request is not from Amazon: find out which other program uses the URL",
			"the method is %s, and should be POST", x.Method)
	case x.Facts.Request.Get("grant_type") == "":
		x.addFinding(Console, "this request is not from Amazon: find out which other program uses the URL",
			"no grant_type in a form (Content-Type %q)", x.Request.Type)
	}
}

// checkCredentialsInURLs reports secrets in the query of the token URL or of the authorization URL.
func (v *traceView) checkCredentialsInURLs() {
	const logged = ": servers and browsers write URLs to their logs"
	for _, name := range []string{"client_secret", "code", "refresh_token", "code_verifier", "access_token"} {
		for _, x := range v.tokens {
			if x.Facts.Query.Get(name) != "" {
				x.addFinding(Console, "remove it from the Access Token URI in Amazon's console"+logged,
					"the token URL's query contains %s", name)
			}
		}
		for _, x := range v.authorize {
			if x.Facts.Request.Get(name) != "" && !v.foundRules["urls-swapped"] {
				x.addFinding(Console, "remove it from the Authorization URI in Amazon's console"+logged,
					"the authorization URL's query contains %s", name)
			}
		}
	}
}

func checkDoubleCredentials(x *exchange) {
	if x.Facts.ClientAuth.Basic && x.Facts.ClientAuth.Body {
		x.addFinding(Console, "remove client_secret from the Access Token URI in Amazon's console, and choose one authentication "+
			"scheme", "with an Authorization header and with client_secret in the body")
	}
}

// checkClientAuth reports that the OAuth server rejects the client's authentication. The finding names the scheme that
// the client used, because the server usually requires the other scheme.
func checkClientAuth(x *exchange) {
	if !x.rejectsClient() || mentionsPKCE.MatchString(x.errorText()) {
		return
	}
	message := truncate(x.errorText())
	switch c := x.Facts.ClientAuth; {
	case c.Basic && c.Reserved != "":
		x.addFinding(Console, "choose another secret without + and %, or \"Credentials in request body\" as authentication scheme in "+
			"Amazon's console: many servers form-decode Basic credentials (RFC 6749, section 2.3.1). Or compare scheme, id and secret",
			"status %d %s: client %q used HTTP Basic, and the secret has %s", x.Status, message, c.ID, c.Reserved)
	case c.Problem != "":
		x.addFinding(Console, "enter the client id and secret in Amazon's console again, without extra characters",
			"the Authorization header %s", c.Problem)
	case c.Basic:
		x.addFinding(Console, "choose \"Credentials in request body\" as authentication scheme in Amazon's console, or allow HTTP Basic "+
			"for the client at the OAuth server; if both already agree, compare id and secret",
			"status %d %s: client %q used HTTP Basic", x.Status, message, c.ID)
	case c.Body:
		x.addFinding(Console, "choose \"HTTP Basic\" as authentication scheme in Amazon's console, or allow "+
			"credentials in the body for the client at the OAuth server; if both already agree, compare id and secret",
			"status %d %s: client %q sent its credentials in the body", x.Status, message, c.ID)
	default:
		x.addFinding(Console, "enter the client secret in Amazon's console", "status %d %s: client %q sent no secret",
			x.Status, message, c.ID)
	}
}

// rejectsClient reports whether a response rejects the client. The error code invalid_client means that. Status 401 means
// it too, unless the error code names another problem, because some servers use 401 for every error. Servers with their
// own codes say it in words.
func (x *exchange) rejectsClient() bool {
	if x.ErrorCode() == "invalid_client" {
		return x.isRefused()
	}
	if x.rejectsEncodedSecret() {
		return true
	}
	switch x.ErrorCode() {
	case "invalid_grant", "invalid_request", "invalid_scope", "unsupported_grant_type":
		return false
	}
	return x.Status == http.StatusUnauthorized || x.isRefused() && x.Status < 500 && rejectsSecret.MatchString(x.errorText())
}

// isRefused reports whether a response refuses a token request. Some servers send the error with status 200.
func (x *exchange) isRefused() bool {
	return x.Status >= 400 || x.ErrorCode() != "" && x.Facts.Members["access_token"].Kind == ""
}

// rejectsEncodedSecret reports whether a response probably says that the server cannot decode the secret in a Basic header.
func (x *exchange) rejectsEncodedSecret() bool {
	if !x.Facts.ClientAuth.Basic || x.Facts.ClientAuth.Reserved == "" || !x.isRefused() {
		return false
	}
	fails := x.Facts.ClientAuth.BadEscape && (x.Status == http.StatusInternalServerError || x.ErrorCode() == "invalid_request")
	return fails || mentionsDecoding.MatchString(x.errorText())
}

// rejectsCode reports whether a response rejects the code, with the error code of RFC 6749 or in words.
func (x *exchange) rejectsCode() bool {
	switch x.ErrorCode() {
	case "invalid_grant":
		return x.Status >= 400
	case "invalid_client", "invalid_request", "invalid_scope", "unsupported_grant_type", "unauthorized_client":
		return false
	}
	return x.Status >= 400 && x.Status < 500 && x.Facts.BodyKind == "json" && rejectedCode.MatchString(x.errorText())
}

// checkInvalidGrant reports a rejected code. The finding contains the reason if the trace shows one.
func (v *traceView) checkInvalidGrant() {
	if v.hasFinding("pkce", "pkce-form", "code-encoding") {
		return
	}
	for i := range v.codes {
		x := &v.codes[i]
		if !x.rejectsCode() {
			continue
		}
		authorized, sent := v.authorizeParam("redirect_uri"), x.Facts.Request.Get("redirect_uri")
		switch {
		case v.countEarlierUses(i) > 0:
			x.addFinding(Server, "see the first response: if Amazon cannot use it, or it is too late, Amazon sends the same code again",
				"the code was used before: %s", truncate(x.errorText()))
		case authorized != "" && authorized != sent:
			x.addFinding(Console, "find out what changes it between the two legs", "redirect_uri was %s, and is %q now", authorized, sent)
		case v.callback != nil && v.callback.Facts.Callback.Get("code") != "":
			x.addFinding(Server, "keep codes valid for a minute or more, also across a restart and on all instances, and "+
				"compare redirect_uri byte for byte",
				"the code was %.1f s old: %s", x.Began.Sub(v.callback.Began).Seconds(), truncate(x.errorText()))
		}
		x.addFinding(Server, "keep codes valid for a minute or more, also across a restart and on all instances, and compare "+
			"redirect_uri byte for byte", "%s", truncate(x.errorText()))
	}
}

// countEarlierUses returns the number of earlier token requests with the same code.
func (v *traceView) countEarlierUses(i int) (n int) {
	code := v.codes[i].Facts.Request.Get("code")
	for _, x := range v.codes[:i] {
		if code != "" && x.Facts.Request.Get("code") == code {
			n++
		}
	}
	return n
}

// checkCodeAccepted reports an OAuth server that accepts a code although it must reject it: the code was used before,
// has expired, or was issued for another redirect_uri. Such a server lets an attacker use a stolen code.
func (v *traceView) checkCodeAccepted() {
	isAccepted := func(x exchange) bool { return x.Status < 300 && x.Facts.Members["access_token"].Kind != "" }
	for i, x := range v.codes {
		authorized := v.authorizeParam("redirect_uri")
		switch {
		case !isAccepted(x):
		case slices.ContainsFunc(v.codes[:i], isAccepted) && v.countEarlierUses(i) > 0:
			x.addFinding(Server, "make the OAuth server accept each code once, and revoke its tokens if the code is used again",
				"a code was accepted a second time")
		case authorized != "" && x.Facts.Request.Get("redirect_uri") != authorized:
			x.addFinding(Server, "make the OAuth server compare the redirect_uri of both legs",
				"redirect_uri was %s in the authorization request, and %q in the token request", authorized,
				x.Facts.Request.Get("redirect_uri"))
		case v.callback != nil && v.callback.Facts.Callback.Get("code") == x.Facts.Request.Get("code") &&
			x.Began.Sub(v.callback.Began) > maxCodeAge:
			x.addFinding(Server, "limit the lifetime of codes to ten minutes", "a code was accepted %.0f s after it was issued",
				x.Began.Sub(v.callback.Began).Seconds())
		}
	}
}

// checkTokenError reports the error codes of token responses that other rules do not cover.
func checkTokenError(x *exchange) {
	if x.Status < 400 || x.Status >= 500 || x.rejectsClient() || x.rejectsCode() {
		return // another rule reports it
	}
	switch code, message := x.ErrorCode(), truncate(x.errorText()); code {
	case "", "invalid_client", "invalid_grant":
	case "unauthorized_client", "unsupported_grant_type":
		x.addFinding(Server, "allow the grants authorization_code and refresh_token for the client at the OAuth server", "%s", message)
	case "invalid_scope":
		x.addFinding(Console, "enter the scopes in Amazon's console that the OAuth server knows for this client", "%s", message)
	case "invalid_request":
		x.addFinding(Server, "find out what the OAuth server requires beyond RFC 6749; the request is complete", "%s", message)
	default:
		x.addFinding(Server, "make the OAuth server use an error code of RFC 6749, section 5.2", "%s", message)
	}
}

// checkTokenErrorForm reports an error response that is not in the form of RFC 6749.
func checkTokenErrorForm(x *exchange) {
	switch {
	case x.Status < 400 || x.Status == 401 || x.ErrorCode() != "" && x.Status < 500:
	case x.rejectsClient() || x.rejectsCode() || x.rejectsRefresh(): // another rule reports it
	case x.Status == 404 || x.Status == 405:
		x.addFinding(Configuration, "compare account_linking.token_url with the OAuth server's documentation",
			"the token URL responded with %d: %s", x.Status, truncate(x.errorText()))
	default:
		x.addFinding(Server, `see the OAuth server's log; an error response must have status 400 and the JSON body {"error":"…"}`,
			"the token endpoint responded with %d: %s", x.Status, truncate(x.errorText()))
	}
}
