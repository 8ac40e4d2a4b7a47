package trace

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"lastpost/internal/linkproxy/tlsproblem"
	"lastpost/internal/redact"
)

// A masker masks secrets in recorded exchanges.
type masker struct{ *redact.OAuthMasker }

// extractFacts returns the facts of an exchange, which package lint diagnoses.
func (m masker) extractFacts(x *RawExchange) Facts {
	f := Facts{NetworkError: tlsproblem.NetworkError(x.Err)}
	if x.Err != nil {
		f.TLS = tlsproblem.Find(x.Err, x.Target.Hostname())
	}
	if f.TLS != nil && f.NetworkError == "other" {
		f.NetworkError = "tls"
	}
	if x.Leg == LegToken {
		m.addTokenFacts(x, &f)
	} else {
		m.addPageFacts(x, &f)
	}
	if x.Handling != "" && x.ResponseHeader.Get("Location") != "" && x.OriginReason != "" { // why the browser was redirected
		f.Header = map[string]string{"Location": m.MaskHeaderValue("Location", x.ResponseHeader.Get("Location"))}
	}
	if x.Status == 0 || x.Handling != "" {
		return f
	}
	if x.Leg != LegToken {
		m.addCookieFacts(x, &f)
	}
	f.Header = map[string]string{}
	for _, name := range []string{"Content-Type", "Cache-Control", "Www-Authenticate", "Location"} {
		if value := x.ResponseHeader.Get(name); value != "" {
			f.Header[name] = m.MaskHeaderValue(name, value)
		}
	}
	m.addResponseFacts(x, &f)
	return f
}

// addTokenFacts adds the facts of a token request: its parameters in body and query, the client's authentication, and
// the PKCE verifier.
func (m masker) addTokenFacts(x *RawExchange, f *Facts) {
	form := url.Values{}
	if kind := mediaType(x.RequestHeader); kind == "application/x-www-form-urlencoded" || kind == "" {
		form, _ = url.ParseQuery(string(x.RequestBody))
	}
	query := x.Target.Query()
	f.Request, f.Query = m.maskParams(form), m.maskParams(query)
	f.ClientAuth = ClientAuth{ID: redact.Truncate(form.Get("client_id"), maxValue), Body: form.Has("client_secret"),
		Secret: m.MaskChosen(form.Get("client_secret"))}
	if header := x.RequestHeader.Get("Authorization"); header != "" {
		id, secret, err := redact.ParseBasic(header)
		f.ClientAuth.Basic = true
		if err != nil {
			f.ClientAuth.Problem = err.Error()
		} else {
			f.ClientAuth.ID, f.ClientAuth.Secret = redact.Truncate(id, maxValue), m.MaskChosen(secret)
			f.ClientAuth.Reserved, f.ClientAuth.BadEscape = basicEscapes(header)
		}
	}
	if verifier := form.Get("code_verifier"); verifier != "" {
		sum := sha256.Sum256([]byte(verifier))
		f.Verifier = &CodeVerifier{S256: base64.RawURLEncoding.EncodeToString(sum[:]),
			Masked: m.MaskGenerated(verifier), Problem: verifierProblem(verifier)}
	}
}

var unreserved = regexp.MustCompile(`^[A-Za-z0-9._~-]*$`)

// verifierProblem describes why a code_verifier is invalid (RFC 7636, section 4.1). It returns "" for a valid one.
func verifierProblem(verifier string) string {
	switch {
	case len(verifier) < 43 || len(verifier) > 128:
		return "its length is not 43 to 128 characters"
	case !unreserved.MatchString(verifier):
		return "it contains characters other than letters, digits, - . _ and ~"
	}
	return ""
}

