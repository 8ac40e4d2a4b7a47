package lint

import "regexp"

var mentionsUnknownParam = regexp.MustCompile(`(?i)(unknown|unexpected|unrecogni[sz]ed|unsupported|not allowed).{0,20}param`)

// checkPKCE compares the challenge of the authorization request with the verifier of the token request. It also checks
// that the OAuth server's responses agree with the result.
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
		x.addFinding(Console, "enable PKCE in Amazon's console, or do not require it for this client at the OAuth server",
			"the authorization server requires PKCE, and the request has none: %s", truncate(x.errorText()))
	}
	x.addFinding(Server, "make the OAuth server accept code_challenge with the method S256, or disable PKCE in Amazon's console",
		"the authorization server rejects PKCE: %s", truncate(x.errorText()))
}

func (v *traceView) checkTokenPKCE(x *exchange, challenge string) {
	const ignored = "make the OAuth server compare the verifier with the challenge, and reject the request if they differ"
	verifier, hasAuthorize := x.Facts.Verifier, len(v.authorize) > 0
	refused := x.Status >= 400 &&
		(mentionsPKCE.MatchString(x.errorText()) || verifier != nil && mentionsUnknownParam.MatchString(x.errorText()))
	switch {
	case hasAuthorize && challenge != "" && verifier == nil && x.Status < 300:
		x.addFinding(Server, ignored, "the authorization request has a code_challenge, and a code is accepted without code_verifier")
	case hasAuthorize && challenge != "" && verifier == nil:
		x.addFinding(Console, "disable PKCE in Amazon's console and enable it again",
			"the authorization request has a code_challenge, and the token request has no code_verifier")
	case hasAuthorize && challenge == "" && verifier != nil:
		x.addFinding(Console, "disable PKCE in Amazon's console and enable it again",
			"the token request has a code_verifier, and the authorization request has no code_challenge")
	case hasAuthorize && verifier != nil && verifier.S256 != challenge && verifier.Masked != challenge && x.Status < 300:
		x.addFinding(Server, ignored, "the code_verifier does not match the code_challenge, and is accepted")
	case hasAuthorize && verifier != nil && verifier.S256 != challenge && verifier.Masked != challenge:
		x.addFinding(Console, "find out which other program uses this client: the two legs belong to different attempts",
			"the code_verifier does not match the code_challenge")
	case refused && verifier == nil:
		x.addFinding(Console, "enable PKCE in Amazon's console, or do not require it for this client at the OAuth server",
			"the token endpoint requires PKCE, and the request has none: %s", truncate(x.errorText()))
	case refused:
		x.addFinding(Server, "enable PKCE for this client at the OAuth server, with the method S256, or disable it in Amazon's console",
			"code_verifier and code_challenge match, and are rejected: %s", truncate(x.errorText()))
	}
}

// unreserved matches a text of the characters that a verifier may contain (RFC 7636, section 4.1).
var unreserved = regexp.MustCompile(`^[A-Za-z0-9._~-]*$`)

// checkPKCEForm checks the form of challenge, method and verifier. checkPKCE compares them.
func (v *traceView) checkPKCEForm() {
	for _, x := range v.authorize {
		challenge, method := x.Facts.Request.Get("code_challenge"), x.Facts.Request.Get("code_challenge_method")
		switch {
		case challenge == "" && method == "":
		case challenge == "":
			x.addFinding(Console, "disable PKCE in Amazon's console and enable it again", "code_challenge_method without code_challenge")
		case method != "S256":
			x.addFinding(Console, "remove code_challenge_method from the URL in Amazon's console: Alexa's method is S256",
				"code_challenge_method is %q", method)
		case len(challenge) != 43 || !unreserved.MatchString(challenge):
			x.addFinding(Console, "remove code_challenge from the URL in Amazon's console",
				"the code_challenge has %d characters, and should have 43 of base64url", len(challenge))
		}
	}
	for _, x := range v.codes {
		if x.Facts.Verifier != nil && x.Facts.Verifier.Problem != "" {
			x.addFinding(Console, "disable PKCE in Amazon's console and enable it again",
				"the code_verifier is invalid: %s", x.Facts.Verifier.Problem)
		}
	}
}
