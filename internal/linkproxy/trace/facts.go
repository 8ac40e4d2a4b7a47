package trace

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"lastpost/internal/redact"
)

// A masker masks what is recorded.
type masker struct{ *redact.OAuth }

// facts takes from an exchange what the diagnosis goes by.
func (m masker) facts(x *Passed) Facts {
	f := Facts{Network: network(x.Err)}
	if x.Leg == LegToken {
		m.tokenFacts(x, &f)
	} else {
		m.pageFacts(x, &f)
	}
	if x.Status == 0 || x.Carried != "" {
		return f
	}
	f.Header = map[string]string{}
	for _, name := range []string{"Content-Type", "Cache-Control", "Www-Authenticate", "Location"} {
		if value := x.Answer.Get(name); value != "" {
			f.Header[name] = m.HeaderValue(name, value)
		}
	}
	m.answerFacts(x, &f)
	return f
}

// tokenFacts reads a request for tokens: who asks, for what, and where it says so.
func (m masker) tokenFacts(x *Passed, f *Facts) {
	form := url.Values{}
	if kind := mediaType(x.Header); kind == "application/x-www-form-urlencoded" || kind == "" {
		form, _ = url.ParseQuery(string(x.Body))
	}
	asked := x.Target.Query()
	f.Request, f.Query = m.params(form), m.params(asked)
	f.Client = Client{ID: redact.Clip(form.Get("client_id"), maxValue), Body: form.Has("client_secret"),
		Secret: m.Chosen(form.Get("client_secret"))}
	if header := x.Header.Get("Authorization"); header != "" {
		id, secret, err := redact.Basic(header)
		f.Client.Basic = true
		if err != nil {
			f.Client.Broken = err.Error()
		} else {
			f.Client.ID, f.Client.Secret = redact.Clip(id, maxValue), m.Chosen(secret)
		}
	}
	if verifier := form.Get("code_verifier"); verifier != "" {
		sum := sha256.Sum256([]byte(verifier))
		f.Verifier = &Verifier{S256: base64.RawURLEncoding.EncodeToString(sum[:]), Mask: m.Made(verifier), Form: verifierForm(verifier)}
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
func (m masker) pageFacts(x *Passed, f *Facts) {
	if x.Leg != LegAuthorize {
		f.Part = x.part()
		return
	}
	asked := x.Target.Query()
	if x.Method == http.MethodPost && mediaType(x.Header) == "application/x-www-form-urlencoded" {
		form, _ := url.ParseQuery(string(x.Body))
		for name, values := range form {
			asked[name] = append(asked[name], values...)
		}
	}
	f.Request = m.params(asked)
	if f.Request.Get("code_challenge_method") != "S256" {
		for i, challenge := range f.Request["code_challenge"] { // of method plain it is the verifier
			f.Request["code_challenge"][i] = m.Made(challenge)
		}
		return
	}
	for i := range f.Request["code_challenge"] { // whatever else it was sent as: the verifier is compared with it
		f.Request["code_challenge"][i] = redact.Clip(asked["code_challenge"][i], maxValue)
	}
}

// part reports whether a request is not for what the browser shows, but for what a page loads beside it. Browsers say so;
// of those that are too old for that, only what shows pages takes HTML.
func (x *Passed) part() bool {
	switch x.Header.Get("Sec-Fetch-Dest") {
	case "":
		accept := x.Header.Get("Accept")
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
		if redact.Public(name) || redact.MachineMade(name) || name == "redirect_uri" || name == "client_secret" {
			return 0
		}
		return 1
	}
	names := slices.SortedFunc(maps.Keys(values), func(a, b string) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a, b)) })
	return names[:min(len(names), maxNames)]
}

func (m masker) params(values url.Values) Params {
	if len(values) == 0 {
		return nil
	}
	p := Params{}
	for _, name := range foremost(values) {
		for _, value := range values[name][:min(len(values[name]), maxRepeated)] {
			key := redact.Clip(m.Prose(name), maxName)
			if value == "" {
				key = redact.Clip(m.Bare(name), maxName)
			}
			p[key] = append(p[key], redact.Clip(m.Param(name, value), maxValue))
		}
	}
	return p
}

