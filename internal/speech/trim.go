package speech

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lastpost/internal/speech/prose"
)

// trimEnd removes text that feeds add at the end of a post: a "read more" link, a note that says where the post first
// appeared, or a mark of truncation. The texts are in package prose.
func trimEnd(root *html.Node) {
	const maxRemovals = 16 // limits the time for hostile posts
	for range maxRemovals {
		last := lastSpokenNode(root)
		if last == nil || last.Type != html.TextNode {
			return
		}
		clutter := trailingClutter(last)
		if len(clutter) == 0 {
			last.Data = prose.UnbracketEllipsis(last.Data)
			return
		}
		for _, n := range clutter {
			n.Parent.RemoveChild(n)
		}
	}
}

// lastSpokenNode returns the last node that is spoken: text with words or a truncation mark, an image with text, or a
// media element.
func lastSpokenNode(n *html.Node) *html.Node {
	for child := n.LastChild; child != nil; child = child.PrevSibling {
		if child.Type == html.TextNode && (isSpeakable(child.Data) || prose.HasCutMark(child.Data)) {
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

// trailingClutter returns the nodes to remove: a link, or a line.
func trailingClutter(last *html.Node) []*html.Node {
	link := nearestAncestor(last, setOf(atom.A))
	if link != nil {
		if prose.IsReadMore(textContent(link)) {
			return []*html.Node{link}
		}
		if submission := redditSubmission(link); submission != nil {
			return submission
		}
	}
	line := lineAround(last)
	var text strings.Builder
	for _, n := range line {
		text.WriteString(textContent(n))
	}
	if prose.IsEndNote(text.String()) || link != nil && prose.IsLinkLine(text.String()) {
		return line
	}
	if link != nil && hasClass(link, "hashtag") && prose.EndsWithTags(text.String()) {
		return []*html.Node{link}
	}
	return nil
}

// lineAround returns the nodes of a line: the children of a block between two line breaks or blocks.
func lineAround(n *html.Node) []*html.Node {
	for !blockElements[n.Parent.DataAtom] && n.Parent.Parent != nil {
		n = n.Parent
	}
	for n.PrevSibling != nil && !endsLine(n.PrevSibling) {
		n = n.PrevSibling
	}
	var line []*html.Node
	for ; n != nil && !endsLine(n); n = n.NextSibling {
		line = append(line, n)
	}
	return line
}

func endsLine(n *html.Node) bool { return n.DataAtom == atom.Br || blockElements[n.DataAtom] }

// redditName matches the names of Reddit's users and communities.
var redditName = regexp.MustCompile(`^\s*/?[ur]/[\w-]+\s*$`)

// redditSubmission returns the nodes of Reddit's note "submitted by /u/name to r/name" that end with a link.
func redditSubmission(link *html.Node) []*html.Node {
	before := link.PrevSibling
	if before == nil || before.Type != html.TextNode || !redditName.MatchString(textContent(link)) {
		return nil
	}
	text := strings.TrimRightFunc(before.Data, unicode.IsSpace)
	for _, words := range []string{"submitted by", "to"} {
		if rest, ok := strings.CutSuffix(text, words); ok && (rest == "" || unicode.IsSpace(rune(rest[len(rest)-1]))) {
			before.Data = rest
			return []*html.Node{link}
		}
	}
	return nil
}