// addPageFacts adds the facts of a browser's request. An authorization request may be a POST (RFC 6749, section 3.1), so
// the parameters of its form count too.
func (m masker) addPageFacts(x *RawExchange, f *Facts) {
	if x.Leg != LegAuthorize {
		f.Subresource = x.isSubresource()
		return
	}
	query := x.Target.Query()
	if x.Method == http.MethodPost && mediaType(x.RequestHeader) == "application/x-www-form-urlencoded" {
		form, _ := url.ParseQuery(string(x.RequestBody))
		for name, values := range form {
			query[name] = append(query[name], values...)
		}
	}
	f.Request = m.maskParams(query)
	if states := query["state"]; len(states) > 0 {
		f.StateLength = len(states[len(states)-1])
	}
	if f.Request.Get("code_challenge_method") != "S256" {
		for i, challenge := range f.Request["code_challenge"] { // with method plain, the challenge is the verifier
			f.Request["code_challenge"][i] = m.MaskGenerated(challenge)
		}
		return
	}
	for i := range f.Request["code_challenge"] { // undo masking, because package lint compares it with the verifier's hash
		f.Request["code_challenge"][i] = redact.Truncate(query["code_challenge"][i], maxValue)
	}
}

// isSubresource reports whether a page requested the resource, such as an image, and the user does not see it as a page.
// Browsers report this in Sec-Fetch-Dest. Older browsers do not, but only their requests for pages accept HTML.
func (x *RawExchange) isSubresource() bool {
	switch x.RequestHeader.Get("Sec-Fetch-Dest") {
	case "":
		accept := x.RequestHeader.Get("Accept")
		return accept != "" && !strings.Contains(accept, "html")
	case "document", "iframe", "frame":
		return false
	}
	return true
}

// Bounds of the facts of an exchange. Facts stay in memory, and an attacker chooses their size.
const (
	maxNames    = 64
	maxRepeated = 4
	maxName     = 100
	maxValue    = 2 << 10
)

// selectNames returns at most maxNames names of values. Names that package lint uses come first, so that an attacker
// cannot displace them.
func selectNames[V any](values map[string]V) []string {
	rank := func(name string) int {
		if redact.IsPublicParam(name) || redact.IsGeneratedParam(name) || name == "redirect_uri" || name == "client_secret" {
			return 0
		}
		return 1
	}
	names := slices.SortedFunc(maps.Keys(values), func(a, b string) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a, b)) })
	return names[:min(len(names), maxNames)]
}

func (m masker) maskParams(values url.Values) RequestParams {
	if len(values) == 0 {
		return nil
	}
	p := RequestParams{}
	for _, name := range selectNames(values) {
		for _, value := range values[name][:min(len(values[name]), maxRepeated)] {
			key := redact.Truncate(m.MaskText(name), maxName)
			if value == "" {
				key = redact.Truncate(m.MaskBareValue(name), maxName)
			}
			p[key] = append(p[key], redact.Truncate(m.MaskParam(name, value), maxValue))
		}
	}
	return p
}

// addResponseFacts adds the facts of a response: the redirect back to the client, the members of a JSON object, or the
// outline of a page.
func (m masker) addResponseFacts(x *RawExchange, f *Facts) {
	if to, ok := x.RedirectTarget(); ok {
		switch {
		case x.ReturnsToClient:
			base := *to
			base.RawQuery, base.Fragment, base.RawFragment, base.ForceQuery = "", "", "", false
			fragment, _ := url.ParseQuery(to.EscapedFragment())
			f.Callback = &Callback{URL: m.MaskURL(base.String()), Query: m.maskParams(to.Query()), Fragment: m.maskParams(fragment),
				Unencoded: describeUnencoded(to.RawQuery, to.Fragment)}
			if f.Callback.Unencoded == "+" { // a client that does not decode the query as a form sends the code with +
				code, _ := url.PathUnescape(rawParam(to.RawQuery, "code"))
				f.Callback.LiteralCode = m.MaskGenerated(code)
			}
			if x.AuthorizeURL != nil {
				sent := x.AuthorizeURL.Query()["state"]
				f.Callback.StateChange = describeStateChange(strings.Join(sent[max(0, len(sent)-1):], ""), to.Query().Get("state"))
			}
		case !SameOrigin(to, x.Target):
			f.OtherHost = to.Host
		}
	}
	body, ok := DecodeBody(x.ResponseHeader, x.ResponseBody)
	if x.Leg == LegToken {
		f.Blocked = findBotSign(x, body)
	}
	switch {
	case len(x.ResponseBody) == 0:
		f.BodyKind = "empty"
	case !ok:
		f.BodyKind = "other"
	default:
		f.BodyKind, f.Members = m.parseMembers(body)
		if f.BodyKind == "json" {
			f.ErrorText = m.findErrorText(x.Status, body)
		}
		if f.BodyKind == "other" && IsHTML(x.ResponseHeader) {
			f.BodyKind, f.Page = "page", m.outlinePage(ParsePage(body), x)
		} else if f.BodyKind == "other" && (x.Leg != LegPage || x.Status >= 400 &&
			strings.HasPrefix(mediaType(x.ResponseHeader), "text/")) {
			f.Page = &Outline{Text: m.MaskText(clipText(string(body)))}
		}
		if x.hasUnparsedToken(f.BodyKind, body) {
			f.Page = nil
		}
	}
}

