package alexa

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds the nesting of a request. Amazon's own requests reach a dozen levels.
const maxDepth = 64

var errDepth, errTrailing = errors.New("too deep"), errors.New("more than one value")

// scanner walks a JSON text once, from front to back, and checks all of it (RFC 8259, with unique names and valid
// UTF-8). The caller takes each value as what it expects there; a value of another type is skipped, and gives the zero
// value. After the first error it finds nothing more.
type scanner struct {
	*jsontext.Decoder
	data []byte
	err  error
}

func newScanner(data []byte) *scanner {
	return &scanner{Decoder: jsontext.NewDecoder(bytes.NewBuffer(data)), data: data}
}

// token takes the next token.
func (s *scanner) token() jsontext.Token {
	if s.err != nil {
		return jsontext.Null
	}
	token, err := s.ReadToken()
	if err == nil && s.StackDepth() > maxDepth {
		err = errDepth
	}
	s.err = err
	return token
}

// is reports whether a value of a kind comes next, and skips any other.
func (s *scanner) is(kind jsontext.Kind) bool {
	if s.err == nil && s.PeekKind() == kind {
		return true
	}
	s.skip()
	return false
}

// end checks that nothing but white space is left, and returns the first error.
func (s *scanner) end() error {
	if s.err != nil {
		return s.err
	}
	if _, err := s.ReadToken(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}

// fields yields the keys of an object. The loop's body takes the value of a key
// at most once, and never breaks off. A value that it leaves is skipped.
func (s *scanner) fields() iter.Seq[string] {
	return func(yield func(string) bool) {
		for range s.members('{', '}') {
			key := s.token()
			value := s.InputOffset()
			if s.err != nil || !yield(key.String()) {
				return
			}
			if s.InputOffset() == value {
				s.skip()
			}
		}
	}
}

// elements yields once for each element of an array. The loop's body takes it.
func (s *scanner) elements() iter.Seq[struct{}] { return s.members('[', ']') }

func (s *scanner) members(open, end jsontext.Kind) iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		if !s.is(open) {
			return
		}
		s.token()
		for s.err == nil && s.PeekKind() != end {
			if !yield(struct{}{}) {
				return
			}
		}
		s.token()
	}
}

// text takes a string.
func (s *scanner) text() string {
	if !s.is('"') {
		return ""
	}
	return s.token().String()
}

// boolean takes true or false.
func (s *scanner) boolean() bool {
	return s.is('t') && s.token().Bool()
}

// numeral takes a number, and gives it as it is written.
func (s *scanner) numeral() string {
	if !s.is('0') {
		return ""
	}
	return s.token().String()
}

// member takes an object, and gives the string that it has under a key.
func (s *scanner) member(name string) (text string) {
	for key := range s.fields() {
		if key == name {
			text = s.text()
		}
	}
	return text
}

// raw takes an object with its values as they stand; nil where it has no members.
func (s *scanner) raw() map[string]json.RawMessage {
	var all map[string]json.RawMessage
	for key := range s.fields() {
		if all == nil {
			all = make(map[string]json.RawMessage)
		}
		start := s.InputOffset()
		s.skip()
		all[key] = bytes.Clone(bytes.TrimLeft(s.data[start:s.InputOffset()], ": \t\r\n"))
	}
	return all
}

// skip takes any value.
func (s *scanner) skip() {
	depth := s.StackDepth()
	for s.token(); s.err == nil && s.StackDepth() > depth; {
		s.token()
	}
}
