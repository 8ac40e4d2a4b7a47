package speech

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

func TestReadsBrokenMarkup(t *testing.T) {
	for claim, tt := range map[string]struct{ html, want string }{
		"paragraphs without an end tag":          {"<p>One<p>Two<div>three", "One.\nTwo.\nthree."},
		"an end tag without a paragraph":         {"One</p>Two", "One. | Two."},
		"unmatched end tags":                     {"</div></b>One</table> two</td>", "One two."},
		"bold across paragraphs":                 {"<b><p>One</b> two</p>three", "One two.\nthree."},
		"hidden across paragraphs":               {"<span hidden><p>One</span></p><p>Two</p>", "Two."},
		"an unclosed link before the next":       {`<p>One<a href="#fn1">1<a href=x> and two</a></p>`, "One and two."},
		"a mismatched heading end tag":           {"<h2>One</h3>two", "One.\ntwo."},
		"an end tag of an outer block in a cell": {"<div>One<table><tr><td>a</div>b<td>c</table></div>", "One.\nab, c."},
		"cells and rows without end tags":        {"<table><tr><td>a<td>b<tr><td>c<td>d</table>e", "a, b. | c, d.\ne."},
		"an incomplete tag":                      {"One <a href=\"x", "One."},
		"a script without an end tag":            {"One<script>if (a<b) two", "One."},
		"a self-closing element":                 {"<p/>One<br/>Two<svg/>three<x-y/>four", "One. | Twothreefour."},
		"a drawing with self-closing elements":   {"<svg><a/><title/></svg>One", "One."},
		"quotations that are nested too deeply": {"<blockquote>" + strings.Repeat("<div>", 300) + "One" + strings.Repeat("</div>", 300) +
			"</blockquote><blockquote>Two</blockquote>", "Quote: | One.\nQuote: | Two."},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
}

func TestLimitsTreeDepth(t *testing.T) {
	var depth func(n *html.Node) int
	depth = func(n *html.Node) int {
		deepest := 0
		for child := range n.ChildNodes() {
			deepest = max(deepest, depth(child))
		}
		return deepest + 1
	}
	require.LessOrEqual(t, depth(parseTree(strings.Repeat("<div>", 5000)+"x")), maxDepth+1)
}

func TestLimitsHTMLSize(t *testing.T) {
	const words = "word " // words may be truncated
	text := Parse(strings.Repeat(words, maxHTML/len(words))+"and the end", Announcements{}).String()
	require.NotContains(t, text, "the end")
	require.GreaterOrEqual(t, len(text), maxHTML-10)
}
