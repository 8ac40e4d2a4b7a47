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

// MaskURL masks what is secret in a URL: user, random parts of the path, and the values of query and fragment by their
// names. A redirect_uri of Amazon's has a vendor's id in its path, which is none.
func (m *OAuthMasker) MaskURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return m.MaskGenerated(raw)
	}
	rest, fragment, _ := strings.Cut(raw, "#")
	rest, query, _ := strings.Cut(rest, "?")
	if u.User != nil { // as it is written, which u.User may not be
		from := strings.Index(rest, "//") + 2
		to := from + strings.LastIndex(strings.SplitN(rest[from:], "/", 2)[0], "@")
		rest = rest[:from] + m.MaskChosen(unescapeQuery(rest[from:to])) + rest[to:]
	}
	if !IsAmazonHost(u.Hostname()) {
		if at := strings.Index(rest, u.EscapedPath()); at >= 0 && u.EscapedPath() != "" {
			rest = rest[:at] + m.MaskText(rest[at:])
		}
	}
	if query != "" {
		rest += "?" + m.MaskForm(query)
	}
	if fragment != "" {
		rest += "#" + m.MaskForm(fragment)
	}
	return rest
}

// VisiblePath is a link without what may be a secret: query, fragment, and what a machine has made of its path. It stands in the
// log, where no masks are.
func VisiblePath(link string) string {
	if end := strings.IndexAny(link, "?#"); end >= 0 {
		link = link[:end]
	}
	return randomWord.ReplaceAllStringFunc(Truncate(link, 300), func(word string) string {
		if looksGenerated(word) {
			return "…"
		}
		return word
	})
}

// IsAmazonHost reports a host of the hosts at which Amazon takes the browser back, one for each part of the world, and the one that says how
// it went.
func IsAmazonHost(host string) bool {
	return slices.Contains([]string{"pitangui.amazon.com", "layla.amazon.com", "alexa.amazon.co.jp", "skills-store.amazon.com"},
		strings.ToLower(host))
}

// MaskForm masks the values of a query or a form, and leaves the rest as it came.
func (m *OAuthMasker) MaskForm(raw string) string {
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		name, value, found := strings.Cut(part, "=")
		plain := unescapeQuery(name)
		switch {
		case !found:
			parts[i] = m.MaskBareValue(part)
		case plain == "error_description":
			parts[i] = name + "=" + maskEscaped(value, m.MaskText)
		case IsPublicParam(plain) || value == "":
			parts[i] = m.MaskText(name) + "=" + maskEscaped(value, m.maskKnownSecrets)
		case plain == "redirect_uri":
			parts[i] = name + "=" + url.QueryEscape(m.MaskURL(unescapeQuery(value)))
		default:
			masked := m.MaskParam(plain, unescapeQuery(value))
			m.rememberSecret(value, masked) // which an error page may show as it came
			parts[i] = m.MaskText(name) + "=" + masked
		}
	}
	return strings.Join(parts, "&")
}

// MaskBareValue masks a parameter that has no value: its name may be all there is of a secret.
func (m *OAuthMasker) MaskBareValue(name string) string {
	if plain := unescapeQuery(name); plain == "" || isProtocolWord(plain) {
		return name
	}
	return m.MaskChosen(unescapeQuery(name))
}

// maskEscaped masks what is written in a URL's way, in whichever of them, and leaves as it came what has no secret.
func maskEscaped(written string, mask func(string) string) string {
	plain := unescapeQuery(written)
	masked := mask(plain)
	if masked == plain {
		return written
	}
	return url.QueryEscape(masked)
}

