package decode

import (
	"bytes"
	"encoding/xml"
	"slices"
	"unicode/utf8"

	"lastpost/internal/feed"
)

// repairStartTag writes a start tag with all attributes in quotes. It drops bytes that cannot be in a tag. A missing ">"
// before the next tag is added.
func (r *repairer) repairStartTag() {
	r.discard(1)
	r.readName()
	r.out = r.open.closeBefore(r.out, r.name)
	r.out = append(append(r.out, '<'), r.name...)
	r.open.push(r.name)
	for r.err == nil {
		switch c := r.peekByte(); {
		case len(r.out) > MaxToken:
			r.err = tagTooLong()
		case c == '>' || c == '<':
			r.discard(oneIf(c == '>'))
			r.write(">")
			return
		case c == '/' && bytes.Equal(r.peek(2), []byte("/>")):
			r.discard(2)
			r.write("/>")
			r.open.pop()
			return
		case isNameStart(c):
			if r.repairAttribute() {
				return
			}
		case r.err == nil:
			r.discard(1)
		}
	}
}

// tagTooLong returns the error for a tag of more than MaxToken bytes. Its attributes would need about a hundred times
// more memory in the decoder. The limit stops a hostile feed from exhausting the memory.
func tagTooLong() error {
	return feed.NewFault(feed.ErrMalformed, nil, "has a tag of more than %d KiB", MaxToken>>10)
}

// repairAttribute writes an attribute. Without a value, its name is the value, as encoding/xml does. endsTag reports
// whether the value does not have an end quote and the tag has ended before it.
func (r *repairer) repairAttribute() (endsTag bool) {
	r.readName()
	r.out = append(append(append(r.out, ' '), r.name...), '=')
	r.skipSpace()
	if r.peekByte() != '=' {
		r.out = append(append(append(r.out, '"'), r.name...), '"')
		return false
	}
	r.discard(1)
	r.skipSpace()
	if c := r.peekByte(); c == '"' || c == '\'' {
		r.discard(1)
		return r.repairQuoted(c)
	}
	r.repairUnquoted()
	return false
}

// repairQuoted writes the value of an attribute up to its end quote. If the value contains ">" and then "<", the end
// quote is missing, and the tag ends at the ">". The end quote is also missing if the quote opens the next value.
func (r *repairer) repairQuoted(quote byte) (endsTag bool) {
	r.out = append(r.out, quote)
	start, tagEnd := len(r.out), -1
	for depth := 0; r.err == nil; {
		c := r.peekByte()
		switch {
		case r.err != nil:
		case c == quote:
			r.discard(1)
			next := nextAttribute(r.out[start:])
			if next < 0 || r.endsValue() {
				r.out = append(r.out, quote)
				return false
			}
			r.insertQuote(start+next, quote)
			r.out = append(r.out, quote)
			start, tagEnd, depth = len(r.out), -1, 0
			continue
		case c == '<' && tagEnd >= 0:
			r.endTagAt(tagEnd, quote)
			return true
		case c == '<':
			depth++
		case c == '>' && depth > 0:
			depth--
		case c == '>' && tagEnd < 0:
			tagEnd = len(r.out)
		}
		r.repairValueByte(c)
	}
	return false
}

// endsValue reports whether the next byte can follow a value.
func (r *repairer) endsValue() bool {
	c := r.peekByte()
	return isSpace(c) || c == '>' || c == '/'
}

// nextAttribute returns where the space before the last word of a value starts if this word is a name and "=". It
// returns -1 for other values, also for a word with characters that encoding/xml does not accept in a name.
func nextAttribute(value []byte) int {
	name, found := bytes.CutSuffix(value, []byte("="))
	n := len(name)
	for n > 0 && isNameByte(name[n-1]) {
		n--
	}
	if !found || n == len(name) || !isNameStart(name[n]) || n == 0 || !isSpace(name[n-1]) || !isXMLName(name[n:]) {
		return -1
	}
	return n - 1
}

// insertQuote inserts a missing end quote at an offset.
func (r *repairer) insertQuote(at int, quote byte) { r.out = slices.Insert(r.out, at, quote) }

// endTagAt ends the value and the tag at the ">" at an offset. The rest is text, in which "]]>" is forbidden.
func (r *repairer) endTagAt(at int, quote byte) {
	if r.out[at-1] == '/' {
		at--
		r.open.pop()
	}
	r.insertQuote(at, quote)
	rest := r.out[at+1:]
	r.out = append(r.out[:at+1], bytes.ReplaceAll(rest, []byte("]]>"), []byte("]]&gt;"))...)
}

// repairUnquoted writes the value of an attribute that is not in quotes.
func (r *repairer) repairUnquoted() {
	r.out = append(r.out, '"')
	for r.err == nil {
		c := r.peekByte()
		if r.err != nil || isSpace(c) || c == '>' || c == '<' || c == '/' && bytes.Equal(r.peek(2), []byte("/>")) {
			break
		}
		if c == '"' || c == '\'' {
			r.discard(1)
			continue
		}
		r.repairValueByte(c)
	}
	r.out = append(r.out, '"')
}

// repairValueByte writes the next byte c of a value, or the reference that starts with it.
func (r *repairer) repairValueByte(c byte) {
	n := 1
	switch {
	case r.err != nil:
		return
	case len(r.out) > 2*MaxToken:
		r.err = tagTooLong()
		return
	case c == '<':
		r.write("&lt;")
	case c == '&':
		r.out, n = appendReference(r.out, r.peek(2*maxReference))
	default:
		r.out = append(r.out, c)
	}
	r.discard(n)
}

// repairEndTag writes the end tags of all open elements up to the named one. It drops an end tag without a start tag.
func (r *repairer) repairEndTag() {
	r.discard(len("</"))
	r.readName()
	for c := r.peekByte(); r.err == nil && c != '<'; c = r.peekByte() {
		if r.discard(1); c == '>' {
			break
		}
	}
	r.out = r.open.closeElement(r.out, r.name)
}

// readName reads a name into r.name. It drops a second colon, and all bytes that encoding/xml does not accept.
func (r *repairer) readName() {
	r.name = r.name[:0]
	colon := false
	for c := r.peekByte(); isNameByte(c); c = r.peekByte() {
		if c != ':' || !colon {
			r.name = append(r.name, c)
		}
		colon = colon || c == ':'
		if r.discard(1); len(r.name) > maxName {
			break
		}
	}
	if !isXMLName(r.name) {
		r.name = bytes.Map(func(c rune) rune {
			if c >= utf8.RuneSelf {
				return 'x'
			}
			return c
		}, r.name)
	}
}

// maxName limits the length of a name in bytes. The rest of a longer name becomes an attribute.
const maxName = 256

// isXMLName reports whether encoding/xml accepts the name that starts with isNameStart and continues with isNameByte.
func isXMLName(name []byte) bool {
	if !slices.ContainsFunc(name, func(c byte) bool { return c >= utf8.RuneSelf }) {
		return bytes.Count(name, []byte(":")) <= 1
	}
	_, err := xml.NewDecoder(bytes.NewReader(append(append([]byte("<"), name...), "/>"...))).RawToken()
	return err == nil
}

func (r *repairer) skipSpace() {
	for isSpace(r.peekByte()) {
		r.discard(1)
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// isNameStart reports whether a name can start with c. A byte of a character that is not ASCII counts as a letter.
func isNameStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == ':' || c >= utf8.RuneSelf
}

func isNameByte(c byte) bool {
	return isNameStart(c) || c >= '0' && c <= '9' || c == '-' || c == '.'
}
