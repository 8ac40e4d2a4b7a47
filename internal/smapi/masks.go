package smapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"lastpost/internal/redact"
)

// hidden replaces each secret in errors and in the debug output.
const hidden = redact.MaskPrefix + "secret"

// Masks of secrets that are known. Shorter secrets would match ordinary words.
const (
	minSecret = 5
	maxSecret = 16 << 10
	maxKnown  = 256
)

// masks replaces secrets in texts: those that it knows, because this program sent or received them, and those that it
// recognizes by their name or form.
type masks struct {
	mu    sync.Mutex
	known []string // the secrets, the oldest first
	forms []string // their encodings, the longest first, so that a short secret does not break the search for a longer one
}

// remember adds secrets that later texts must not have.
func (m *masks) remember(secrets ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	added := false
	for _, secret := range secrets {
		if len(secret) >= minSecret && len(secret) <= maxSecret && !strings.Contains(hidden, secret) && !slices.Contains(m.known, secret) {
			m.known = append(m.known, strings.Clone(secret))
			added = true
		}
	}
	if !added {
		return
	}
	m.known = slices.Clone(m.known[max(0, len(m.known)-maxKnown):])
	forms := []string{} // a new list, because replaceKnown reads the old one
	for _, secret := range m.known {
		forms = append(forms, encodings(secret)...)
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	m.forms = slices.Compact(forms)
}

// rememberURL adds a URL that is secret as a whole, its long path, its query, and the long values in it, such as a signature.
func (m *masks) rememberURL(secret string) {
	u, err := url.Parse(secret)
	if err != nil {
		m.remember(secret)
		return
	}
	const shortestValue = 16
	parts := []string{secret, u.RawQuery}
	if len(u.Path) >= shortestValue {
		parts = append(parts, u.RequestURI(), u.Path)
	}
	for _, values := range u.Query() {
		for _, value := range values {
			if len(value) >= shortestValue {
				parts = append(parts, value)
			}
		}
	}
	m.remember(parts...)
}

// text returns a text without secrets.
func (m *masks) text(text string) string { return m.nestedText(text, maxNestedJSON) }

// maxNestedJSON limits how deep JSON within the texts of JSON is read.
const maxNestedJSON = 3

func (m *masks) nestedText(text string, nested int) string {
	text = m.replaceKnown(text)
	if trimmed := strings.TrimSpace(text); nested > 0 && len(trimmed) > 1 && (trimmed[0] == '{' || trimmed[0] == '[') {
		if masked, ok := m.nestedJSON([]byte(trimmed), false, nested-1); ok {
			return m.replaceKnown(string(masked)) // a secret that the document names after its first use
		}
	}
	text = redact.ReplaceSecrets(text, hidden)
	text = amazonToken.ReplaceAllString(text, hidden)
	text = queryOfURL.ReplaceAllString(text, "${1}?"+hidden)
	return signatureParam.ReplaceAllString(text, "${1}"+hidden)
}

var (
	// amazonToken matches the tokens and the client secrets of Login with Amazon. The | after the prefix of a token may have the
	// form of URLs, JSON or HTML.
	amazonToken = regexp.MustCompile(`(?:At(?:za|zr)(?:\||%(?:25)*7[Cc]|\\+u007[Cc]|&#124;)|amzn1\.oa2-cs\.)[^\s"'<>&,;\\]*`)
	// queryOfURL matches a URL with its query. Queries have signatures and keys.
	queryOfURL = regexp.MustCompile(`((?i:https?):(?:\\*/){2}[^\s"'<>?#]*)\?[^\s"'<>]+`)
	// signatureParam matches a parameter of a presigned URL, also if the start of the URL is missing.
	signatureParam = regexp.MustCompile(`((?i:X-Amz-(?:Credential|Security-Token)|AWSAccessKeyId|Signature)(?:=|%(?:25)*3[Dd]))[^\s"'<>&]+`)
)

// replaceKnown replaces the known secrets, in all usual encodings.
func (m *masks) replaceKnown(text string) string {
	m.mu.Lock()
	forms := m.forms
	m.mu.Unlock()
	for _, form := range forms {
		text = strings.ReplaceAll(text, form, hidden)
	}
	return text
}

// encodings returns a secret as URLs, JSON, Go and HTML write it.
func encodings(secret string) []string {
	quoted, _ := json.Marshal(secret) // a string always encodes
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret)}
	var relaxed bytes.Buffer
	encoder := json.NewEncoder(&relaxed)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(secret)
	relaxedText := strings.TrimSpace(relaxed.String())
	for _, text := range []string{string(quoted), relaxedText, strconv.Quote(secret), strconv.QuoteToASCII(secret)} {
		text = text[1 : len(text)-1]
		forms = append(forms, text, strings.ReplaceAll(text, "/", `\/`))
	}
	return forms
}

