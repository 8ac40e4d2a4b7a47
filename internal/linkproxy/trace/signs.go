package trace

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lastpost/internal/redact"
)

// A SetCookie is a cookie that a response sets, without its value.
type SetCookie struct {
	Name     string `json:"name"`
	SameSite string `json:"same_site,omitempty"`
	Path     string `json:"path,omitempty"`
	Secure   bool   `json:"secure,omitempty"`
	Deletes  bool   `json:"deletes,omitempty"` // the cookie is empty or already expired
	Moved    bool   `json:"moved,omitempty"`   // its path fits to the OAuth server's address, and not to the proxy's
}

// maxCookies limits the cookies in the facts of an exchange.
const maxCookies = 20

// addCookieFacts adds the names of the cookies that the browser sent, and the cookies that the response sets.
func (m masker) addCookieFacts(x *RawExchange, f *Facts) {
	for _, c := range (&http.Request{Header: x.RequestHeader}).Cookies() {
		if len(f.Cookies) < maxCookies {
			f.Cookies = append(f.Cookies, redact.Truncate(m.MaskText(c.Name), maxName))
		}
	}
	sameSite := map[http.SameSite]string{http.SameSiteStrictMode: "Strict", http.SameSiteLaxMode: "Lax", http.SameSiteNoneMode: "None"}
	for _, c := range (&http.Response{Header: x.ResponseHeader}).Cookies() {
		if len(f.SetCookies) < maxCookies {
			f.SetCookies = append(f.SetCookies, SetCookie{Name: redact.Truncate(m.MaskText(c.Name), maxName),
				SameSite: sameSite[c.SameSite], Path: redact.Truncate(m.MaskText(c.Path), maxName), Secure: c.Secure,
				Moved:   c.Path != "" && inFolder(x.Target.Path, c.Path) && !inFolder(x.LocalPath, c.Path),
				Deletes: c.MaxAge < 0 || c.Value == "" || !c.Expires.IsZero() && c.Expires.Before(x.Began)})
		}
	}
}

// inFolder reports whether a cookie with a path is sent with a request for name (RFC 6265, section 5.1.4).
func inFolder(name, folder string) bool {
	rest, ok := strings.CutPrefix(name, folder)
	return ok && (rest == "" || strings.HasSuffix(folder, "/") || rest[0] == '/')
}

// A botSign is a sign that a bot protection or a web application firewall sent a response instead of the OAuth server.
type botSign struct {
	header, value string // a header, and the beginning of its value
	page          string // a part of the document
	text          string // the name of the sign
}

// botSigns returns the signs of well-known products. Headers and addresses of scripts come first, words of pages last.
func botSigns() []botSign {
	return []botSign{
		{header: "Cf-Mitigated", value: "challenge"}, {header: "X-Amzn-Waf-Action"}, {header: "X-Vercel-Mitigated"},
		{header: "X-Datadome"}, {header: "X-Sucuri-Block"}, {header: "X-Px-Authorization"}, {header: "X-Kpsdk-Ct"},
		{page: "/cdn-cgi/challenge-platform/", text: "a bot challenge of Cloudflare"},
		{page: "captcha-delivery.com", text: "a bot challenge of DataDome"},
		{page: "_incapsula_resource", text: "a page of Imperva Incapsula"},
		{page: "incapsula incident id", text: "a page of Imperva Incapsula"},
		{page: "px-captcha", text: "a bot challenge of PerimeterX"}, {page: "awswafintegration", text: "a bot challenge of AWS WAF"},
		{page: "sucuri website firewall", text: "a page of Sucuri's firewall"},
		{page: "<title>just a moment...</title>", text: "a bot challenge (\"Just a moment...\")"},
		{page: "attention required! | cloudflare", text: "a page of Cloudflare's firewall"},
		{page: "<title>request rejected</title>", text: "a page of a firewall (\"Request Rejected\")"},
		{page: "<title>access denied</title>", text: "a page of a firewall (\"Access Denied\")"},
	}
}

