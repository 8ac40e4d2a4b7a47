package decode

import (
	"regexp"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxReference limits the length of a character reference in bytes. It allows for leading zeros.
const maxReference = 32

// charReference is a numeric reference such as "&#8217;" at the start of a text.
type charReference struct {
	value rune // larger than utf8.MaxRune if the number is too large
	size  int  // length in bytes; 0 if the text does not start with a reference
	valid bool // the reference has the form that XML requires
}

// parseReference parses the reference at the start of b. As in HTML, the semicolon may be missing.
func parseReference(b []byte) charReference {
	if len(b) < 3 || b[0] != '&' || b[1] != '#' {
		return charReference{}
	}
	start, base := 2, rune(10)
	if b[2]|0x20 == 'x' {
		start, base = 3, 16
	}
	value, n := rune(0), start
	for ; n < min(len(b), maxReference); n++ {
		digit, ok := digitValue(b[n], base)
		if !ok {
			break
		}
		value = min(value*base+digit, utf8.MaxRune+1)
	}
	if n == start {
		return charReference{}
	}
	if n < len(b) && b[n] == ';' {
		return charReference{value, n + 1, b[2] != 'X'}
	}
	return charReference{value, n, false}
}

func digitValue(c byte, base rune) (digit rune, ok bool) {
	switch lower := c | 0x20; {
	case c >= '0' && c <= '9':
		return rune(c - '0'), true
	case base == 16 && lower >= 'a' && lower <= 'f':
		return rune(lower-'a') + 10, true
	}
	return 0, false
}

// isNamedReference reports whether b starts with "&", a name and a semicolon.
func isNamedReference(b []byte) bool {
	n := 1
	for n < len(b) && isNameByte(b[n]) {
		n++
	}
	return n > 1 && isNameStart(b[1]) && n < len(b) && b[n] == ';'
}

// appendReference appends the repaired form of the reference at the start of b to dst, and returns the length of the
// original. A reference to a forbidden character is dropped. So an "&" that starts no reference is written as one: "&#"
// before a dropped reference and "8;" after it must not become "&#8;". A number from 128 to 159 means the character of
// Windows-1252, as in HTML. Two references to a surrogate pair mean the character that the pair encodes.
func appendReference(dst, b []byte) (out []byte, size int) {
	ref := parseReference(b)
	if ref.size == 0 {
		if !isNamedReference(b) {
			return append(dst, "&amp;"...), 1
		}
		return append(dst, b[0]), 1
	}
	r := fromWindows1252(ref.value)
	if utf16.IsSurrogate(r) {
		low := parseReference(b[ref.size:])
		if r = utf16.DecodeRune(r, low.value); r != utf8.RuneError {
			ref.size += low.size
		} else {
			r = 0
		}
	}
	switch {
	case isForbidden(r):
		return dst, ref.size
	case ref.valid && r == ref.value:
		return append(dst, b[:ref.size]...), ref.size
	}
	dst = strconv.AppendInt(append(dst, "&#"...), int64(r), 10)
	return append(dst, ';'), ref.size
}

var surrogatePair = regexp.MustCompile(`(?i)&#(?:x0*d[89ab][0-9a-f]{2}|0*5[56][0-9]{3});&#(?:x0*d[c-f][0-9a-f]{2}|0*5[67][0-9]{3});`)

// JoinSurrogates replaces two references to a surrogate pair in HTML by the character that the pair encodes. In XML, the
// repair does the same, but not in HTML within CDATA.
func JoinSurrogates(html string) string {
	return surrogatePair.ReplaceAllStringFunc(html, func(pair string) string {
		high := parseReference([]byte(pair))
		r := utf16.DecodeRune(high.value, parseReference([]byte(pair[high.size:])).value)
		if r == utf8.RuneError {
			return pair
		}
		return string(r)
	})
}