// body returns the body of a request or an answer without secrets, and remembers the secrets that it has. request reports
// whether it is the body of a request: there, the member "code" is an OAuth code and not the code of an error.
func (m *masks) body(body []byte, contentType string, request bool) string {
	if strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
		return m.replaceKnown(m.form(string(body))) // a secret can have a separator of the form
	}
	if masked, ok := m.nestedJSON(body, request, maxNestedJSON); ok {
		return m.replaceKnown(string(masked)) // as in nestedText
	}
	return m.text(string(body))
}

// form masks the parameters of a form that are not known to be public.
func (m *masks) form(form string) string {
	pairs := strings.Split(form, "&")
	for i, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		switch {
		case !found || err != nil || value == "":
			pairs[i] = m.text(pair)
		case redact.IsPublicParam(plain) || plain == "redirect_uri" || isPublicQuery(plain):
			pairs[i] = name + "=" + m.text(value)
		default:
			m.remember(value)
			if secret, err := url.QueryUnescape(value); err == nil {
				m.remember(secret)
			}
			pairs[i] = m.text(name) + "=" + hidden
		}
	}
	return strings.Join(pairs, "&")
}

// isPublicQuery reports whether a parameter of SMAPI is public.
func isPublicQuery(name string) bool {
	switch name {
	case "vendorId", "maxResults", "nextToken", "skillId", "resource":
		return true
	}
	return false
}

// url returns the address of a request without secrets.
func (m *masks) url(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	text := m.replaceKnown(shown.String())
	if u.RawQuery != "" {
		text += "?" + m.form(u.RawQuery)
	}
	return m.replaceKnown(text)
}

// nestedJSON masks a JSON document. It keeps the order of the members. It returns false if the document is not JSON.
func (m *masks) nestedJSON(document []byte, request bool, nested int) (masked []byte, ok bool) {
	decoder := jsontext.NewDecoder(bytes.NewReader(document), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var out bytes.Buffer
	encoder := jsontext.NewEncoder(&out, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	name := "" // of the member that the next value belongs to
	for {
		if name != "" && isSecretMember(name, request) {
			value, err := decoder.ReadValue()
			if err != nil || encoder.WriteToken(m.secretValue(value, name)) != nil {
				return nil, false
			}
			name = ""
			continue
		}
		token, err := decoder.ReadToken()
		if errors.Is(err, io.EOF) && encoder.StackDepth() == 0 && encoder.OutputOffset() > 0 {
			return bytes.TrimSpace(out.Bytes()), true
		}
		if err != nil || encoder.OutputOffset() > 0 && encoder.StackDepth() == 0 {
			return nil, false
		}
		kind, length := decoder.StackIndex(decoder.StackDepth())
		isName := kind == '{' && length%2 == 1 && token.Kind() == '"'
		if isName {
			name = token.String()
		} else {
			name = ""
		}
		if token.Kind() == '"' {
			token = jsontext.String(m.nestedText(token.String(), nested))
		}
		if encoder.WriteToken(token) != nil {
			return nil, false
		}
	}
}

// isSecretMember reports whether the value of a JSON member is a secret or identifies a listener.
func isSecretMember(name string, request bool) bool {
	switch name {
	case "uploadUrl", "location", "presignedDownloadUrl", "downloadUrl", "user_code", "device_code":
		return true
	case "code":
		return request
	}
	return redact.IsSecretKey(name)
}

// secretValue remembers the texts in a secret value and returns its mask. Null and empty values stay visible.
func (m *masks) secretValue(value jsontext.Value, name string) jsontext.Token {
	switch string(value) {
	case "null":
		return jsontext.Null
	case `""`:
		return jsontext.String("")
	}
	if value.Kind() == '"' {
		if plain, err := jsontext.AppendUnquote(nil, value); err == nil {
			if strings.HasSuffix(strings.ToLower(name), "url") || name == "location" {
				m.rememberURL(string(plain))
			} else {
				m.remember(string(plain))
			}
		}
	}
	return jsontext.String(hidden)
}

// MaskText returns a text without the secrets that have a known form: tokens, the queries of URLs, and values after the name
// of a secret.
func MaskText(text string) string { return (&masks{}).text(text) }
