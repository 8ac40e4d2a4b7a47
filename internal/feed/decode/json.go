package decode

import (
	"bufio"
	"strconv"
	"strings"
	"unicode/utf16"

	"lastpost/internal/feed"
)

// JSONSource copies JSON to the JSON decoder. It drops the part of each string beyond MaxText bytes, because the decoder
// stores the entire string and doubles its buffer as it grows. It also repairs what decoders refuse: control characters
// in strings, unknown escapes, and a comma after the last element.
type JSONSource struct {
	src        *bufio.Reader
	out        []byte // repaired bytes; those from pos on are not yet returned
	pos        int
	err        error  // the error that ended reading
	size       int    // length of the current string or number so far
	quoted     bool   // the current value is a string
	escape     []byte // the current escape, not yet written
	truncating bool   // the rest of the string is dropped
	comma      bool   // a comma is not yet written
}

// NewJSONSource returns a source of the document that src contains. src is UTF-8.
func NewJSONSource(src *bufio.Reader) *JSONSource { return &JSONSource{src: src} }

// Read implements io.Reader.
func (s *JSONSource) Read(p []byte) (int, error) {
	for s.pos == len(s.out) {
		if s.err != nil {
			return 0, s.err
		}
		s.readPiece()
	}
	n := copy(p, s.out[s.pos:])
	s.pos += n
	return n, nil
}

// readPiece repairs the bytes that are in the buffer of src.
func (s *JSONSource) readPiece() {
	s.out, s.pos = s.out[:0], 0
	if _, s.err = s.src.Peek(1); s.err != nil {
		return
	}
	b, _ := s.src.Peek(s.src.Buffered())
	for _, c := range b {
		if s.quoted {
			s.addToString(c)
		} else {
			s.addOutsideString(c)
		}
	}
	_, _ = s.src.Discard(len(b))
	if !s.quoted && s.size > MaxToken {
		s.err = feed.NewFault(feed.ErrMalformed, nil, "has a number of more than %d KiB", MaxToken>>10)
	}
}

// addToString writes a byte of a string, or its end.
func (s *JSONSource) addToString(c byte) {
	s.size++
	switch {
	case len(s.escape) > 0 && s.addToEscape(c):
	case c == '"':
		s.quoted, s.size, s.truncating = false, 0, false
		s.out = append(s.out, c)
	default:
		// Truncation starts only at the first byte of a character.
		s.truncating = s.truncating || s.size > MaxText && c&0xc0 != 0x80
		if c == '\\' {
			s.escape = append(s.escape, c)
			return
		}
		if c < ' ' {
			c = ' '
		}
		s.writeText(c)
	}
}

func (s *JSONSource) writeText(text ...byte) {
	if !s.truncating {
		s.out = append(s.out, text...)
	}
}

// addToEscape adds a byte to the escape. It drops an escape that JSON does not know; belongs is false if the byte is text
// after such an escape.
func (s *JSONSource) addToEscape(c byte) (belongs bool) {
	_, isHex := digitValue(c, 16)
	switch first := len(s.escape) == 1; {
	case first && c == 'u', len(s.escape) < len(`\u123`) && !first && isHex:
		s.escape = append(s.escape, c)
		return true
	case first && strings.IndexByte(`"\/bfnrt`, c) >= 0, !first && isHex:
		s.writeEscape(append(s.escape, c))
		s.escape = s.escape[:0]
		return true
	}
	s.escape = s.escape[:0]
	return false
}

// writeEscape writes a complete escape. It drops control characters, and converts those of Windows-1252.
func (s *JSONSource) writeEscape(escape []byte) {
	value, err := strconv.ParseUint(string(escape[2:]), 16, 16)
	r := fromWindows1252(rune(value))
	switch {
	case err != nil || utf16.IsSurrogate(r) || r == rune(value) && !isForbidden(r):
		s.writeText(escape...)
	case !isForbidden(r):
		s.writeText([]byte(string(r))...)
	}
}

// addOutsideString writes a byte outside of strings.
func (s *JSONSource) addOutsideString(c byte) {
	switch {
	case c == ',':
		s.comma, s.size = true, 0
		return
	case isSpace(c):
		s.size = 0
	case c == '"':
		s.quoted, s.size = true, 0
	case strings.IndexByte(":[]{}", c) >= 0:
		s.size = 0
	default:
		s.size++
	}
	if s.comma && !isSpace(c) {
		if c != ']' && c != '}' {
			s.out = append(s.out, ',')
		}
		s.comma = false
	}
	s.out = append(s.out, c)
}
