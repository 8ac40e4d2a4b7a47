package alexa

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	joiner        = '\u200D' // joins several emoji into one
	emojiSelector = '\uFE0F' // turns a symbol into an emoji
	keycap        = '\u20E3' // turns a digit into a keycap
)

// toSSMLText cleans a text as [Speech.Text] describes and escapes it for SSML.
func toSSMLText(text string) string {
	var w ssmlWriter
	w.out.Grow(len(text) + len(text)/16)
	for rest := text; rest != ""; {
		if n := verbatimLength(rest); n > 0 {
			w.writeWords(rest[:n], rune(rest[0]))
			rest = rest[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		w.writeRune(r, rest[:size], rest[size:])
		rest = rest[size:]
	}
	return w.out.String()
}

// verbatimLength returns how many bytes at the beginning of text toSSMLText can copy unchanged: ASCII words with single
// spaces between them. If a character that is not ASCII follows, the last byte before it does not count, because it can
// be the digit of a keycap emoji.
func verbatimLength(text string) int {
	for i := range len(text) {
		switch c := text[i]; {
		case isPlainByte(c):
		case c == ' ' && i > 0 && i+1 < len(text) && isPlainByte(text[i+1]):
		case c >= utf8.RuneSelf && i > 0:
			return len(strings.TrimSuffix(text[:i-1], " "))
		default:
			return i
		}
	}
	return len(text)
}

func isPlainByte(c byte) bool {
	return c > ' ' && c < 0x7F && c != '&' && c != '<' && c != '>' && c != '"' && c != '\''
}

// ssmlWriter writes words. It replaces white space and emoji between words with one space.
type ssmlWriter struct {
	out   strings.Builder
	space bool // white space since the last word
	emoji bool
	prev  rune
}

// writeRune adds the character r. The parameter char is r as a string, and after is the text that follows r.
func (w *ssmlWriter) writeRune(r rune, char, after string) {
	switch {
	case unicode.IsSpace(r):
		w.space = true
	case w.isEmoji(r, after):
		w.emoji = true
	case !isSilent(r):
		w.writeWords(escapeXML(char), r)
	}
	w.prev = r
}

// writeWords adds words that begin with the character r.
func (w *ssmlWriter) writeWords(words string, r rune) {
	switch {
	case w.out.Len() == 0:
	case w.emoji && isTrailingPunctuation(r): // "Great post 🎉!" is spoken as "Great post!"
	case w.space, w.emoji:
		w.out.WriteByte(' ')
	}
	w.out.WriteString(words)
	w.space, w.emoji, w.prev = false, false, 0
}

// isEmoji reports whether r, or the sequence that begins with r, is a picture and not text. A symbol that can be shown
// as text or as an emoji counts as text, unless a selector, a skin tone or a joiner follows. ©, ® and ™ and all letters
// and digits are text.
func (w *ssmlWriter) isEmoji(r rune, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	switch {
	case isPictograph(r):
		return true
	case '0' <= r && r <= '9', r == '#', r == '*':
		return next == keycap || strings.HasPrefix(after, string(emojiSelector)+string(keycap))
	case r < '\u203C' || r > '\u3299' || r == '™': // the range of symbols with both presentations, from ‼ to ㊙
		return false
	}
	return next == emojiSelector || next == joiner || w.prev == joiner || isSkinTone(next)
}

// isPictograph reports whether r is an emoji by itself. These are the characters of the pictograph blocks, except
// enclosed letters, and older symbols with emoji presentation (emoji-data.txt, Emoji_Presentation).
func isPictograph(r rune) bool {
	if r >= 0x1F000 {
		return r <= 0x1FAFF && (r < 0x1F100 || r > 0x1F16F)
	}
	switch r {
	case 0x231A, 0x231B, 0x23E9, 0x23EA, 0x23EB, 0x23EC, 0x23F0, 0x23F3, 0x25FD, 0x25FE,
		0x2614, 0x2615, 0x2648, 0x2649, 0x264A, 0x264B, 0x264C, 0x264D, 0x264E, 0x264F,
		0x2650, 0x2651, 0x2652, 0x2653, 0x267F, 0x2693, 0x26A1, 0x26AA, 0x26AB, 0x26BD,
		0x26BE, 0x26C4, 0x26C5, 0x26CE, 0x26D4, 0x26EA, 0x26F2, 0x26F3, 0x26F5, 0x26FA,
		0x26FD, 0x2705, 0x270A, 0x270B, 0x2728, 0x274C, 0x274E, 0x2753, 0x2754, 0x2755,
		0x2757, 0x2795, 0x2796, 0x2797, 0x27B0, 0x27BF, 0x2B1B, 0x2B1C, 0x2B50, 0x2B55:
		return true
	}
	return false
}

func isSkinTone(r rune) bool { return 0x1F3FB <= r && r <= 0x1F3FF }

// objectReplacement stands for an image or an attachment in a text that was copied from an editor.
const objectReplacement = '\uFFFC'

// isSilent reports whether r has neither sound nor width: control and format characters, surrogates, private use,
// unassigned code points, invalid UTF-8, and characters that Unicode defines as ignorable.
func isSilent(r rune) bool {
	return r == utf8.RuneError || r == objectReplacement || r == keycap || !unicode.IsPrint(r) ||
		r >= 0x034F && unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// isTrailingPunctuation reports whether r follows a word without a space.
func isTrailingPunctuation(r rune) bool {
	return strings.ContainsRune(".,;:!?)]}…", r)
}

// escapeXML escapes a character for SSML (Amazon: SSML Reference).
func escapeXML(char string) string {
	switch char {
	case "&":
		return "&amp;"
	case "<":
		return "&lt;"
	case ">":
		return "&gt;"
	case `"`:
		return "&quot;"
	case "'":
		return "&apos;"
	}
	return char
}
