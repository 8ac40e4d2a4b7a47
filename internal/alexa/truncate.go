package alexa

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Length counts a text's UTF-16 code units. Amazon does not say what it counts as a character, but its side is Java,
// whose strings have the length of their code units; which is also the most that it can be.
func utf16Length(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// jsonLength counts the bytes of a text within a JSON string, as the writer writes it.
func jsonLength(text string) int {
	n := len(text)
	for _, r := range text {
		switch r {
		case '"', '\\', '\n', '\r', '\t':
			n++
		}
	}
	return n
}

// sizeLimit is how much room there is, and by what measure.
type sizeLimit struct {
	limit int
	size  func(string) int // of one piece: a tag, an entity, a character
}

// truncator finds the places where a text may end.
type truncator struct {
	sizeLimit
	markup bool
	used   int  // of the text up to here
	inLang bool // here is inside <lang>
	prev   rune // what stands before here: a character, or one of the two below

	afterStop bool // a sentence's end stands before here, maybe with quotes behind it
	wideStop  bool // and it is of a script that leaves no space behind it

	sentence, word, char int // the last places that were found: offsets
}

const (
	tagOpened rune = -1 - iota
	tagClosed
)

// truncate gives the beginning of a text that is not larger than the limit: up to the last sentence's end, where there is
// none to the last word's, and in a single word to the last character's. A text that fits stays whole. In markup it
// leaves tags and entities whole, and closes what it leaves open.
func truncate(text string, markup bool, to sizeLimit) string {
	c := truncator{sizeLimit: to, markup: markup}
	for pos := 0; ; {
		if pos == len(text) {
			return text
		}
		piece := c.nextPiece(text[pos:])
		c.recordBreak(piece, pos)
		if c.used += c.size(piece); c.used > c.limit {
			break
		}
		c.advance(piece)
		pos += len(piece)
	}
	end := c.char
	if c.sentence > 0 {
		end = c.sentence
	} else if c.word > 0 {
		end = c.word
	}
	text = text[:end]
	if markup && strings.LastIndex(text, "<lang ") > strings.LastIndex(text, langClose) {
		text += langClose
	}
	return text
}

// nextPiece gives what the text begins with and must not be taken apart.
func (c *truncator) nextPiece(text string) string {
	if c.markup && (text[0] == '<' || text[0] == '&') {
		return text[:strings.IndexAny(text, ">;")+1]
	}
	_, size := utf8.DecodeRuneInString(text)
	return text[:size]
}

// recordBreak notes what kind of place is before the piece at pos, if the text may end there.
func (c *truncator) recordBreak(piece string, pos int) {
	end := c.used
	if c.inLang {
		end += c.size(langClose)
	}
	if end > c.limit || c.prev == tagOpened || c.isTag(piece) {
		return
	}
	r, _ := utf8.DecodeRuneInString(piece)
	switch space := unicode.IsSpace(r); {
	case space && unicode.IsSpace(c.prev):
	case space && c.afterStop, c.wideStop && !isClosingMark(r, piece):
		c.sentence = pos
	case space:
		c.word = pos
	case !isCombining(r) && c.prev != joiner:
		c.char = pos
	}
}

// advance goes on behind the piece.
func (c *truncator) advance(piece string) {
	r, _ := utf8.DecodeRuneInString(piece)
	switch {
	case c.isTag(piece):
		c.inLang = strings.HasPrefix(piece, "<lang ")
		c.prev = tagClosed
		if c.inLang {
			c.prev = tagOpened
		}
		return
	case isSentenceStop(r):
		c.afterStop, c.wideStop = true, r >= '\u3000'
	case c.afterStop && !isClosingMark(r, piece):
		c.afterStop, c.wideStop = false, false
	}
	c.prev = r
}

// isSentenceStop reports whether a character ends a sentence, in the scripts of Alexa's
// locales. Those of the wide ones (from U+3000 on) need no space behind them.
func isSentenceStop(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '।', '॥', '؟', '۔', '。', '！', '？', '．', '｡':
		return true
	}
	return false
}

func (c *truncator) isTag(piece string) bool {
	return c.markup && piece[0] == '<'
}

// isClosingMark reports whether a piece may stand between a sentence's last stop and its end: quotes and brackets.
func isClosingMark(r rune, piece string) bool {
	return piece == "&quot;" || piece == "&apos;" || r == '"' || r == '\'' ||
		unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi) // “ closes in German
}

// isCombining reports whether a character belongs to the one before it.
func isCombining(r rune) bool {
	return r >= 0x0300 && (r == joiner || isSkinTone(r) || unicode.Is(unicode.M, r))
}
