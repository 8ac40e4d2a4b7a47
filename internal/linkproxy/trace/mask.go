package trace

import (
	"bytes"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"lastpost/internal/har"
	"lastpost/internal/redact"
)

// maxPairs is the maximum number of fields in a stored form. A form with more fields is not stored, because masking it
// would take too long.
const maxPairs = 4 << 10

// Values of Message.Note. They describe a stored body that is not the original.
const (
	noteNotRecorded = "is not recorded"
	noteMaskedText  = "is masked text"
)

// redactExchange returns an exchange for storage. Secrets are masked unless full is set.
func (m masker) redactExchange(x *RawExchange, full bool) Exchange {
	m.collectSecrets(x) // first, so that the later masking finds the secrets
	stored := Exchange{
		ID: NewID(), Leg: x.Leg, Handling: x.Handling, Full: full, Began: x.Began.UTC(), DurationMS: har.Milliseconds(x.Duration),
		Timing: x.Timing, ClientHash: m.HashValue(x.Client), Method: x.Method, Proto: x.Proto, Status: x.Status, Facts: m.extractFacts(x),
	}
	if full {
		stored.LocalPath, stored.URL = x.LocalPath, x.Target.String()
		stored.Request, stored.Response = unmaskedMessage(x.RequestHeader, x.RequestBody), unmaskedMessage(x.ResponseHeader, x.ResponseBody)
	} else {
		stored.LocalPath, stored.URL = m.MaskText(x.LocalPath), m.MaskURL(x.Target.String())
		stored.Request, stored.Response = m.maskMessage(x.RequestHeader, x.RequestBody), m.maskMessage(x.ResponseHeader, x.ResponseBody)
		if stored.Request.Note == noteMaskedText { // a text from a browser may be a form, where masking misses secrets
			stored.Request.Body, stored.Request.Note = "", noteNotRecorded
		}
		if plain, _ := DecodeBody(x.ResponseHeader, x.ResponseBody); x.hasUnparsedToken(stored.Facts.BodyKind, plain) {
			stored.Response.Body, stored.Response.Note = "", noteNotRecorded
		}
	}
	if x.Err != nil {
		stored.Error = m.MaskText(x.Err.Error())
	}
	return stored
}

// maskMessage returns a message with a masked header and body. If it cannot mask the body, the message has only its size.
func (m masker) maskMessage(h http.Header, body []byte) HTTPMessage {
	msg := HTTPMessage{Header: m.maskHeader(h), Size: len(body), Type: m.MaskText(h.Get("Content-Type"))}
	plain, ok := DecodeBody(h, body)
	switch {
	case len(body) == 0:
	case !ok || len(body) > redact.MaxDocument:
		msg.Note = noteNotRecorded
	default:
		msg.Body, msg.Note = m.maskBody(mediaType(h), plain)
	}
	if len(msg.Body) > redact.MaxDocument { // masks may be longer than the original values
		msg.Body, msg.Note = "", noteNotRecorded
	}
	return msg
}

// maskBody returns a body with its secrets masked, and a note if the result is not the whole body. It recognizes JSON and
// forms by their content, because servers may send a wrong media type. kind is the media type.
func (m masker) maskBody(kind string, plain []byte) (body, note string) {
	masked, err := m.MaskJSON(plain)
	if err == nil {
		return masked, ""
	}
	text := string(plain)
	switch {
	case errors.Is(err, redact.ErrTooManyValues), bytes.Count(plain, []byte("&")) > maxPairs && kind != "text/html":
		return "", noteNotRecorded
	case kind == "application/x-www-form-urlencoded", kind != "text/css" && !strings.Contains(kind, "script") && looksLikeForm(text):
		return m.MaskForm(text), ""
	case kind == "text/html", kind == "application/xhtml+xml":
		return m.summarizePage(plain), "is an outline of the page"
	case strings.HasPrefix(kind, "text/plain"), kind == "":
		return m.MaskText(clipText(text)), noteMaskedText
	}
	return "", noteNotRecorded
}

// looksLikeForm reports whether a text looks like a URL-encoded form: one line with = and without spaces or brackets.
func looksLikeForm(text string) bool {
	return strings.Contains(text, "=") && !strings.ContainsAny(strings.TrimSpace(text), " \t\r\n<>{}")
}

// summarizePage returns a page's title, text and forms, without the values of fields.
func (m masker) summarizePage(document []byte) string {
	o := m.outlinePage(ParsePage(document), &RawExchange{})
	lines := []string{"title: " + o.Title, "text: " + o.Text}
	for _, f := range o.Forms {
		lines = append(lines, "form: "+f)
	}
	return strings.Join(lines, "\n")
}

// unmaskedMessage stores a message in clear text.
func unmaskedMessage(h http.Header, body []byte) HTTPMessage {
	msg := HTTPMessage{Header: headerFields(h, func(_, value string) string { return value }), Size: len(body), Type: h.Get("Content-Type")}
	plain, ok := DecodeBody(h, body)
	switch {
	case len(body) > redact.MaxDocument:
		msg.Note = noteNotRecorded
	case ok && utf8.Valid(plain):
		msg.Body = string(plain)
	default:
		msg.Body, msg.Base64 = base64.StdEncoding.EncodeToString(body), true
	}
	return msg
}

// maskHeader masks the values of a header.
func (m masker) maskHeader(h http.Header) []Field { return headerFields(h, m.MaskHeaderValue) }

// headerFields returns the lines of a header, sorted by name. write returns the value to store for each line.
func headerFields(h http.Header, write func(name, value string) string) (lines []Field) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			lines = append(lines, Field{Name: name, Value: write(name, value)})
		}
	}
	return lines
}
