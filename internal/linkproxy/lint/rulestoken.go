package lint

import (
	"net/http"
	"slices"
)

// The rules of the leg of Amazon's servers.

// checkTokenRequested is a code that nobody fetches a token for, or one whose request gets no further than this service.
func (v *traceView) checkTokenRequested() {
	for _, x := range v.tokens {
		if x.Facts.NetworkError != "" && x.Facts.NetworkError != "timeout" {
			x.addFinding(Network, networkRemedy(&x, "token_url"), "no answer from the token endpoint: %s", x.Error)
		}
	}
	given := v.callback != nil && v.callback.Facts.Callback.Get("code") != "" && v.callback.Facts.Callback.Get("error") == ""
	if given && len(v.tokens)+len(v.misplaced) == 0 && v.now.Sub(v.callback.Began) > tokenDeadline &&
		!v.hasFinding("state", "redirect-elsewhere", "authorization-answer") {
		v.callback.addFinding(Network, `compare the Access Token URI in Amazon's console with the one that "skill check" prints; `+
			`Amazon's servers call port 443 alone, and want a complete chain of a CA that they trust: `+
			`"skill check --url" sees what they see`,
			"the browser went back with a code at %s, and no request for a token came", v.callback.Began.Format("15:04:05"))
	}
}

func checkTokenDelay(x *exchange) {
	const remedy = "let it answer faster: Amazon waits 4.5 s, its way included. What is slow is often a password hash, a cold start, or " +
		"a call to another service"
	switch {
	case x.Facts.NetworkError == "timeout":
		x.addFinding(Server, remedy, "no answer from the token endpoint within %.1f s", x.DurationMS/1000)
	case x.DurationMS >= float64(slowToken.Milliseconds()):
		x.addFinding(Server, remedy, "the token endpoint answered after %.1f s", x.DurationMS/1000)
	}
}

func checkTokenRedirect(x *exchange) {
	if x.Status >= 300 && x.Status < 400 {
		x.addFinding(Configuration, "set account_linking.token_url to where it leads: Amazon follows no redirect",
			"status %d, to %s", x.Status, x.Facts.Header["Location"])
	}
}

// checkTokenRequest is what RFC 6749, section 3.2 and 4.1.3, ask of the client.
func checkTokenRequest(x *exchange) {
	switch {
	case x.Method != http.MethodPost:
		x.addFinding(Console, "this is no request of Amazon's: see who else has the URL", "the method is %s, and should be POST", x.Method)
	case x.Facts.Request.Get("grant_type") == "":
		x.addFinding(Console, "this is no request of Amazon's: see who else has the URL",
			"no grant_type in a form (Content-Type %q)", x.Request.Type)
	}
}

func checkCredentialsInURL(x *exchange) {
	for _, name := range []string{"client_secret", "code", "refresh_token", "code_verifier", "access_token"} {
		if x.Facts.Query.Get(name) != "" {
			x.addFinding(Console, "take it out of the Access Token URI in Amazon's console: URLs are written into logs",
				"%s stands in the token URL's query", name)
		}
	}
}

func checkDoubleCredentials(x *exchange) {
	if x.Facts.ClientAuth.Basic && x.Facts.ClientAuth.Body {
		x.addFinding(Console, "take client_secret out of the Access Token URI in Amazon's console, and choose one authentication "+
			"scheme", "with an Authorization header, and with client_secret in the body")
	}
}

// checkClientAuth tells which of the two schemes was used, since the other one is what is mostly wanted.
func checkClientAuth(x *exchange) {
	if !x.rejectsClient() || mentionsPKCE.MatchString(x.errorText()) {
		return
	}
	said := truncate(x.errorText())
	switch c := x.Facts.ClientAuth; {
	case c.Problem != "":
		x.addFinding(Console, "enter client id and secret in Amazon's console anew, without characters that do not belong to them",
			"the Authorization header %s", c.Problem)
	case c.Basic:
		x.addFinding(Console, "choose \"Credentials in request body\" as authentication scheme in Amazon's console, or allow the "+
			"client Basic at the OAuth server; if both agree, compare id and secret",
			"status %d %s: client %q came with HTTP Basic", x.Status, said, c.ID)
	case c.Body:
		x.addFinding(Console, "choose \"HTTP Basic\" as authentication scheme in Amazon's console, or allow the client its "+
			"credentials in the body at the OAuth server; if both agree, compare id and secret",
			"status %d %s: client %q came with its credentials in the body", x.Status, said, c.ID)
	default:
		x.addFinding(Console, "enter the client secret in Amazon's console", "status %d %s: client %q came without a secret",
			x.Status, said, c.ID)
	}
}

