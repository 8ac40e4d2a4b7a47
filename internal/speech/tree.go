package speech

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	mostHTML = 512 << 10 // bytes that are read
	mostDeep = 256       // elements within each other; what is deeper counts as this deep
)

// tree gives the elements of a piece of HTML. It is built of the tokenizer's tokens and not by html.Parse, which
// refuses what is nested deeply, and copies every formatting element that was left open into each of the following
// paragraphs: 35 KB of <b> and <p> are 500 MB and a second of its time. What to speech is the same wherever a bold word
// ends needs no copies; so there is one node for each tag, and an element that is closed wrongly is closed roughly.
func tree(source string) *html.Node {
	b := builder{tokens: html.NewTokenizer(strings.NewReader(source[:min(len(source), mostHTML)]))}
	root := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	b.open = append(b.open, root)
	for {
		switch b.tokens.Next() {
		case html.ErrorToken:
			return root
		case html.TextToken:
			b.add(&html.Node{Type: html.TextNode, Data: b.tokens.Token().Data})
		case html.StartTagToken, html.SelfClosingTagToken:
			b.start(b.tokens.Token())
		case html.EndTagToken:
			b.end(b.tokens.Token())
		}
	}
}

type builder struct {
	tokens *html.Tokenizer
	open   []*html.Node // the elements that are open, the root first
	deeper int          // how many are open that were too deep to be kept so
}

func (b *builder) add(n *html.Node) { b.open[len(b.open)-1].AppendChild(n) }

func (b *builder) start(t html.Token) {
	b.imply(t.DataAtom)
	n := &html.Node{Type: html.ElementNode, Data: t.Data, DataAtom: t.DataAtom, Attr: t.Attr}
	b.add(n)
	drawing := t.DataAtom == atom.Svg || t.DataAtom == atom.Math || b.inDrawing()
	if drawing {
		b.tokens.NextIsNotRawText() // its <title> is an element as any other
	}
	closed := t.Type == html.SelfClosingTagToken && (drawing || t.DataAtom == 0) // HTML's own never close themselves
	switch {
	case voids[t.DataAtom], closed:
	case len(b.open) == mostDeep:
		b.deeper++
	default:
		b.open = append(b.open, n)
	}
}

func (b *builder) inDrawing() bool {
	return slices.ContainsFunc(b.open, func(n *html.Node) bool { return n.DataAtom == atom.Svg || n.DataAtom == atom.Math })
}

// imply closes what a start tag closes: HTML lets most authors leave out </p>, </li>, </td> and the like.
func (b *builder) imply(name atom.Atom) {
	switch name {
	case atom.Li:
		b.closeIn(listEdges, atom.Li)
	case atom.Dt, atom.Dd:
		b.closeIn(listEdges, atom.Dt, atom.Dd)
	case atom.Tr:
		b.closeIn(tableEdges, atom.Tr, atom.Caption)
	case atom.Td, atom.Th:
		b.closeIn(tableEdges, atom.Td, atom.Th, atom.Caption)
	case atom.Tbody, atom.Thead, atom.Tfoot:
		b.closeIn(tableEdges, atom.Tbody, atom.Thead, atom.Tfoot, atom.Caption)
	case atom.A:
		b.closeIn(cellEdges, atom.A)
	case atom.Option:
		b.closeIn(cellEdges, atom.Option)
	}
	if blocks[name] && name != atom.Tr && name != atom.Td && name != atom.Th {
		b.closeIn(cellEdges, atom.P)
	}
}

var (
	cellEdges  = setOf(atom.Td, atom.Th, atom.Caption, atom.Table, atom.Object, atom.Template, atom.Button, atom.Svg, atom.Math)
	listEdges  = setOf(slices.AppendSeq([]atom.Atom{atom.Ul, atom.Ol, atom.Dl, atom.Menu, atom.Blockquote}, maps.Keys(cellEdges))...)
	tableEdges = setOf(atom.Table, atom.Template)
)

// closeIn closes the outermost open element of some names within the nearest
// edge. (The outermost, as a row closes a row with its cells.)
func (b *builder) closeIn(edges map[atom.Atom]bool, names ...atom.Atom) {
	at := 0
	for i := len(b.open) - 1; i > 0; i-- {
		switch name := b.open[i].DataAtom; {
		case slices.Contains(names, name):
			at = i
		case edges[name]:
			i = 0
		}
	}
	if at > 0 {
		b.open, b.deeper = b.open[:at], 0
	}
}

// end closes the nearest element of the tag's name, with what is open in it. A cell's content closes nothing outside of
// the cell, and what is written within a line, no block: in <b><p>One</b> two</p> the paragraph goes on.
func (b *builder) end(t html.Token) {
	if b.deeper > 0 {
		b.deeper--
		return
	}
	table := tableParts[t.DataAtom]
	for i := len(b.open) - 1; i > 0; i-- {
		n := b.open[i]
		switch {
		case n.DataAtom == t.DataAtom && n.Data == t.Data:
			b.open = b.open[:i]
			return
		case headings[n.DataAtom] && headings[t.DataAtom]: // <h2>…</h3>, as browsers have it
			b.open = b.open[:i]
			return
		case !table && cellEdges[n.DataAtom], table && tableEdges[n.DataAtom]:
			return
		case !blocks[t.DataAtom] && blocks[n.DataAtom] && formats[t.DataAtom]:
			b.forget(t.DataAtom)
			return
		}
	}
	if t.DataAtom == atom.P || t.DataAtom == atom.Br { // either makes a new line where nothing is to be closed
		b.add(&html.Node{Type: html.ElementNode, Data: "br", DataAtom: atom.Br})
	}
}

// forget closes a formatting element that blocks are open in, and leaves those open.
func (b *builder) forget(name atom.Atom) {
	for i := len(b.open) - 1; i > 0 && !cellEdges[b.open[i].DataAtom]; i-- {
		if b.open[i].DataAtom == name {
			b.open = slices.Delete(b.open, i, i+1)
			return
		}
	}
}
