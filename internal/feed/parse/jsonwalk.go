package parse

import (
	"bufio"
	"encoding/json"
	"slices"
	"strings"

	"lastpost/internal/feed"
)

// jsonWalk goes through a JSON document token by token, so that no value is ever held whole: what a document says at
// length, and nobody asks for, costs nothing but time.
type jsonWalk struct{ dec *json.Decoder }

// maxJSONDepth bounds the nesting, of which the decoder remembers every level.
const maxJSONDepth = 1000

func newJSONWalk(src *bufio.Reader) *jsonWalk {
	w := &jsonWalk{json.NewDecoder(&shortener{src: src})}
	w.dec.UseNumber()
	return w
}

// object calls field with each of an object's keys; field reads the value. Any other value is passed over, and ok is
// false.
func (w *jsonWalk) object(field func(key string) error) (ok bool, err error) {
	return w.members('{', func() error {
		key, err := w.dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		return field(name)
	})
}

// list calls element for each of a list's elements, to read it. Any other value is passed over, and ok is false.
func (w *jsonWalk) list(element func() error) (ok bool, err error) {
	return w.members('[', element)
}

func (w *jsonWalk) members(open json.Delim, member func() error) (ok bool, err error) {
	token, err := w.dec.Token()
	if err != nil || token != open {
		return false, w.passOver(token, err)
	}
	for w.dec.More() {
		if err := member(); err != nil {
			return true, err
		}
	}
	_, err = w.dec.Token()
	return true, err
}

// text reads a string, or a number where a publisher took one for a string (JSON Feed 1.1, "id"). Any other value is
// passed over, and is "".
func (w *jsonWalk) text() (string, error) {
	token, err := w.dec.Token()
	switch t := token.(type) {
	case string:
		return t, err
	case json.Number:
		return t.String(), err
	}
	return "", w.passOver(token, err)
}

// texts reads those of an object's texts that are asked for.
func (w *jsonWalk) texts(keys ...string) (map[string]string, error) {
	found := map[string]string{}
	_, err := w.object(func(key string) error {
		text, err := w.text()
		if slices.Contains(keys, key) {
			found[key] = text
		}
		return err
	})
	return found, err
}

// passOver passes over what is left of the value that begins with token.
func (w *jsonWalk) passOver(token json.Token, err error) error {
	for depth := 0; ; {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		switch {
		case err != nil:
			return err
		case depth > maxJSONDepth:
			return feed.Fail(feed.ErrMalformed, nil, "nests its values more than %d deep", maxJSONDepth)
		case depth <= 0:
			return nil
		}
		token, err = w.dec.Token()
	}
}

// shortener passes JSON on, and leaves out what is beyond maxText bytes of a string. The decoder holds a string
// whole, and doubles its buffer on the way.
type shortener struct {
	src    *bufio.Reader
	size   int  // of the string or the number at hand
	quoted bool // it is a string
	escape int  // how many bytes an escape in it still has
	cut    bool // it is long enough
}

// Read implements io.Reader.
func (s *shortener) Read(p []byte) (int, error) {
	for {
		n, err := s.src.Read(p)
		kept := p[:0]
		for _, b := range p[:n] {
			if s.keeps(b) {
				kept = append(kept, b)
			}
		}
		if !s.quoted && s.size > maxToken {
			return 0, feed.Fail(feed.ErrMalformed, nil, "has a number of more than %d KiB", maxToken>>10)
		}
		if len(kept) > 0 || err != nil {
			return len(kept), err
		}
	}
}

// keeps tells whether b is passed on.
func (s *shortener) keeps(b byte) bool {
	switch {
	case !s.quoted:
		s.outside(b)
		return true
	case s.escape == 0 && b == '"':
		s.quoted, s.size, s.cut = false, 0, false
		return true
	}
	s.size++
	// Only what begins a character can be the first byte that is left out.
	s.cut = s.cut || s.size > maxText && s.escape == 0 && b&0xc0 != 0x80
	s.escape = afterEscape(s.escape, b)
	return !s.cut
}

// afterEscape is how much of an escape follows b, of whose escape left is still to come: first of all what is escaped,
// and behind a "u" four digits.
func afterEscape(left int, b byte) int {
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

// outside takes in a byte that belongs to no string.
func (s *shortener) outside(b byte) {
	switch {
	case b == '"':
		s.quoted, s.size = true, 0
	case strings.IndexByte(" \t\r\n,:[]{}", b) >= 0:
		s.size = 0
	default:
		s.size++
	}
}
