package decode

import (
	"bufio"
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"lastpost/internal/feed"
)

// XMLSource passes bytes to the XML decoder one at a time, so that the decoder does not read ahead. It stores the
// bytes of the current token so that the caller can copy them. It drops characters that XML forbids. It decodes bytes
// that are invalid UTF-8 as Windows-1252, which is the usual encoding of such bytes, both in feeds that declare no
// encoding and in feeds that declare UTF-8 wrongly.
type XMLSource struct {
	*bufio.Reader                            // provides Read, which the decoder requires if a document declares its encoding
	pending                [utf8.UTFMax]byte // encoded bytes of the current character; bytes from pendingPos on are not yet returned
	pendingPos, pendingLen int
	token                  []byte  // the first MaxToken bytes of the current token
	tokenStart             int64   // offset of the first byte of the current token
	offset                 int64   // number of bytes returned
	lastBytes              [2]byte // the last two returned bytes, the latest first
	TextLimit              int64   // maximum length of a text token; the rest is dropped
	Truncated              bool    // part of the current token was dropped
	ReadErr                error   // the error that ended reading; io.EOF for a normal end
}

const (
	// MaxToken limits how many bytes of a token (a start tag or a text) are stored.
	MaxToken = 64 << 10
	// MaxText limits a content text, in bytes of the feed. It is larger than MaxContent because escaping makes HTML
	// longer.
	MaxText = 2 * feed.MaxContent
)

// NewXMLSource returns a source of the document that src contains.
func NewXMLSource(src *bufio.Reader) *XMLSource {
	return &XMLSource{Reader: src, TextLimit: MaxToken}
}

// ReadByte implements io.ByteReader.
func (p *XMLSource) ReadByte() (byte, error) {
	if p.pendingPos == p.pendingLen {
		if err := p.fillPending(); err != nil {
			p.ReadErr = err
			return 0, err
		}
	}
	b := p.pending[p.pendingPos]
	p.pendingPos++
	p.offset++
	p.lastBytes = [2]byte{b, p.lastBytes[0]}
	if len(p.token) < MaxToken {
		p.token = append(p.token, b)
	}
	return b, nil
}

// fillPending reads the next allowed character into pending.
func (p *XMLSource) fillPending() error {
	switch size := p.offset - p.tokenStart; {
	case size >= MaxToken && !p.isTextToken():
		// The attributes of a tag need about a hundred times more memory in the decoder than in the feed. The limit
		// stops a hostile feed from exhausting the memory.
		return feed.NewFault(feed.ErrMalformed, nil, "has a tag of more than %d KiB", MaxToken>>10)
	case size >= p.TextLimit:
		return p.skipLongText()
	}
	r, err := p.nextAllowedRune()
	if err != nil {
		return err
	}
	p.pendingPos, p.pendingLen = 0, utf8.EncodeRune(p.pending[:], r)
	return nil
}

// nextAllowedRune reads the next character that XML allows.
func (p *XMLSource) nextAllowedRune() (rune, error) {
	for {
		r, size, err := p.ReadRune()
		if err != nil {
			return 0, err
		}
		if r == utf8.RuneError && size == 1 {
			_ = p.UnreadRune() // UnreadRune and ReadByte cannot fail after ReadRune
			b, _ := p.Reader.ReadByte()
			r = charmap.Windows1252.DecodeByte(b)
		}
		if !isForbidden(r) {
			return r, nil
		}
	}
}

// isForbidden reports whether XML 1.0 forbids a character (section 2.2).
func isForbidden(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}

// skipLongText drops the rest of a text that is too long, and makes the text's terminator pending. The decoder stores
// the entire text and doubles its buffer as it grows. So without this limit, a post of 9.9 MiB would take 50 MiB.
func (p *XMLSource) skipLongText() error {
	terminator := p.textTerminator()
	sent := 0 // number of terminator bytes that the decoder has already received
	for sent < len(terminator)-1 && p.lastBytes[sent] == terminator[0] {
		sent++
	}
	for matched := sent; ; p.Truncated = true {
		r, err := p.nextAllowedRune()
		switch {
		case err != nil:
			return err
		case matched == len(terminator)-1 && r == rune(terminator[matched]):
			p.pendingPos, p.pendingLen = 0, copy(p.pending[:], terminator[sent:])
			return nil
		case matched < len(terminator)-1 && r == rune(terminator[0]):
			matched++
		case r != rune(terminator[0]):
			matched = 0
		}
	}
}

// textTerminator returns the string that ends the current text: "]]>", "-->" or "<".
func (p *XMLSource) textTerminator() string {
	switch {
	case p.IsCDATA():
		return "]]>"
	case p.token[0] == '<':
		return "-->"
	}
	return "<"
}

// isTextToken reports whether the current token is text or a comment, not a tag.
func (p *XMLSource) isTextToken() bool {
	return p.token[0] != '<' || p.IsCDATA() || bytes.HasPrefix(p.token, []byte("<!--"))
}

// IsCDATA reports whether the current token is a CDATA section.
func (p *XMLSource) IsCDATA() bool { return bytes.HasPrefix(p.token, []byte("<![CDATA[")) }

// TakeToken appends the bytes of the token that ends at offset end to dst, and starts the next token. If the token is
// longer than MaxToken or truncated, it appends only the beginning, and complete is false.
func (p *XMLSource) TakeToken(dst []byte, end int64) (out []byte, complete bool) {
	n := end - p.tokenStart
	complete = n <= int64(len(p.token)) && !p.Truncated
	out = append(dst, p.token[:min(n, int64(len(p.token)))]...)
	p.SkipToken(end)
	return out, complete
}

// SkipToken discards the token that ends at offset end, and starts the next token.
func (p *XMLSource) SkipToken(end int64) {
	p.token, p.Truncated = p.token[:0], false
	if p.offset > end { // the decoder has read one byte of the next token
		p.token = append(p.token, p.lastBytes[0])
	}
	p.tokenStart = end
}
