package lint

import (
	"net/http"
	"slices"
)

// The rules of the leg of Amazon's servers.

// noTokenRequest is a code that nobody fetches a token for, or one whose request gets no further than this service.
func noTokenRequest(v *view) []Finding {
	for _, x := range v.tokens {
		if x.Facts.Network != "" && x.Facts.Network != "timeout" {
			return x.finding(Network, networkRemedy(x, "token_url"), "no answer from the token endpoint: %s", x.Error)
		}
	}
	given := v.back != nil && v.back.Facts.Back.Get("code") != "" && v.back.Facts.Back.Get("error") == ""
	if given && len(v.tokens)+len(v.misplaced) == 0 && v.now.Sub(v.back.Began) > tokenWait && !v.found["state"] &&
		!v.found["redirect-elsewhere"] && !v.found["authorization-answer"] {
		return v.back.finding(Network, `compare the Access Token URI in Amazon's console with the one that "skill check" prints; `+
			`Amazon's servers call port 443 alone, and want a complete chain of a CA that they trust: `+
			`"skill check --url" sees what they see`,
			"the browser went back with a code at %s, and no request for a token came", v.back.Began.Format("15:04:05"))
	}
	return nil
}

func tokenSlow(v *view) []Finding {
	const remedy = "let it answer faster: Amazon waits 4.5 s, its way included. What is slow is often a password hash, a cold start, or " +
		"a call to another service"
	for _, x := range v.tokens {
		switch {
		case x.Facts.Network == "timeout":
			return x.finding(Server, remedy, "no answer from the token endpoint within %.1f s", x.MS/1000)
		case x.MS >= float64(slow.Milliseconds()):
			return x.finding(Server, remedy, "the token endpoint answered after %.1f s", x.MS/1000)
		}
	}
	return nil
}

func tokenRedirect(v *view) []Finding {
	for _, x := range v.tokens {
		if x.Status >= 300 && x.Status < 400 {
			return x.finding(Configuration, "set account_linking.token_url to where it leads: Amazon follows no redirect",
				"status %d, to %s", x.Status, x.Facts.Header["Location"])
		}
	}
	return nil
}

// tokenRequest is what RFC 6749, section 3.2 and 4.1.3, ask of the client.
func tokenRequest(v *view) []Finding {
	if v.found["urls-swapped"] {
		return nil
	}
	for _, x := range v.tokens {
		switch {
		case x.Method != http.MethodPost:
			return x.finding(Console, "this is no request of Amazon's: see who else has the URL", "the method is %s, and should be POST",
				x.Method)
		case x.Facts.Request.Get("grant_type") == "":
			return x.finding(Console, "this is no request of Amazon's: see who else has the URL",
				"no grant_type in a form (Content-Type %q)", x.Request.Type)
		}
	}
	return nil
}

func credentialsInURL(v *view) []Finding {
	for _, x := range v.tokens {
		for _, name := range []string{"client_secret", "code", "refresh_token", "code_verifier", "access_token"} {
			if x.Facts.Query.Get(name) != "" {
				return x.finding(Console, "take it out of the Access Token URI in Amazon's console: URLs are written into logs",
					"%s stands in the token URL's query", name)
			}
		}
	}
	return nil
}

func credentialsTwice(v *view) []Finding {
	for _, x := range v.tokens {
		if x.Facts.Client.Basic && x.Facts.Client.Body {
			return x.finding(Console, "take client_secret out of the Access Token URI in Amazon's console, and choose one authentication "+
				"scheme", "with an Authorization header, and with client_secret in the body")
		}
	}
	return nil
}

