package speech

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// trim takes away what feeds put at the end of a post: a link to read on, the
// sentence that says where the post appeared first, a mark that there is more.
func trim(root *html.Node) {
	const most = 10 // of them, so that what is made of nothing else is not sifted for ever
	for range most {
		last := lastWords(root)
		if last == nil || last.Type != html.TextNode {
			return
		}
		surplus := surplus(last)
		if surplus == nil {
			last.Data = cutOff(last.Data)
			return
		}
		surplus.Parent.RemoveChild(surplus)
	}
}

// lastWords gives the last text that has words, or is the mark of one that was
// cut off, or the image or film after it, for which something is said.
func lastWords(n *html.Node) *html.Node {
	for child := n.LastChild; child != nil; child = child.PrevSibling {
		if child.Type == html.TextNode && (speakable(child.Data) || isCutOff(child.Data)) {
			return child
		}
		if child.DataAtom == atom.Img && description(child) != "" || media[child.DataAtom] && !isTiny(child) {
			return child
		}
		if found := lastWords(child); found != nil {
			return found
		}
	}
	return nil
}

var media = setOf(atom.Iframe, atom.Video, atom.Audio, atom.Object, atom.Embed)

// surplus gives the link or the paragraph to take away, or nil.
func surplus(last *html.Node) *html.Node {
	if link := within(last, setOf(atom.A)); link != nil && readsOn(content(link)) {
		return link
	}
	if block := within(last, blocks); block != nil && block.DataAtom == atom.P && isOrigin(content(block)) {
		return block
	}
	return nil
}

// readsOn reports whether a link's text says nothing but to read on.
func readsOn(text string) bool {
	text, _ = clean(text)
	if isCutOff(text) || text == "…" || text == "..." {
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

// isOrigin reports whether a paragraph is the one that WordPress, in the language
// of the blog, or Medium adds to each post of a feed.
func isOrigin(text string) bool {
	text, _ = clean(text)
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

func isCutOff(text string) bool { return cutOff(text) != text }

// cutOff gives a text without the brackets of the mark that it was cut off.
func cutOff(text string) string {
	bare := strings.TrimRight(text, " \t\r\n\u00A0")
	for _, mark := range []string{"[…]", "[...]", "[. . .]", "(…)", "(...)"} {
		if head, ok := strings.CutSuffix(bare, mark); ok {
			return strings.TrimRight(head, " \t\r\n\u00A0.…") + "…"
		}
	}
	return text
}
