package speech

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// pruneTree takes out of a tree what is not part of the post's words.
func pruneTree(n *html.Node) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		if child.Type == html.ElementNode {
			if isUnspoken(child) {
				n.RemoveChild(child)
			} else {
				pruneTree(child)
				dropRepeatedAlt(child)
			}
		}
		child = next
	}
}

func isUnspoken(n *html.Node) bool {
	return silentElements[n.DataAtom] || isHidden(n) || isPageClutter(n) || isFootnote(n)
}

// silentElements elements show nothing, or nothing to be read: scripts, forms, drawings, navigation, what stands for others where
// they cannot be shown.
var silentElements = setOf(atom.Applet, atom.Area, atom.Button, atom.Canvas, atom.Datalist, atom.Del, atom.Dialog, atom.Form, atom.Head,
	atom.Input, atom.Map, atom.Meter, atom.Nav, atom.Noembed, atom.Noframes, atom.Noscript, atom.Progress, atom.Rp, atom.Rt, atom.Script,
	atom.Select, atom.Style, atom.Svg, atom.Template, atom.Textarea, atom.Title)

func isHidden(n *html.Node) bool {
	style := strings.ToLower(strings.Join(strings.Fields(attrValue(n, "style")), ""))
	return hasAttr(n, "hidden") || strings.EqualFold(attrValue(n, "aria-hidden"), "true") ||
		strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") ||
		hasClass(n, "screen-reader-text", "sr-only", "visually-hidden", "visuallyhidden")
}

// clutterClasses is what plug-ins and platforms put around a post: share bars, related posts, tables of contents, forms without
// a form, line numbers.
var clutterClasses = wordSet(`
	sharedaddy sd-sharing jp-relatedposts a2a_kit addthis_toolbox addthis_inline_share_toolbox shareaholic-canvas ssba essb_links
	mashsb-container simplesocialbuttons heateor_sss_sharing_container social-share social-sharing social-links share-buttons share-bar
	sharing post-share wp-block-social-links wp-block-jetpack-sharing-buttons wp-block-jetpack-subscriptions wp-block-post-navigation-link
	wp-block-table-of-contents ez-toc-container lwptoc toc_container table-of-contents yarpp yarpp-related crp_related related-posts
	relatedposts feedflare subscription-widget subscription-widget-wrap more-link read-more wp-smiley gutter lineno linenos
	line-numbers-rows`)

func isPageClutter(n *html.Node) bool {
	if id := attrValue(n, "id"); id == "toc" || id == "toc_container" || id == "jp-relatedposts" || id == "ez-toc-container" {
		return true
	}
	for class := range strings.FieldsSeq(attrValue(n, "class")) {
		if clutterClasses[class] || strings.HasPrefix(class, "addtoany_") || strings.HasPrefix(class, "sharedaddy-") ||
			strings.HasPrefix(class, "social-share-") {
			return true
		}
	}
	return false
}

// isFootnote tells a footnote's mark, the way back to it, and the notes themselves: heard between two sentences, or all
// of them after the last, they say nothing without the eye that jumps.
func isFootnote(n *html.Node) bool {
	switch role := attrValue(n, "role"); role {
	case "doc-noteref", "doc-backlink", "doc-endnotes", "doc-footnote", "doc-endnote":
		return true
	}
	switch n.DataAtom {
	case atom.A:
		return isNoteLink(n)
	case atom.Sup:
		return isNoteMark(n)
	case atom.Li, atom.P:
		return hasDescendant(n, isBackLink) // it is a note
	}
	return isNoteSection(n)
}

func isNoteSection(n *html.Node) bool {
	return blockElements[n.DataAtom] && (attrValue(n, "id") == "footnotes" || attrValue(n, "id") == "fn" ||
		hasClass(n, "footnotes", "footnote", "footnote-list", "footnotes-list", "footnote-definition", "wp-block-footnotes",
			"easy-footnotes-wrapper", "endnotes", "references"))
}

// The addresses of notes, and of where they were made.
var (
	noteAddress = regexp.MustCompile(`(?i)^#(?:fn|_ftn|_edn|footnote|easy-footnote|note-|sdfootnote)`)
	backAddress = regexp.MustCompile(`(?i)^#(?:fnref|_ftnref|_ednref|footnote-ref|footnote-anchor|cite_ref)`)
)

func isNoteLink(n *html.Node) bool {
	href := attrValue(n, "href")
	return isBackLink(n) || strings.HasPrefix(href, "#") && isArrow(n, "↑^") || noteAddress.MatchString(href) ||
		hasClass(n, "footnote-ref", "footnote-anchor", "footnote", "footnote-link")
}

// isBackLink reports whether a node is the link of a note that leads back into the text.
func isBackLink(n *html.Node) bool {
	href := attrValue(n, "href")
	return n.DataAtom == atom.A && (backAddress.MatchString(href) || strings.HasPrefix(href, "#") && isArrow(n, "↩↵⏎⤴") ||
		hasClass(n, "footnote-backref", "footnote-back", "footnote-backlink"))
}

func isArrow(n *html.Node, arrows string) bool {
	text := strings.Trim(textContent(n), "\uFE0E\uFE0F \n[]")
	return text != "" && strings.Trim(text, arrows) == ""
}

// isNoteMark tells a raised number that stands for a note, in a link or in brackets; the one of m² or of the 4th is
// neither.
func isNoteMark(n *html.Node) bool {
	text := strings.TrimSpace(textContent(n))
	return hasClass(n, "fn", "footnote-ref", "footnote-reference", "reference") ||
		strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") ||
		hasDescendant(n, func(d *html.Node) bool { return d.DataAtom == atom.A && strings.HasPrefix(attrValue(d, "href"), "#") })
}

// dropRepeatedAlt takes from a figure's images the text that its caption says, too.
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
	if caption == "" { // most of what is nested deeply has none: to look into all of it takes the square of the time
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
