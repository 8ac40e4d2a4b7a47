package alexa

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// writer writes JSON (RFC 8259), as encoding/json does with its HTML escaping
// off: escaped, a tag takes three times its room. With encoding/json a response
// that shows a screen costs 25 µs, a good tenth of answering a request; here it is
// four.
type writer struct{ out []byte }

// field writes an object's key. Its value is to follow.
func (w *writer) field(key string) {
	w.next()
	w.quoted(key)
	w.out = append(w.out, ':')
}

// next parts a member from the one before it.
func (w *writer) next() {
	switch w.out[len(w.out)-1] {
	case '{', '[', ':':
	default:
		w.out = append(w.out, ',')
	}
}

func (w *writer) open(bracket byte)  { w.out = append(w.out, bracket) }
func (w *writer) close(bracket byte) { w.out = append(w.out, bracket) }

// begin and end write an object that is a field's value.
func (w *writer) begin(key string) { w.field(key); w.open('{') }
func (w *writer) end()             { w.close('}') }

// text writes a field with a string.
func (w *writer) text(key, value string) {
	w.field(key)
	w.quoted(value)
}

// quoted writes a string.
func (w *writer) quoted(value string) {
	w.out = append(w.out, '"')
	for rest := value; rest != ""; {
		n := plainText(rest)
		w.out = append(w.out, rest[:n]...)
		rest = rest[n:]
		if rest != "" {
			r, size := utf8.DecodeRuneInString(rest)
			w.escape(r)
			rest = rest[size:]
		}
	}
	w.out = append(w.out, '"')
}

// some writes a field with a string unless it is empty.
func (w *writer) some(key, value string) {
	if value != "" {
		w.text(key, value)
	}
}

func (w *writer) number(key string, value int64) {
	w.field(key)
	w.out = strconv.AppendInt(w.out, value, 10)
}

func (w *writer) boolean(key string, value bool) {
	w.field(key)
	w.out = strconv.AppendBool(w.out, value)
}

// raw writes a field with what is JSON already.
func (w *writer) raw(key string, value []byte) {
	w.field(key)
	w.out = append(w.out, value...)
}

// value writes a field with whatever encoding/json writes.
func (w *writer) value(key string, value any) error {
	w.field(key)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	w.out = bytes.TrimSuffix(w.out, []byte("\n"))
	return err
}

// Write takes what encoding/json has written.
func (w *writer) Write(p []byte) (int, error) {
	w.out = append(w.out, p...)
	return len(p), nil
}

// plainText gives the length of what stands for itself in a string.
func plainText(text string) int {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == '"' || c == '\\' {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
			return i
		}
		i += size
	}
	return len(text)
}

// escape writes a character that does not stand for itself. What was not UTF-8
// becomes U+FFFD; U+2028 and U+2029 end lines in JavaScript.
func (w *writer) escape(r rune) {
	switch r {
	case '"', '\\':
		w.out = append(w.out, '\\', byte(r))
	case '\n':
		w.out = append(w.out, '\\', 'n')
	case '\r':
		w.out = append(w.out, '\\', 'r')
	case '\t':
		w.out = append(w.out, '\\', 't')
	default:
		const hex = "0123456789abcdef"
		w.out = append(w.out, '\\', 'u', hex[r>>12&0xf], hex[r>>8&0xf], hex[r>>4&0xf], hex[r&0xf])
	}
}
