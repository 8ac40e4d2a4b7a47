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
// appeared, or a mark of truncation. The texts are in package prose. Media, tags and share links after a note do not
// protect it.
func trimEnd(root *html.Node) {
	const maxSteps = 16 // limits the time for hostile posts
	passed := map[*html.Node]bool{}
	for range maxSteps {
		last := lastSpokenNode(root, passed)
		if last == nil {
			return
		}
		switch isText := last.Type == html.TextNode; {
		case isText && len(passed) == 0 && removeLink(last), isText && removeNote(last):
			for n := range passed {
				if isNoteFrame(n) && n.Parent != nil {
					n.Parent.RemoveChild(n)
				}
			}
		case !passLine(last, passed):
			if isText && len(passed) == 0 {
				last.Data = prose.UnbracketEllipsis(last.Data)
			}
			return
		}
	}
}

// passLine adds a node that may follow a note, and the others of its line, to passed. It returns false for other nodes.
func passLine(n *html.Node, passed map[*html.Node]bool) bool {
	if n.Type != html.TextNode {
		passed[n] = true
		return true
	}
	line := lineAround(n)
	if !prose.MayFollowNote(textOf(line)) {
		return false
	}
	for _, part := range line {
		passed[part] = true
	}
	return true
}

// isNoteFrame reports whether an element after a note is a frame of the platform, such as Slashdot's comments.
func isNoteFrame(n *html.Node) bool {
	return n.DataAtom == atom.Iframe && strings.Contains(attrValue(n, "src"), "slashdot.org/")
}

// lastSpokenNode returns the last node that is spoken: text with words or a truncation mark, an image with text, or a
// media element. It leaves out the nodes that are passed.
func lastSpokenNode(n *html.Node, passed map[*html.Node]bool) *html.Node {
	for child := n.LastChild; child != nil; child = child.PrevSibling {
		if passed[child] {
			continue
		}
		if child.Type == html.TextNode && (isSpeakable(child.Data) || prose.HasCutMark(child.Data)) {
			return child
		}
		if child.DataAtom == atom.Img && imageText(child) != "" || mediaElements[child.DataAtom] && !isTrackingSize(child) {
			return child
		}
		if found := lastSpokenNode(child, passed); found != nil {
			return found
		}
	}
	return nil
}

var mediaElements = setOf(atom.Iframe, atom.Video, atom.Audio, atom.Object, atom.Embed)

// removeLink removes the link that contains the last words of a post if it leads to the rest of the post, its comments or
// its author.
func removeLink(last *html.Node) bool {
	link := nearestAncestor(last, setOf(atom.A))
	if link == nil {
		return false
	}
	line := lineAround(last)
	text, words := textOf(line), textContent(link)
	before, _, _ := strings.Cut(text, words)
	switch {
	case prose.IsReadMore(words) && !prose.ContinuesSentence(before, words), removeSubmitter(link):
	case prose.IsLinkLine(text):
		removeNodes(line)
		return true
	case !hasClass(link, "hashtag") || !prose.EndsWithTags(text):
		return false
	}
	link.Parent.RemoveChild(link)
	return true
}

// removeNote removes the note of a platform that the line of the last words contains.
func removeNote(last *html.Node) bool {
	line := lineAround(last)
	text := textOf(line)
	at := prose.ClosingNote(text)
	switch {
	case at >= 0:
		for _, n := range line {
			at = truncateNode(n, at)
		}
	case prose.IsEndNote(text):
		removeNodes(line)
	default:
		return false
	}
	return true
}

// truncateNode removes the text of a node after its first bytes, and returns the number of bytes left for the next nodes.
func truncateNode(n *html.Node, left int) int {
	if n.Type == html.TextNode {
		kept := min(left, len(n.Data))
		n.Data = n.Data[:kept]
		return left - kept
	}
	if n.DataAtom == atom.Br {
		return max(0, left-1)
	}
	for child := range n.ChildNodes() {
		left = truncateNode(child, left)
	}
	return left
}

func removeNodes(nodes []*html.Node) {
	for _, n := range nodes {
		n.Parent.RemoveChild(n)
	}
}

func textOf(nodes []*html.Node) string {
	var text strings.Builder
	for _, n := range nodes {
		text.WriteString(textContent(n))
	}
	return text.String()
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

// removeSubmitter removes the words before a link in Reddit's note "submitted by /u/name to r/name", and returns true if
// the link belongs to such a note.
func removeSubmitter(link *html.Node) bool {
	before := link.PrevSibling
	isName := redditName.MatchString(textContent(link)) || strings.Contains(attrValue(link, "href"), "reddit.com/user/")
	if before == nil || before.Type != html.TextNode || !isName {
		return false
	}
	text := strings.TrimRightFunc(before.Data, unicode.IsSpace)
	for _, words := range []string{"submitted by", "to"} {
		if rest, ok := strings.CutSuffix(text, words); ok && (rest == "" || unicode.IsSpace(rune(rest[len(rest)-1]))) {
			before.Data = rest
			return true
		}
	}
	return false
}
