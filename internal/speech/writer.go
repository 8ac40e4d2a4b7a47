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

// sentenceWriter walks a tree and collects sentences.
type sentenceWriter struct {
	announcements Announcements
	sentences     []sentence

	line           []byte // the words of the block that is open
	opensParagraph bool   // the next sentence begins a paragraph
	inHeading      bool   // what is open is a heading
	announceQuote  bool   // the next sentence is the first of a quotation
	quoteDepth     int    // quotations that are open
	inRow          bool   // the line is a table's row, whatever blocks are in its cells
	inVerse        bool   // a line's end in the source is one of the text
	lists          []*listState
	itemNumber     string // of the list's item that is open, until it is said
}

func (w *sentenceWriter) writeChildren(n *html.Node) {
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if child.Type == html.TextNode {
			w.appendText(child.Data)
		} else {
			w.writeElement(child)
		}
	}
}

func (w *sentenceWriter) writeElement(n *html.Node) {
	switch n.DataAtom {
	case atom.Br:
		w.line = append(w.line, lineBreak)
	case atom.Wbr:
	case atom.A:
		w.writeLink(n)
	case atom.Abbr, atom.Acronym:
		w.writeAbbreviation(n)
	case atom.Sup:
		w.writeSuperscript(n)
	case atom.Q:
		w.appendText("“")
		w.writeChildren(n)
		w.appendText("”")
	case atom.Img:
		w.writeImage(n)
	case atom.Pre, atom.Xmp, atom.Listing, atom.Plaintext:
		w.writeCode(n)
	case atom.Table:
		w.writeTable(n)
	case atom.Ul, atom.Ol, atom.Dl, atom.Menu, atom.Dir:
		w.writeList(n)
	case atom.Li, atom.Dt, atom.Dd:
		w.writeItem(n)
	case atom.Blockquote:
		w.writeQuotation(n)
	case atom.Video:
		w.announce(w.announcements.Video)
	case atom.Audio:
		w.announce(w.announcements.Audio)
	case atom.Iframe, atom.Embed, atom.Object:
		w.announceFrame(n)
	case atom.Annotation:
	default:
		w.writeOther(n)
	}
}

func (w *sentenceWriter) writeOther(n *html.Node) {
	switch {
	case n.DataAtom == atom.Figure && hasClass(n, "wp-block-embed"):
		w.announceEmbedBlock(n)
	case headingElements[n.DataAtom]:
		w.endBlock()
		w.inHeading = true
		w.writeBlock(n)
		w.inHeading = false
	case blockElements[n.DataAtom]:
		w.writeBlock(n)
	default:
		w.writeChildren(n)
	}
}

// writeBlock reads a block.
func (w *sentenceWriter) writeBlock(n *html.Node) {
	w.endBlock()
	w.writeChildren(n)
	w.endBlock()
}

// appendText adds words to the line.
func (w *sentenceWriter) appendText(text string) {
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

// endBlock ends a block and begins another: a paragraph, unless it is within a list, whose items are sentences of one.
func (w *sentenceWriter) endBlock() {
	if w.inRow {
		w.line = append(w.line, ' ')
		return
	}
	w.flushLine()
	if len(w.lists) == 0 {
		w.opensParagraph = true
	}
}

// flushLine makes sentences of the line.
func (w *sentenceWriter) flushLine() {
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
		if mark == lineBreak && !empty && !startsNewSentence(rest) {
			piece.WriteByte(' ')
			continue
		}
		w.addSentences(piece.String())
		piece.Reset()
		if empty && len(w.lists) == 0 {
			w.opensParagraph = true
		}
	}
	w.addSentences(piece.String())
}

// startsNewSentence reports whether a line that was broken off goes on with another sentence, as it does in an address, a
// poem, or a list without <li>: it begins with anything but a small letter.
func startsNewSentence(rest string) bool {
	line, _, _ := strings.Cut(rest, "\n")
	at := strings.IndexFunc(line, isWord)
	return at < 0 || !unicode.IsLower([]rune(line[at:min(at+4, len(line))])[0])
}

// addSentences adds the sentences of a piece of text that ends where a sentence does.
func (w *sentenceWriter) addSentences(piece string) {
	words, size := cleanText(piece)
	if short := shortenURLs(words); short != words { // an address may have had in it what is not said
		words, size = cleanText(short)
	}
	if !isSpeakable(words) {
		return
	}
	words = dropLongRuns(words)
	measure := escapedLength
	if size == countUnits(words) { // nothing in it is escaped
		measure = countUnits
	}
	words = withStop(dropBullets(words))
	if w.itemNumber != "" {
		words = w.itemNumber + ": " + words
		w.itemNumber = ""
	}
	if w.announceQuote {
		w.announceQuote = false
		w.appendAnnouncement(w.announcements.Quote, true)
	}
	for _, whole := range splitSentences(words) {
		for _, s := range splitToFit(whole, measure) {
			w.appendSentence(sentence{words: s, escapedLength: measure(s), leadsIn: w.inHeading || strings.HasSuffix(s, ":")})
		}
	}
}

// dropLongRuns gives a text without the rest of what is more than a hundred characters that make no word. Nobody hears
// them, and to find the end of a sentence in so many brackets takes the square of the time.
func dropLongRuns(words string) string {
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
		words, _ = cleanText(short)
	}
	return words
}

// dropBullets gives a text without the marks that its author has made a list of, or a rule between paragraphs.
func dropBullets(words string) string {
	for {
		mark, rest, ok := strings.Cut(words, " ")
		if !ok || strings.Trim(mark, "-–—*•·▪▫◦‣►▶→➜✓✔~_=#") != "" {
			return words
		}
		words = rest
	}
}

// announce says something of ours between the blocks of the post.
func (w *sentenceWriter) announce(text string) {
	if w.inRow {
		return
	}
	w.endBlock()
	w.appendAnnouncement(text, false)
	w.endBlock()
}

func (w *sentenceWriter) appendAnnouncement(text string, leads bool) {
	words, _ := cleanText(text)
	for _, s := range splitToFit(words, escapedLength) {
		w.appendSentence(sentence{words: s, escapedLength: escapedLength(s), leadsIn: leads, isAnnouncement: true})
	}
}

func (w *sentenceWriter) appendSentence(s sentence) {
	s.opensParagraph, w.opensParagraph = w.opensParagraph, false
	s.plainLength = countUnits(s.words)
	w.sentences = append(w.sentences, s)
}
