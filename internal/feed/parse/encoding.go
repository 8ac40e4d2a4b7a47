package parse

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"

	"lastpost/internal/feed"
)

// decodeBody converts a body to UTF-8. It determines the encoding from the byte order mark, the Content-Type or the XML
// declaration, in this order (RFC 7303, section 3). If the encoding is not stated or unknown, the bytes stay unchanged
// and byteSource decodes each invalid byte.
func decodeBody(body io.Reader, contentType string) *bufio.Reader {
	br := bufio.NewReaderSize(body, sniffSize)
	prefix, _ := br.Peek(1024) // the next read returns a read error again
	name, markLen := detectEncoding(prefix, contentType)
	_, _ = br.Discard(markLen)
	enc, canonical := charset.Lookup(name)
	if enc == nil || canonical == "utf-8" {
		return br
	}
	return bufio.NewReaderSize(enc.NewDecoder().Reader(br), sniffSize)
}

// detectEncoding returns the encoding of a document that starts with prefix, and the length of its byte order mark. It
// recognizes UTF-16 without a mark by the first "<".
func detectEncoding(prefix []byte, contentType string) (name string, markLen int) {
	for _, start := range []struct {
		bytes, name string
		markLen     int
	}{
		{"\xef\xbb\xbf", "utf-8", 3},
		{"\xff\xfe", "utf-16le", 2},
		{"\xfe\xff", "utf-16be", 2},
		{"<\x00", "utf-16le", 0},
		{"\x00<", "utf-16be", 0},
	} {
		if bytes.HasPrefix(prefix, []byte(start.bytes)) {
			return start.name, start.markLen
		}
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		return params["charset"], 0
	}
	return declaredEncoding(prefix), 0
}

// declaredEncoding returns the encoding in the XML declaration, or "". It ignores a declaration of UTF-16, which must
// be wrong, because this function can only read it in a document that is not UTF-16.
func declaredEncoding(prefix []byte) string {
	prefix = bytes.TrimLeft(prefix, " \t\r\n")
	declaration, _, found := bytes.Cut(prefix, []byte("?>"))
	if !found || !bytes.HasPrefix(declaration, []byte("<?xml")) {
		return ""
	}
	_, value, _ := bytes.Cut(declaration, []byte("encoding"))
	value = bytes.TrimLeft(value, " \t\r\n=")
	if len(value) < 2 || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	name, _, _ := bytes.Cut(value[1:], value[:1])
	if bytes.HasPrefix(bytes.ToLower(name), []byte("utf-16")) {
		return ""
	}
	return string(name)
}

// byteSource passes bytes to the XML decoder one at a time, so that the decoder does not read ahead. It stores the
// bytes of the current token so that the caller can copy them. It drops characters that XML forbids. It decodes bytes
// that are invalid UTF-8 as Windows-1252, which is the usual encoding of such bytes, both in feeds that declare no
// encoding and in feeds that declare UTF-8 wrongly.
type byteSource struct {
	*bufio.Reader                            // provides Read, which the decoder requires if a document declares its encoding
	pending                [utf8.UTFMax]byte // encoded bytes of the current character; bytes from pendingPos on are not yet returned
	pendingPos, pendingLen int
	token                  []byte  // the first maxToken bytes of the current token
	tokenStart             int64   // offset of the first byte of the current token
	offset                 int64   // number of bytes returned
	lastBytes              [2]byte // the last two returned bytes, the latest first
	textLimit              int64   // maximum length of a text token; the rest is dropped
	truncated              bool    // part of the current token was dropped
	readErr                error   // the error that ended reading; io.EOF for a normal end
}

const (
	// maxToken limits how many bytes of a token (a start tag or a text) are stored.
	maxToken = 64 << 10
	// maxText limits a content text, in bytes of the feed. It is larger than MaxContent because escaping makes HTML
	// longer.
	maxText = 2 * feed.MaxContent
)

// ReadByte implements io.ByteReader.
func (p *byteSource) ReadByte() (byte, error) {
	if p.pendingPos == p.pendingLen {
		if err := p.fillPending(); err != nil {
			p.readErr = err
			return 0, err
		}
	}
	b := p.pending[p.pendingPos]
	p.pendingPos++
	p.offset++
	p.lastBytes = [2]byte{b, p.lastBytes[0]}
	if len(p.token) < maxToken {
		p.token = append(p.token, b)
	}
	return b, nil
}

// fillPending reads the next allowed character into pending.
func (p *byteSource) fillPending() error {
	switch size := p.offset - p.tokenStart; {
	case size >= maxToken && !p.isTextToken():
		// The attributes of a tag need about a hundred times more memory in the decoder than in the feed. The limit
		// stops a hostile feed from exhausting the memory.
		return feed.NewFault(feed.ErrMalformed, nil, "has a tag of more than %d KiB", maxToken>>10)
	case size >= p.textLimit:
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
func (p *byteSource) nextAllowedRune() (rune, error) {
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
func (p *byteSource) skipLongText() error {
	terminator := p.textTerminator()
	sent := 0 // number of terminator bytes that the decoder has already received
	for sent < len(terminator)-1 && p.lastBytes[sent] == terminator[0] {
		sent++
	}
	for matched := sent; ; p.truncated = true {
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
func (p *byteSource) textTerminator() string {
	switch {
	case p.isCDATA():
		return "]]>"
	case p.token[0] == '<':
		return "-->"
	}
	return "<"
}

// isTextToken reports whether the current token is text or a comment, not a tag.
func (p *byteSource) isTextToken() bool {
	return p.token[0] != '<' || p.isCDATA() || bytes.HasPrefix(p.token, []byte("<!--"))
}

func (p *byteSource) isCDATA() bool { return bytes.HasPrefix(p.token, []byte("<![CDATA[")) }

// takeToken appends the bytes of the token that ends at offset end to dst, and starts the next token. If the token is
// longer than maxToken or truncated, it appends only the beginning, and complete is false.
func (p *byteSource) takeToken(dst []byte, end int64) (out []byte, complete bool) {
	n := end - p.tokenStart
	complete = n <= int64(len(p.token)) && !p.truncated
	out = append(dst, p.token[:min(n, int64(len(p.token)))]...)
	p.skipToken(end)
	return out, complete
}

// skipToken discards the token that ends at offset end, and starts the next token.
func (p *byteSource) skipToken(end int64) {
	p.token, p.truncated = p.token[:0], false
	if p.offset > end { // the decoder has read one byte of the next token
		p.token = append(p.token, p.lastBytes[0])
	}
	p.tokenStart = end
}
