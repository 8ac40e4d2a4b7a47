package parse

import (
	"bufio"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"lastpost/internal/feed"
	"lastpost/internal/feed/decode"
)

// jsonReader reads a JSON document token by token and never holds an entire object or list. So skipped values of any
// length use no memory.
type jsonReader struct{ dec *jsontext.Decoder }

func newJSONReader(src *bufio.Reader) *jsonReader {
	return &jsonReader{jsontext.NewDecoder(&stringTruncator{src: src}, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
}

// readObject calls field with each key of an object, and field reads the value. If the next value is not an object,
// readObject skips it and ok is false.
func (w *jsonReader) readObject(field func(key string) error) (ok bool, err error) {
	return w.readMembers(jsontext.BeginObject, jsontext.EndObject, func() error {
		key, err := w.dec.ReadToken()
		if err != nil {
			return err
		}
		return field(key.String())
	})
}

// For each element of a list, readList calls the function element, which reads it. If the next value is not a list,
// readList skips it and ok is false.
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

// readText reads a string or a number. Some publishers write numbers as IDs, which JSON Feed 1.1 allows for. It skips
// any other value and returns "".
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

// readTexts reads an object and returns the text values of the given keys.
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

// readAuthors reads an author, or a list of them. Each is an object with a name; some publishers write only the name.
func (w *jsonReader) readAuthors(authors *[]string) error {
	if w.dec.PeekKind() != '[' {
		return w.readAuthor(authors)
	}
	_, err := w.readList(func() error { return w.readAuthor(authors) })
	return err
}

func (w *jsonReader) readAuthor(authors *[]string) error {
	if w.dec.PeekKind() == '"' {
		name, err := w.readText()
		addAuthor(authors, name)
		return err
	}
	texts, err := w.readTexts("name")
	addAuthor(authors, texts["name"])
	return err
}

// stringTruncator copies JSON and drops the part of each string beyond MaxText bytes. The decoder stores the entire
// string and doubles its buffer as it grows.
type stringTruncator struct {
	src        *bufio.Reader
	size       int  // length of the current string or number so far
	quoted     bool // the current value is a string
	escapeLeft int  // remaining bytes of the current escape
	truncating bool // the rest of the string is dropped
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
		if !s.quoted && s.size > decode.MaxToken {
			return 0, feed.NewFault(feed.ErrMalformed, nil, "has a number of more than %d KiB", decode.MaxToken>>10)
		}
		if len(kept) > 0 || err != nil {
			return len(kept), err
		}
	}
}

// keepsByte updates the state with the next byte b, and reports whether to copy b.
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
	// Truncation starts only at the first byte of a character.
	s.truncating = s.truncating || s.size > decode.MaxText && s.escapeLeft == 0 && b&0xc0 != 0x80
	s.escapeLeft = escapeBytesLeft(s.escapeLeft, b)
	return !s.truncating
}

// escapeBytesLeft returns how many bytes of an escape sequence follow b. left is the number of bytes that were left
// before b. An escape sequence has one byte after the backslash, and four more digits if this byte is "u".
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

// trackOutsideString updates the state with a byte outside of strings.
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