// answerFacts reads an answer: the redirect back, a JSON object, or a page.
func (m masker) answerFacts(x *Passed, f *Facts) {
	if to, ok := x.Redirects(); ok {
		switch {
		case x.LeadsBack:
			base := *to
			base.RawQuery, base.Fragment, base.RawFragment, base.ForceQuery = "", "", "", false
			fragment, _ := url.ParseQuery(to.EscapedFragment())
			f.Back = &Back{To: m.URL(base.String()), Query: m.params(to.Query()), Fragment: m.params(fragment)}
		case !SameOrigin(to, x.Target):
			f.Away = to.Host
		}
	}
	body, ok := Decoded(x.Answer, x.Content)
	switch {
	case len(x.Content) == 0:
		f.Form = "empty"
	case !ok:
		f.Form = "other"
	default:
		f.Form, f.Members = m.members(body)
		if f.Form == "other" && IsPage(x.Answer) {
			f.Form, f.Page = "page", m.outline(ReadPage(body), x)
		} else if f.Form == "other" && (x.Leg != LegPage || x.Status >= 400 && strings.HasPrefix(mediaType(x.Answer), "text/")) {
			f.Page = &Outline{Text: m.Prose(clipText(string(body)))}
		}
		if x.givesTokens(f.Form, body) {
			f.Page = nil
		}
	}
}

var namesToken = regexp.MustCompile(`(?i)(access|refresh|id)[_ -]?token`)

// givesTokens reports whether an answer has tokens in a form of its own, such as XML, half a document, or JSON behind a
// warning of PHP's: where in it they are nobody knows, and so nothing of it is kept.
func (x *Passed) givesTokens(form string, body []byte) bool {
	odd := form == "other" && x.Leg != LegPage || form == "page" && x.Leg == LegToken // the two URLs may be swapped
	return odd && x.Status < 300 && namesToken.Match(body)
}

// members reads a JSON object's members, or a form's in its place.
func (m masker) members(body []byte) (string, map[string]Member) {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) == nil && object != nil {
		members := map[string]Member{}
		for _, name := range foremost(object) {
			members[redact.Clip(m.Prose(name), maxName)] = m.valueOf(name, object[name])
		}
		return "json", members
	}
	if form, err := url.ParseQuery(string(body)); err == nil && len(body) < 16<<10 && (form.Has("access_token") || form.Has("error")) {
		members := map[string]Member{}
		for _, name := range foremost(form) {
			members[redact.Clip(m.Prose(name), maxName)] = Member{"string", redact.Clip(m.Param(name, form.Get(name)), maxValue)}
		}
		return "form", members
	}
	return "other", nil
}

// valueOf names a value's kind, and gives it where it is text or a number.
func (m masker) valueOf(name string, raw json.RawMessage) Member {
	var text string
	switch raw[0] {
	case '"':
		_ = json.Unmarshal(raw, &text)
		return Member{"string", redact.Clip(m.Param(name, text), maxValue)}
	case '{':
		return Member{Kind: "object"}
	case '[':
		return Member{Kind: "array"}
	case 't', 'f':
		return Member{"boolean", string(raw)}
	case 'n':
		return Member{Kind: "null"}
	}
	if redact.Public(name) { // as in the body that is kept: expires_in may be what somebody's PIN is
		return Member{"number", redact.Clip(string(raw), maxValue)}
	}
	return Member{"number", redact.Clip(m.Param(name, string(raw)), maxValue)}
}

// outline says what a page said, without what was in its fields.
func (m masker) outline(p *Page, x *Passed) *Outline {
	o := &Outline{Title: m.Prose(p.Title), Text: m.Prose(p.Text), Popups: strings.Contains(p.Script, "window.open("),
		Needs: m.Prose(x.Needs)}
	for _, f := range p.Forms {
		if len(o.Forms) == 20 {
			break
		}
		fields := redact.Clip(strings.Join(f.Fields, ", "), maxValue)
		o.Forms = append(o.Forms, m.Prose(strings.TrimSpace(cmp.Or(f.Method, "GET")+" "+redact.Path(f.Action))+": "+fields))
	}
	return o
}

// network names why there was no answer.
func network(err error) string {
	switch {
	case err == nil:
		return ""
	case is[*tls.CertificateVerificationError](err):
		return "certificate"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case is[*net.DNSError](err):
		return "dns"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "refused"
	case is[tls.RecordHeaderError](err), is[tls.AlertError](err):
		return "tls"
	}
	return "other"
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
