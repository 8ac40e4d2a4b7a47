package feed

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// PlainText returns the text of the content for the full-text index: one line, with the descriptions of images,
// without invisible elements such as scripts.
func (e Entry) PlainText() string {
	z := html.NewTokenizer(strings.NewReader(e.Content))
	z.SetMaxBuf(MaxContent + 1)
	var w textCollector
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return OneLine(w.text.String())
		case html.TextToken:
			w.addText(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			w.openTag(z, kind == html.SelfClosingTagToken)
		case html.EndTagToken:
			name, _ := z.TagName()
			w.closeTag(atom.Lookup(name))
		}
	}
}

// textCollector collects text from HTML tokens. It does not build a tree, because hostile content could nest elements
// very deeply.
type textCollector struct {
	text   strings.Builder
	hidden atom.Atom // the open invisible element; 0: none
	depth  int       // number of open elements with the name hidden
}

func (w *textCollector) addText(text string) {
	if w.hidden == 0 {
		w.text.WriteString(text)
	}
}

func (w *textCollector) openTag(z *html.Tokenizer, closed bool) {
	tag, more := z.TagName()
	name := atom.Lookup(tag)
	switch {
	case w.hidden != 0:
		if name == w.hidden {
			w.depth++
		}
		return
	case isHiddenElement(name) && (!closed || name != atom.Svg): // in HTML, <script/> does not close itself
		w.hidden, w.depth = name, 1
	case name == atom.Img && more:
		attributes := tagAttributes(z)
		w.text.WriteString(" " + ImageText(func(name string) string { return attributes[name] }))
	}
	w.separateWords(name)
}

func (w *textCollector) closeTag(name atom.Atom) {
	if w.hidden != 0 {
		if name == w.hidden {
			w.depth--
		}
		if w.depth == 0 {
			w.hidden = 0
		}
	}
	w.separateWords(name)
}

// separateWords adds a space to the text, unless the element can occur within a word.
func (w *textCollector) separateWords(name atom.Atom) {
	if !isInlineElement(name) {
		w.text.WriteByte(' ')
	}
}

// tagAttributes returns the attributes of the current tag by name.
func tagAttributes(z *html.Tokenizer) map[string]string {
	attributes := map[string]string{}
	for more := true; more; {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, again := attributes[string(key)]; !again {
			attributes[string(key)] = string(value)
		}
	}
	return attributes
}

func isHiddenElement(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Iframe, atom.Svg:
		return true
	}
	return false
}

// isInlineElement reports whether an element can occur within a word. It returns false for a superscript, which usually
// marks a footnote.
func isInlineElement(a atom.Atom) bool {
	switch a {
	case atom.A, atom.Abbr, atom.Acronym, atom.B, atom.Bdi, atom.Bdo, atom.Big, atom.Cite, atom.Code, atom.Data, atom.Del,
		atom.Dfn, atom.Em, atom.Font, atom.I, atom.Ins, atom.Kbd, atom.Label, atom.Mark, atom.Nobr, atom.Q, atom.S,
		atom.Samp, atom.Small, atom.Span, atom.Strike, atom.Strong, atom.Sub, atom.Time, atom.Tt, atom.U, atom.Var, atom.Wbr:
		return true
	}
	return false
}
