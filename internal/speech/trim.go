package speech

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// trimEnd removes text that feeds add at the end of a post: a "read more" link, a note that says where the post first
// appeared, or a mark of truncation.
func trimEnd(root *html.Node) {
	const maxRemovals = 10 // limits the time for hostile posts
	for range maxRemovals {
		last := lastSpokenNode(root)
		if last == nil || last.Type != html.TextNode {
			return
		}
		clutter := trailingClutter(last)
		if clutter == nil {
			last.Data = unbracketEllipsis(last.Data)
			return
		}
		clutter.Parent.RemoveChild(clutter)
	}
}

// lastSpokenNode returns the last node that is spoken: text with words or a truncation mark, an image with text, or a
// media element.
func lastSpokenNode(n *html.Node) *html.Node {
	for child := n.LastChild; child != nil; child = child.PrevSibling {
		if child.Type == html.TextNode && (isSpeakable(child.Data) || hasCutMark(child.Data)) {
			return child
		}
		if child.DataAtom == atom.Img && imageText(child) != "" || mediaElements[child.DataAtom] && !isTrackingSize(child) {
			return child
		}
		if found := lastSpokenNode(child); found != nil {
			return found
		}
	}
	return nil
}

var mediaElements = setOf(atom.Iframe, atom.Video, atom.Audio, atom.Object, atom.Embed)

// trailingClutter returns the link or paragraph to remove, or nil.
func trailingClutter(last *html.Node) *html.Node {
	if link := nearestAncestor(last, setOf(atom.A)); link != nil && isReadMore(textContent(link)) {
		return link
	}
	if block := nearestAncestor(last, blockElements); block != nil && block.DataAtom == atom.P && isOriginNote(textContent(block)) {
		return block
	}
	return nil
}

// isReadMore reports whether the text of a link only means "read more".
func isReadMore(text string) bool {
	text, _ = cleanText(text)
	if hasCutMark(text) || text == "…" || text == "..." {
		return true
	}
	text = strings.ToLower(strings.Trim(text, " ([{«»→›>…."))
	for _, phrase := range []string{"continue reading", "read more", "read the rest", "read the full", "read on", "keep reading", "more",
		"weiterlesen", "weiter lesen", "mehr lesen", "lire la suite", "continuer la lecture", "seguir leyendo", "leer más",
		"sigue leyendo", "continua a leggere", "leggi tutto", "continue lendo", "leia mais", "lees verder", "verder lezen"} {
		if rest, ok := strings.CutPrefix(text, phrase); ok && (rest == "" || phrase != "more" && !isWordByte(rest[0])) {
			return true
		}
	}
	return false
}

func isWordByte(c byte) bool { return 'a' <= c && c <= 'z' || c >= 0x80 }

// isOriginNote reports whether a paragraph is the note on the origin of the post that WordPress (in the language of the
// blog) or Medium adds in feeds.
func isOriginNote(text string) bool {
	text, _ = cleanText(text)
	for _, form := range [][2]string{
		{"The post ", " appeared first on "},
		{"Der Beitrag ", " erschien zuerst auf "},
		{"L'article ", " est apparu en premier sur "},
		{"L’article ", " est apparu en premier sur "},
		{"La entrada ", " se publicó primero en "},
		{"La entrada ", " aparece primero en "},
		{"L'articolo ", " proviene da "},
		{"L’articolo ", " proviene da "},
		{"O post ", " apareceu primeiro em "},
		{"Het bericht ", " verscheen eerst op "},
	} {
		if strings.HasPrefix(text, form[0]) && strings.Contains(text, form[1]) {
			return true
		}
	}
	return strings.Contains(text, " was originally published in ") && strings.Contains(text, "people are continuing the conversation")
}

func hasCutMark(text string) bool { return unbracketEllipsis(text) != text }

// unbracketEllipsis replaces a truncation mark in brackets at the end by "…".
func unbracketEllipsis(text string) string {
	bare := strings.TrimRight(text, " \t\r\n\u00A0")
	for _, mark := range []string{"[…]", "[...]", "[. . .]", "(…)", "(...)"} {
		if head, ok := strings.CutSuffix(bare, mark); ok {
			return strings.TrimRight(head, " \t\r\n\u00A0.…") + "…"
		}
	}
	return text
}