// clientAuthentication tells which of the two schemes was used, since the other one is what is mostly wanted.
func clientAuthentication(v *view) []Finding {
	if v.found["urls-swapped"] || v.found["token-request"] || v.found["credentials-twice"] || v.found["credentials-in-url"] {
		return nil
	}
	for _, x := range v.tokens {
		if !x.refusesClient() || saysPKCE.MatchString(x.said()) {
			continue
		}
		said := short(x.said())
		switch c := x.Facts.Client; {
		case c.Broken != "":
			return x.finding(Console, "enter client id and secret in Amazon's console anew, without characters that do not belong to them",
				"the Authorization header %s", c.Broken)
		case c.Basic:
			return x.finding(Console, "choose \"Credentials in request body\" as authentication scheme in Amazon's console, or allow the "+
				"client Basic at the OAuth server; if both agree, compare id and secret",
				"status %d %s: client %q came with HTTP Basic", x.Status, said, c.ID)
		case c.Body:
			return x.finding(Console, "choose \"HTTP Basic\" as authentication scheme in Amazon's console, or allow the client its "+
				"credentials in the body at the OAuth server; if both agree, compare id and secret",
				"status %d %s: client %q came with its credentials in the body", x.Status, said, c.ID)
		default:
			return x.finding(Console, "enter the client secret in Amazon's console", "status %d %s: client %q came without a secret",
				x.Status, said, c.ID)
		}
	}
	return nil
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
func invalidGrant(v *view) []Finding {
	if v.found["pkce"] || v.found["pkce-form"] {
		return nil
	}
	for i := range v.codes {
		x := &v.codes[i]
		if x.Status < 400 || x.ErrorCode() != "invalid_grant" {
			continue
		}
		asked, brought := v.asked("redirect_uri"), x.Facts.Request.Get("redirect_uri")
		switch {
		case v.codesBefore(i) > 0:
			return x.finding(Server, "see the first answer: where Amazon could not use it, or it came too late, she asks again with the "+
				"same code", "the code was used before: %s", short(x.said()))
		case asked != "" && asked != brought:
			return x.finding(Console, "see what has changed it between the two legs", "redirect_uri was %s, and is %q now", asked, brought)
		case v.back != nil && v.back.Facts.Back.Get("code") != "":
			return x.finding(Server, "let codes live for a minute or more, also across a restart and among several instances, and "+
				"compare redirect_uri as it came",
				"the code was %.1f s old: %s", x.Began.Sub(v.back.Began).Seconds(), short(x.said()))
		}
		return x.finding(Server, "let codes live for a minute or more, also across a restart and among several instances, and compare "+
			"redirect_uri as it came", "%s", short(x.said()))
	}
	return nil
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
func codeUnchecked(v *view) []Finding {
	taken := func(x exchange) bool { return x.Status < 300 && x.Facts.Members["access_token"].Kind != "" }
	for i, x := range v.codes {
		asked := v.asked("redirect_uri")
		switch {
		case !taken(x):
		case slices.ContainsFunc(v.codes[:i], taken) && v.codesBefore(i) > 0:
			return x.finding(Server, "let it take each code once, and revoke the tokens of one that comes again",
				"a code was taken a second time")
		case asked != "" && x.Facts.Request.Get("redirect_uri") != asked:
			return x.finding(Server, "let it compare the redirect_uri of both legs",
				"redirect_uri was %s in the authorization request, and %q in the one for a token", asked,
				x.Facts.Request.Get("redirect_uri"))
		case v.back != nil && v.back.Facts.Back.Get("code") == x.Facts.Request.Get("code") && x.Began.Sub(v.back.Began) > codeLives:
			return x.finding(Server, "let codes live for ten minutes at the most", "a code of %.0f s was taken",
				x.Began.Sub(v.back.Began).Seconds())
		}
	}
	return nil
}

// tokenError is what is left of errors in their form.
func tokenError(v *view) []Finding {
	if v.found["urls-swapped"] || v.found["pkce"] || v.found["token-request"] || v.found["credentials-twice"] ||
		v.found["credentials-in-url"] {
		return nil
	}
	for _, x := range v.codes {
		if x.Status < 400 || x.Status >= 500 || x.refusesClient() {
			continue // has a rule of its own
		}
		switch code, said := x.ErrorCode(), short(x.said()); code {
		case "", "invalid_client", "invalid_grant":
		case "unauthorized_client", "unsupported_grant_type":
			return x.finding(Server, "allow the client the grant authorization_code, and refresh_token, at the OAuth server", "%s", said)
		case "invalid_scope":
			return x.finding(Console, "enter the scopes in Amazon's console that the OAuth server knows for this client", "%s", said)
		case "invalid_request":
			return x.finding(Server, "see what it misses in the request, which has what RFC 6749 asks for", "%s", said)
		default:
			return x.finding(Server, "let it use an error code of RFC 6749, section 5.2", "%s", said)
		}
	}
	return nil
}

// tokenErrorForm is an error that only a person can read, if anybody.
func tokenErrorForm(v *view) []Finding {
	if v.found["urls-swapped"] || v.found["token-request"] {
		return nil
	}
	for _, x := range v.tokens {
		switch {
		case x.Status < 400 || x.Status == 401 || x.ErrorCode() != "" && x.Status < 500:
		case x.Status == 404 || x.Status == 405:
			return x.finding(Configuration, "compare account_linking.token_url with the OAuth server's documentation",
				"the token URL answered %d: %s", x.Status, short(x.said()))
		default:
			return x.finding(Server, `look into its log; an error is to be 400 and JSON, {"error":"…"}`,
				"the token endpoint answered %d: %s", x.Status, short(x.said()))
		}
	}
	return nil
}
