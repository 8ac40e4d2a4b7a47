package decode

import (
	"bufio"
	"bytes"
	"slices"

	"golang.org/x/net/html"
)

// SkipPreamble skips what a program has written before a document by mistake, such as text, blank lines or a PHP
// warning in HTML. isRoot reports whether an element is the root of a document; its name is in lower case.
// SkipPreamble does not skip anything if the document does not start within SniffSize bytes, or is an example within a
// web page.
func SkipPreamble(src *bufio.Reader, isRoot func(name string) bool) {
	prefix, _ := src.Peek(SniffSize)
	p := preambleReader{isRoot: isRoot, start: -1}
	z := html.NewTokenizer(bytes.NewReader(prefix))
	for offset := 0; z.Next() != html.ErrorToken; {
		length := len(z.Raw())
		if found, ended := p.addToken(z.Token(), z.Raw(), offset); found {
			_, _ = src.Discard(p.start)
			return
		} else if ended {
			return
		}
		offset += length
	}
}

// preambleReader searches for the start of a document.
type preambleReader struct {
	isRoot func(name string) bool
	start  int // where the declaration or the doctype of the document starts; negative if there is none
	open   int // number of open HTML elements
}

// addToken reads the next token, which starts at offset. found is set at the root of the document, and ended is set at
// an element that is not in a preamble.
func (p *preambleReader) addToken(t html.Token, raw []byte, offset int) (found, ended bool) {
	switch t.Type {
	case html.TextToken:
		return p.addText(raw, offset)
	case html.CommentToken, html.DoctypeToken:
		if p.start < 0 && p.open == 0 {
			p.start = offset
		}
		return false, t.Type == html.DoctypeToken && t.Data == "html"
	case html.EndTagToken:
		p.open -= oneIf(!endsImplicitly(t.Data))
		return false, false
	}
	if p.isRoot(t.Data) && p.open == 0 {
		if p.start < 0 {
			p.start = offset
		}
		return true, false
	}
	p.start = -1
	p.open += oneIf(t.Type == html.StartTagToken && !endsImplicitly(t.Data))
	return false, !slices.Contains([]string{
		"a", "b", "br", "center", "code", "div", "em", "font", "hr", "i", "img", "link", "meta", "p", "pre", "script", "small", "span",
		"strong", "style", "table", "tbody", "td", "th", "tr", "u",
	}, t.Data)
}

// addText reads text. A JSON Feed in it starts with its version.
func (p *preambleReader) addText(raw []byte, offset int) (found, ended bool) {
	if len(bytes.TrimSpace(raw)) > 0 {
		p.start = -1
	}
	brace := bytes.IndexByte(raw, '{')
	if brace < 0 || p.open > 0 || !bytes.Contains(raw[brace:min(brace+64, len(raw))], []byte("jsonfeed.org")) {
		return false, offset == 0 && bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{"))
	}
	p.start = offset + brace
	return true, false
}

// endsImplicitly reports whether an HTML element of a preamble does not need an end tag.
func endsImplicitly(name string) bool {
	return slices.Contains([]string{"br", "hr", "img", "link", "meta", "p", "tbody", "td", "th", "tr"}, name)
}
