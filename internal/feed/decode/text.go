package decode

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// textReader converts a text to UTF-8, block by block. The text may be pure ASCII for megabytes before its first other
// character. So each block is decoded on its own: as UTF-8 if it is more UTF-8 than not, and otherwise as the label
// states. A few broken bytes do not change the encoding of a block of UTF-8.
type textReader struct {
	src            io.Reader
	label          encoding.Encoding // nil if the label is UTF-8, missing or unknown
	valid, invalid int               // UTF-8 characters and bytes that are not UTF-8; older blocks count less
	block          []byte            // bytes that are not yet decoded
	text           []byte            // decoded bytes; those from pos on are not yet returned
	pos            int
	err            error // the error that ended reading src
}

// blockSize is the size of a block in bytes. A block contains enough characters to recognize UTF-8.
const blockSize = 32 << 10

// Read implements io.Reader.
func (t *textReader) Read(p []byte) (int, error) {
	for t.pos == len(t.text) {
		if t.err != nil && len(t.block) == 0 {
			return 0, t.err
		}
		t.readBlock()
	}
	n := copy(p, t.text[t.pos:])
	t.pos += n
	return n, nil
}

// readBlock reads and decodes the next block.
func (t *textReader) readBlock() {
	if t.block == nil {
		t.block = make([]byte, 0, blockSize)
	}
	for empty := 0; len(t.block) < blockSize && t.err == nil; {
		n, err := t.src.Read(t.block[len(t.block):blockSize])
		t.block, t.err = t.block[:len(t.block)+n], err
		if empty++; n > 0 {
			empty = 0
		} else if empty > 100 {
			t.err = io.ErrNoProgress
		}
	}
	end := len(t.block)
	if t.err == nil {
		end = blockEnd(t.block)
	}
	t.text, t.pos = t.decode(t.text[:0], t.block[:end]), 0
	t.block = t.block[:copy(t.block, t.block[end:])]
}

// blockEnd returns where to end a block, so that no character is split. It prefers the end of a line, then the end of a
// byte that cannot be part of a longer character in any encoding. The last choice is the start of a UTF-8 character.
func blockEnd(b []byte) int {
	if n := bytes.LastIndexByte(b, '\n'); n >= 0 {
		return n + 1
	}
	if n := bytes.LastIndexFunc(b, func(r rune) bool { return r < '0' }); n >= 0 {
		return n + 1
	}
	for n := len(b) - 1; n > len(b)-utf8.UTFMax; n-- {
		if utf8.RuneStart(b[n]) {
			return n
		}
	}
	return len(b)
}

// decode appends the decoded block to dst.
func (t *textReader) decode(dst, block []byte) []byte {
	valid, invalid := countUTF8(block)
	t.valid, t.invalid = t.valid/2+valid, t.invalid/2+invalid
	if t.label != nil && t.valid <= t.invalid {
		if decoded, err := t.label.NewDecoder().Bytes(block); err == nil {
			block = decoded
		}
	}
	c := cleaner{table: charmap.Windows1252, dropsIncomplete: t.valid > t.invalid}
	if table, ok := t.label.(*charmap.Charmap); ok {
		c.table = table
	}
	return c.appendClean(dst, block)
}

// countUTF8 counts the characters of UTF-8 that are not ASCII, and the errors. A cut character counts as neither.
func countUTF8(b []byte) (valid, invalid int) {
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		_, size := utf8.DecodeRune(b)
		if size > 1 {
			valid++
		} else if size = incompleteRune(b); size == 1 {
			invalid++
		}
		b = b[size:]
	}
	return valid, invalid
}

// cleaner drops the characters that XML forbids, and decodes bytes that are not UTF-8.
type cleaner struct {
	// table decodes a byte that is not UTF-8. Windows-1252 is the usual encoding of such bytes in feeds that declare UTF-8
	// or nothing.
	table           *charmap.Charmap
	dropsIncomplete bool // drops a UTF-8 character whose last bytes are missing
}

// appendClean appends the clean text of b to dst.
func (c cleaner) appendClean(dst, b []byte) []byte {
	for len(b) > 0 {
		n := 0
		for n < len(b) && b[n] < utf8.RuneSelf && !isForbidden(rune(b[n])) {
			n++
		}
		if dst, b = append(dst, b[:n]...), b[n:]; len(b) == 0 {
			break
		}
		r, size := c.decodeRune(b)
		if r = fromWindows1252(r); !isForbidden(r) {
			dst = utf8.AppendRune(dst, r)
		}
		b = b[size:]
	}
	return dst
}

// decodeRune returns the first character of b and its length. It returns 0 for a character to drop.
func (c cleaner) decodeRune(b []byte) (r rune, size int) {
	r, size = utf8.DecodeRune(b)
	if r != utf8.RuneError || size > 1 {
		return r, size
	}
	if n := incompleteRune(b); n > 1 && c.dropsIncomplete {
		return 0, n
	}
	if r = c.table.DecodeByte(b[0]); r == utf8.RuneError {
		r = 0
	}
	return r, 1
}

// incompleteRune returns the length of a UTF-8 character at the start of b whose last bytes are missing, or 1. Programs
// that count bytes cut summaries in this way. A single first byte does not count, because it may be a letter of
// Windows-1252.
func incompleteRune(b []byte) int {
	for n := min(len(b), utf8.UTFMax-1); n > 1; n-- {
		if !utf8.FullRune(b[:n]) {
			return n
		}
	}
	return 1
}

// fromWindows1252 converts the control characters U+0080 to U+009F to the characters that Windows-1252 has in their
// place, as HTML does for references. In feeds they come from Windows-1252 that was converted as if it were Latin 1. It
// returns 0 if Windows-1252 does not have a character there.
func fromWindows1252(r rune) rune {
	if r < 0x80 || r >= 0xa0 {
		return r
	}
	if r = charmap.Windows1252.DecodeByte(byte(r)); r == utf8.RuneError {
		return 0
	}
	return r
}

// isForbidden reports whether XML 1.0 forbids a character (section 2.2), or discourages it as a control character.
func isForbidden(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 || r >= 0xd800 && r < 0xe000 ||
		r == 0xfffe || r == 0xffff || r > utf8.MaxRune
}
