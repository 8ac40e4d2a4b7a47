package linkproxy

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// facts takes from an exchange what the diagnosis goes by.
func (m *masker) facts(x *exchange) Facts {
	f := Facts{Network: network(x.err)}
	if x.leg == LegToken {
		m.tokenFacts(x, &f)
	} else {
		m.pageFacts(x, &f)
	}
	if x.status == 0 || x.carried != "" {
		return f
	}
	f.Header = map[string]string{}
	for _, name := range []string{"Content-Type", "Cache-Control", "Www-Authenticate", "Location"} {
		if value := x.answer.Get(name); value != "" {
			f.Header[name] = m.headerValue(name, value)
		}
	}
	m.answerFacts(x, &f)
	return f
}

// tokenFacts reads a request for tokens: who asks, for what, and where it says so.
func (m *masker) tokenFacts(x *exchange, f *Facts) {
	form := url.Values{}
	if kind := mediaType(x.header); kind == "application/x-www-form-urlencoded" || kind == "" {
		form, _ = url.ParseQuery(string(x.body))
	}
	asked := x.target.Query()
	f.Request, f.Query = m.params(form), m.params(asked)
	f.Client = Client{ID: cut(form.Get("client_id"), maxValue), Body: form.Has("client_secret"), Secret: m.chosen(form.Get("client_secret"))}
	if header := x.header.Get("Authorization"); header != "" {
		id, secret, err := basic(header)
		f.Client.Basic = true
		if err != nil {
			f.Client.Broken = err.Error()
		} else {
			f.Client.ID, f.Client.Secret = cut(id, maxValue), m.chosen(secret)
		}
	}
	if verifier := form.Get("code_verifier"); verifier != "" {
		sum := sha256.Sum256([]byte(verifier))
		f.Verifier = &Verifier{S256: base64.RawURLEncoding.EncodeToString(sum[:]), Mask: m.made(verifier), Form: verifierForm(verifier)}
	}
}

var unreserved = regexp.MustCompile(`^[A-Za-z0-9._~-]*$`)

// verifierForm is RFC 7636, section 4.1.
func verifierForm(verifier string) string {
	switch {
	case len(verifier) < 43 || len(verifier) > 128:
		return "it has not 43 to 128 characters"
	case !unreserved.MatchString(verifier):
		return "it has other characters than letters, digits, - . _ and ~"
	}
	return ""
}

// pageFacts reads a request of the browser's. The authorization request may be posted (RFC 6749, section 3.1).
func (m *masker) pageFacts(x *exchange, f *Facts) {
	if x.leg != LegAuthorize {
		f.Part = x.part()
		return
	}
	asked := x.target.Query()
	if x.method == "POST" && mediaType(x.header) == "application/x-www-form-urlencoded" {
		form, _ := url.ParseQuery(string(x.body))
		for name, values := range form {
			asked[name] = append(asked[name], values...)
		}
	}
	f.Request = m.params(asked)
	if f.Request.Get("code_challenge_method") != "S256" {
		for i, challenge := range f.Request["code_challenge"] { // of method plain it is the verifier
			f.Request["code_challenge"][i] = m.made(challenge)
		}
		return
	}
	for i := range f.Request["code_challenge"] { // whatever else it was sent as: the verifier is compared with it
		f.Request["code_challenge"][i] = cut(asked["code_challenge"][i], maxValue)
	}
}

// part reports whether a request is not for what the browser shows, but for what a page loads beside it. Browsers say so;
// of those that are too old for that, only what shows pages takes HTML.
func (x *exchange) part() bool {
	switch x.header.Get("Sec-Fetch-Dest") {
	case "":
		accept := x.header.Get("Accept")
		return accept != "" && !strings.Contains(accept, "html")
	case "document", "iframe", "frame":
		return false
	}
	return true
}

// Bounds of the facts: they stay in memory, and who sends them may be a stranger.
const (
	maxNames    = 64
	maxRepeated = 4
	maxName     = 100
	maxValue    = 2 << 10
)

// foremost are as many names as are kept: those that rules are about, and then others.
func foremost[V any](values map[string]V) []string {
	rank := func(name string) int {
		if public(name) || machineMade(name) || name == "redirect_uri" || name == "client_secret" {
			return 0
		}
		return 1
	}
	names := slices.SortedFunc(maps.Keys(values), func(a, b string) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a, b)) })
	return names[:min(len(names), maxNames)]
}

