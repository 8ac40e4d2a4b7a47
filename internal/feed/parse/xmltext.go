package parse

import (
	"encoding/xml"
	"html"
	"strings"

	"lastpost/internal/feed"
)

// construct is how the text of an element is to be read.
type construct int

const (
	asNothing construct = iota
	asWord              // of the head
	asText
	asHTML   // escaped; what stands there as elements belongs to it
	asMarkup // HTML as elements
)

// passage is a text that is being read, decoded and no longer than it may be.
type passage struct {
	depth int // of its element; 0: none is being read
	how   construct
	into  *string // where it goes if it is longer than what is there
	read  []byte
	full  bool // what follows does not count
}

func (p *passage) open(into *string, depth int, how construct) {
	p.into, p.depth, p.how, p.read, p.full = into, depth, how, p.read[:0], how == asNothing
}

// text takes in a run of text. cut tells that it is not all of it.
func (p *passage) text(t []byte, cdata, cut bool) {
	if p.how == asMarkup && !cdata { // HTML in CDATA that calls itself markup is HTML
		p.write(html.EscapeString(string(t)))
	} else {
		p.write(string(t))
	}
	p.full = p.full || cut
}

func (p *passage) write(s string) {
	if p.full {
		return
	}
	room := feed.MaxContent - len(p.read)
	if len(s) > room {
		s, p.full = s[:room], true
	}
	p.read = append(p.read, s...)
}

// start takes in the start tag of an element within.
func (p *passage) start(t xml.StartElement, depth int) {
	if !p.isHTML(t.Name, depth) {
		return
	}
	var b strings.Builder
	b.WriteString("<" + t.Name.Local)
	for _, a := range t.Attr {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			b.WriteString(" " + a.Name.Local + `="` + html.EscapeString(a.Value) + `"`)
		}
	}
	p.write(b.String() + ">")
}

// end takes in an end tag.
func (p *passage) end(name xml.Name, depth int) {
	if p.isHTML(name, depth) && !isVoid(name.Local) {
		p.write("</" + name.Local + ">")
	}
}

// isHTML tells whether an element within the passage belongs to what it says: in a text it does not, and the div
// around Atom's markup does not (RFC 4287, section 3.1.1.3).
func (p *passage) isHTML(name xml.Name, depth int) bool {
	wrapper := p.how == asMarkup && depth == p.depth+1 && name.Local == "div"
	return depth > p.depth && !wrapper && (p.how == asHTML || p.how == asMarkup)
}

// isVoid tells the elements that HTML has no end tags for.
func isVoid(name string) bool {
	switch strings.ToLower(name) {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr":
		return true
	}
	return false
}

// close ends the passage, and gives its text away if there is more of it than of what was read before.
func (p *passage) close() {
	text := string(p.read)
	if p.full {
		text = feed.Unbroken(text)
	}
	if text = strings.TrimSpace(text); p.how == asText {
		text = paragraphs(text)
	}
	if len(text) > len(*p.into) {
		*p.into = text
	}
	p.depth = 0
}
