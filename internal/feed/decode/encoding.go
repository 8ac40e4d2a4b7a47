// Package decode converts the bytes of a feed to UTF-8, and to XML that encoding/xml reads. Package parse reads the
// elements.
package decode

import (
	"bufio"
	"bytes"
	"io"
	"mime"

	"golang.org/x/net/html/charset"
)

// SniffSize is the number of bytes that can be read ahead to detect the format of a text. It is large, because a long
// doctype or comment may precede the first element.
const SniffSize = 32 << 10

// Text converts a body to UTF-8. It determines the encoding from the byte order mark, the Content-Type or the XML
// declaration, in this order (RFC 7303, section 3). If the encoding is not stated or unknown, the bytes stay unchanged
// and XMLSource decodes each invalid byte.
func Text(body io.Reader, contentType string) *bufio.Reader {
	br := bufio.NewReaderSize(body, SniffSize)
	prefix, _ := br.Peek(1024) // the next read returns a read error again
	name, markLen := detectEncoding(prefix, contentType)
	_, _ = br.Discard(markLen)
	enc, canonical := charset.Lookup(name)
	if enc == nil || canonical == "utf-8" {
		return br
	}
	return bufio.NewReaderSize(enc.NewDecoder().Reader(br), SniffSize)
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
