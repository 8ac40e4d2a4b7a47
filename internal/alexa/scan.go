package alexa

import (
	"bytes"
	"encoding/json"
	"iter"
)

// maxDepth bounds the nesting of a request, and with it the recursion of skip.
// Amazon's own requests reach a dozen levels.
const maxDepth = 64

// scanner walks a JSON text once, from front to back, and checks all of it
// (RFC 8259). The caller takes each value as what it expects there; a value of
// another type is skipped, and gives the zero value.
//
// encoding/json reads the text twice, and goes through reflection: a request
// costs 25 to 30 µs with it, and about 5 µs here. Its v2, which is as strict and
// needs about 10 µs, is still an experiment.
type scanner struct {
	data     []byte // valid UTF-8
	pos      int
	depth    int
	failed   bool
	failedAt int
}

// fail puts the scanner at the end of the text, where nothing more is found.
func (s *scanner) fail() {
	if !s.failed {
		s.failed, s.failedAt = true, s.pos
	}
	s.pos = len(s.data)
}

// peek gives the first byte of what comes next, or 0 at the end.
func (s *scanner) peek() byte {
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// atEnd reports whether nothing but white space is left; else it fails.
func (s *scanner) atEnd() bool {
	if s.peek(); s.pos < len(s.data) {
		s.fail()
	}
	return !s.failed
}

// fields yields the keys of an object. The loop's body takes the value of each,
// exactly once, and never breaks off.
func (s *scanner) fields() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if s.peek() != '{' {
			s.skip()
			return
		}
		for more := s.open('}'); more; more = s.next('}') {
			key := s.key()
			if s.failed || !yield(key) {
				return
			}
		}
	}
}

// elements yields once for each element of an array, as fields does for keys.
func (s *scanner) elements() iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		if s.peek() != '[' {
			s.skip()
			return
		}
		for more := s.open(']'); more; more = s.next(']') {
			if !yield(struct{}{}) {
				return
			}
		}
	}
}

// open enters an object or array, and reports whether it has a first member.
func (s *scanner) open(end byte) bool {
	s.pos++
	if s.depth++; s.depth > maxDepth {
		s.fail()
		return false
	}
	if s.peek() != end {
		return true
	}
	s.pos++
	s.depth--
	return false
}

// next goes on behind a member, and reports whether there must be another.
func (s *scanner) next(end byte) bool {
	switch s.peek() {
	case ',':
		s.pos++
		return true
	case end:
		s.pos++
		s.depth--
	default:
		s.fail()
	}
	return false
}

// key takes a key and its colon.
func (s *scanner) key() []byte {
	if s.peek() != '"' {
		s.fail()
		return nil
	}
	quoted, escaped := s.quoted()
	if s.peek() != ':' {
		s.fail()
		return nil
	}
	s.pos++
	if escaped {
		return []byte(s.unquote(quoted))
	}
	return quoted[1 : len(quoted)-1]
}

// text takes a string.
func (s *scanner) text() string {
	if s.peek() != '"' {
		s.skip()
		return ""
	}
	quoted, escaped := s.quoted()
	switch {
	case s.failed:
		return ""
	case escaped:
		return s.unquote(quoted)
	}
	return string(quoted[1 : len(quoted)-1])
}

// boolean takes true or false.
func (s *scanner) boolean() bool {
	isTrue := s.peek() == 't'
	s.skip()
	return isTrue && !s.failed
}

// numeral takes a number, and gives it as it is written.
func (s *scanner) numeral() []byte {
	if c := s.peek(); c != '-' && (c < '0' || c > '9') {
		s.skip()
		return nil
	}
	start := s.pos
	s.number()
	if s.failed {
		return nil
	}
	return s.data[start:s.pos]
}

// member takes an object, and gives the string that it has under a key.
func (s *scanner) member(name string) (text string) {
	for key := range s.fields() {
		if string(key) == name {
			text = s.text()
		} else {
			s.skip()
		}
	}
	return text
}

// members takes an object as it stands; nil where it has no members.
func (s *scanner) members() map[string]json.RawMessage {
	var all map[string]json.RawMessage
	for key := range s.fields() {
		if all == nil {
			all = make(map[string]json.RawMessage)
		}
		s.peek()
		start := s.pos
		s.skip()
		all[string(key)] = bytes.Clone(s.data[start:s.pos])
	}
	return all
}

// skip takes any value.
func (s *scanner) skip() {
	switch c := s.peek(); c {
	case '"':
		s.quoted()
	case '{':
		for more := s.open('}'); more; more = s.next('}') {
			s.key()
			s.skip()
		}
	case '[':
		for more := s.open(']'); more; more = s.next(']') {
			s.skip()
		}
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	default:
		s.number()
	}
}

func (s *scanner) word(word string) {
	if !bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
		s.fail()
		return
	}
	s.pos += len(word)
}

func (s *scanner) number() {
	s.accept("-")
	if !s.accept("0") {
		s.digits()
	}
	if s.accept(".") {
		s.digits()
	}
	if s.accept("eE") {
		s.accept("+-")
		s.digits()
	}
}

func (s *scanner) digits() {
	start := s.pos
	for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
		s.pos++
	}
	if s.pos == start {
		s.fail()
	}
}

func (s *scanner) accept(oneOf string) bool {
	if s.pos < len(s.data) && bytes.IndexByte([]byte(oneOf), s.data[s.pos]) >= 0 {
		s.pos++
		return true
	}
	return false
}

// quoted takes a string, and gives it with its quotes and escapes.
func (s *scanner) quoted() (text []byte, escaped bool) {
	start := s.pos
	s.pos++
	for {
		switch s.plain() {
		case '"':
			s.pos++
			return s.data[start:s.pos], escaped
		case '\\':
			escaped = true
			s.escape()
		default:
			s.fail()
			return nil, false
		}
	}
}

// plain goes to what does not stand for itself in a string, and gives its first
// byte, or 0 at the end. Half of a request is one token of a kilobyte or two:
// this is the loop that its time is spent in.
func (s *scanner) plain() byte {
	for i, c := range s.data[s.pos:] {
		if c == '"' || c == '\\' || c < ' ' {
			s.pos += i
			return c
		}
	}
	s.pos = len(s.data)
	return 0
}

// escape takes a backslash and what belongs to it.
func (s *scanner) escape() {
	rest := s.data[s.pos+1:]
	switch {
	case len(rest) > 0 && bytes.IndexByte([]byte(`"\/bfnrt`), rest[0]) >= 0:
		s.pos += 2
	case len(rest) > 4 && rest[0] == 'u' && hex(rest[1:5]):
		s.pos += 6
	default:
		s.fail()
	}
}

func hex(digits []byte) bool {
	for _, c := range digits {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// unquote resolves the escapes of a string that quoted has checked. Escapes are
// so rare in requests that the detour costs nothing.
func (s *scanner) unquote(quoted []byte) string {
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		s.fail()
	}
	return text
}