var tokenName = regexp.MustCompile(`(?i)(access|refresh|id)[_ -]?token`)

// hasUnparsedToken reports whether a response probably contains tokens in a format that this package does not parse. Such
// formats are XML, an incomplete document, or JSON after a PHP warning. The tokens cannot be found and masked, so the
// response's text must not be stored.
func (x *RawExchange) hasUnparsedToken(form string, body []byte) bool {
	unparsed := form == "other" && x.Leg != LegPage || form == "page" && x.Leg == LegToken // the two URLs may be swapped
	return unparsed && x.Status < 300 && tokenName.Match(body)
}

// parseMembers returns the kind of a body, "json", "form" or "other", and the members of the JSON object or form.
func (m masker) parseMembers(body []byte) (string, map[string]Member) {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) == nil && object != nil {
		members := map[string]Member{}
		for _, name := range selectNames(object) {
			members[redact.Truncate(m.MaskText(name), maxName)] = m.maskMember(name, object[name])
		}
		return "json", members
	}
	if form, err := url.ParseQuery(string(body)); err == nil && len(body) < 16<<10 && (form.Has("access_token") || form.Has("error")) {
		members := map[string]Member{}
		for _, name := range selectNames(form) {
			members[redact.Truncate(m.MaskText(name), maxName)] = Member{"string",
				redact.Truncate(m.MaskParam(name, form.Get(name)), maxValue)}
		}
		return "form", members
	}
	return "other", nil
}

// maskMember returns the kind of a JSON value. For a text, a number or a boolean, it also returns the value, masked if it
// may be secret.
func (m masker) maskMember(name string, raw json.RawMessage) Member {
	var text string
	switch raw[0] {
	case '"':
		_ = json.Unmarshal(raw, &text)
		return Member{"string", redact.Truncate(m.MaskParam(name, text), maxValue)}
	case '{':
		return Member{Kind: "object"}
	case '[':
		return Member{Kind: "array"}
	case 't', 'f':
		return Member{"boolean", string(raw)}
	case 'n':
		return Member{Kind: "null"}
	}
	if redact.IsPublicParam(name) { // not masked, even if the number equals a remembered secret such as a user's PIN
		return Member{"number", redact.Truncate(string(raw), maxValue)}
	}
	return Member{"number", redact.Truncate(m.MaskParam(name, string(raw)), maxValue)}
}

// outlinePage returns a summary of a page: title, text, and the names of the form fields without their values.
func (m masker) outlinePage(p *ParsedPage, x *RawExchange) *Outline {
	o := &Outline{Title: m.MaskText(p.Title), Text: m.MaskText(p.Text), OpensWindow: strings.Contains(p.Script, "window.open("),
		OriginReason: m.MaskText(x.OriginReason)}
	for _, f := range p.Forms {
		if len(o.Forms) == 20 {
			break
		}
		fields := redact.Truncate(strings.Join(f.Fields, ", "), maxValue)
		o.Forms = append(o.Forms, m.MaskText(strings.TrimSpace(cmp.Or(f.Method, "GET")+" "+redact.VisiblePath(f.Action))+": "+fields))
	}
	return o
}
