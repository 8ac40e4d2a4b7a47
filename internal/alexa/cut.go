package alexa

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// units counts a text's UTF-16 code units. Amazon does not say what it counts as a character, but its side is Java,
// whose strings have the length of their code units; which is also the most that it can be.
func units(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// jsonBytes counts the bytes of a text within a JSON string, as the writer writes it.
func jsonBytes(text string) int {
	n := len(text)
	for _, r := range text {
		switch r {
		case '"', '\\', '\n', '\r', '\t':
			n++
		}
	}
	return n
}

// span is how much room there is, and by what measure.
type span struct {
	limit int
	size  func(string) int // of one piece: a tag, an entity, a character
}

// cutter finds the places where a text may end.
type cutter struct {
	span
	markup bool
	used   int  // of the text up to here
	inLang bool // here is inside <lang>
	prev   rune // what stands before here: a character, or one of the two below

	stopped bool // a sentence's end stands before here, maybe with quotes behind it
	wide    bool // and it is of a script that leaves no space behind it

	sentence, word, char int // the last places that were found: offsets
}

const (
	tagOpened rune = -1 - iota
	tagClosed
)

// cut gives the beginning of a text that is not larger than the limit: up to the last sentence's end, where there is
// none to the last word's, and in a single word to the last character's. A text that fits stays whole. In markup it
// leaves tags and entities whole, and closes what it leaves open.
func cut(text string, markup bool, to span) string {
	c := cutter{span: to, markup: markup}
	for pos := 0; ; {
		if pos == len(text) {
			return text
		}
		piece := c.piece(text[pos:])
		c.look(piece, pos)
		if c.used += c.size(piece); c.used > c.limit {
			break
		}
		c.pass(piece)
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

// piece gives what the text begins with and must not be taken apart.
func (c *cutter) piece(text string) string {
	if c.markup && (text[0] == '<' || text[0] == '&') {
		return text[:strings.IndexAny(text, ">;")+1]
	}
	_, size := utf8.DecodeRuneInString(text)
	return text[:size]
}

// look notes what kind of place is before the piece at pos, if the text may end there.
func (c *cutter) look(piece string, pos int) {
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
	case space && c.stopped, c.wide && !closesSentence(r, piece):
		c.sentence = pos
	case space:
		c.word = pos
	case !clings(r) && c.prev != joiner:
		c.char = pos
	}
}

// pass goes on behind the piece.
func (c *cutter) pass(piece string) {
	r, _ := utf8.DecodeRuneInString(piece)
	switch {
	case c.isTag(piece):
		c.inLang = strings.HasPrefix(piece, "<lang ")
		c.prev = tagClosed
		if c.inLang {
			c.prev = tagOpened
		}
		return
	case stops(r):
		c.stopped, c.wide = true, r >= '\u3000'
	case c.stopped && !closesSentence(r, piece):
		c.stopped, c.wide = false, false
	}
	c.prev = r
}

// stops reports whether a character ends a sentence, in the scripts of Alexa's
// locales. Those of the wide ones (from U+3000 on) need no space behind them.
func stops(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '।', '॥', '؟', '۔', '。', '！', '？', '．', '｡':
		return true
	}
	return false
}

func (c *cutter) isTag(piece string) bool {
	return c.markup && piece[0] == '<'
}

// closesSentence reports whether a piece may stand between a sentence's last stop and its end: quotes and brackets.
func closesSentence(r rune, piece string) bool {
	return piece == "&quot;" || piece == "&apos;" || r == '"' || r == '\'' ||
		unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi) // “ closes in German
}

// clings reports whether a character belongs to the one before it.
func clings(r rune) bool {
	return r >= 0x0300 && (r == joiner || skinTone(r) || unicode.Is(unicode.M, r))
}
