package parse

import (
	"html"
	"regexp"
	"slices"
	"strings"

	"lastpost/internal/feed"
)

// htmlElements are those of HTML whose tags are markup in a title.
const htmlElements = "a abbr acronym address article aside audio b bdi bdo big blink blockquote body br button canvas caption center cite " +
	"code data dd del details dfn dir div dl dt em embed figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i " +
	"iframe img input ins kbd label li link main map mark marquee math meta nav nobr noscript object ol p picture pre q rp rt ruby s " +
	"samp script section select small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th " +
	"thead time title tr tt u ul var video wbr"

// separatingElements are the elements that stand between words, and not within them.
const separatingElements = "br p div hr li ul ol td th tr table h1 h2 h3 h4 h5 h6 blockquote section article header footer figure figcaption " +
	"img script style"

// tagEnd is what follows a tag's name. Each attribute has a value: "<b and c>" is a comparison, not markup.
const tagEnd = `(?:[\s/](?:[^<>&=]*[^<>&=\s/][\s/]*=\s*(?:"[^"]*"|'[^']*'|[^\s>"'][^\s>]*))*[\s/]*)?>`

// Each of these is sought by itself: a search with two kinds of ends would go through the title again behind each of them.
var (
	commentPattern = regexp.MustCompile(`(?s)<!--.*?-->`)
	scriptPattern  = regexp.MustCompile(`(?is)<script` + tagEnd + `.*?</script[^>]*>`)
	stylePattern   = regexp.MustCompile(`(?is)<style` + tagEnd + `.*?</style[^>]*>`)
	tagPattern     = regexp.MustCompile(`(?i)</?[0-9a-z]+` + tagEnd)
)

// entityPattern finds what may be an entity. HTML's older rule, by which "&not" needs no semicolon, would spoil text that was
// escaped properly.
var entityPattern = regexp.MustCompile(`&[#0-9A-Za-z]{1,33};`)

// cleanTitle makes one line of plain text of a title as gofeed hands it out, entities decoded once: RSS does not say
// whether a title is text or markup, and publishers do both. Markup is only what is certainly HTML, so that List<String>,
// a < b and AC<DC stay as they are; what is still an entity after that was escaped twice.
func cleanTitle(s string) string {
	if len(s) > feed.MaxTitle {
		s = strings.ToValidUTF8(s[:feed.MaxTitle], "")
	}
	s = stylePattern.ReplaceAllLiteralString(scriptPattern.ReplaceAllLiteralString(commentPattern.ReplaceAllLiteralString(s, ""), " "), " ")
	return feed.OneLine(decodeEntities(tagPattern.ReplaceAllStringFunc(s, tagReplacement)))
}

// tagReplacement is what a title has instead of a tag: a space where the element separates words. What is no element stays.
func tagReplacement(found string) string {
	name := strings.TrimLeft(found, "</")
	name = strings.ToLower(name[:strings.IndexAny(name, " \t\r\n\f/>")])
	switch {
	case !isHTMLElement(name):
		return found
	case slices.Contains(strings.Fields(separatingElements), name):
		return " "
	}
	return ""
}

// isHTMLElement tells whether a lower-case name is that of an element.
func isHTMLElement(name string) bool { return slices.Contains(strings.Fields(htmlElements), name) }

// decodeEntities decodes entities that end in a semicolon.
func decodeEntities(s string) string {
	return entityPattern.ReplaceAllStringFunc(s, func(found string) string {
		if decoded := html.UnescapeString(found); !strings.HasSuffix(decoded, ";") || decoded == ";" {
			return decoded
		}
		return found // unknown, or one of those that need no semicolon with more behind it
	})
}
