package lint

import "regexp"

var mentionsUnknownParam = regexp.MustCompile(`(?i)(unknown|unexpected|unrecogni[sz]ed|unsupported|not allowed).{0,20}param`)

// checkPKCE compares what the browser brought with what Amazon's servers brought, and both with what the OAuth server makes of
// it.
func (v *traceView) checkPKCE() {
	challenge := v.authorizeParam("code_challenge")
	for i, x := range v.browser {
		if x.Status >= 300 && mentionsPKCE.MatchString(x.errorText()) && !v.foundRules["redirect-uri"] {
			addAuthorizePKCE(&v.browser[i], challenge)
			return
		}
	}
	if len(v.authorize) == 0 && v.foundRules["urls-swapped"] {
		return
	}
	for i := range v.codes {
		v.checkTokenPKCE(&v.codes[i], challenge)
	}
}

func addAuthorizePKCE(x *exchange, challenge string) {
	if challenge == "" {
		x.addFinding(Console, "switch PKCE on in Amazon's console, or do not ask this client for it at the OAuth server",
			"the authorization server asks for PKCE, and the request has none: %s", truncate(x.errorText()))
	}
	x.addFinding(Server, "let it take code_challenge with the method S256, or switch PKCE off in Amazon's console",
		"the authorization server refuses PKCE: %s", truncate(x.errorText()))
}

func (v *traceView) checkTokenPKCE(x *exchange, challenge string) {
	const ignored = "let it compare the verifier with the challenge, and refuse where they differ"
	verifier, known := x.Facts.Verifier, len(v.authorize) > 0
	refused := x.Status >= 400 && (mentionsPKCE.MatchString(x.errorText()) || verifier != nil && mentionsUnknownParam.MatchString(x.errorText()))
	switch {
	case known && challenge != "" && verifier == nil && x.Status < 300:
		x.addFinding(Server, ignored, "a code_challenge went with the authorization, and a code is taken without code_verifier")
	case known && challenge != "" && verifier == nil:
		x.addFinding(Console, "switch PKCE off and on again in Amazon's console",
			"a code_challenge went with the authorization, and no code_verifier came")
	case known && challenge == "" && verifier != nil:
		x.addFinding(Console, "switch PKCE off and on again in Amazon's console",
			"a code_verifier came, and no code_challenge had gone with the authorization")
	case known && verifier != nil && verifier.S256 != challenge && verifier.Masked != challenge && x.Status < 300:
		x.addFinding(Server, ignored, "the code_verifier does not belong to the code_challenge, and is taken")
	case known && verifier != nil && verifier.S256 != challenge && verifier.Masked != challenge:
		x.addFinding(Console, "see who else uses this client: the two legs are of different attempts",
			"the code_verifier does not belong to the code_challenge")
	case refused && verifier == nil:
		x.addFinding(Console, "switch PKCE on in Amazon's console, or do not ask this client for it at the OAuth server",
			"the token endpoint asks for PKCE, and the request has none: %s", truncate(x.errorText()))
	case refused:
		x.addFinding(Server, "switch PKCE on for this client at the OAuth server, with the method S256, or off in Amazon's console",
			"code_verifier and code_challenge belong together, and are refused: %s", truncate(x.errorText()))
	}
}

// unreserved is RFC 7636, section 4.1.
var unreserved = regexp.MustCompile(`^[A-Za-z0-9._~-]*$`)

// checkPKCEForm is what PKCE's values must look like, whatever they match.
func (v *traceView) checkPKCEForm() {
	for _, x := range v.authorize {
		challenge, method := x.Facts.Request.Get("code_challenge"), x.Facts.Request.Get("code_challenge_method")
		switch {
		case challenge == "" && method == "":
		case challenge == "":
			x.addFinding(Console, "switch PKCE off and on again in Amazon's console", "code_challenge_method without code_challenge")
		case method != "S256":
			x.addFinding(Console, "take code_challenge_method out of the URL in Amazon's console: Alexa's method is S256",
				"code_challenge_method is %q", method)
		case len(challenge) != 43 || !unreserved.MatchString(challenge):
			x.addFinding(Console, "take code_challenge out of the URL in Amazon's console",
				"the code_challenge has %d characters, and should have 43 of base64url", len(challenge))
		}
	}
	for _, x := range v.codes {
		if x.Facts.Verifier != nil && x.Facts.Verifier.Problem != "" {
			x.addFinding(Console, "switch PKCE off and on again in Amazon's console", "the code_verifier is no good: %s", x.Facts.Verifier.Problem)
		}
	}
}
