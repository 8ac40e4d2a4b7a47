package parse

import (
	"strings"

	"lastpost/internal/feed"
)

// textToHTML converts plain text to HTML. A blank line starts a new paragraph.
func textToHTML(text string) string {
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
			b.WriteByte('\n')
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

// longestText returns the longest of the texts. If two are equally long, it returns the first one.
func longestText(texts ...string) string {
	most := ""
	for _, s := range texts {
		if len(s) > len(most) {
			most = s
		}
	}
	return most
}

// cleanCategories returns category names as plain text, without duplicates. If spellings differ only in case, the first
// spelling stays.
func cleanCategories(names []string) []string {
	clean := make([]string, 0, min(len(names), 4*feed.MaxCategories))
	for _, name := range names {
		clean = append(clean, cleanTitle(name))
	}
	return feed.CleanCategories(clean)
}
