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

// MaskURL masks the secrets in a URL: the user info, random words in the path, and the secret parameters of query and
// fragment. It does not mask the path of Amazon's redirect URI, because the vendor ID in it is not secret.
func (m *OAuthMasker) MaskURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return m.MaskGenerated(raw)
	}
	rest, fragment, _ := strings.Cut(raw, "#")
	rest, query, _ := strings.Cut(rest, "?")
	if u.User != nil { // cut from the original text, because u.User is decoded
		from := strings.Index(rest, "//") + 2
		to := from + strings.LastIndex(strings.SplitN(rest[from:], "/", 2)[0], "@")
		rest = rest[:from] + m.MaskChosen(unescapeQuery(rest[from:to])) + rest[to:]
	}
	if IsAmazonHost(u.Hostname()) {
		rest = m.maskForms(rest)
	} else {
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

// VisiblePath returns a link without the parts that may be secret: query, fragment, and random words of the path. It
// is for texts that are logged without a masker.
func VisiblePath(link string) string {
	if end := strings.IndexAny(link, "?#"); end >= 0 {
		link = link[:end]
	}
	link = replaceWords(link, "eyJ", jsonWebToken, func(string) string { return "…" })
	return randomWord.ReplaceAllStringFunc(Truncate(link, 300), func(word string) string {
		if looksGenerated(word) {
			return "…"
		}
		return word
	})
}

// IsAmazonHost reports whether a host belongs to Amazon's side of account linking: the redirect target of a region, or
// the host of the page that shows the result.
func IsAmazonHost(host string) bool {
	return slices.Contains([]string{"pitangui.amazon.com", "layla.amazon.com", "alexa.amazon.co.jp", "skills-store.amazon.com"},
		strings.ToLower(host))
}

// MaskForm masks the secret parameters of a query or a URL-encoded form. It leaves public parameters unchanged, except
// for known secrets in them.
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
			parts[i] = m.MaskText(name) + "=" + maskEscaped(value, m.maskPublic)
		case plain == "redirect_uri":
			parts[i] = name + "=" + url.QueryEscape(m.MaskURL(unescapeQuery(value)))
		default:
			masked := m.MaskParam(plain, unescapeQuery(value))
			m.rememberSecret(value, masked) // an error page may repeat the encoded value
			parts[i] = m.MaskText(name) + "=" + masked
		}
	}
	return strings.Join(parts, "&")
}

// MaskBareValue masks a parameter without a value, because its name may be a secret.
func (m *OAuthMasker) MaskBareValue(name string) string {
	if plain := unescapeQuery(name); plain == "" || isProtocolWord(plain) {
		return name
	}
	return m.MaskChosen(unescapeQuery(name))
}

// maskEscaped applies mask to a URL-encoded text. If mask changes nothing, it returns the text with its original
// encoding.
func maskEscaped(encoded string, mask func(string) string) string {
	plain := unescapeQuery(encoded)
	masked := mask(plain)
	if masked == plain {
		return encoded
	}
	return url.QueryEscape(masked)
}

func unescapeQuery(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// MaskHeaderValue masks a header's value, unless the header is known to hold no secret.
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

// secretHeader matches the names of headers whose values are probably secret. Such values are also masked in other texts.
var secretHeader = regexp.MustCompile(`(?i)token|secret|key|session|csrf|xsrf`)

// isPublicHeader reports whether a header's value may be stored unmasked.
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

// maskAuthorization masks the value of an Authorization header. A known scheme, and the client ID of the scheme Basic,
// stay visible.
func (m *OAuthMasker) maskAuthorization(value string) string {
	scheme, rest, found := strings.Cut(value, " ")
	if id, secret, err := ParseBasic(value); err == nil {
		m.MaskChosen(strings.TrimSpace(rest)) // remembers the encoded credentials, because an error page may repeat them
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

// quotedValue matches a quoted parameter value, such as a nonce of the scheme Digest.
var quotedValue = regexp.MustCompile(`"[^"]*"`)

var (
	errNotBasic  = errors.New("does not use the scheme Basic")
	errNotBase64 = errors.New("is not Base64")
	errNoColon   = errors.New("has no colon between id and secret")
)

// ParseBasic returns the client ID and the secret in an Authorization header with the scheme Basic. It removes the form
// encoding that RFC 6749, section 2.3.1, requires for both.
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
			parts[i] = m.MaskChosen(part) // a value without a name
		}
	}
	return strings.Join(parts, ";")
}

// MaxDocument is the maximum size of a masked document in bytes.
const MaxDocument = 64 << 10

// ErrTooManyValues means that the masked document exceeds MaxDocument.
var ErrTooManyValues = errors.New("has too many values")

const maxDepth = 20 // the maximum nesting of a JSON document

// MaskJSON masks the secret values of a JSON document. The name of a member decides whether its value is secret. It
// returns an error if the document is not JSON.
func (m *OAuthMasker) MaskJSON(document []byte) (string, error) {
	decoder := newDecoder(document)
	var out bytes.Buffer
	encoder := jsontext.NewEncoder(&out, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var names [maxDepth + 2]string // the name of the current member, by depth
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
			return "", errors.New("has data after the document")
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

// maskToken returns token with its secret masked. key reports whether token is the name of an object's member. If it is,
// maskToken stores it in name. Otherwise name is the name of the member that token belongs to.
func (m *OAuthMasker) maskToken(token jsontext.Token, name *string, key bool) jsontext.Token {
	kind := token.Kind()
	switch {
	case key:
		*name = token.String()
		return jsontext.String(m.MaskText(*name))
	case kind == '"', kind == '0' && !IsPublicParam(*name):
		return jsontext.String(m.MaskParam(*name, token.String()))
	}
	return token
}

func quoteJSON(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
