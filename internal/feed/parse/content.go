package parse

import (
	"slices"
	"strings"

	"lastpost/internal/feed"
)

// The ends of lines in textToHTML.
const (
	softBreak = "\n" // a program may have wrapped the text
	hardBreak = "<br>\n"
)

// textToHTML converts plain text to HTML. A blank line starts a new paragraph. lineEnd ends the other lines.
func textToHTML(text, lineEnd string) string {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	var b strings.Builder
	open := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" && open:
			b.WriteString("</p>")
		case line == "":
			continue
		case open:
			b.WriteString(lineEnd)
		default:
			b.WriteString("<p>")
		}
		open = line != ""
		_, _ = escape.WriteString(&b, line)
	}
	if open {
		b.WriteString("</p>")
	}
	return b.String()
}

// looksLikeHTML reports whether a text without a stated type is HTML: it has an HTML element with its end tag, a
// paragraph, a line break or an image. A text about markup usually names only start tags.
func looksLikeHTML(text string) bool {
	const most = 20 // tags to examine
	folded := strings.ToLower(text)
	return slices.ContainsFunc(tagPattern.FindAllString(folded, most), func(tag string) bool {
		name := markupName(tag)
		return isHTMLElement(name) &&
			(name == "p" || name == "br" || strings.Contains(tag, "src=") || strings.Contains(folded, "</"+name+">"))
	})
}

// longestText is the longest of the texts of an item.
type longestText struct {
	html, language string
	length         int    // visible characters
	otherImage     string // another text of the item, with an image
}

// add replaces the text if the new one has more visible characters. If two have equally many, the one with more markup
// wins, because the other is an extract of it.
func (l *longestText) add(html, language string) {
	length := -1
	if len(html) > l.length {
		length = visibleLength(html)
	}
	if length > l.length || length == l.length && len(html) > len(l.html) {
		l.html, html = html, l.html
		l.language, l.length = language, length
	}
	if l.otherImage == "" && strings.Contains(html, "<img") {
		l.otherImage = html
	}
}

// visibleLength returns the number of bytes of HTML outside of tags, without white space.
func visibleLength(html string) (n int) {
	inTag := false
	for i, c := range []byte(html) {
		switch {
		case inTag:
			inTag = c != '>'
		case c == '<' && feed.StartsMarkup(html[i+1:]):
			inTag = true
		case c > ' ':
			n++
		}
	}
	return n
}

// cleanCategories returns category names as plain text, without duplicates. If spellings differ only in case, the first
// spelling stays. It removes the backslashes that PHP programs add before quotes, sometimes twice.
func cleanCategories(names []string) []string {
	clean := make([]string, 0, min(len(names), 4*feed.MaxCategories))
	for _, name := range names {
		clean = append(clean, unescapeQuotes(cleanTitle(name)))
	}
	return feed.CleanCategories(clean)
}

func unescapeQuotes(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	unescape := strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`)
	s = unescape.Replace(s)
	for strings.Contains(s, `\'`) || strings.Contains(s, `\"`) {
		s = unescape.Replace(s)
	}
	return s
}
