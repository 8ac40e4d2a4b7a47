package parse

import (
	"encoding/xml"
	"html"
	"strings"

	"lastpost/internal/feed"
)

// textConstruct is the way to read the text of an element.
type textConstruct int

const (
	asNothing textConstruct = iota
	asWord                  // short plain text in the head
	asText
	asHTML   // escaped HTML; nested elements belong to the text
	asMarkup // unescaped HTML elements
)

// textBuilder collects the decoded text of an element up to the maximum length.
type textBuilder struct {
	depth     int // depth of the element; 0 outside of an element
	construct textConstruct
	target    *string // set if the text is longer than the current value
	buf       []byte
	full      bool // the text has its maximum length, so the rest is dropped
}

func (tb *textBuilder) begin(target *string, depth int, construct textConstruct) {
	tb.target, tb.depth, tb.construct, tb.buf, tb.full = target, depth, construct, tb.buf[:0], construct == asNothing
}

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
	if len(s) > room {
		s, tb.full = s[:room], true
	}
	tb.buf = append(tb.buf, s...)
}

// startElement appends the start tag of a nested element.
func (tb *textBuilder) startElement(t xml.StartElement, depth int) {
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
// plain text, and for the div around Atom's markup (RFC 4287, section 3.1.1.3).
func (tb *textBuilder) includesElement(name xml.Name, depth int) bool {
	wrapper := tb.construct == asMarkup && depth == tb.depth+1 && name.Local == "div"
	return depth > tb.depth && !wrapper && (tb.construct == asHTML || tb.construct == asMarkup)
}

// isVoidElement reports whether an HTML element never has an end tag.
func isVoidElement(name string) bool {
	switch strings.ToLower(name) {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr":
		return true
	}
	return false
}

// finish ends the text and stores it in target if it is longer than the current value.
func (tb *textBuilder) finish() {
	text := string(tb.buf)
	if tb.full {
		text = feed.TrimPartialMarkup(text)
	}
	if text = strings.TrimSpace(text); tb.construct == asText {
		text = textToHTML(text)
	}
	if len(text) > len(*tb.target) {
		*tb.target = text
	}
	tb.depth = 0
}