func unescapeQuery(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// MaskHeaderValue masks the value of a header, but for those that are known to hold no secret.
func (m *OAuthMasker) MaskHeaderValue(name, value string) string {
	switch name {
	case "Authorization":
		return m.maskAuthorization(value)
	case "Cookie":
		return m.maskCookies(value)
	case "Set-Cookie":
		pair, attributes, _ := strings.Cut(value, ";")
		if attributes != "" {
			attributes = ";" + m.MaskText(attributes)
		}
		return m.maskCookies(pair) + attributes
	case "Location", "Referer", "Content-Location", "Refresh", "Origin":
		return m.MaskURL(value)
	}
	if isPublicHeader(name) {
		return m.MaskText(value)
	}
	if secretHeader.MatchString(name) {
		return m.MaskChosen(value)
	}
	return m.hashUnlisted(value)
}

// secretHeader are the names of headers whose values are looked for elsewhere.
var secretHeader = regexp.MustCompile(`(?i)token|secret|key|session|csrf|xsrf`)

// isPublicHeader are the headers whose values may be kept.
func isPublicHeader(name string) bool {
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

// maskAuthorization keeps the scheme where it is one, and of Basic the client's id.
func (m *OAuthMasker) maskAuthorization(value string) string {
	scheme, rest, found := strings.Cut(value, " ")
	if id, secret, err := ParseBasic(value); err == nil {
		m.MaskChosen(strings.TrimSpace(rest)) // which an error page may show as it came
		return scheme + " " + id + ":" + m.MaskChosen(secret)
	}
	for _, quoted := range quotedValue.FindAllString(value, -1) {
		m.MaskChosen(strings.Trim(quoted, `"`))
	}
	if known := []string{"basic", "bearer", "dpop", "digest"}; !found || !slices.Contains(known, strings.ToLower(scheme)) {
		m.MaskChosen(rest)
		return m.MaskChosen(value)
	}
	return scheme + " " + m.MaskChosen(rest)
}

// quotedValue is that of a parameter, as Digest has.
var quotedValue = regexp.MustCompile(`"[^"]*"`)

var (
	errNotBasic  = errors.New("is not of the scheme Basic")
	errNotBase64 = errors.New("is not Base64")
	errNoColon   = errors.New("has no colon between id and secret")
)

// ParseBasic reads id and secret, form encoded each, of an Authorization header (RFC 6749, section 2.3.1).
func ParseBasic(value string) (id, secret string, err error) {
	scheme, rest, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", errNotBasic
	}
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	if err != nil {
		return "", "", errNotBase64
	}
	id, secret, found := strings.Cut(string(plain), ":")
	if !found {
		return "", "", errNoColon
	}
	return unescapeQuery(id), unescapeQuery(secret), nil
}

func (m *OAuthMasker) maskCookies(line string) string {
	parts := strings.Split(line, ";")
	for i, part := range parts {
		name, value, found := strings.Cut(part, "=")
		if found {
			parts[i] = m.MaskText(name) + "=" + m.MaskChosen(value)
		} else {
			parts[i] = m.MaskChosen(part) // it is a value without a name
		}
	}
	return strings.Join(parts, ";")
}

// MaxDocument is how much of a document is masked.
const MaxDocument = 64 << 10

// ErrTooManyValues is a document whose masks would not be kept: no more of it is masked.
var ErrTooManyValues = errors.New("has too many values")

const maxDepth = 20 // of a JSON document

// MaskJSON masks the values of a document, by the names of the members that they are in, and leaves its form. It fails if the
// document is not JSON.
func (m *OAuthMasker) MaskJSON(document []byte) (string, error) {
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
			return "", ErrTooManyValues
		}
		if kind := token.Kind(); kind == '{' || kind == '[' {
			names[depth] = names[depth-1]
		}
		if err := encoder.WriteToken(m.maskToken(token, &names[depth], isKey(decoder))); err != nil {
			return "", err
		}
	}
}

// maskToken masks a token. name is that of the member that it is in; a key sets it.
func (m *OAuthMasker) maskToken(maskToken jsontext.Token, name *string, key bool) jsontext.Token {
	kind := maskToken.Kind()
	switch {
	case key:
		*name = maskToken.String()
		return jsontext.String(m.MaskText(*name))
	case kind == '"', kind == '0' && !IsPublicParam(*name):
		return jsontext.String(m.MaskParam(*name, maskToken.String()))
	}
	return maskToken
}

func quoteJSON(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