// botWords match the pages and short texts of such products by what they say or load.
var botWords = regexp.MustCompile(`challenges\.cloudflare\.com|hcaptcha\.com/|/recaptcha/|g-recaptcha|anubis_challenge|\bddos-guard\b|` +
	`(verify|confirm|prove|make sure|making sure)( that)? you('re|&#39;re|’re| are)( not)?( an?)? (human|robot|bot)|not a (ro)?bot\b|` +
	`checking your browser|unusual traffic|request (was |has been )?blocked|you have been blocked|` +
	`access to this (site|service|page) has been (limited|denied|blocked)|mod_?security|\bweb application firewall\b|\bwaf\b|wordfence`)

// cloudflareError matches the text of an error of Cloudflare's firewall.
var cloudflareError = regexp.MustCompile(`^error code: 1\d{3}\s*$`)

// findBotSign returns the sign in a response of the token endpoint that the OAuth server did not send it, or "". JSON comes from
// the OAuth server.
func findBotSign(x *RawExchange, body []byte) string {
	document := ""
	if isPage := IsHTML(x.ResponseHeader); isPage || x.Status >= http.StatusBadRequest && mediaType(x.ResponseHeader) == "text/plain" {
		document = strings.ToLower(string(body[:min(len(body), redact.MaxDocument)]))
	}
	for _, sign := range botSigns() {
		value := x.ResponseHeader.Get(sign.header)
		switch {
		case sign.header != "" && value != "" && strings.HasPrefix(value, sign.value):
			return sign.header + ": " + redact.VisiblePath(redact.Truncate(value, maxName))
		case sign.page != "" && strings.Contains(document, sign.page):
			return sign.text
		}
	}
	switch found := botWords.FindString(document); {
	case found != "":
		return strconv.Quote(found)
	case cloudflareError.MatchString(document):
		return "an error of Cloudflare's firewall"
	}
	return ""
}

// errorMembers are the JSON members that contain an error message, in the order of their use.
var errorMembers = regexp.MustCompile(`(?i)^(error_?(message|msg|summary|detail)s?|message|msg|detail|title|reason|description|cause)$`)

// isErrorMember matches the JSON members that report an error.
var isErrorMember = regexp.MustCompile(`(?i)^(errors?|error_?.*|exception|fault)$`)

// isErrorList matches the members of error responses that contain objects with errors, and isFieldName those that name the
// refused parameter.
var (
	isErrorList = regexp.MustCompile(`(?i)^(_?embedded|details?|violations|validation.*)$`)
	isFieldName = regexp.MustCompile(`(?i)^(field|param(eter)?|loc|path|property(_?path)?|source|pointer)$`)
	isParameter = regexp.MustCompile(`(?i)^(redirect_?ur[il]s?|client_?id|scope|response_?type)$`)
)

// findErrorText returns the error message in a JSON object that does not have OAuth's form, for example
// {"message":"…"} or {"error":{"message":"…"}}. It looks only into error responses, so that the texts of other
// responses are not stored.
func (m masker) findErrorText(status int, body []byte) string {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return ""
	}
	var words []string
	for _, name := range selectNames(object) {
		var text string
		isText := json.Unmarshal(object[name], &text) == nil
		switch {
		case isText && status >= http.StatusBadRequest && errorMembers.MatchString(name):
			words = append(words, text)
		case isText && name != "error" && name != "error_description" && name != "error_uri" && isErrorMember.MatchString(name):
			words = append(words, text)
		case !isText && isErrorMember.MatchString(name),
			!isText && status >= http.StatusBadRequest && isErrorList.MatchString(name):
			words = append(words, nestedTexts(object[name], maxErrorDepth)...)
		case status >= http.StatusBadRequest && isParameter.MatchString(name): // {"redirect_uri": ["not registered"]}
			words = append(words, parameterText(name, object[name], maxErrorDepth)...)
		}
	}
	return redact.Truncate(m.MaskText(clipText(strings.Join(words, "; "))), maxName*5)
}

// maxErrorDepth limits the objects in objects that are searched for error messages.
const maxErrorDepth = 4

