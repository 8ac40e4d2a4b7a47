package speech

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// shortcodePattern matches what may be a shortcode of WordPress, as in [gallery ids="1,2"], [youtube=URL] and [/caption].
// The parts are: a slash, the name, and the attributes.
var shortcodePattern = regexp.MustCompile(`\[(/?)([A-Za-z][\w+#-]*)((?:\s|=)[^\[\]]*|/)?\]`)

// quotedAttribute matches attributes that only a shortcode has. WordPress makes some quotes typographic.
var quotedAttribute = regexp.MustCompile(`^\s+[\w-]+\s*=\s*["'“”„″′‘’«»]`)

// shortcodeElements lists the shortcodes that stand for an element, with its tag. The shortcodes of code, and most of
// those of media, also enclose text. That text is not spoken.
var shortcodeElements = func() map[string]atom.Atom {
	elements := map[string]atom.Atom{}
	for name, names := range map[atom.Atom]string{
		atom.Pre: `
			code sourcecode source cc crayon js javascript jscript typescript ts php python py ruby rb rails ror java html xml xhtml xslt
			css sass scss sql bash shell sh csharp c# c-sharp cpp c++ c perl pl vb vbnet powershell ps json yaml go swift kotlin scala
			groovy diff patch as3 actionscript3 coldfusion cf delphi pas pascal erl erlang fsharp jfx javafx matlab
			matlabkey objc obj-c r haskell lisp lua asm arduino rust`,
		atom.Video: "video wpvideo embedyt youtube youtubeshort vimeo dailymotion videopress ted vine flowplayer fve evp_embed_video lyte",
		atom.Audio: "audio soundcloud playlist podcast powerpress mixcloud bandcamp spotify",
		atom.Embed: `
			embed tweet twitter instagram facebook slideshare googlemaps googlemap map gist scribd polldaddy crowdsignal flickr getty
			pinterest tiktok iframe gdoc pdf`,
		atom.Math: "latex tex math equation katex asciimath",
	} {
		for alias := range wordSet(names) {
			elements[alias] = name
		}
	}
	return elements
}()

// singleShortcodes lists the shortcodes that may stand alone without attributes. Others are words in brackets then, as
// in "Press [tab]".
var singleShortcodes = wordSet(`gallery nggallery slideshow toc nextpage contact-form contact-form-7 wpforms ninja_form gravityform mathjax
	sharethis addtoany jetpack-related-posts subscribe2 jetpack_subscription_form mc4wp_form rev_slider metaslider sitemap archives
	woocommerce_cart googlefont print_link printfriendly post-views ratings shariff ssba simple-author-box yoast-breadcrumb
	adinserter divider instagram-feed ad`)

// shortcodePrefix matches the names of the shortcodes of page builders.
var shortcodePrefix = regexp.MustCompile(`^(?:vc|su|et_pb|fusion|av|mk|tdc?|wpb|cs|nectar|qode|eltdf|mkdf|kc|siteorigin|wp|gdlr|dt|tcb|` +
	`thrive|penci|ngg|one|two|three|four|ult|bsf|porto|ux|tie|themify|cmsms|rd|trx|ads?)_`)

// A shortcode is a shortcode in a text node.
type shortcode struct {
	start, end       int    // place in the node's text
	name             string // in lower case
	attributes       string
	closes           bool // [/name]
	hasPartner       bool // the post contains its opening or closing shortcode
	literal          bool // is not a shortcode, but words in brackets
	alone            bool // is not in a sentence
	closedBy, number int  // number of the closing shortcode, or -1; and its own number
}

// replaceShortcodes removes the shortcodes that the blog's software did not replace, as after a change of its plug-ins.
// The text between an opening and a closing shortcode stays, except code and addresses.
func replaceShortcodes(root *html.Node) {
	nodes := readableNodes(root)
	found := findShortcodes(nodes)
	if len(found) == 0 {
		return
	}
	r := shortcodeReplacer{}
	for _, n := range nodes {
		if n.Type == html.TextNode {
			r.replaceIn(n, found[n])
		} else if r.element != nil && (n.DataAtom == atom.Br || blockElements[n.DataAtom]) {
			r.enclosed.WriteByte('\n')
		}
	}
}

// readableNodes returns the descendants in the order of the document, without the content of code, which is literal.
func readableNodes(root *html.Node) []*html.Node {
	var nodes []*html.Node
	var collect func(n *html.Node)
	collect = func(n *html.Node) {
		for child := range n.ChildNodes() {
			nodes = append(nodes, child)
			if !literalElements[child.DataAtom] {
				collect(child)
			}
		}
	}
	collect(root)
	return nodes
}

var literalElements = setOf(atom.Pre, atom.Code, atom.Kbd, atom.Samp, atom.Tt, atom.Xmp, atom.Listing, atom.Math)

// findShortcodes returns the shortcodes of each text node. It finds the partners first, because many shortcodes are only
// shortcodes with a partner.
func findShortcodes(nodes []*html.Node) map[*html.Node][]*shortcode {
	found := map[*html.Node][]*shortcode{}
	var all []*shortcode
	for _, n := range nodes {
		if n.Type != html.TextNode || !strings.Contains(n.Data, "[") {
			continue
		}
		for _, at := range shortcodePattern.FindAllStringSubmatchIndex(n.Data, -1) {
			s := &shortcode{start: at[0], end: at[1], closes: at[3] > at[2], closedBy: -1, number: len(all)}
			s.name = strings.ToLower(n.Data[at[4]:at[5]])
			if at[6] >= 0 {
				s.attributes = n.Data[at[6]:at[7]]
			}
			s.alone = isBetweenSentences(n, s.start, s.end)
			s.literal = strings.HasPrefix(n.Data[s.end:], "]") || strings.HasPrefix(n.Data[s.end:], "(") // [[gallery]] or [text](address)
			found[n], all = append(found[n], s), append(all, s)
		}
	}
	pairShortcodes(all)
	return found
}

