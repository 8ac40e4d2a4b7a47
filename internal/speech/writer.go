package speech

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lastpost/internal/speech/prose"
)

// Separators in the current line. The text itself never contains them, because its white space is collapsed first.
const (
	lineBreak    = '\n' // <br>: usually the end of a sentence; two end a paragraph
	sentenceStop = '\v' // the end of a sentence, after the text of an image
)

// sentenceWriter walks a tree and collects sentences.
type sentenceWriter struct {
	announcements Announcements
	sentences     []sentence

	line           []byte // words of the current block
	opensParagraph bool   // the next sentence starts a paragraph
	inHeading      bool   // the current block is a heading
	announceQuote  bool   // the next sentence starts a quotation
	quoteDepth     int    // number of open quotations
	inRow          bool   // the line is a table row; blocks in its cells do not end the line
	inVerse        bool   // line breaks in the source are significant
	lists          []*listState
	itemNumber     string // number of the current list item, until it is spoken
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
	case atom.Math:
		w.writeFormula(n)
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

// writeBlock writes a block element.
func (w *sentenceWriter) writeBlock(n *html.Node) {
	w.endBlock()
	w.writeChildren(n)
	w.endBlock()
}

// appendText appends words to the line.
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

// endBlock ends a block. The next block is a new paragraph, except in a list: all its items form one paragraph.
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

// flushLine splits the line into sentences.
func (w *sentenceWriter) flushLine() {
	line := string(w.line)
	w.line = w.line[:0]
	isList := strings.Contains(line, "\n") && len(listLine.FindAllStringIndex(line, 2)) == 2
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
		if mark == lineBreak && !empty && !startsNewSentence(rest) && (!isList || !startsWithBullet(rest)) {
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

// startsNewSentence reports whether the text after a line break is a new sentence, as in an address, a poem, or a list
// without <li>: it does not start with a lower-case letter.
func startsNewSentence(rest string) bool {
	line, _, _ := strings.Cut(rest, "\n")
	at := strings.IndexFunc(line, prose.IsWord)
	return at < 0 || !unicode.IsLower([]rune(line[at:min(at+4, len(line))])[0])
}

// listLine matches the beginning of a line that the author began with a bullet.
var listLine = regexp.MustCompile(`(?:^|\n)[ \t\r\f\x{A0}]*(?:[-–—*•·▪▫◦‣►▶→➜✓✔~+][ \x{A0}]|[-•]\pL)`)

// isPlainList reports whether a post is plain text, without elements, and contains a list.
func isPlainList(root *html.Node) bool {
	text := root.FirstChild
	return text != nil && text == root.LastChild && text.Type == html.TextNode && len(listLine.FindAllStringIndex(text.Data, 2)) == 2
}

// startsWithBullet reports whether the text after a line break starts with a bullet.
func startsWithBullet(rest string) bool {
	at := listLine.FindStringIndex(rest[:min(len(rest), 64)])
	return at != nil && at[0] == 0 && !strings.HasPrefix(rest, "\n")
}

// addSentences adds the sentences of a text that ends with a sentence.
func (w *sentenceWriter) addSentences(piece string) {
	words, size := cleanText(piece)
	if short := prose.ShortenURLs(words); short != words { // clean again: a URL may hide characters that are not spoken
		words, size = cleanText(short)
	}
	if !isSpeakable(words) {
		return
	}
	words = commaStop.Replace(dropLongRuns(words))
	measure := escapedLength
	if size == countUnits(words) { // nothing needs escaping
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
	for _, text := range prose.SplitSentences(words) {
		for _, s := range splitToFit(text, measure) {
			w.appendSentence(sentence{words: s, escapedLength: measure(s), leadsIn: w.inHeading || strings.HasSuffix(s, ":")})
		}
	}
}

// commaStop replaces a Japanese comma and a stop by the stop.
var commaStop = strings.NewReplacer("、.", "。", "、。", "。")

// dropLongRuns removes the rest of each run of more than a hundred characters that are not words. Alexa does not speak
// them, and finding the end of a sentence in such a run takes quadratic time.
func dropLongRuns(words string) string {
	const maxRun = 100
	run, tooLong := 0, false
	count := func(r rune) rune {
		if run++; prose.IsWord(r) {
			run = 0
		}
		if run > maxRun {
			tooLong = true
			return -1
		}
		return r
	}
	if short := strings.Map(count, words); tooLong {
		words, _ = cleanText(short)
	}
	return words
}

// dropBullets removes leading characters that the author uses as a list bullet or a separator.
func dropBullets(words string) string {
	words = strings.TrimLeft(words, "・●○■□◆◇")
	for {
		mark, rest, ok := strings.Cut(words, " ")
		if !ok || strings.Trim(mark, "-–—*•·▪▫◦‣►▶→➜✓✔~_=#") != "" {
			if listLine.MatchString(words[:min(len(words), 8)]) { // -salt
				return strings.TrimLeft(words, "-•")
			}
			return words
		}
		words = rest
	}
}

// announce adds an announcement as a separate paragraph.
func (w *sentenceWriter) announce(text string) {
	if w.inRow {
		return
	}
	w.endBlock()
	w.appendAnnouncement(text, false)
	w.endBlock()
}

func (w *sentenceWriter) appendAnnouncement(text string, leadsIn bool) {
	words, _ := cleanText(text)
	for _, s := range splitToFit(words, escapedLength) {
		w.appendSentence(sentence{words: s, escapedLength: escapedLength(s), leadsIn: leadsIn, isAnnouncement: true})
	}
}

func (w *sentenceWriter) appendSentence(s sentence) {
	s.opensParagraph, w.opensParagraph = w.opensParagraph, false
	s.plainLength = countUnits(s.words)
	w.sentences = append(w.sentences, s)
}
