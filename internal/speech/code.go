package speech

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lastpost/internal/speech/prose"
)

var inlineCode = setOf(atom.Code, atom.Tt, atom.Kbd, atom.Samp)

// isCodeExample reports whether an inline element for code is a whole example: it has several lines, and its line does not
// contain other words.
func isCodeExample(n *html.Node) bool {
	if !inlineCode[n.DataAtom] || nearestAncestor(n, literalElements) != nil {
		return false
	}
	text := strings.TrimSpace(codeLinesOf(n))
	if !strings.Contains(text, "\n") || !hasDescendant(n, isBreak) && !strings.ContainsAny(text, "{}();=<>") {
		return false
	}
	return isSpeakable(text) && !hasWordsBeside(n, func(n *html.Node) *html.Node { return n.PrevSibling }) &&
		!hasWordsBeside(n, func(n *html.Node) *html.Node { return n.NextSibling })
}

// hasWordsBeside reports whether a node's line contains words on one side of the node. It stops at the first words: many
// examples in a paragraph would take quadratic time otherwise.
func hasWordsBeside(n *html.Node, next func(*html.Node) *html.Node) bool {
	for ; n.Parent != nil; n = n.Parent {
		for sibling := next(n); sibling != nil; sibling = next(sibling) {
			if endsLine(sibling) {
				return false
			}
			if isSpeakable(textContent(sibling)) {
				return true
			}
		}
		if blockElements[n.Parent.DataAtom] {
			return false
		}
	}
	return false
}

func isBreak(n *html.Node) bool { return n.DataAtom == atom.Br }

// codeLinesOf returns the text of code. With <br>, the line ends of the source are only white space.
func codeLinesOf(n *html.Node) string {
	if !hasDescendant(n, isBreak) {
		return textContent(n)
	}
	var b strings.Builder
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode:
			b.WriteString(strings.Trim(d.Data, "\r\n"))
		case isBreak(d):
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// codeSign matches signs that occur in code, not in sentences.
var codeSign = regexp.MustCompile(`[{}=<>$]|;\s*$`)

// containsCode reports whether the lines of an element contain signs of code, or several words that a highlighter marked. It
// looks only at the children and their text, because nested elements would take quadratic time.
func containsCode(n *html.Node) bool {
	marked, breaks := 0, 0
	for child := range n.ChildNodes() {
		text := child
		switch {
		case isBreak(child):
			breaks++
		case child.DataAtom == atom.Span:
			marked, text = marked+1, child.FirstChild
		}
		if text != nil && text.Type == html.TextNode && codeSign.MatchString(text.Data) {
			return true
		}
	}
	return marked > 1 && breaks > 0
}

// fencedLines matches an example between the fences of Markdown, as in plain text.
var fencedLines = regexp.MustCompile("(?ms)^[ \\t]*```[\\w+#-]*[ \\t]*\\r?\\n(.*?)\\n[ \\t]*```[ \\t]*$")

// replaceFences replaces the examples between fences in text by elements.
func replaceFences(root *html.Node) {
	for _, n := range readableNodes(root) {
		if n.Type != html.TextNode || !strings.Contains(n.Data, "```") {
			continue
		}
		text, done := n.Data, 0
		for _, at := range fencedLines.FindAllStringSubmatchIndex(text, -1) {
			code := &html.Node{Type: html.ElementNode}
			setContent(code, atom.Pre, text[at[2]:at[3]])
			n.Parent.InsertBefore(&html.Node{Type: html.TextNode, Data: text[done:at[0]]}, n)
			n.Parent.InsertBefore(code, n)
			done = at[1]
		}
		n.Data = text[done:]
	}
}

// fencedCode returns the code of a paragraph that is only an example between fences, or "".
func fencedCode(n *html.Node) string {
	if n.DataAtom != atom.P || n.FirstChild == nil || !strings.HasPrefix(strings.TrimSpace(n.FirstChild.Data), "```") {
		return ""
	}
	text := strings.TrimSpace(codeLinesOf(n))
	code := fencedLines.FindStringSubmatch(text)
	if code == nil || len(code[0]) < len(text) || !strings.ContainsFunc(code[1], prose.IsWord) {
		return ""
	}
	return code[1]
}
