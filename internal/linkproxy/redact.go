package linkproxy

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// address masks what is secret in a URL: user, random parts of the path, and the values of query and fragment by their
// names. A redirect_uri of Amazon's has a vendor's id in its path, which is none.
func (m *masker) address(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return m.made(raw)
	}
	rest := raw
	var fragment, query string
	rest, fragment, _ = strings.Cut(rest, "#")
	rest, query, _ = strings.Cut(rest, "?")
	if u.User != nil { // as it is written, which u.User may not be
		from := strings.Index(rest, "//") + 2
		to := from + strings.LastIndex(strings.SplitN(rest[from:], "/", 2)[0], "@")
		rest = rest[:from] + m.chosen(unescape(rest[from:to])) + rest[to:]
	}
	if !amazons(u.Hostname()) {
		if at := strings.Index(rest, u.EscapedPath()); at >= 0 && u.EscapedPath() != "" {
			rest = rest[:at] + m.prose(rest[at:])
		}
	}
	if query != "" {
		rest += "?" + m.pairs(query)
	}
	if fragment != "" {
		rest += "#" + m.pairs(fragment)
	}
	return rest
}

// amazons are the hosts at which Amazon takes the browser back, one for each part of the world, and the one that says how
// it went.
func amazons(host string) bool {
	return slices.Contains([]string{"pitangui.amazon.com", "layla.amazon.com", "alexa.amazon.co.jp", "skills-store.amazon.com"}, strings.ToLower(host))
}

// pairs masks the values of a query or a form, and leaves the rest as it came.
func (m *masker) pairs(raw string) string {
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		name, value, found := strings.Cut(part, "=")
		plain := unescape(name)
		switch {
		case !found:
			parts[i] = m.bare(part)
		case plain == "error_description":
			parts[i] = name + "=" + escaped(value, m.prose)
		case public(plain) || value == "":
			parts[i] = m.prose(name) + "=" + escaped(value, m.text)
		case plain == "redirect_uri":
			parts[i] = name + "=" + url.QueryEscape(m.address(unescape(value)))
		default:
			masked := m.param(plain, unescape(value))
			m.remember(value, masked) // which an error page may show as it came
			parts[i] = m.prose(name) + "=" + masked
		}
	}
	return strings.Join(parts, "&")
}

// bare masks a parameter that has no value: its name may be all there is of a secret.
func (m *masker) bare(name string) string {
	if plain := unescape(name); plain == "" || ofProtocol(plain) {
		return name
	}
	return m.chosen(unescape(name))
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

// header masks the values of headers, but for those that are known to hold no secret.
func (m *masker) header(h http.Header) (fields []Field) {
	for name, values := range h {
		for _, value := range values {
			fields = append(fields, Field{name, m.headerValue(name, value)})
		}
	}
	slices.SortStableFunc(fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

func (m *masker) headerValue(name, value string) string {
	switch name {
	case "Authorization":
		return m.authorization(value)
	case "Cookie":
		return m.cookies(value)
	case "Set-Cookie":
		pair, attributes, _ := strings.Cut(value, ";")
		if attributes != "" {
			attributes = ";" + m.prose(attributes)
		}
		return m.cookies(pair) + attributes
	case "Location", "Referer", "Content-Location", "Refresh", "Origin":
		return m.address(value)
	}
	if plainHeader(name) {
		return m.prose(value)
	}
	if secretHeader.MatchString(name) {
		return m.chosen(value)
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
	case "Age", "Allow", "Alt-Svc", "Cache-Control", "Connection", "Date", "Dnt", "Expires", "Host", "Keep-Alive", "Last-Modified", "Permissions-Policy",
		"Pragma", "Priority", "Referrer-Policy", "Retry-After", "Server", "Strict-Transport-Security", "Te", "Trailer", "Transfer-Encoding",
		"Upgrade", "Upgrade-Insecure-Requests", "User-Agent", "Vary", "Via", "Www-Authenticate", "X-Content-Type-Options", "X-Frame-Options",
		"X-Powered-By", "X-Xss-Protection":
		return true
	}
	return false
}

// authorization keeps the scheme where it is one, and of Basic the client's id.
func (m *masker) authorization(value string) string {
	scheme, rest, found := strings.Cut(value, " ")
	if id, secret, err := basic(value); err == nil {
		m.chosen(strings.TrimSpace(rest)) // which an error page may show as it came
		return scheme + " " + id + ":" + m.chosen(secret)
	}
	for _, quoted := range quotedValue.FindAllString(value, -1) {
		m.chosen(strings.Trim(quoted, `"`))
	}
	if known := []string{"basic", "bearer", "dpop", "digest"}; !found || !slices.Contains(known, strings.ToLower(scheme)) {
		m.chosen(rest)
		return m.chosen(value)
	}
	return scheme + " " + m.chosen(rest)
}

// quotedValue is that of a parameter, as Digest has.
var quotedValue = regexp.MustCompile(`"[^"]*"`)

var (
	errScheme = errors.New("is not of the scheme Basic")
	errBase64 = errors.New("is not Base64")
	errColon  = errors.New("has no colon between id and secret")
)

// basic reads id and secret, form encoded each, of an Authorization header (RFC 6749, section 2.3.1).
func basic(value string) (id, secret string, err error) {
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

func (m *masker) cookies(line string) string {
	parts := strings.Split(line, ";")
	for i, part := range parts {
		name, value, found := strings.Cut(part, "=")
		if found {
			parts[i] = m.prose(name) + "=" + m.chosen(value)
		} else {
			parts[i] = m.chosen(part) // it is a value without a name
		}
	}
	return strings.Join(parts, ";")
}

// errTooMuch is a document whose masks would not be kept: no more of it is masked.
var errTooMuch = errors.New("has too many values")

// json masks the values of a document and leaves its form; an error where it is none.
func (m *masker) json(document []byte) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var out strings.Builder
	if err := m.value(decoder, "", 0, &out); err != nil {
		return "", err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return "", errors.New("something follows the document")
	}
	return out.String(), nil
}

// value writes one value, masked by the name of the member that it is in.
func (m *masker) value(decoder *json.Decoder, name string, depth int, out *strings.Builder) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	if out.Len() > maxKept {
		return errTooMuch
	}
	if depth > 20 {
		return errors.New("is nested too deeply")
	}
	switch t := token.(type) {
	case json.Delim:
		return m.inside(decoder, t, name, depth, out)
	case string:
		out.WriteString(quote(m.param(name, t)))
	case json.Number:
		if public(name) {
			out.WriteString(t.String())
		} else {
			out.WriteString(quote(m.param(name, t.String())))
		}
	default:
		fmt.Fprint(out, jsonWord(t))
	}
	return nil
}

func (m *masker) inside(decoder *json.Decoder, open json.Delim, name string, depth int, out *strings.Builder) error {
	out.WriteString(open.String())
	for i := 0; decoder.More(); i++ {
		if i > 0 {
			out.WriteByte(',')
		}
		if open == '{' {
			key, err := decoder.Token()
			if err != nil {
				return err
			}
			name, _ = key.(string)
			out.WriteString(quote(m.prose(name)) + ":")
		}
		if err := m.value(decoder, name, depth+1, out); err != nil {
			return err
		}
	}
	end, err := decoder.Token()
	if err == nil {
		fmt.Fprint(out, end)
	}
	return err
}

func jsonWord(t json.Token) string {
	switch t {
	case true:
		return "true"
	case false:
		return "false"
	}
	return "null"
}

func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
