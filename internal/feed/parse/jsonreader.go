package parse

import (
	"bufio"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"lastpost/internal/feed"
)

// jsonReader goes through a JSON document token by token, so that no value is ever held whole: what a document says at
// length, and nobody asks for, costs nothing but time.
type jsonReader struct{ dec *jsontext.Decoder }

func newJSONReader(src *bufio.Reader) *jsonReader {
	return &jsonReader{jsontext.NewDecoder(&stringTruncator{src: src}, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
}

// readObject calls field with each of an object's keys; field reads the value. Any other value is passed over, and ok is
// false.
func (w *jsonReader) readObject(field func(key string) error) (ok bool, err error) {
	return w.readMembers(jsontext.BeginObject, jsontext.EndObject, func() error {
		key, err := w.dec.ReadToken()
		if err != nil {
			return err
		}
		return field(key.String())
	})
}

// readList calls element for each of a list's elements, to read it. Any other value is passed over, and ok is false.
func (w *jsonReader) readList(element func() error) (ok bool, err error) {
	return w.readMembers(jsontext.BeginArray, jsontext.EndArray, element)
}

func (w *jsonReader) readMembers(begin, end jsontext.Token, member func() error) (ok bool, err error) {
	if w.dec.PeekKind() != begin.Kind() {
		return false, w.dec.SkipValue()
	}
	_, err = w.dec.ReadToken()
	for err == nil && w.dec.PeekKind() != end.Kind() {
		err = member()
	}
	if err == nil {
		_, err = w.dec.ReadToken()
	}
	return true, err
}

// readText reads a string, or a number where a publisher took one for a string (JSON Feed 1.1, "id"). Any other value is
// passed over, and is "".
func (w *jsonReader) readText() (string, error) {
	if kind := w.dec.PeekKind(); kind != '"' && kind != '0' {
		return "", w.dec.SkipValue()
	}
	token, err := w.dec.ReadToken()
	if err != nil {
		return "", err
	}
	return token.String(), nil
}

// readTexts reads those of an object's texts that are asked for.
func (w *jsonReader) readTexts(keys ...string) (map[string]string, error) {
	found := map[string]string{}
	_, err := w.readObject(func(key string) error {
		text, err := w.readText()
		if slices.Contains(keys, key) {
			found[key] = text
		}
		return err
	})
	return found, err
}

// stringTruncator passes JSON on, and leaves out what is beyond maxText bytes of a string. The decoder holds a string
// whole, and doubles its buffer on the way.
type stringTruncator struct {
	src        *bufio.Reader
	size       int  // of the string or the number at hand
	quoted     bool // it is a string
	escapeLeft int  // how many bytes an escape in it still has
	truncating bool // it is long enough
}

// Read implements io.Reader.
func (s *stringTruncator) Read(p []byte) (int, error) {
	for {
		n, err := s.src.Read(p)
		kept := p[:0]
		for _, b := range p[:n] {
			if s.keepsByte(b) {
				kept = append(kept, b)
			}
		}
		if !s.quoted && s.size > maxToken {
			return 0, feed.NewFault(feed.ErrMalformed, nil, "has a number of more than %d KiB", maxToken>>10)
		}
		if len(kept) > 0 || err != nil {
			return len(kept), err
		}
	}
}

// keepsByte tells whether b is passed on.
func (s *stringTruncator) keepsByte(b byte) bool {
	switch {
	case !s.quoted:
		s.trackOutsideString(b)
		return true
	case s.escapeLeft == 0 && b == '"':
		s.quoted, s.size, s.truncating = false, 0, false
		return true
	}
	s.size++
	// Only what begins a character can be the first byte that is left out.
	s.truncating = s.truncating || s.size > maxText && s.escapeLeft == 0 && b&0xc0 != 0x80
	s.escapeLeft = escapeBytesLeft(s.escapeLeft, b)
	return !s.truncating
}

// escapeBytesLeft is how much of an escape follows b, of whose escape left is still to come: first of all what is escaped,
// and behind a "u" four digits.
func escapeBytesLeft(left int, b byte) int {
	const begun = 5
	switch {
	case left == 0 && b == '\\':
		return begun
	case left == begun && b == 'u':
		return begun - 1
	case left == begun:
		return 0
	}
	return max(left-1, 0)
}

// trackOutsideString takes in a byte that belongs to no string.
func (s *stringTruncator) trackOutsideString(b byte) {
	switch {
	case b == '"':
		s.quoted, s.size = true, 0
	case strings.IndexByte(" \t\r\n,:[]{}", b) >= 0:
		s.size = 0
	default:
		s.size++
	}
}
