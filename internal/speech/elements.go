package speech

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// setOf returns a set of elements or words.
func setOf[T comparable](members ...T) map[T]bool {
	set := make(map[T]bool, len(members))
	for _, member := range members {
		set[member] = true
	}
	return set
}

// wordSet returns the words of a text as a set.
func wordSet(text string) map[string]bool { return setOf(strings.Fields(text)...) }

var voidElements = setOf(atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta,
	atom.Param, atom.Source, atom.Track, atom.Wbr)

// blockElements lists the elements that start a new line.
var blockElements = setOf(atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption,
	atom.Center, atom.Dd, atom.Details, atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption,
	atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup,
	atom.Hr, atom.Li, atom.Listing, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.P, atom.Pre, atom.Search, atom.Section,
	atom.Summary, atom.Table, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul, atom.Xmp)

var headingElements = setOf(atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6)

// formattingElements lists the inline elements for text styles. In HTML, an end tag of these elements also ends the
// formatting of other open blocks.
var formattingElements = setOf(atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small, atom.Span,
	atom.Strike, atom.Strong, atom.Tt, atom.U)

var tableElements = setOf(atom.Table, atom.Caption, atom.Thead, atom.Tbody, atom.Tfoot, atom.Tr, atom.Td, atom.Th)

func attrValue(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// hasClass reports whether an element has one of the classes.
func hasClass(n *html.Node, classes ...string) bool {
	for class := range strings.FieldsSeq(attrValue(n, "class")) {
		if slices.Contains(classes, class) {
			return true
		}
	}
	return false
}

// hasDescendant reports whether a node has a descendant for which is returns true.
func hasDescendant(n *html.Node, is func(*html.Node) bool) bool {
	for d := range n.Descendants() {
		if is(d) {
			return true
		}
	}
	return false
}

// nearestAncestor returns the nearest ancestor whose element is in kinds, or nil.
func nearestAncestor(n *html.Node, kinds map[atom.Atom]bool) *html.Node {
	for n = range n.Ancestors() {
		if kinds[n.DataAtom] {
			return n
		}
	}
	return nil
}

// textContent returns the text of a node, unchanged, with "\n" for a <br>.
func textContent(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode:
			b.WriteString(d.Data)
		case d.DataAtom == atom.Br:
			b.WriteByte('\n')
		}
	}
	return b.String()
}
