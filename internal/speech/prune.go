package speech

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// pruneTree removes the parts of a tree that are not the text of the post, and simplifies code and formulas.
func pruneTree(n *html.Node) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		if child.Type == html.ElementNode {
			pruneElement(child)
		}
		child = next
	}
}

func pruneElement(n *html.Node) {
	furniture, treatment := findFurniture(n)
	switch {
	case furniture == nil && isCodeExample(n):
		setContent(n, atom.Pre, codeLinesOf(n))
	case furniture == nil, treatment == asCodeWithSigns && !containsCode(n):
		if code := fencedCode(n); code != "" {
			setContent(n, atom.Pre, code)
			return
		}
		pruneTree(n)
		dropRepeatedAlt(n)
	case treatment == drop:
		if furniture.Parent != nil { // a container may be removed already
			furniture.Parent.RemoveChild(furniture)
		}
	case treatment == asCode, treatment == asCodeWithSigns:
		pruneTree(n)
		setContent(n, atom.Pre, codeText(n))
	case treatment == asFormula:
		setFormula(n)
	case treatment == asEmbed:
		setContent(n, atom.Embed, "")
	}
}

// setContent makes an element another element that contains only text.
func setContent(n *html.Node, name atom.Atom, text string) {
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	n.DataAtom, n.Data, n.Attr, n.Namespace = name, name.String(), nil, ""
	if text != "" {
		n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
	}
}

// setFormula makes an element a formula. A block stays a block.
func setFormula(n *html.Node) {
	source := formulaSource(n)
	if !blockElements[n.DataAtom] {
		setContent(n, atom.Math, source)
		return
	}
	setContent(n, atom.Div, "")
	formula := &html.Node{Type: html.ElementNode}
	setContent(formula, atom.Math, source)
	n.AppendChild(formula)
}

// codeText returns the text of a code example whose lines may be elements.
func codeText(n *html.Node) string {
	var b strings.Builder
	var write func(n *html.Node)
	write = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			return
		}
		for child := range n.ChildNodes() {
			write(child)
		}
		if b.Len() > 0 && (n.DataAtom == atom.Br || codeLines[n.DataAtom] && !strings.HasSuffix(b.String(), "\n")) {
			b.WriteByte('\n')
		}
	}
	write(n)
	return b.String()
}

// codeLines lists the elements that contain a line of code, or several lines.
var codeLines = setOf(atom.Div, atom.Li, atom.P, atom.Tr, atom.Pre)

// dropRepeatedAlt removes the alternative text of a figure's images if the caption has the same text.
func dropRepeatedAlt(figure *html.Node) {
	if figure.DataAtom != atom.Figure {
		return
	}
	var caption string
	for child := range figure.ChildNodes() {
		if child.DataAtom == atom.Figcaption {
			caption, _ = cleanText(textContent(child))
		}
	}
	caption = strings.TrimRight(caption, ".!")
	if caption == "" { // without this check, deeply nested figures would take quadratic time
		return
	}
	for n := range figure.Descendants() {
		if n.DataAtom != atom.Img {
			continue
		}
		if alt, _ := cleanText(attrValue(n, "alt")); strings.EqualFold(strings.TrimRight(alt, ".!"), caption) {
			n.Attr = nil
		}
	}
}
