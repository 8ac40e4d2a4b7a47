package lint

import (
	"net/http"
	"slices"
)

// The rules of the leg of Amazon's servers.

// noTokenRequest is a code that nobody fetches a token for, or one whose request gets no further than this service.
func (v *view) noTokenRequest() {
	for _, x := range v.tokens {
		if x.Facts.Network != "" && x.Facts.Network != "timeout" {
			x.breaks(Network, networkRemedy(&x, "token_url"), "no answer from the token endpoint: %s", x.Error)
		}
	}
	given := v.back != nil && v.back.Facts.Back.Get("code") != "" && v.back.Facts.Back.Get("error") == ""
	if given && len(v.tokens)+len(v.misplaced) == 0 && v.now.Sub(v.back.Began) > tokenWait &&
		!v.has("state", "redirect-elsewhere", "authorization-answer") {
		v.back.breaks(Network, `compare the Access Token URI in Amazon's console with the one that "skill check" prints; `+
			`Amazon's servers call port 443 alone, and want a complete chain of a CA that they trust: `+
			`"skill check --url" sees what they see`,
			"the browser went back with a code at %s, and no request for a token came", v.back.Began.Format("15:04:05"))
	}
}

func tokenSlow(x *exchange) {
	const remedy = "let it answer faster: Amazon waits 4.5 s, its way included. What is slow is often a password hash, a cold start, or " +
		"a call to another service"
	switch {
	case x.Facts.Network == "timeout":
		x.breaks(Server, remedy, "no answer from the token endpoint within %.1f s", x.MS/1000)
	case x.MS >= float64(slow.Milliseconds()):
		x.breaks(Server, remedy, "the token endpoint answered after %.1f s", x.MS/1000)
	}
}

func tokenRedirect(x *exchange) {
	if x.Status >= 300 && x.Status < 400 {
		x.breaks(Configuration, "set account_linking.token_url to where it leads: Amazon follows no redirect",
			"status %d, to %s", x.Status, x.Facts.Header["Location"])
	}
}

// tokenRequest is what RFC 6749, section 3.2 and 4.1.3, ask of the client.
func tokenRequest(x *exchange) {
	switch {
	case x.Method != http.MethodPost:
		x.breaks(Console, "this is no request of Amazon's: see who else has the URL", "the method is %s, and should be POST", x.Method)
	case x.Facts.Request.Get("grant_type") == "":
		x.breaks(Console, "this is no request of Amazon's: see who else has the URL",
			"no grant_type in a form (Content-Type %q)", x.Request.Type)
	}
}

func credentialsInURL(x *exchange) {
	for _, name := range []string{"client_secret", "code", "refresh_token", "code_verifier", "access_token"} {
		if x.Facts.Query.Get(name) != "" {
			x.breaks(Console, "take it out of the Access Token URI in Amazon's console: URLs are written into logs",
				"%s stands in the token URL's query", name)
		}
	}
}

func credentialsTwice(x *exchange) {
	if x.Facts.Client.Basic && x.Facts.Client.Body {
		x.breaks(Console, "take client_secret out of the Access Token URI in Amazon's console, and choose one authentication "+
			"scheme", "with an Authorization header, and with client_secret in the body")
	}
}

// clientAuthentication tells which of the two schemes was used, since the other one is what is mostly wanted.
func clientAuthentication(x *exchange) {
	if !x.refusesClient() || saysPKCE.MatchString(x.said()) {
		return
	}
	said := short(x.said())
	switch c := x.Facts.Client; {
	case c.Broken != "":
		x.breaks(Console, "enter client id and secret in Amazon's console anew, without characters that do not belong to them",
			"the Authorization header %s", c.Broken)
	case c.Basic:
		x.breaks(Console, "choose \"Credentials in request body\" as authentication scheme in Amazon's console, or allow the "+
			"client Basic at the OAuth server; if both agree, compare id and secret",
			"status %d %s: client %q came with HTTP Basic", x.Status, said, c.ID)
	case c.Body:
		x.breaks(Console, "choose \"HTTP Basic\" as authentication scheme in Amazon's console, or allow the client its "+
			"credentials in the body at the OAuth server; if both agree, compare id and secret",
			"status %d %s: client %q came with its credentials in the body", x.Status, said, c.ID)
	default:
		x.breaks(Console, "enter the client secret in Amazon's console", "status %d %s: client %q came without a secret",
			x.Status, said, c.ID)
	}
}

