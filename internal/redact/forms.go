package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// URL masks what is secret in a URL: user, random parts of the path, and the values of query and fragment by their
// names. A redirect_uri of Amazon's has a vendor's id in its path, which is none.
func (m *OAuth) URL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return m.Made(raw)
	}
	rest, fragment, _ := strings.Cut(raw, "#")
	rest, query, _ := strings.Cut(rest, "?")
	if u.User != nil { // as it is written, which u.User may not be
		from := strings.Index(rest, "//") + 2
		to := from + strings.LastIndex(strings.SplitN(rest[from:], "/", 2)[0], "@")
		rest = rest[:from] + m.Chosen(unescape(rest[from:to])) + rest[to:]
	}
	if !AmazonHost(u.Hostname()) {
		if at := strings.Index(rest, u.EscapedPath()); at >= 0 && u.EscapedPath() != "" {
			rest = rest[:at] + m.Prose(rest[at:])
		}
	}
	if query != "" {
		rest += "?" + m.Form(query)
	}
	if fragment != "" {
		rest += "#" + m.Form(fragment)
	}
	return rest
}

// Path is a link without what may be a secret: query, fragment, and what a machine has made of its path. It stands in the
// log, where no masks are.
func Path(link string) string {
	if end := strings.IndexAny(link, "?#"); end >= 0 {
		link = link[:end]
	}
	return random.ReplaceAllStringFunc(Clip(link, 300), func(word string) string {
		if madeByMachine(word) {
			return "…"
		}
		return word
	})
}

// AmazonHost reports a host of the hosts at which Amazon takes the browser back, one for each part of the world, and the one that says how
// it went.
func AmazonHost(host string) bool {
	return slices.Contains([]string{"pitangui.amazon.com", "layla.amazon.com", "alexa.amazon.co.jp", "skills-store.amazon.com"},
		strings.ToLower(host))
}

// Form masks the values of a query or a form, and leaves the rest as it came.
func (m *OAuth) Form(raw string) string {
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		name, value, found := strings.Cut(part, "=")
		plain := unescape(name)
		switch {
		case !found:
			parts[i] = m.Bare(part)
		case plain == "error_description":
			parts[i] = name + "=" + escaped(value, m.Prose)
		case Public(plain) || value == "":
			parts[i] = m.Prose(name) + "=" + escaped(value, m.text)
		case plain == "redirect_uri":
			parts[i] = name + "=" + url.QueryEscape(m.URL(unescape(value)))
		default:
			masked := m.Param(plain, unescape(value))
			m.remember(value, masked) // which an error page may show as it came
			parts[i] = m.Prose(name) + "=" + masked
		}
	}
	return strings.Join(parts, "&")
}

// Bare masks a parameter that has no value: its name may be all there is of a secret.
func (m *OAuth) Bare(name string) string {
	if plain := unescape(name); plain == "" || ofProtocol(plain) {
		return name
	}
	return m.Chosen(unescape(name))
}

