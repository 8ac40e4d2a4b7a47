package speech

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// pruneTree removes the parts of a tree that are not the text of the post.
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

// silentElements lists the elements without readable text: scripts, forms, drawings, navigation, and fallback content.
var silentElements = setOf(atom.Applet, atom.Area, atom.Button, atom.Canvas, atom.Datalist, atom.Del, atom.Dialog, atom.Form, atom.Head,
	atom.Input, atom.Map, atom.Meter, atom.Nav, atom.Noembed, atom.Noframes, atom.Noscript, atom.Progress, atom.Rp, atom.Rt, atom.Script,
	atom.Select, atom.Style, atom.Svg, atom.Template, atom.Textarea, atom.Title)

func isHidden(n *html.Node) bool {
	style := strings.ToLower(strings.Join(strings.Fields(attrValue(n, "style")), ""))
	return hasAttr(n, "hidden") || strings.EqualFold(attrValue(n, "aria-hidden"), "true") ||
		strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") ||
		hasClass(n, "screen-reader-text", "sr-only", "visually-hidden", "visuallyhidden")
}

// clutterClasses lists the CSS classes of content that plug-ins and platforms add to a post: share bars, related posts,
// tables of contents, forms without a form element, and line numbers.
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

// isFootnote reports whether an element is a footnote, a footnote mark in the text, or a link back to the mark. They
// are not read aloud, because a mark interrupts a sentence, and because the listener cannot know to which sentence a
// note belongs.
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
		return hasDescendant(n, isBackLink) // a footnote contains a back link
	}
	return isNoteSection(n)
}

func isNoteSection(n *html.Node) bool {
	return blockElements[n.DataAtom] && (attrValue(n, "id") == "footnotes" || attrValue(n, "id") == "fn" ||
		hasClass(n, "footnotes", "footnote", "footnote-list", "footnotes-list", "footnote-definition", "wp-block-footnotes",
			"easy-footnotes-wrapper", "endnotes", "references"))
}

// These patterns match the fragments of links to footnotes, and of links from a footnote back to the text.
var (
	noteAddress = regexp.MustCompile(`(?i)^#(?:fn|_ftn|_edn|footnote|easy-footnote|note-|sdfootnote)`)
	backAddress = regexp.MustCompile(`(?i)^#(?:fnref|_ftnref|_ednref|footnote-ref|footnote-anchor|cite_ref)`)
)

func isNoteLink(n *html.Node) bool {
	href := attrValue(n, "href")
	return isBackLink(n) || strings.HasPrefix(href, "#") && isArrow(n, "↑^") || noteAddress.MatchString(href) ||
		hasClass(n, "footnote-ref", "footnote-anchor", "footnote", "footnote-link")
}

// isBackLink reports whether a node is a link from a footnote back to the text.
func isBackLink(n *html.Node) bool {
	href := attrValue(n, "href")
	return n.DataAtom == atom.A && (backAddress.MatchString(href) || strings.HasPrefix(href, "#") && isArrow(n, "↩↵⏎⤴") ||
		hasClass(n, "footnote-backref", "footnote-back", "footnote-backlink"))
}

func isArrow(n *html.Node, arrows string) bool {
	text := strings.Trim(textContent(n), "\uFE0E\uFE0F \n[]")
	return text != "" && strings.Trim(text, arrows) == ""
}

// isNoteMark reports whether a superscript is a footnote mark: a link or text in brackets. The superscripts in m² and
// 4th are not footnote marks.
func isNoteMark(n *html.Node) bool {
	text := strings.TrimSpace(textContent(n))
	return hasClass(n, "fn", "footnote-ref", "footnote-reference", "reference") ||
		strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") ||
		hasDescendant(n, func(d *html.Node) bool { return d.DataAtom == atom.A && strings.HasPrefix(attrValue(d, "href"), "#") })
}

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
