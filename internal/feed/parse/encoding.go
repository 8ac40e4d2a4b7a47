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

// decodeBody turns a body into UTF-8 by what says most about it: a byte order mark, the Content-Type, the XML
// declaration (the order of RFC 7303, section 3). What says nothing, or a name that nobody knows, is left
// as it is; pull decides byte by byte then.
func decodeBody(body io.Reader, contentType string) *bufio.Reader {
	br := bufio.NewReaderSize(body, sniffSize)
	prefix, _ := br.Peek(1024) // an error comes again when the rest is read
	name, markLen := detectEncoding(prefix, contentType)
	_, _ = br.Discard(markLen)
	enc, canonical := charset.Lookup(name)
	if enc == nil || canonical == "utf-8" {
		return br
	}
	return bufio.NewReaderSize(enc.NewDecoder().Reader(br), sniffSize)
}

// detectEncoding names the encoding of a document that begins with prefix, and the length of its byte order
// mark. UTF-16 without a mark shows itself by its first "<".
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

// declaredEncoding is the encoding that an XML declaration names, or "". One that names UTF-16 is not believed: it
// could not have been read as ASCII.
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

// byteSource gives the XML decoder its bytes one by one, as it then reads no further than it has to, and
// remembers those of the token at hand, so that a token's own bytes can be passed on. On the way it drops
// the characters that XML forbids, and reads a byte that is not UTF-8 as Windows-1252: that is what such
// bytes are in practice, in feeds that declare nothing as in those that declare UTF-8 wrongly.
type byteSource struct {
	*bufio.Reader                            // its Read is there because the decoder asks for one when a document declares its encoding
	pending                [utf8.UTFMax]byte // of a character of several bytes, those from at on are still to be given
	pendingPos, pendingLen int
	token                  []byte  // the first maxToken bytes of the token at hand
	tokenStart             int64   // where it starts
	offset                 int64   // how much was given
	lastBytes              [2]byte // what was given last, the last one first
	textLimit              int64   // how long a run of text may be; what is beyond is left out
	truncated              bool    // something of the token at hand was left out
	readErr                error   // what src ended with; io.EOF for an ordinary end
}

const (
	// maxToken bounds what is remembered of one token: a start tag, or a run of text.
	maxToken = 64 << 10
	// maxText bounds a run of text that is content, as it stands in the feed: escaped HTML is longer than what it means.
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

// fillPending makes the next permitted character pending.
func (p *byteSource) fillPending() error {
	switch size := p.offset - p.tokenStart; {
	case size >= maxToken && !p.isTextToken():
		// The decoder makes a tag's attributes a hundred times as large as they stand in the feed.
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

// nextAllowedRune reads a permitted character.
func (p *byteSource) nextAllowedRune() (rune, error) {
	for {
		r, size, err := p.ReadRune()
		if err != nil {
			return 0, err
		}
		if r == utf8.RuneError && size == 1 {
			_ = p.UnreadRune() // neither can fail behind a rune
			b, _ := p.Reader.ReadByte()
			r = charmap.Windows1252.DecodeByte(b)
		}
		if !isForbidden(r) {
			return r, nil
		}
	}
}

// isForbidden tells the characters that XML 1.0 (section 2.2) does not have.
func isForbidden(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}

// skipLongText leaves out what is left of a text that is too long, and makes what ends it pending. The decoder holds
// a text whole, and doubles its buffer on the way: a post of 9.9 MiB would take 50 MiB.
func (p *byteSource) skipLongText() error {
	terminator := p.textTerminator()
	sent := 0 // how much of the end the decoder has already
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

// textTerminator is what ends the text at hand: one character twice and another, or a single one.
func (p *byteSource) textTerminator() string {
	switch {
	case p.isCDATA():
		return "]]>"
	case p.token[0] == '<':
		return "-->"
	}
	return "<"
}

// isTextToken tells whether the token at hand is text or a comment, and no tag.
func (p *byteSource) isTextToken() bool {
	return p.token[0] != '<' || p.isCDATA() || bytes.HasPrefix(p.token, []byte("<!--"))
}

func (p *byteSource) isCDATA() bool { return bytes.HasPrefix(p.token, []byte("<![CDATA[")) }

// takeToken appends the bytes of the token that ends at end to dst, and begins with the next one. whole is
// false where the token was longer than is remembered; dst is then incomplete.
func (p *byteSource) takeToken(dst []byte, end int64) (out []byte, complete bool) {
	n := end - p.tokenStart
	complete = n <= int64(len(p.token)) && !p.truncated
	out = append(dst, p.token[:min(n, int64(len(p.token)))]...)
	p.skipToken(end)
	return out, complete
}

// skipToken passes over the token that ends at end.
func (p *byteSource) skipToken(end int64) {
	p.token, p.truncated = p.token[:0], false
	if p.offset > end { // the decoder looked one byte ahead
		p.token = append(p.token, p.lastBytes[0])
	}
	p.tokenStart = end
}
