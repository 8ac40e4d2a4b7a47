package speech

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// prune takes out of a tree what is not part of the post's words.
func prune(n *html.Node) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		if child.Type == html.ElementNode {
			if isDropped(child) {
				n.RemoveChild(child)
			} else {
				prune(child)
				captionOnce(child)
			}
		}
		child = next
	}
}

func isDropped(n *html.Node) bool {
	return isSilent(n.DataAtom) || isHidden(n) || isFurniture(n) || isFootnote(n)
}

// isSilent tells the elements that show nothing, or nothing to be read: scripts,
// forms, drawings, navigation, what stands for others where they cannot be shown.
func isSilent(a atom.Atom) bool {
	switch a {
	case atom.Applet, atom.Area, atom.Button, atom.Canvas, atom.Datalist, atom.Del, atom.Dialog, atom.Form, atom.Head, atom.Input,
		atom.Map, atom.Meter, atom.Nav, atom.Noembed, atom.Noframes, atom.Noscript, atom.Progress, atom.Rp, atom.Rt,
		atom.Script, atom.Select, atom.Style, atom.Svg, atom.Template, atom.Textarea, atom.Title:
		return true
	}
	return false
}

func isHidden(n *html.Node) bool {
	if hasAttr(n, "hidden") || strings.EqualFold(attr(n, "aria-hidden"), "true") {
		return true
	}
	if style := attr(n, "style"); style != "" {
		style = strings.ToLower(strings.Join(strings.Fields(style), ""))
		if strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") {
			return true
		}
	}
	return hasClass(n, func(class string) bool {
		switch class {
		case "screen-reader-text", "sr-only", "visually-hidden", "visuallyhidden":
			return true
		}
		return false
	})
}

// isFurniture tells what plug-ins and platforms put around a post: share bars,
// related posts, tables of contents, forms without a form, line numbers.
func isFurniture(n *html.Node) bool {
	if id := attr(n, "id"); id == "toc" || id == "toc_container" || id == "jp-relatedposts" || id == "ez-toc-container" {
		return true
	}
	return hasClass(n, func(class string) bool {
		switch class {
		case "sharedaddy", "sd-sharing", "jp-relatedposts", "a2a_kit", "addthis_toolbox", "addthis_inline_share_toolbox",
			"shareaholic-canvas", "ssba", "essb_links", "mashsb-container", "simplesocialbuttons", "heateor_sss_sharing_container",
			"social-share", "social-sharing", "social-links", "share-buttons", "share-bar", "sharing", "post-share",
			"wp-block-social-links", "wp-block-jetpack-sharing-buttons", "wp-block-jetpack-subscriptions",
			"wp-block-post-navigation-link", "wp-block-table-of-contents", "ez-toc-container", "lwptoc", "toc_container",
			"table-of-contents",
			"yarpp", "yarpp-related", "crp_related", "related-posts", "relatedposts", "feedflare", "subscription-widget",
			"subscription-widget-wrap", "more-link", "read-more", "wp-smiley", "gutter", "lineno", "linenos", "line-numbers-rows":
			return true
		}
		return strings.HasPrefix(class, "addtoany_") || strings.HasPrefix(class, "sharedaddy-") || strings.HasPrefix(class, "social-share-")
	})
}

// isFootnote tells a footnote's mark, the way back to it, and the notes
// themselves: heard between two sentences, or all of them after the last, they
// say nothing without the eye that jumps.
func isFootnote(n *html.Node) bool {
	switch role := attr(n, "role"); role {
	case "doc-noteref", "doc-backlink", "doc-endnotes", "doc-footnote", "doc-endnote":
		return true
	}
	switch n.DataAtom {
	case atom.A:
		return isNoteLink(n)
	case atom.Sup:
		return isNoteMark(n)
	case atom.Li, atom.P:
		return leadsBack(n)
	}
	return isNotes(n)
}

func isNotes(n *html.Node) bool {
	if isBlock(n.DataAtom) && (attr(n, "id") == "footnotes" || attr(n, "id") == "fn") {
		return true
	}
	return isBlock(n.DataAtom) && hasClass(n, func(class string) bool {
		switch class {
		case "footnotes", "footnote", "footnote-list", "footnotes-list", "footnote-definition", "wp-block-footnotes",
			"easy-footnotes-wrapper", "endnotes", "references":
			return true
		}
		return false
	})
}

func isNoteLink(n *html.Node) bool {
	href := strings.ToLower(attr(n, "href"))
	if isBackLink(n) || strings.HasPrefix(href, "#") && isArrow(n, "↑^") {
		return true
	}
	for _, mark := range []string{"#fn", "#_ftn", "#_edn", "#footnote", "#easy-footnote", "#note-", "#sdfootnote"} {
		if strings.HasPrefix(href, mark) {
			return true
		}
	}
	return hasClass(n, func(class string) bool {
		return class == "footnote-ref" || class == "footnote-anchor" || class == "footnote" || class == "footnote-link"
	})
}

// isBackLink tells the link of a note that leads back into the text.
func isBackLink(n *html.Node) bool {
	if n.DataAtom != atom.A {
		return false
	}
	href := strings.ToLower(attr(n, "href"))
	for _, mark := range []string{"#fnref", "#_ftnref", "#_ednref", "#footnote-ref", "#footnote-anchor", "#cite_ref"} {
		if strings.HasPrefix(href, mark) {
			return true
		}
	}
	if isClass(n, "footnote-backref") || isClass(n, "footnote-back") || isClass(n, "footnote-backlink") {
		return true
	}
	return strings.HasPrefix(href, "#") && isArrow(n, "↩↵⏎⤴")
}

func isArrow(n *html.Node, arrows string) bool {
	text := strings.Trim(content(n), "\uFE0E\uFE0F \n[]")
	return text != "" && strings.Trim(text, arrows) == ""
}

// isNoteMark tells a raised number that stands for a note, in a link or in
// brackets; the one of m² or of the 4th is neither.
func isNoteMark(n *html.Node) bool {
	if isClass(n, "fn") || isClass(n, "footnote-ref") || isClass(n, "footnote-reference") || isClass(n, "reference") {
		return true
	}
	if text := strings.TrimSpace(content(n)); strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		return true
	}
	for child := range n.Descendants() {
		if child.DataAtom == atom.A && strings.HasPrefix(attr(child, "href"), "#") {
			return true
		}
	}
	return false
}

// leadsBack reports whether a paragraph or a list's item is a note: it has a
// link back to where it was made.
func leadsBack(n *html.Node) bool {
	for child := range n.Descendants() {
		if child.DataAtom == atom.A && isBackLink(child) {
			return true
		}
	}
	return false
}

// captionOnce takes from a figure's images the text that its caption says, too.
func captionOnce(figure *html.Node) {
	if figure.DataAtom != atom.Figure {
		return
	}
	var caption string
	for child := range figure.ChildNodes() {
		if child.DataAtom == atom.Figcaption {
			caption, _ = clean(content(child))
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
		if alt, _ := clean(attr(n, "alt")); strings.EqualFold(strings.TrimRight(alt, ".!"), caption) {
			n.Attr = nil
		}
	}
}