// nestedTexts returns the error messages in a text, in a nested object, or in the objects or texts of an array.
func nestedTexts(raw json.RawMessage, depth int) (words []string) {
	var text string
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case depth == 0:
	case json.Unmarshal(raw, &text) == nil:
		return []string{text}
	case json.Unmarshal(raw, &object) == nil:
		for _, name := range selectNames(object) {
			isText := len(object[name]) > 0 && object[name][0] == '"'
			if isErrorMember.MatchString(name) || isErrorList.MatchString(name) || isFieldName.MatchString(name) ||
				isText && errorMembers.MatchString(name) {
				words = append(words, nestedTexts(object[name], depth-1)...)
			} else if isParameter.MatchString(name) {
				words = append(words, parameterText(name, object[name], depth-1)...)
			}
		}
	case json.Unmarshal(raw, &list) == nil:
		for _, element := range list[:min(len(list), maxRepeated)] {
			words = append(words, nestedTexts(element, depth-1)...)
		}
	}
	return words
}

// parameterText returns the error messages in the member that has the name of a parameter. A text without a space is not a
// message: some servers repeat the request.
func parameterText(name string, raw json.RawMessage, depth int) []string {
	if text := strings.Join(nestedTexts(raw, depth), " "); strings.Contains(text, " ") {
		return []string{name + ": " + text}
	}
	return nil
}

// reservedCharacters returns the characters of Basic credentials that form decoding changes (RFC 6749, section 2.3.1).
func reservedCharacters(credentials string) string {
	found := slices.DeleteFunc([]string{"+", "%"}, func(c string) bool { return !strings.Contains(credentials, c) })
	return strings.Join(found, " and ")
}

// describeStateChange describes how a state changed between the authorization request and the redirect back, without the
// values. It returns "" if it is unchanged, or if the change is not one of the known ones.
func describeStateChange(sent, got string) string {
	letters := func(n int) string {
		text := strconv.Itoa(n)
		if n >= 1000 {
			text = text[:len(text)-3] + "," + text[len(text)-3:]
		}
		return text
	}
	decoded, err := url.QueryUnescape(sent)
	switch {
	case got == "" || got == sent:
		return ""
	case strings.HasPrefix(sent, got):
		return "its first " + letters(len(got)) + " of " + letters(len(sent)) + " characters"
	case strings.HasSuffix(sent, got):
		return "its last " + letters(len(got)) + " of " + letters(len(sent)) + " characters"
	case strings.HasPrefix(got, sent):
		return "itself with " + letters(len(got)-len(sent)) + " more characters"
	case strings.EqualFold(got, sent) && got == strings.ToLower(got):
		return "itself with its letters in lower case"
	case strings.EqualFold(got, sent):
		return "itself with other upper and lower case"
	case strings.ReplaceAll(sent, "+", " ") == got:
		return "itself with spaces instead of +"
	case err == nil && decoded == got:
		return "itself, percent-decoded"
	case url.QueryEscape(sent) == got:
		return "itself, percent-encoded twice"
	}
	return ""
}

// describeUnencoded returns the character of a code that is not percent-encoded in the redirect back, or "". rawQuery is
// the query of Location as the server sent it.
func describeUnencoded(rawQuery, fragment string) string {
	afterCode := false
	for part := range strings.SplitSeq(rawQuery, "&") {
		name, value, found := strings.Cut(part, "=")
		_, err := url.QueryUnescape(value)
		switch {
		case name == "code" && err != nil:
			return "%"
		case name == "code" && strings.Contains(value, "+"):
			return "+"
		case name == "code":
			afterCode = true
			continue
		case afterCode && !found && part != "":
			return "&"
		}
		afterCode = false
	}
	if strings.Trim(fragment, "_=") != "" && rawParam(rawQuery, "code") != "" { // Facebook appends #_=_
		return "#"
	}
	return ""
}

// rawParam returns the first value of a parameter in a query, without decoding.
func rawParam(rawQuery, name string) string {
	for part := range strings.SplitSeq(rawQuery, "&") {
		if value, ok := strings.CutPrefix(part, name+"="); ok {
			return value
		}
	}
	return ""
}

// basicEscapes returns the characters of the credentials in an Authorization header that form decoding changes, and
// whether form decoding fails.
func basicEscapes(header string) (reserved string, fails bool) {
	_, encoded, _ := strings.Cut(header, " ")
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return "", false
	}
	_, secret, _ := strings.Cut(string(plain), ":")
	_, err = url.QueryUnescape(secret)
	return reservedCharacters(secret), err != nil
}
