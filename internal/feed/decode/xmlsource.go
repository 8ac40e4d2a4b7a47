package decode

import (
	"bufio"
	"bytes"
	"unicode/utf8"

	"lastpost/internal/feed"
)

// XMLSource passes repaired XML to the XML decoder one byte at a time, so that the decoder does not read ahead. It
// stores the bytes of the current token so that the caller can copy them.
type XMLSource struct {
	TextLimit int64 // maximum length of a text token; the rest is dropped
	Truncated bool  // part of the current token was dropped
	ReadErr   error // the error that ended reading; io.EOF for a normal end

	repairer   repairer
	terminator []byte  // the end of a truncated text; it is returned before all other bytes
	token      []byte  // the first MaxToken bytes of the current token
	tokenStart int64   // offset of the first byte of the current token
	offset     int64   // number of bytes returned
	lastBytes  [2]byte // the last two returned bytes, the latest first
}

const (
	// MaxToken limits how many bytes of a token (a start tag or a text) are stored.
	MaxToken = 64 << 10
	// MaxText limits a content text, in bytes of the feed. It is larger than MaxContent because escaping makes HTML
	// longer.
	MaxText = 2 * feed.MaxContent
)

// NewXMLSource returns a source of the document that src contains. src is UTF-8.
func NewXMLSource(src *bufio.Reader) *XMLSource {
	return &XMLSource{repairer: repairer{src: src}, TextLimit: MaxToken}
}

// Read implements io.Reader, which the decoder requires but does not call.
func (p *XMLSource) Read(b []byte) (n int, err error) {
	if len(b) > 0 {
		b[0], err = p.ReadByte()
		n = oneIf(err == nil)
	}
	return n, err
}

// ReadByte implements io.ByteReader.
func (p *XMLSource) ReadByte() (b byte, err error) {
	if r := &p.repairer; r.pos < len(r.out) && p.offset-p.tokenStart < p.TextLimit {
		b = r.out[r.pos] // the usual case, without calls, because the decoder reads each byte of the feed here
		r.pos++
	} else if b, err = p.nextByte(); err != nil {
		p.ReadErr = err
		return 0, err
	}
	p.offset++
	p.lastBytes = [2]byte{b, p.lastBytes[0]}
	if len(p.token) < MaxToken {
		p.token = append(p.token, b)
	}
	return b, nil
}

// nextByte returns the next byte of the current token. It truncates a long text.
func (p *XMLSource) nextByte() (byte, error) {
	if p.offset-p.tokenStart < p.TextLimit || len(p.terminator) == 0 && !p.isTextToken() {
		return p.repairer.ReadByte()
	}
	if len(p.terminator) == 0 {
		if b, err := p.repairer.ReadByte(); err != nil || !utf8.RuneStart(b) {
			return b, err // the rest of a character
		}
		p.repairer.pos--
		if err := p.skipLongText(); err != nil {
			return 0, err
		}
	}
	b := p.terminator[0]
	p.terminator = p.terminator[1:]
	return b, nil
}

// skipLongText drops the rest of a text that is too long, and sets the text's terminator. The decoder stores the
// entire text and doubles its buffer as it grows. So without this limit, a post of 9.9 MiB would take 50 MiB.
func (p *XMLSource) skipLongText() error {
	terminator := p.textTerminator()
	sent := 0 // number of terminator bytes that the decoder has already received
	for sent < len(terminator)-1 && p.lastBytes[sent] == terminator[0] {
		sent++
	}
	for matched := sent; ; p.Truncated = true {
		b, err := p.repairer.ReadByte()
		switch {
		case err != nil:
			return err
		case matched == len(terminator)-1 && b == terminator[matched]:
			p.terminator = []byte(terminator[sent:])
			return nil
		case matched < len(terminator)-1 && b == terminator[0]:
			matched++
		case b != terminator[0]:
			matched = 0
		}
	}
}

// textTerminator returns the string that ends the current text: "]]>" or "<".
func (p *XMLSource) textTerminator() string {
	if p.IsCDATA() {
		return "]]>"
	}
	return "<"
}

// isTextToken reports whether the current token is text, not a tag.
func (p *XMLSource) isTextToken() bool { return p.token[0] != '<' || p.IsCDATA() }

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
