package speech

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	maxHTML  = 512 << 10 // bytes that are read
	maxDepth = 256       // elements within each other; what is deeper counts as this deep
)

// parseTree gives the elements of a piece of HTML. It is built of the tokenizer's tokens and not by html.Parse, which
// refuses what is nested deeply, and copies every formatting element that was left open into each of the following
// paragraphs: 35 KB of <b> and <p> are 500 MB and a second of its time. What to speech is the same wherever a bold word
// ends needs no copies; so there is one node for each tag, and an element that is closed wrongly is closed roughly.
func parseTree(source string) *html.Node {
	b := treeBuilder{tokens: html.NewTokenizer(strings.NewReader(source[:min(len(source), maxHTML)]))}
	root := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	b.open = append(b.open, root)
	for {
		switch b.tokens.Next() {
		case html.ErrorToken:
			return root
		case html.TextToken:
			b.appendNode(&html.Node{Type: html.TextNode, Data: b.tokens.Token().Data})
		case html.StartTagToken, html.SelfClosingTagToken:
			b.startTag(b.tokens.Token())
		case html.EndTagToken:
			b.endTag(b.tokens.Token())
		}
	}
}

type treeBuilder struct {
	tokens  *html.Tokenizer
	open    []*html.Node // the elements that are open, the root first
	tooDeep int          // how many are open that were too deep to be kept so
}

func (b *treeBuilder) appendNode(n *html.Node) { b.open[len(b.open)-1].AppendChild(n) }

func (b *treeBuilder) startTag(t html.Token) {
	b.closeImplied(t.DataAtom)
	n := &html.Node{Type: html.ElementNode, Data: t.Data, DataAtom: t.DataAtom, Attr: t.Attr}
	b.appendNode(n)
	drawing := t.DataAtom == atom.Svg || t.DataAtom == atom.Math || b.inDrawing()
	if drawing {
		b.tokens.NextIsNotRawText() // its <title> is an element as any other
	}
	closed := t.Type == html.SelfClosingTagToken && (drawing || t.DataAtom == 0) // HTML's own never close themselves
	switch {
	case voidElements[t.DataAtom], closed:
	case len(b.open) == maxDepth:
		b.tooDeep++
	default:
		b.open = append(b.open, n)
	}
}

func (b *treeBuilder) inDrawing() bool {
	return slices.ContainsFunc(b.open, func(n *html.Node) bool { return n.DataAtom == atom.Svg || n.DataAtom == atom.Math })
}

// closeImplied closes what a start tag closes: HTML lets most authors leave out </p>, </li>, </td> and the like.
func (b *treeBuilder) closeImplied(name atom.Atom) {
	switch name {
	case atom.Li:
		b.closeWithin(listEdges, atom.Li)
	case atom.Dt, atom.Dd:
		b.closeWithin(listEdges, atom.Dt, atom.Dd)
	case atom.Tr:
		b.closeWithin(tableEdges, atom.Tr, atom.Caption)
	case atom.Td, atom.Th:
		b.closeWithin(tableEdges, atom.Td, atom.Th, atom.Caption)
	case atom.Tbody, atom.Thead, atom.Tfoot:
		b.closeWithin(tableEdges, atom.Tbody, atom.Thead, atom.Tfoot, atom.Caption)
	case atom.A:
		b.closeWithin(cellEdges, atom.A)
	case atom.Option:
		b.closeWithin(cellEdges, atom.Option)
	}
	if blockElements[name] && name != atom.Tr && name != atom.Td && name != atom.Th {
		b.closeWithin(cellEdges, atom.P)
	}
}

var (
	cellEdges  = setOf(atom.Td, atom.Th, atom.Caption, atom.Table, atom.Object, atom.Template, atom.Button, atom.Svg, atom.Math)
	listEdges  = setOf(slices.AppendSeq([]atom.Atom{atom.Ul, atom.Ol, atom.Dl, atom.Menu, atom.Blockquote}, maps.Keys(cellEdges))...)
	tableEdges = setOf(atom.Table, atom.Template)
)

// closeWithin closes the outermost open element of some names within the nearest
// edge. (The outermost, as a row closes a row with its cells.)
func (b *treeBuilder) closeWithin(edges map[atom.Atom]bool, names ...atom.Atom) {
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
		b.open, b.tooDeep = b.open[:at], 0
	}
}

// endTag closes the nearest element of the tag's name, with what is open in it. A cell's content closes nothing outside of
// the cell, and what is written within a line, no block: in <b><p>One</b> two</p> the paragraph goes on.
func (b *treeBuilder) endTag(t html.Token) {
	if b.tooDeep > 0 {
		b.tooDeep--
		return
	}
	table := tableElements[t.DataAtom]
	for i := len(b.open) - 1; i > 0; i-- {
		n := b.open[i]
		switch {
		case n.DataAtom == t.DataAtom && n.Data == t.Data:
			b.open = b.open[:i]
			return
		case headingElements[n.DataAtom] && headingElements[t.DataAtom]: // <h2>…</h3>, as browsers have it
			b.open = b.open[:i]
			return
		case !table && cellEdges[n.DataAtom], table && tableEdges[n.DataAtom]:
			return
		case !blockElements[t.DataAtom] && blockElements[n.DataAtom] && formattingElements[t.DataAtom]:
			b.closeFormatting(t.DataAtom)
			return
		}
	}
	if t.DataAtom == atom.P || t.DataAtom == atom.Br { // either makes a new line where nothing is to be closed
		b.appendNode(&html.Node{Type: html.ElementNode, Data: "br", DataAtom: atom.Br})
	}
}

// closeFormatting closes a formatting element that blocks are open in, and leaves those open.
func (b *treeBuilder) closeFormatting(name atom.Atom) {
	for i := len(b.open) - 1; i > 0 && !cellEdges[b.open[i].DataAtom]; i-- {
		if b.open[i].DataAtom == name {
			b.open = slices.Delete(b.open, i, i+1)
			return
		}
	}
}
