package speech

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	maxHTML  = 512 << 10 // maximum number of bytes to read
	maxDepth = 256       // maximum nesting depth; the children of deeper elements are added at this depth
)

// parseTree parses HTML to a tree. It uses the tokenizer instead of html.Parse, because html.Parse refuses deeply
// nested HTML, and copies each unclosed formatting element to all following paragraphs: 35 KB of <b> and <p> take 500
// MB and one second. Speech does not need these copies, because formatting is not spoken. The tree has one node for
// each start tag. Mismatched end tags are handled approximately.
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
	open    []*html.Node // open elements, the root first
	tooDeep int          // number of open elements beyond maxDepth
}

func (b *treeBuilder) appendNode(n *html.Node) { b.open[len(b.open)-1].AppendChild(n) }

func (b *treeBuilder) startTag(t html.Token) {
	b.closeImplied(t.DataAtom)
	n := &html.Node{Type: html.ElementNode, Data: t.Data, DataAtom: t.DataAtom, Attr: t.Attr}
	b.appendNode(n)
	drawing := t.DataAtom == atom.Svg || t.DataAtom == atom.Math || b.inDrawing()
	if drawing {
		b.tokens.NextIsNotRawText() // <title> in a drawing is a normal element
	}
	closed := t.Type == html.SelfClosingTagToken && (drawing || t.DataAtom == 0) // HTML elements are never self-closing
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

// closeImplied closes the elements that a start tag implicitly closes: </p>, </li>, </td> and others are optional in
// HTML.
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

// closeWithin closes the outermost open element with one of the names, but does not look beyond the nearest element in
// edges. It closes the outermost one, because a new row must close the previous row with its cells.
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

// endTag closes the nearest open element with the tag's name, and all elements in it. An end tag within a table cell
// does not close elements outside of the cell. An inline end tag does not close blocks: in <b><p>One</b> two</p>, the
// paragraph continues.
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
		case headingElements[n.DataAtom] && headingElements[t.DataAtom]: // <h2>…</h3>, as in browsers
			b.open = b.open[:i]
			return
		case !table && cellEdges[n.DataAtom], table && tableEdges[n.DataAtom]:
			return
		case !blockElements[t.DataAtom] && blockElements[n.DataAtom] && formattingElements[t.DataAtom]:
			b.closeFormatting(t.DataAtom)
			return
		}
	}
	if t.DataAtom == atom.P || t.DataAtom == atom.Br { // an unmatched </p> or </br> is a line break
		b.appendNode(&html.Node{Type: html.ElementNode, Data: "br", DataAtom: atom.Br})
	}
}

// closeFormatting closes a formatting element, but not the blocks in it.
func (b *treeBuilder) closeFormatting(name atom.Atom) {
	for i := len(b.open) - 1; i > 0 && !cellEdges[b.open[i].DataAtom]; i-- {
		if b.open[i].DataAtom == name {
			b.open = slices.Delete(b.open, i, i+1)
			return
		}
	}
}