func pairShortcodes(all []*shortcode) {
	next := map[string]*shortcode{}
	for i := len(all) - 1; i >= 0; i-- {
		s := all[i]
		switch closing := next[s.name]; {
		case s.closes && !s.literal:
			next[s.name] = s
		case closing != nil && !s.literal:
			s.closedBy, s.hasPartner, closing.hasPartner = closing.number, true, true
		}
	}
	for _, s := range all {
		s.literal = s.literal || !s.isKnown()
	}
}

func (s *shortcode) isKnown() bool {
	switch {
	case s.hasPartner, quotedAttribute.MatchString(s.attributes), shortcodePrefix.MatchString(s.name):
		return true
	case singleShortcodes[s.name]:
		return s.alone || strings.TrimSpace(s.attributes) != ""
	case shortcodeElements[s.name] == 0:
		return false
	}
	return strings.HasPrefix(s.attributes, "=") || strings.Contains(s.attributes, "://") ||
		s.alone && numberAttribute.MatchString(s.attributes)
}

// numberAttribute matches the number of a video or a message, as in [tweet 123] and [polldaddy poll=123].
var numberAttribute = regexp.MustCompile(`^\s+(?:\w+=)?\d+$`)

// isBetweenSentences reports whether a part of a text node is outside of a sentence. Then it follows a stop or starts the
// line, and the next word does not continue a sentence.
func isBetweenSentences(n *html.Node, start, end int) bool {
	const window = 64 // bytes
	const space = " \t\r\u00A0"
	before := strings.TrimRight(n.Data[max(0, start-window):start], space)
	after := strings.TrimLeft(n.Data[end:min(len(n.Data), end+window)], space)
	if before == "" {
		before = neighborText(n, func(n *html.Node) (*html.Node, *html.Node) { return n.PrevSibling, n.LastChild })
		before = strings.TrimRight(before[max(0, len(before)-window):], space)
	}
	if after == "" {
		after = neighborText(n, func(n *html.Node) (*html.Node, *html.Node) { return n.NextSibling, n.FirstChild })
		after = strings.TrimLeft(after[:min(len(after), window)], space)
	}
	first, _ := utf8.DecodeRuneInString(after)
	last, _ := utf8.DecodeLastRuneInString(before)
	return (before == "" || last == '\n' || last == ']' || strings.ContainsRune(sentenceStops, last)) && !unicode.IsLower(first) &&
		(after == "" || !strings.ContainsRune(sentenceStops+",;:", first))
}

// neighborText returns the text beside a node in its line, or "". The parameter step returns a node's sibling and its
// nearest child.
func neighborText(n *html.Node, step func(*html.Node) (sibling, child *html.Node)) string {
	next, _ := step(n)
	for next == nil && n.Parent != nil && !blockElements[n.Parent.DataAtom] {
		n = n.Parent
		next, _ = step(n)
	}
	for next != nil && !endsLine(next) {
		if next.Type == html.TextNode {
			return next.Data
		}
		_, next = step(next)
	}
	return ""
}

// columnName matches the names of shortcodes for rows and columns, which separate words.
var columnName = regexp.MustCompile(`^(?:one|two|three|four)_|col(?:umn)?s?(?:_|$)|_row`)

// A shortcodeReplacer replaces shortcodes, node by node. Between the shortcodes of code or media, it collects the text.
type shortcodeReplacer struct {
	element  *html.Node // the element whose text is enclosed, or nil
	until    int        // number of the shortcode that ends it
	enclosed strings.Builder
}

func (r *shortcodeReplacer) replaceIn(n *html.Node, shortcodes []*shortcode) {
	text, done := n.Data, 0
	var kept strings.Builder
	write := func(part string) {
		if r.element != nil {
			r.enclosed.WriteString(strings.Trim(part, "\r\n"))
		} else {
			kept.WriteString(part)
		}
	}
	for _, s := range shortcodes {
		switch name := shortcodeElements[s.name]; {
		case s.literal || r.element != nil && s.number != r.until:
			continue
		case r.element != nil:
			write(text[done:s.start])
			r.endElement()
		case name != 0 && !s.closes:
			write(text[done:s.start])
			n.Data = kept.String()
			kept.Reset()
			n = r.startElement(n, name, s)
		default:
			write(text[done:s.start])
			if columnName.MatchString(s.name) {
				write(" ")
			}
		}
		done = s.end
	}
	write(text[done:])
	n.Data = kept.String()
}

// startElement inserts an element after a text node, and a new text node for the text after the element. It returns the
// new text node.
func (r *shortcodeReplacer) startElement(n *html.Node, name atom.Atom, s *shortcode) *html.Node {
	element := &html.Node{Type: html.ElementNode, Data: name.String(), DataAtom: name}
	after := &html.Node{Type: html.TextNode}
	n.Parent.InsertBefore(element, n.NextSibling)
	n.Parent.InsertBefore(after, element.NextSibling)
	if s.closedBy >= 0 {
		r.element, r.until = element, s.closedBy
	}
	return after
}

// endElement gives an element the text that its shortcodes enclose.
func (r *shortcodeReplacer) endElement() {
	if r.element.DataAtom == atom.Math || r.element.DataAtom == atom.Pre {
		r.element.AppendChild(&html.Node{Type: html.TextNode, Data: r.enclosed.String()})
	}
	r.element = nil
	r.enclosed.Reset()
}
