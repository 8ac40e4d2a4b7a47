package parse

import (
	"encoding/xml"
	"html"
	"strings"

	"lastpost/internal/feed"
)

// textConstruct is how the text of an element is to be read.
type textConstruct int

const (
	asNothing textConstruct = iota
	asWord                  // of the head
	asText
	asHTML   // escaped; what stands there as elements belongs to it
	asMarkup // HTML as elements
)

// textBuilder is a text that is being read, decoded and no longer than it may be.
type textBuilder struct {
	depth     int // of its element; 0: none is being read
	construct textConstruct
	target    *string // where it goes if it is longer than what is there
	buf       []byte
	full      bool // what follows does not count
}

func (p *textBuilder) begin(into *string, depth int, how textConstruct) {
	p.target, p.depth, p.construct, p.buf, p.full = into, depth, how, p.buf[:0], how == asNothing
}

// addText takes in a run of text. cut tells that it is not all of it.
func (p *textBuilder) addText(t []byte, cdata, cut bool) {
	if p.construct == asMarkup && !cdata { // HTML in CDATA that calls itself markup is HTML
		p.appendText(html.EscapeString(string(t)))
	} else {
		p.appendText(string(t))
	}
	p.full = p.full || cut
}

func (p *textBuilder) appendText(s string) {
	if p.full {
		return
	}
	room := feed.MaxContent - len(p.buf)
	if len(s) > room {
		s, p.full = s[:room], true
	}
	p.buf = append(p.buf, s...)
}

// startElement takes in the start tag of an element within.
func (p *textBuilder) startElement(t xml.StartElement, depth int) {
	if !p.includesElement(t.Name, depth) {
		return
	}
	var b strings.Builder
	b.WriteString("<" + t.Name.Local)
	for _, a := range t.Attr {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			b.WriteString(" " + a.Name.Local + `="` + html.EscapeString(a.Value) + `"`)
		}
	}
	p.appendText(b.String() + ">")
}

// endElement takes in an end tag.
func (p *textBuilder) endElement(name xml.Name, depth int) {
	if p.includesElement(name, depth) && !isVoidElement(name.Local) {
		p.appendText("</" + name.Local + ">")
	}
}

// includesElement tells whether an element within the passage belongs to what it says: in a text it does not, and the div
// around Atom's markup does not (RFC 4287, section 3.1.1.3).
func (p *textBuilder) includesElement(name xml.Name, depth int) bool {
	wrapper := p.construct == asMarkup && depth == p.depth+1 && name.Local == "div"
	return depth > p.depth && !wrapper && (p.construct == asHTML || p.construct == asMarkup)
}

// isVoidElement tells the elements that HTML has no end tags for.
func isVoidElement(name string) bool {
	switch strings.ToLower(name) {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr":
		return true
	}
	return false
}

// finish ends the passage, and gives its text away if there is more of it than of what was read before.
func (p *textBuilder) finish() {
	text := string(p.buf)
	if p.full {
		text = feed.TrimPartialMarkup(text)
	}
	if text = strings.TrimSpace(text); p.construct == asText {
		text = textToHTML(text)
	}
	if len(text) > len(*p.target) {
		*p.target = text
	}
	p.depth = 0
}
