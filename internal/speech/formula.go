package speech

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lastpost/internal/speech/prose"
)

// formulaMarks lists the marks around a formula in text, as MathJax and WordPress read them.
var formulaMarks = [][2]string{{"$$", "$$"}, {`\[`, `\]`}, {`\(`, `\)`}, {`\begin{`, `\end{`}, {"$latex ", "$"}, {"$", "$"}}

// maxFormula limits the length of a formula in text, in bytes, and so the time to search for its end.
const maxFormula = 4000

// replaceFormulas replaces the formulas in text nodes by elements. Formulas in code stay.
func replaceFormulas(root *html.Node) {
	for _, n := range readableNodes(root) {
		if n.Type == html.ElementNode && !literalElements[n.DataAtom] {
			joinFormulaLines(n)
		}
	}
	joinFormulaLines(root)
	for _, n := range readableNodes(root) {
		if n.Type == html.TextNode && strings.ContainsAny(n.Data, `$\`) {
			splitFormulas(n)
		}
	}
}

// blockMarks lists the marks of formulas that can have several lines.
var blockMarks = [][2]string{formulaMarks[0], formulaMarks[1], formulaMarks[3]}

// joinFormulaLines joins the text nodes of a formula whose lines are separated by <br>.
func joinFormulaLines(parent *html.Node) {
	for _, ends := range blockMarks {
		for n := parent.FirstChild; n != nil; n = n.NextSibling {
			if n.Type != html.TextNode || !isOpen(n.Data, ends) {
				continue
			}
			last := n.NextSibling
			for last != nil && (last.DataAtom == atom.Br || last.Type == html.TextNode && !strings.Contains(last.Data, ends[1])) {
				last = last.NextSibling
			}
			if last == nil || last.Type != html.TextNode {
				break // without this, many openings would take quadratic time
			}
			joined := []string{n.Data}
			for done := false; !done; {
				next := n.NextSibling
				done = next == last
				joined = append(joined, textContent(next))
				parent.RemoveChild(next)
			}
			n.Data = strings.Join(joined, " ")
		}
	}
}

// isOpen reports whether a text contains an opening delimiter without its closing delimiter.
func isOpen(text string, ends [2]string) bool {
	if ends[0] == ends[1] {
		return strings.Count(text, ends[0])%2 == 1
	}
	return strings.LastIndex(text, ends[0]) > strings.LastIndex(text, ends[1])
}

// splitFormulas splits a text node at its formulas.
func splitFormulas(n *html.Node) {
	text, done := n.Data, 0
	for at := 0; at < len(text); at++ {
		if text[at] != '$' && text[at] != '\\' {
			continue
		}
		source, length := formulaAt(text, at)
		if length == 0 {
			continue
		}
		formula := &html.Node{Type: html.ElementNode}
		setContent(formula, atom.Math, source)
		n.Parent.InsertBefore(&html.Node{Type: html.TextNode, Data: text[done:at]}, n)
		n.Parent.InsertBefore(formula, n)
		done = at + length
		at = done - 1
	}
	n.Data = text[done:]
}

// formulaAt returns the formula that begins at a position of a text, and its length with its marks. Without a formula,
// the length is 0.
func formulaAt(text string, at int) (source string, length int) {
	window := text[at:min(len(text), at+maxFormula)]
	for _, mark := range formulaMarks {
		rest, ok := strings.CutPrefix(window, mark[0])
		if !ok {
			continue
		}
		source, after, ok := strings.Cut(rest, mark[1])
		if !ok {
			return "", 0
		}
		if mark[1] == `\end{` {
			_, after, _ = strings.Cut(after, "}")
		}
		length := len(window) - len(after)
		if mark[1] == "$$" && !hasFormulaSign(source) || mark[0] == "$" && !isFormula(source, text[:at], text[at+length:]) {
			return "", 0
		}
		return source, length
	}
	return "", 0
}

// isFormula reports whether a text between two dollar signs is a formula, not the text between two prices or two names
// of variables, as in "$5 or $10". before and after are the texts around the dollar signs.
func isFormula(source, before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(after)
	return !prose.IsWord(last) && !prose.IsWord(next) && strings.TrimSpace(source) == source && hasFormulaSign(source)
}

// hasFormulaSign reports whether a text is a letter or contains a letter and a sign that formulas contain.
func hasFormulaSign(source string) bool {
	if r, size := utf8.DecodeRuneInString(source); size == len(source) {
		return unicode.IsLetter(r)
	}
	return strings.ContainsAny(source, `\^_={}<>+`) && strings.ContainsFunc(source, unicode.IsLetter)
}

// formulaSource returns the formula that an element shows, in the notation of TeX, or "" if it is unknown.
func formulaSource(n *html.Node) string {
	if n.DataAtom == atom.Img {
		return attrValue(n, "alt")
	}
	for d := range n.Descendants() {
		if d.DataAtom == atom.Annotation || d.DataAtom == atom.AnnotationXml {
			return textContent(d)
		}
	}
	return attrValue(n, "alttext")
}

// simpleFormula matches formulas that can be read aloud as they are, as in "n", "O(n)" and "x = 5".
var simpleFormula = regexp.MustCompile(`^[\pL\pN][\pL\pN ()+=.,]{0,11}$`)

// writeFormula writes the words for a formula, or a simple formula as it is. A formula between two sentences is a
// sentence.
func (w *sentenceWriter) writeFormula(n *html.Node) {
	next, after := utf8.RuneError, ""
	if n.NextSibling != nil && n.NextSibling.Type == html.TextNode {
		next, _ = utf8.DecodeRuneInString(strings.TrimSpace(n.NextSibling.Data))
		if prose.IsWord(next) && strings.HasPrefix(n.NextSibling.Data, string(next)) {
			after = " "
		}
	}
	words := strings.TrimSpace(textContent(n))
	if !simpleFormula.MatchString(words) {
		words = w.announcements.Formula
		if w.isSentenceStart() && words != "" {
			first, size := utf8.DecodeRuneInString(words)
			words = string(unicode.ToUpper(first)) + words[size:]
			if unicode.IsUpper(next) {
				after = string(sentenceStop)
			}
		}
	}
	if r, _ := utf8.DecodeLastRune(w.line); prose.IsWord(r) || strings.ContainsRune(":,.", r) {
		words = " " + words
	}
	w.appendText(words)
	w.line = append(w.line, after...)
}
