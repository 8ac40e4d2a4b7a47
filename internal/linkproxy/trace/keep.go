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

// maxPairs is of how many fields a form is kept, since masking takes its time.
const maxPairs = 4 << 10

// What stands in the place of a body.
const (
	noteNone = "is not kept"
	noteText = "is masked text"
)

// keep is an exchange as it is written down: masked, or whole where full recording is on.
func (m masker) keep(x *Passed, full bool) Exchange {
	m.learn(x) // first: whoever masks afterwards knows the secrets
	kept := Exchange{
		ID: NewID(), Leg: x.Leg, Carried: x.Carried, Full: full, Began: x.Began.UTC(), MS: har.Milliseconds(x.Took),
		Timing: x.Timing, From: m.Hash(x.From), Method: x.Method, Proto: x.Proto, Status: x.Status, Facts: m.facts(x),
	}
	if full {
		kept.Asked, kept.URL = x.Asked, x.Target.String()
		kept.Request, kept.Answer = whole(x.Header, x.Body), whole(x.Answer, x.Content)
	} else {
		kept.Asked, kept.URL = m.Prose(x.Asked), m.URL(x.Target.String())
		kept.Request, kept.Answer = m.message(x.Header, x.Body), m.message(x.Answer, x.Content)
		if kept.Request.Note == noteText { // in an answer it is an error's; what a browser sends may be a form
			kept.Request.Body, kept.Request.Note = "", noteNone
		}
		if plain, _ := Decoded(x.Answer, x.Content); x.givesTokens(kept.Facts.Form, plain) {
			kept.Answer.Body, kept.Answer.Note = "", noteNone
		}
	}
	if x.Err != nil {
		kept.Error = m.Prose(x.Err.Error())
	}
	return kept
}

// message masks headers and body. Of a body whose form is not understood, its size is kept.
func (m masker) message(h http.Header, body []byte) Message {
	msg := Message{Header: m.header(h), Size: len(body), Type: m.Prose(h.Get("Content-Type"))}
	plain, ok := Decoded(h, body)
	switch {
	case len(body) == 0:
	case !ok || len(body) > redact.MaxDocument:
		msg.Note = noteNone
	default:
		msg.Body, msg.Note = m.body(mediaType(h), plain)
	}
	if len(msg.Body) > redact.MaxDocument { // masks are longer than what they stand for
		msg.Body, msg.Note = "", noteNone
	}
	return msg
}

// body masks what is JSON or a form, whatever it says it is.
func (m masker) body(kind string, plain []byte) (body, note string) {
	masked, err := m.JSON(plain)
	if err == nil {
		return masked, ""
	}
	text := string(plain)
	switch {
	case errors.Is(err, redact.ErrTooMuch), bytes.Count(plain, []byte("&")) > maxPairs && kind != "text/html":
		return "", noteNone
	case kind == "application/x-www-form-urlencoded", kind != "text/css" && !strings.Contains(kind, "script") && formLike(text):
		return m.Form(text), ""
	case kind == "text/html", kind == "application/xhtml+xml":
		return m.page(plain), "is an outline of the page"
	case strings.HasPrefix(kind, "text/plain"), kind == "":
		return m.Prose(clipText(text)), noteText
	}
	return "", noteNone
}

// formLike reports whether a text is one line of names and values.
func formLike(text string) bool {
	return strings.Contains(text, "=") && !strings.ContainsAny(strings.TrimSpace(text), " \t\r\n<>{}")
}

// page is what is kept of a page: what it said, and what it asked for, without what was in it.
func (m masker) page(document []byte) string {
	o := m.outline(ReadPage(document), &Passed{})
	lines := []string{"title: " + o.Title, "text: " + o.Text}
	for _, f := range o.Forms {
		lines = append(lines, "form: "+f)
	}
	return strings.Join(lines, "\n")
}

// whole keeps a message as it passed.
func whole(h http.Header, body []byte) Message {
	msg := Message{Header: fields(h, func(_, value string) string { return value }), Size: len(body), Type: h.Get("Content-Type")}
	plain, ok := Decoded(h, body)
	switch {
	case len(body) > redact.MaxDocument:
		msg.Note = noteNone
	case ok && utf8.Valid(plain):
		msg.Body = string(plain)
	default:
		msg.Body, msg.Base64 = base64.StdEncoding.EncodeToString(body), true
	}
	return msg
}

// header masks the values of headers.
func (m masker) header(h http.Header) []Field { return fields(h, m.HeaderValue) }

// fields are the lines of a header, by their names, as write changes their values.
func fields(h http.Header, write func(name, value string) string) (lines []Field) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			lines = append(lines, Field{Name: name, Value: write(name, value)})
		}
	}
	return lines
}
