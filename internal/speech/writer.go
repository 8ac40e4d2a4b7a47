package speech

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// What stands in a line between words where HTML wants something else than a
// space. White space of the text itself never does: it is folded before.
const (
	lineBreak    = '\n' // <br>: mostly the end of a sentence, and twice of a paragraph
	sentenceStop = '\v' // the end of a sentence: an image's text
)

// writer walks a tree and collects sentences.
type writer struct {
	says Announcements
	text []sentence

	line    []byte // the words of the block that is open
	opens   bool   // the next sentence begins a paragraph
	leads   bool   // what is open is a heading
	quote   bool   // the next sentence is the first of a quotation
	quoted  int    // quotations that are open
	inRow   bool   // the line is a table's row, whatever blocks are in its cells
	inVerse bool   // a line's end in the source is one of the text
	lists   []*list
	number  string // of the list's item that is open, until it is said
}

func (w *writer) children(n *html.Node) {
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if child.Type == html.TextNode {
			w.write(child.Data)
		} else {
			w.element(child)
		}
	}
}

func (w *writer) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Br:
		w.line = append(w.line, lineBreak)
	case atom.Wbr:
	case atom.A:
		w.link(n)
	case atom.Abbr, atom.Acronym:
		w.abbreviation(n)
	case atom.Sup:
		w.raised(n)
	case atom.Q:
		w.write("“")
		w.children(n)
		w.write("”")
	case atom.Img:
		w.image(n)
	case atom.Pre, atom.Xmp, atom.Listing, atom.Plaintext:
		w.code(n)
	case atom.Table:
		w.table(n)
	case atom.Ul, atom.Ol, atom.Dl, atom.Menu, atom.Dir:
		w.list(n)
	case atom.Li, atom.Dt, atom.Dd:
		w.item(n)
	case atom.Blockquote:
		w.quotation(n)
	case atom.Video:
		w.aside(w.says.Video)
	case atom.Audio:
		w.aside(w.says.Audio)
	case atom.Iframe, atom.Embed, atom.Object:
		w.embedded(n)
	case atom.Annotation:
	default:
		w.other(n)
	}
}

func (w *writer) other(n *html.Node) {
	switch {
	case n.DataAtom == atom.Figure && hasClass(n, "wp-block-embed"):
		w.embedBlock(n)
	case headings[n.DataAtom]:
		w.part()
		w.leads = true
		w.block(n)
		w.leads = false
	case blocks[n.DataAtom]:
		w.block(n)
	default:
		w.children(n)
	}
}

// block reads a block.
func (w *writer) block(n *html.Node) {
	w.part()
	w.children(n)
	w.part()
}

// write adds words to the line.
func (w *writer) write(text string) {
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '\n' && w.inVerse:
			c = lineBreak
		case c == '\n', c == '\v':
			c = ' '
		}
		w.line = append(w.line, c)
	}
}

// part ends a block and begins another: a paragraph, unless it is within a list, whose items are sentences of one.
func (w *writer) part() {
	if w.inRow {
		w.line = append(w.line, ' ')
		return
	}
	w.flush()
	if len(w.lists) == 0 {
		w.opens = true
	}
}

// flush makes sentences of the line.
func (w *writer) flush() {
	line := string(w.line)
	w.line = w.line[:0]
	var piece strings.Builder
	for rest := line; rest != ""; {
		end := strings.IndexAny(rest, "\n\v")
		if end < 0 {
			piece.WriteString(rest)
			break
		}
		piece.WriteString(rest[:end])
		mark := rest[end]
		rest = rest[end+1:]
		empty := mark == lineBreak && strings.HasPrefix(strings.TrimLeft(rest, " \t\r\f\u00A0"), "\n")
		if mark == lineBreak && !empty && !beginsAnew(rest) {
			piece.WriteByte(' ')
			continue
		}
		w.say(piece.String())
		piece.Reset()
		if empty && len(w.lists) == 0 {
			w.opens = true
		}
	}
	w.say(piece.String())
}

// beginsAnew reports whether a line that was broken off goes on with another sentence, as it does in an address, a
// poem, or a list without <li>: it begins with anything but a small letter.
func beginsAnew(rest string) bool {
	line, _, _ := strings.Cut(rest, "\n")
	at := strings.IndexFunc(line, isWord)
	return at < 0 || !unicode.IsLower([]rune(line[at:min(at+4, len(line))])[0])
}

// say adds the sentences of a piece of text that ends where a sentence does.
func (w *writer) say(piece string) {
	words, size := clean(piece)
	if short := hosts(words); short != words { // an address may have had in it what is not said
		words, size = clean(short)
	}
	if !speakable(words) {
		return
	}
	words = withoutRuns(words)
	measure := escaped
	if size == units(words) { // nothing in it is escaped
		measure = units
	}
	words = stopped(withoutBullet(words))
	if w.number != "" {
		words = w.number + ": " + words
		w.number = ""
	}
	if w.quote {
		w.quote = false
		w.announce(w.says.Quote, true)
	}
	for _, whole := range sentences(words) {
		for _, s := range fitting(whole, measure) {
			w.add(sentence{words: s, size: measure(s), leads: w.leads || strings.HasSuffix(s, ":")})
		}
	}
}

// withoutRuns gives a text without the rest of what is more than a hundred characters that make no word. Nobody hears
// them, and to find the end of a sentence in so many brackets takes the square of the time.
func withoutRuns(words string) string {
	const most = 100
	run, long := 0, false
	count := func(r rune) rune {
		if run++; isWord(r) {
			run = 0
		}
		if run > most {
			long = true
			return -1
		}
		return r
	}
	if short := strings.Map(count, words); long {
		words, _ = clean(short)
	}
	return words
}

// withoutBullet gives a text without the marks that its author has made a list of, or a rule between paragraphs.
func withoutBullet(words string) string {
	for {
		mark, rest, ok := strings.Cut(words, " ")
		if !ok || strings.Trim(mark, "-–—*•·▪▫◦‣►▶→➜✓✔~_=#") != "" {
			return words
		}
		words = rest
	}
}

// aside says something of ours between the blocks of the post.
func (w *writer) aside(text string) {
	if w.inRow {
		return
	}
	w.part()
	w.announce(text, false)
	w.part()
}

func (w *writer) announce(text string, leads bool) {
	words, _ := clean(text)
	for _, s := range fitting(words, escaped) {
		w.add(sentence{words: s, size: escaped(s), leads: leads, aside: true})
	}
}

func (w *writer) add(s sentence) {
	s.opens, w.opens = w.opens, false
	s.plain = units(s.words)
	w.text = append(w.text, s)
}