func (m *masker) params(values url.Values) Params {
	if len(values) == 0 {
		return nil
	}
	p := Params{}
	for _, name := range foremost(values) {
		for _, value := range values[name][:min(len(values[name]), maxRepeated)] {
			key := cut(m.prose(name), maxName)
			if value == "" {
				key = cut(m.bare(name), maxName)
			}
			p[key] = append(p[key], cut(m.param(name, value), maxValue))
		}
	}
	return p
}

// answerFacts reads an answer: the redirect back, a JSON object, or a page.
func (m *masker) answerFacts(x *exchange, f *Facts) {
	if to, ok := x.redirects(); ok {
		switch {
		case x.leadsBack:
			base := *to
			base.RawQuery, base.Fragment, base.RawFragment, base.ForceQuery = "", "", "", false
			fragment, _ := url.ParseQuery(to.EscapedFragment())
			f.Back = &Back{To: m.address(base.String()), Query: m.params(to.Query()), Fragment: m.params(fragment)}
		case !sameOrigin(to, x.target):
			f.Away = to.Host
		}
	}
	body, ok := decoded(x.answer, x.content)
	switch {
	case len(x.content) == 0:
		f.Form = "empty"
	case !ok:
		f.Form = "other"
	default:
		f.Form, f.Members = m.members(body)
		if f.Form == "other" && isPage(x.answer) {
			f.Form, f.Page = "page", m.outline(readPage(body), x)
		} else if f.Form == "other" && (x.leg != LegPage || x.status >= 400 && strings.HasPrefix(mediaType(x.answer), "text/")) {
			f.Page = &Outline{Text: m.prose(clipText(string(body)))}
		}
		if x.givesTokens(f.Form, body) {
			f.Page = nil
		}
	}
}

var namesToken = regexp.MustCompile(`(?i)(access|refresh|id)[_ -]?token`)

// givesTokens reports whether an answer has tokens in a form of its own, such as XML, half a document, or JSON behind a
// warning of PHP's: where in it they are nobody knows, and so nothing of it is kept.
func (x *exchange) givesTokens(form string, body []byte) bool {
	odd := form == "other" && x.leg != LegPage || form == "page" && x.leg == LegToken // the two URLs may be swapped
	return odd && x.status < 300 && namesToken.Match(body)
}

// members reads a JSON object's members, or a form's in its place.
func (m *masker) members(body []byte) (string, map[string]Member) {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) == nil && object != nil {
		members := map[string]Member{}
		for _, name := range foremost(object) {
			members[cut(m.prose(name), maxName)] = m.valueOf(name, object[name])
		}
		return "json", members
	}
	if form, err := url.ParseQuery(string(body)); err == nil && len(body) < 16<<10 && (form.Has("access_token") || form.Has("error")) {
		members := map[string]Member{}
		for _, name := range foremost(form) {
			members[cut(m.prose(name), maxName)] = Member{"string", cut(m.param(name, form.Get(name)), maxValue)}
		}
		return "form", members
	}
	return "other", nil
}

// valueOf names a value's kind, and gives it where it is text or a number.
func (m *masker) valueOf(name string, raw json.RawMessage) Member {
	var text string
	switch raw[0] {
	case '"':
		_ = json.Unmarshal(raw, &text)
		return Member{"string", cut(m.param(name, text), maxValue)}
	case '{':
		return Member{Kind: "object"}
	case '[':
		return Member{Kind: "array"}
	case 't', 'f':
		return Member{"boolean", string(raw)}
	case 'n':
		return Member{Kind: "null"}
	}
	if public(name) { // as in the body that is kept: expires_in may be what somebody's PIN is
		return Member{"number", cut(string(raw), maxValue)}
	}
	return Member{"number", cut(m.param(name, string(raw)), maxValue)}
}

// outline says what a page said, without what was in its fields.
func (m *masker) outline(p *page, x *exchange) *Outline {
	o := &Outline{Title: m.prose(p.title), Text: m.prose(p.text), Popups: strings.Contains(p.script, "window.open("), Needs: m.prose(x.needs)}
	for _, f := range p.forms {
		if len(o.Forms) == 20 {
			break
		}
		method := f.method
		if method == "" {
			method = "GET"
		}
		o.Forms = append(o.Forms, m.prose(strings.TrimSpace(method+" "+pathOf(f.action))+": "+cut(strings.Join(f.fields, ", "), maxValue)))
	}
	return o
}

// network names why there was no answer.
func network(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var verification *tls.CertificateVerificationError
	var lookup *net.DNSError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &unknown), errors.As(err, &invalid), errors.As(err, &name), errors.As(err, &verification):
		return "certificate"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.As(err, &lookup):
		return "dns"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "refused"
	case errors.As(err, &record), errors.As(err, &alert):
		return "tls"
	}
	return "other"
}
