package parse

import (
	"html"
	"regexp"
	"slices"
	"strings"

	"lastpost/internal/feed"
	"lastpost/internal/feed/decode"
)

// htmlElements lists the HTML elements that are removed from titles as markup.
const htmlElements = "a abbr acronym address article aside audio b bdi bdo big blink blockquote body br button canvas caption center " +
	"cite code data dd del details dfn dir div dl dt em embed figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i " +
	"iframe img input ins kbd label li link main map mark marquee math meta nav nobr noscript object ol p picture pre q rp rt ruby s " +
	"samp script section select small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th " +
	"thead time title tr tt u ul var video wbr"

// separatingElements lists the elements that separate words.
const separatingElements = "br p div hr li ul ol td th tr table h1 h2 h3 h4 h5 h6 blockquote section article header footer figure " +
	"figcaption img script style"

// tagEnd matches the rest of a tag after its name. Each attribute must have a value, because text such as "<b and c>"
// is not markup.
const tagEnd = `(?:[\s/](?:[^<>&=]*[^<>&=\s/][\s/]*=\s*(?:"[^"]*"|'[^']*'|[^\s>"'][^\s>]*))*[\s/]*)?>`

// The patterns are separate so that each pattern has only one kind of end. One pattern with several kinds would take
// quadratic time.
var (
	commentPattern = regexp.MustCompile(`(?s)<!--.*?-->`)
	scriptPattern  = regexp.MustCompile(`(?is)<script` + tagEnd + `.*?</script[^>]*>`)
	stylePattern   = regexp.MustCompile(`(?is)<style` + tagEnd + `.*?</style[^>]*>`)
	tagPattern     = regexp.MustCompile(`(?i)</?[0-9a-z]+` + tagEnd)
)

// entityPattern matches possible entities. It requires the semicolon. HTML allows some entities without it, such as
// "&not", but decoding them would damage correctly escaped text.
var entityPattern = regexp.MustCompile(`&[#0-9A-Za-z]{1,33};`)

// cleanTitle converts a title from gofeed, with entities decoded once, to one line of plain text. RSS does not define
// whether a title is text or markup, and publishers use both. Only tags of HTML elements are removed, so that
// List<String>, a < b and AC<DC stay unchanged. An entity in s was escaped twice in the feed, so it is decoded again.
func cleanTitle(s string) string {
	if len(s) > feed.MaxTitle {
		s = strings.ToValidUTF8(s[:feed.MaxTitle], "")
	}
	s = stylePattern.ReplaceAllLiteralString(scriptPattern.ReplaceAllLiteralString(commentPattern.ReplaceAllLiteralString(s, ""), " "), " ")
	return feed.OneLine(decodeEntities(decode.JoinSurrogates(tagPattern.ReplaceAllStringFunc(s, tagReplacement))))
}

// maxFeedTitle limits the title of a feed, in bytes.
const maxFeedTitle = 512

// feedTitle converts the title of a feed like the title of a post.
func feedTitle(s string) string {
	title := cleanTitle(s)
	if len(title) > maxFeedTitle {
		title = feed.OneLine(strings.ToValidUTF8(title[:maxFeedTitle], ""))
	}
	return strings.Clone(title)
}

// tagReplacement returns the replacement for a tag: a space if the element separates words, or else "". A tag that is
// not HTML stays unchanged.
func tagReplacement(found string) string {
	name := markupName(found)
	switch {
	case !isHTMLElement(name):
		return found
	case slices.Contains(strings.Fields(separatingElements), name):
		return " "
	}
	return ""
}

// markupName returns the lower-case name in a tag that tagPattern matches.
func markupName(tag string) string {
	name := strings.TrimLeft(tag, "</")
	return strings.ToLower(name[:strings.IndexAny(name, " \t\r\n\f/>")])
}

// isHTMLElement reports whether a lower-case name is the name of an HTML element.
func isHTMLElement(name string) bool { return slices.Contains(strings.Fields(htmlElements), name) }

// decodeEntities decodes the entities that end with a semicolon.
func decodeEntities(s string) string {
	return entityPattern.ReplaceAllStringFunc(s, func(found string) string {
		if decoded := html.UnescapeString(found); !strings.HasSuffix(decoded, ";") || decoded == ";" {
			return decoded
		}
		return found // an unknown entity, or a known one without a semicolon that is followed by more letters
	})
}