// rejectsClient reports whether it is the client that an answer refuses: by the code for it, or with status 401, where
// servers have codes of their own. Some answer 401 to everything; what the code then says is believed.
func (x *exchange) rejectsClient() bool {
	switch x.ErrorCode() {
	case "invalid_client":
		return x.Status >= 400
	case "invalid_grant", "invalid_request", "invalid_scope", "unsupported_grant_type":
		return false
	}
	return x.Status == http.StatusUnauthorized
}

// checkInvalidGrant says why a code was refused, as far as it shows.
func (v *traceView) checkInvalidGrant() {
	if v.foundRules["pkce"] || v.foundRules["pkce-form"] {
		return
	}
	for i := range v.codes {
		x := &v.codes[i]
		if x.Status < 400 || x.ErrorCode() != "invalid_grant" {
			continue
		}
		asked, brought := v.authorizeParam("redirect_uri"), x.Facts.Request.Get("redirect_uri")
		switch {
		case v.countEarlierUses(i) > 0:
			x.addFinding(Server, "see the first answer: where Amazon could not use it, or it came too late, she asks again with the "+
				"same code", "the code was used before: %s", truncate(x.errorText()))
		case asked != "" && asked != brought:
			x.addFinding(Console, "see what has changed it between the two legs", "redirect_uri was %s, and is %q now", asked, brought)
		case v.callback != nil && v.callback.Facts.Callback.Get("code") != "":
			x.addFinding(Server, "let codes live for a minute or more, also across a restart and among several instances, and "+
				"compare redirect_uri as it came",
				"the code was %.1f s old: %s", x.Began.Sub(v.callback.Began).Seconds(), truncate(x.errorText()))
		}
		x.addFinding(Server, "let codes live for a minute or more, also across a restart and among several instances, and compare "+
			"redirect_uri as it came", "%s", truncate(x.errorText()))
	}
}

// countEarlierUses counts earlier requests with the code of one.
func (v *traceView) countEarlierUses(i int) (n int) {
	code := v.codes[i].Facts.Request.Get("code")
	for _, x := range v.codes[:i] {
		if code != "" && x.Facts.Request.Get("code") == code {
			n++
		}
	}
	return n
}

// checkCodeAccepted is a server that takes what it must refuse.
func (v *traceView) checkCodeAccepted() {
	taken := func(x exchange) bool { return x.Status < 300 && x.Facts.Members["access_token"].Kind != "" }
	for i, x := range v.codes {
		asked := v.authorizeParam("redirect_uri")
		switch {
		case !taken(x):
		case slices.ContainsFunc(v.codes[:i], taken) && v.countEarlierUses(i) > 0:
			x.addFinding(Server, "let it take each code once, and revoke the tokens of one that comes again", "a code was taken a second time")
		case asked != "" && x.Facts.Request.Get("redirect_uri") != asked:
			x.addFinding(Server, "let it compare the redirect_uri of both legs",
				"redirect_uri was %s in the authorization request, and %q in the one for a token", asked,
				x.Facts.Request.Get("redirect_uri"))
		case v.callback != nil && v.callback.Facts.Callback.Get("code") == x.Facts.Request.Get("code") && x.Began.Sub(v.callback.Began) > maxCodeAge:
			x.addFinding(Server, "let codes live for ten minutes at the most", "a code of %.0f s was taken",
				x.Began.Sub(v.callback.Began).Seconds())
		}
	}
}

// checkTokenError is what is left of errors in their form.
func checkTokenError(x *exchange) {
	if x.Status < 400 || x.Status >= 500 || x.rejectsClient() {
		return // has a rule of its own
	}
	switch code, said := x.ErrorCode(), truncate(x.errorText()); code {
	case "", "invalid_client", "invalid_grant":
	case "unauthorized_client", "unsupported_grant_type":
		x.addFinding(Server, "allow the client the grant authorization_code, and refresh_token, at the OAuth server", "%s", said)
	case "invalid_scope":
		x.addFinding(Console, "enter the scopes in Amazon's console that the OAuth server knows for this client", "%s", said)
	case "invalid_request":
		x.addFinding(Server, "see what it misses in the request, which has what RFC 6749 asks for", "%s", said)
	default:
		x.addFinding(Server, "let it use an error code of RFC 6749, section 5.2", "%s", said)
	}
}

// checkTokenErrorForm is an error that only a person can read, if anybody.
func checkTokenErrorForm(x *exchange) {
	switch {
	case x.Status < 400 || x.Status == 401 || x.ErrorCode() != "" && x.Status < 500:
	case x.Status == 404 || x.Status == 405:
		x.addFinding(Configuration, "compare account_linking.token_url with the OAuth server's documentation",
			"the token URL answered %d: %s", x.Status, truncate(x.errorText()))
	default:
		x.addFinding(Server, `look into its log; an error is to be 400 and JSON, {"error":"…"}`,
			"the token endpoint answered %d: %s", x.Status, truncate(x.errorText()))
	}
}