// escaped masks what is written in a URL's way, in whichever of them, and leaves as it came what has no secret.
func escaped(written string, mask func(string) string) string {
	plain := unescape(written)
	masked := mask(plain)
	if masked == plain {
		return written
	}
	return url.QueryEscape(masked)
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// HeaderValue masks the value of a header, but for those that are known to hold no secret.
func (m *OAuth) HeaderValue(name, value string) string {
	switch name {
	case "Authorization":
		return m.authorization(value)
	case "Cookie":
		return m.cookies(value)
	case "Set-Cookie":
		pair, attributes, _ := strings.Cut(value, ";")
		if attributes != "" {
			attributes = ";" + m.Prose(attributes)
		}
		return m.cookies(pair) + attributes
	case "Location", "Referer", "Content-Location", "Refresh", "Origin":
		return m.URL(value)
	}
	if plainHeader(name) {
		return m.Prose(value)
	}
	if secretHeader.MatchString(name) {
		return m.Chosen(value)
	}
	return m.unknown(value)
}

// secretHeader are the names of headers whose values are looked for elsewhere.
var secretHeader = regexp.MustCompile(`(?i)token|secret|key|session|csrf|xsrf`)

// plainHeader are the headers whose values may be kept.
func plainHeader(name string) bool {
	for _, prefix := range []string{"Accept", "Content-", "Access-Control-", "Sec-Fetch-", "Sec-Ch-", "Cross-Origin-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "Age", "Allow", "Alt-Svc", "Cache-Control", "Connection", "Date", "Dnt", "Expires", "Host", "Keep-Alive", "Last-Modified",
		"Permissions-Policy", "Pragma", "Priority", "Referrer-Policy", "Retry-After", "Server", "Strict-Transport-Security", "Te",
		"Trailer", "Transfer-Encoding", "Upgrade", "Upgrade-Insecure-Requests", "User-Agent", "Vary", "Via", "Www-Authenticate",
		"X-Content-Type-Options", "X-Frame-Options", "X-Powered-By", "X-Xss-Protection":
		return true
	}
	return false
}

// authorization keeps the scheme where it is one, and of Basic the client's id.
func (m *OAuth) authorization(value string) string {
	scheme, rest, found := strings.Cut(value, " ")
	if id, secret, err := Basic(value); err == nil {
		m.Chosen(strings.TrimSpace(rest)) // which an error page may show as it came
		return scheme + " " + id + ":" + m.Chosen(secret)
	}
	for _, quoted := range quotedValue.FindAllString(value, -1) {
		m.Chosen(strings.Trim(quoted, `"`))
	}
	if known := []string{"basic", "bearer", "dpop", "digest"}; !found || !slices.Contains(known, strings.ToLower(scheme)) {
		m.Chosen(rest)
		return m.Chosen(value)
	}
	return scheme + " " + m.Chosen(rest)
}

// quotedValue is that of a parameter, as Digest has.
var quotedValue = regexp.MustCompile(`"[^"]*"`)

var (
	errScheme = errors.New("is not of the scheme Basic")
	errBase64 = errors.New("is not Base64")
	errColon  = errors.New("has no colon between id and secret")
)

// Basic reads id and secret, form encoded each, of an Authorization header (RFC 6749, section 2.3.1).
func Basic(value string) (id, secret string, err error) {
	scheme, rest, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", errScheme
	}
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	if err != nil {
		return "", "", errBase64
	}
	id, secret, found := strings.Cut(string(plain), ":")
	if !found {
		return "", "", errColon
	}
	return unescape(id), unescape(secret), nil
}

func (m *OAuth) cookies(line string) string {
	parts := strings.Split(line, ";")
	for i, part := range parts {
		name, value, found := strings.Cut(part, "=")
		if found {
			parts[i] = m.Prose(name) + "=" + m.Chosen(value)
		} else {
			parts[i] = m.Chosen(part) // it is a value without a name
		}
	}
	return strings.Join(parts, ";")
}

// MaxDocument is how much of a document is masked.
const MaxDocument = 64 << 10

// ErrTooMuch is a document whose masks would not be kept: no more of it is masked.
var ErrTooMuch = errors.New("has too many values")

const maxDepth = 20 // of a JSON document

// JSON masks the values of a document, by the names of the members that they are in, and leaves its form. It fails if the
// document is not JSON.
func (m *OAuth) JSON(document []byte) (string, error) {
	decoder := newDecoder(document)
	var out bytes.Buffer
	encoder := jsontext.NewEncoder(&out, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var names [maxDepth + 2]string // by depth: the name of the member that is being read
	for {
		token, err := decoder.ReadToken()
		if errors.Is(err, io.EOF) && encoder.OutputOffset() > 0 {
			return strings.TrimSuffix(out.String(), "\n"), nil
		}
		depth := decoder.StackDepth()
		switch {
		case err != nil:
			return "", err
		case encoder.OutputOffset() > 0 && encoder.StackDepth() == 0:
			return "", errors.New("something follows the document")
		case depth > maxDepth:
			return "", errors.New("is nested too deeply")
		case encoder.OutputOffset() > MaxDocument:
			return "", ErrTooMuch
		}
		if kind := token.Kind(); kind == '{' || kind == '[' {
			names[depth] = names[depth-1]
		}
		if err := encoder.WriteToken(m.token(token, &names[depth], isKey(decoder))); err != nil {
			return "", err
		}
	}
}

// token masks a token. name is that of the member that it is in; a key sets it.
func (m *OAuth) token(token jsontext.Token, name *string, key bool) jsontext.Token {
	kind := token.Kind()
	switch {
	case key:
		*name = token.String()
		return jsontext.String(m.Prose(*name))
	case kind == '"', kind == '0' && !Public(*name):
		return jsontext.String(m.Param(*name, token.String()))
	}
	return token
}

func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
