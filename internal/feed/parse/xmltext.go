package parse

import (
	"cmp"
	"encoding/base64"
	"encoding/xml"
	"html"
	"strings"
	"unicode/utf8"

	"lastpost/internal/feed"
)

// textConstruct is the way to read the text of an element.
type textConstruct int

const (
	asNothing textConstruct = iota
	asWord                  // short plain text, such as a date
	asText
	asTextOrHTML  // text, or HTML if the text looks like HTML
	asLinesOrHTML // the same, and each line of the text stays a line
	asHTML        // escaped HTML; nested elements belong to the text
	asMarkup      // unescaped HTML elements
)

// maxWord limits a short text. It is larger than the limits of its uses, so that a cut text is refused.
const maxWord = 2 * feed.MaxLink

// textBuilder collects the decoded text of an element up to the maximum length.
type textBuilder struct {
	depth     int // depth of the element; 0 outside of an element
	construct textConstruct
	base64    bool   // the text is encoded, as Atom 0.3 allows
	language  string // the xml:lang attribute of the element
	store     func(text, language string)
	buf       []byte
	full      bool // the text has its maximum length, so the rest is dropped
}

// begin starts the text of an element. At its end, store receives the text: HTML, or plain text for asWord.
func (tb *textBuilder) begin(t xml.StartElement, depth int, construct textConstruct, store func(text, language string)) {
	*tb = textBuilder{
		depth: depth, construct: construct, base64: isBase64(t), language: xmlAttr(t, "lang"), store: store,
		buf: tb.buf[:0], full: construct == asNothing,
	}
}

// isBase64 reports whether the text of an element is encoded with base64.
func isBase64(t xml.StartElement) bool { return trimLower(plainAttr(t, "mode")) == "base64" }

// addText appends character data. cut is set if the data is truncated.
func (tb *textBuilder) addText(t []byte, cdata, cut bool) {
	if tb.construct == asMarkup && !cdata { // CDATA in such an element is HTML, not text
		tb.appendText(html.EscapeString(string(t)))
	} else {
		tb.appendText(string(t))
	}
	tb.full = tb.full || cut
}

func (tb *textBuilder) appendText(s string) {
	if tb.full {
		return
	}
	room := feed.MaxContent - len(tb.buf)
	if tb.construct == asWord {
		room = maxWord - len(tb.buf)
	}
	if len(s) > room {
		s, tb.full = s[:room], true
	}
	tb.buf = append(tb.buf, s...)
}

// startElement appends the start tag of a nested element.
func (tb *textBuilder) startElement(t xml.StartElement, depth int) {
	if tb.construct == asTextOrHTML {
		tb.construct = asHTML
	}
	if tb.isWrapper(t.Name, depth) {
		tb.language = cmp.Or(xmlAttr(t, "lang"), plainAttr(t, "lang"), tb.language)
	}
	if !tb.includesElement(t.Name, depth) {
		return
	}
	var b strings.Builder
	b.WriteString("<" + t.Name.Local)
	for _, a := range t.Attr {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			b.WriteString(" " + a.Name.Local + `="` + html.EscapeString(a.Value) + `"`)
		}
	}
	tb.appendText(b.String() + ">")
}

// endElement appends the end tag of a nested element.
func (tb *textBuilder) endElement(name xml.Name, depth int) {
	if tb.includesElement(name, depth) && !isVoidElement(name.Local) {
		tb.appendText("</" + name.Local + ">")
	}
}

// includesElement reports whether the tags of a nested element belong to the text. It returns false for elements in
// plain text, and for the wrapper.
func (tb *textBuilder) includesElement(name xml.Name, depth int) bool {
	return depth > tb.depth && !tb.isWrapper(name, depth) && (tb.construct == asHTML || tb.construct == asMarkup)
}

// isWrapper reports whether an element is the div around Atom's markup (RFC 4287, section 3.1.1.3).
func (tb *textBuilder) isWrapper(name xml.Name, depth int) bool {
	return tb.construct == asMarkup && depth == tb.depth+1 && name.Local == "div"
}

// isVoidElement reports whether an HTML element never has an end tag.
func isVoidElement(name string) bool {
	switch strings.ToLower(name) {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr":
		return true
	}
	return false
}

// finish ends the text and stores it.
func (tb *textBuilder) finish() {
	text := string(tb.buf)
	if tb.full {
		text = feed.TrimPartialMarkup(text)
	}
	if text = strings.TrimSpace(text); tb.base64 {
		text = decodeBase64(text)
	}
	switch {
	case tb.construct == asText, tb.construct == asTextOrHTML && !looksLikeHTML(text):
		text = textToHTML(text, softBreak)
	case tb.construct == asLinesOrHTML && !looksLikeHTML(text):
		text = textToHTML(text, hardBreak)
	}
	tb.depth = 0
	tb.store(text, tb.language)
}

// decodeBase64 returns the decoded text, or the text itself if it is not encoded.
func decodeBase64(text string) string {
	decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || !utf8.Valid(decoded) {
		return text
	}
	return string(decoded)
}
