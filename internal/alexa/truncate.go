package alexa

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Length returns a text's length in UTF-16 code units. Amazon does not define "character", but its servers run
// Java, whose strings count code units. The result is at least the number of code points.
func utf16Length(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// jsonLength returns the number of bytes that a text takes within a JSON string that Encode writes.
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

// sizeLimit is a maximum size and the function that measures the size.
type sizeLimit struct {
	limit int
	size  func(string) int // measures one piece: a tag, an entity or a character
}

// truncator finds the positions where truncate may cut a text.
type truncator struct {
	sizeLimit
	markup bool
	used   int  // size of the text up to the current position
	inLang bool // the current position is inside <lang>
	prev   rune // the previous character, or one of the two constants below

	afterStop bool // a sentence ends at the current position, possibly followed by quotes
	wideStop  bool // the script of this sentence does not use a space after it

	sentence, word, char int // offsets of the last possible cut after a sentence, a word and a character
}

const (
	tagOpened rune = -1 - iota
	tagClosed
)

// truncate returns the beginning of a text, no larger than the limit. It cuts after the last sentence, else after the
// last word, else after the last character. A text that fits does not change. In markup, it keeps tags and entities
// intact and closes an open <lang>.
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

// nextPiece returns the next indivisible piece of the text.
func (c *truncator) nextPiece(text string) string {
	switch {
	case c.markup && text[0] == '<':
		return firstTag(text)
	case c.markup && text[0] == '&':
		return text[:strings.IndexByte(text, ';')+1]
	}
	_, size := utf8.DecodeRuneInString(text)
	return text[:size]
}

// recordBreak records the position before the piece if truncate may cut the text there.
func (c *truncator) recordBreak(piece string, pos int) {
	end := c.used
	if c.inLang {
		end += c.size(langClose)
	}
	if end > c.limit || c.prev == tagOpened || c.isTag(piece) {
		return
	}
	r, _ := utf8.DecodeRuneInString(c.spokenPart(piece))
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

// advance moves the current position behind a piece.
func (c *truncator) advance(piece string) {
	r := lastRune(c.spokenPart(piece))
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

// isSentenceStop reports whether a character ends a sentence in a script of Alexa's locales. Wide marks, from U+3000
// on, do not need a space after them.
func isSentenceStop(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '।', '॥', '؟', '۔', '。', '！', '？', '．', '｡':
		return true
	}
	return false
}

// isTag reports whether a piece is a tag without words.
func (c *truncator) isTag(piece string) bool {
	return c.markup && piece[0] == '<' && markedWord(piece) == ""
}

// spokenPart returns the word of a marked word, and any other piece as it is.
func (c *truncator) spokenPart(piece string) string {
	if c.markup {
		return cmp.Or(markedWord(piece), piece)
	}
	return piece
}

// isClosingMark reports whether a piece is a closing quote or bracket. Such a piece after a sentence's stop belongs to
// the sentence.
func isClosingMark(r rune, piece string) bool {
	return piece == "&quot;" || piece == "&apos;" || r == '"' || r == '\'' ||
		unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi) // “ closes in German
}

// isCombining reports whether a character modifies the one before it.
func isCombining(r rune) bool {
	return r >= 0x0300 && (r == joiner || isSkinTone(r) || unicode.Is(unicode.M, r))
}