// refusesClient reports whether it is the client that an answer refuses: by the code for it, or with status 401, where
// servers have codes of their own. Some answer 401 to everything; what the code then says is believed.
func (x *exchange) refusesClient() bool {
	switch x.ErrorCode() {
	case "invalid_client":
		return x.Status >= 400
	case "invalid_grant", "invalid_request", "invalid_scope", "unsupported_grant_type":
		return false
	}
	return x.Status == http.StatusUnauthorized
}

// invalidGrant says why a code was refused, as far as it shows.
func (v *view) invalidGrant() {
	if v.found["pkce"] || v.found["pkce-form"] {
		return
	}
	for i := range v.codes {
		x := &v.codes[i]
		if x.Status < 400 || x.ErrorCode() != "invalid_grant" {
			continue
		}
		asked, brought := v.asked("redirect_uri"), x.Facts.Request.Get("redirect_uri")
		switch {
		case v.codesBefore(i) > 0:
			x.breaks(Server, "see the first answer: where Amazon could not use it, or it came too late, she asks again with the "+
				"same code", "the code was used before: %s", short(x.said()))
		case asked != "" && asked != brought:
			x.breaks(Console, "see what has changed it between the two legs", "redirect_uri was %s, and is %q now", asked, brought)
		case v.back != nil && v.back.Facts.Back.Get("code") != "":
			x.breaks(Server, "let codes live for a minute or more, also across a restart and among several instances, and "+
				"compare redirect_uri as it came",
				"the code was %.1f s old: %s", x.Began.Sub(v.back.Began).Seconds(), short(x.said()))
		}
		x.breaks(Server, "let codes live for a minute or more, also across a restart and among several instances, and compare "+
			"redirect_uri as it came", "%s", short(x.said()))
	}
}

// codesBefore counts earlier requests with the code of one.
func (v *view) codesBefore(i int) (n int) {
	code := v.codes[i].Facts.Request.Get("code")
	for _, x := range v.codes[:i] {
		if code != "" && x.Facts.Request.Get("code") == code {
			n++
		}
	}
	return n
}

// codeUnchecked is a server that takes what it must refuse.
func (v *view) codeUnchecked() {
	taken := func(x exchange) bool { return x.Status < 300 && x.Facts.Members["access_token"].Kind != "" }
	for i, x := range v.codes {
		asked := v.asked("redirect_uri")
		switch {
		case !taken(x):
		case slices.ContainsFunc(v.codes[:i], taken) && v.codesBefore(i) > 0:
			x.breaks(Server, "let it take each code once, and revoke the tokens of one that comes again", "a code was taken a second time")
		case asked != "" && x.Facts.Request.Get("redirect_uri") != asked:
			x.breaks(Server, "let it compare the redirect_uri of both legs",
				"redirect_uri was %s in the authorization request, and %q in the one for a token", asked,
				x.Facts.Request.Get("redirect_uri"))
		case v.back != nil && v.back.Facts.Back.Get("code") == x.Facts.Request.Get("code") && x.Began.Sub(v.back.Began) > codeLives:
			x.breaks(Server, "let codes live for ten minutes at the most", "a code of %.0f s was taken",
				x.Began.Sub(v.back.Began).Seconds())
		}
	}
}

// tokenError is what is left of errors in their form.
func tokenError(x *exchange) {
	if x.Status < 400 || x.Status >= 500 || x.refusesClient() {
		return // has a rule of its own
	}
	switch code, said := x.ErrorCode(), short(x.said()); code {
	case "", "invalid_client", "invalid_grant":
	case "unauthorized_client", "unsupported_grant_type":
		x.breaks(Server, "allow the client the grant authorization_code, and refresh_token, at the OAuth server", "%s", said)
	case "invalid_scope":
		x.breaks(Console, "enter the scopes in Amazon's console that the OAuth server knows for this client", "%s", said)
	case "invalid_request":
		x.breaks(Server, "see what it misses in the request, which has what RFC 6749 asks for", "%s", said)
	default:
		x.breaks(Server, "let it use an error code of RFC 6749, section 5.2", "%s", said)
	}
}

// tokenErrorForm is an error that only a person can read, if anybody.
func tokenErrorForm(x *exchange) {
	switch {
	case x.Status < 400 || x.Status == 401 || x.ErrorCode() != "" && x.Status < 500:
	case x.Status == 404 || x.Status == 405:
		x.breaks(Configuration, "compare account_linking.token_url with the OAuth server's documentation",
			"the token URL answered %d: %s", x.Status, short(x.said()))
	default:
		x.breaks(Server, `look into its log; an error is to be 400 and JSON, {"error":"…"}`,
			"the token endpoint answered %d: %s", x.Status, short(x.said()))
	}
}
