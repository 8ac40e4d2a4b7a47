package linkproxy

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
)

// maxKept is how much of a body is kept, and maxPairs of how many fields a form, since masking takes its time.
const (
	maxKept  = 64 << 10
	maxPairs = 4 << 10
)

// What stands in the place of a body.
const (
	noteNone = "is not kept"
	noteText = "is masked text"
)

// keep is an exchange as it is written down: masked, or whole where full recording is on.
func (m *masker) keep(x *exchange, full bool) Exchange {
	m.learn(x) // first: whoever masks afterwards knows the secrets
	kept := Exchange{
		ID: newID(), Leg: x.leg, Carried: x.carried, Full: full, Began: x.began.UTC(), MS: har.Milliseconds(x.took),
		Timing: Timing{har.Milliseconds(x.stages.dns), har.Milliseconds(x.stages.connect), har.Milliseconds(x.stages.tls),
			har.Milliseconds(x.stages.send), har.Milliseconds(x.stages.wait), har.Milliseconds(x.stages.receive)},
		From: hashed(m.kept, x.from), Method: x.method, Proto: x.proto, Status: x.status, Facts: m.facts(x),
	}
	if full {
		kept.Asked, kept.URL = x.asked, x.target.String()
		kept.Request, kept.Answer = whole(x.header, x.body), whole(x.answer, x.content)
	} else {
		kept.Asked, kept.URL = m.prose(x.asked), m.address(x.target.String())
		kept.Request, kept.Answer = m.message(x.header, x.body), m.message(x.answer, x.content)
		if kept.Request.Note == noteText { // in an answer it is an error's; what a browser sends may be a form
			kept.Request.Body, kept.Request.Note = "", noteNone
		}
		if plain, _ := decoded(x.answer, x.content); x.givesTokens(kept.Facts.Form, plain) {
			kept.Answer.Body, kept.Answer.Note = "", noteNone
		}
	}
	if x.err != nil {
		kept.Error = m.prose(x.err.Error())
	}
	return kept
}

// message masks headers and body. Of a body whose form is not understood, its size is kept.
func (m *masker) message(h http.Header, body []byte) Message {
	msg := Message{Header: m.header(h), Size: len(body), Type: m.prose(h.Get("Content-Type"))}
	plain, ok := decoded(h, body)
	switch {
	case len(body) == 0:
	case !ok || len(body) > maxKept:
		msg.Note = noteNone
	default:
		msg.Body, msg.Note = m.body(mediaType(h), plain)
	}
	if len(msg.Body) > maxKept { // masks are longer than what they stand for
		msg.Body, msg.Note = "", noteNone
	}
	return msg
}

// body masks what is JSON or a form, whatever it says it is.
func (m *masker) body(kind string, plain []byte) (body, note string) {
	masked, err := m.json(plain)
	if err == nil {
		return masked, ""
	}
	text := string(plain)
	switch {
	case errors.Is(err, errTooMuch), bytes.Count(plain, []byte("&")) > maxPairs && kind != "text/html":
		return "", noteNone
	case kind == "application/x-www-form-urlencoded", kind != "text/css" && !strings.Contains(kind, "script") && formLike(text):
		return m.pairs(text), ""
	case kind == "text/html", kind == "application/xhtml+xml":
		return m.page(plain), "is an outline of the page"
	case strings.HasPrefix(kind, "text/plain"), kind == "":
		return m.prose(clipText(text)), noteText
	}
	return "", noteNone
}

// formLike reports whether a text is one line of names and values.
func formLike(text string) bool {
	return strings.Contains(text, "=") && !strings.ContainsAny(strings.TrimSpace(text), " \t\r\n<>{}")
}

// page is what is kept of a page: what it said, and what it asked for, without what was in it.
func (m *masker) page(document []byte) string {
	o := m.outline(readPage(document), &exchange{})
	lines := []string{"title: " + o.Title, "text: " + o.Text}
	for _, f := range o.Forms {
		lines = append(lines, "form: "+f)
	}
	return strings.Join(lines, "\n")
}

// whole keeps a message as it passed.
func whole(h http.Header, body []byte) Message {
	msg := Message{Size: len(body), Type: h.Get("Content-Type")}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			msg.Header = append(msg.Header, Field{name, value})
		}
	}
	plain, ok := decoded(h, body)
	switch {
	case len(body) > maxKept:
		msg.Note = noteNone
	case ok && utf8.Valid(plain):
		msg.Body = string(plain)
	default:
		msg.Body, msg.Base64 = base64.StdEncoding.EncodeToString(body), true
	}
	return msg
}
