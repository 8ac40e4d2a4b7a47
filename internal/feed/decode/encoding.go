// Package decode converts the bytes of a feed to UTF-8, and to XML that encoding/xml reads. Package parse reads the
// elements.
package decode

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// SniffSize is the number of bytes that can be read ahead to detect the format of a text. It is large, because a long
// doctype or comment may precede the first element.
const SniffSize = 32 << 10

// declarationSize limits where the XML declaration can start and end, in bytes.
const declarationSize = 4 << 10

// Text returns a body as UTF-8 without control characters. A byte order mark determines the encoding. Otherwise, text
// that is valid UTF-8 is UTF-8, and the Content-Type or the XML declaration determines the encoding of other text.
func Text(body io.Reader, contentType string) *bufio.Reader {
	raw := bufio.NewReaderSize(body, SniffSize)
	prefix, _ := raw.Peek(declarationSize) // the next read returns a read error again
	wide, markLen := detectWide(prefix)
	_, _ = raw.Discard(markLen)
	t := &textReader{src: raw, label: labelledEncoding(prefix, contentType)}
	if wide != nil {
		t = &textReader{src: wide.NewDecoder().Reader(raw)}
	}
	text := bufio.NewReaderSize(t, SniffSize)
	dropMarks(text)
	return text
}

// dropMarks drops further byte order marks at the start of a text. Some servers add a mark to a file that has one.
func dropMarks(text *bufio.Reader) {
	const mark = "\ufeff"
	for {
		if start, _ := text.Peek(len(mark)); string(start) != mark {
			return
		}
		_, _ = text.Discard(len(mark))
	}
}

// detectWide returns the encoding of a text whose characters have at least 16 bits, or nil. markLen is the length of
// the byte order mark, also for UTF-8. Without a mark, the zero bytes of the first character show the encoding.
func detectWide(prefix []byte) (enc encoding.Encoding, markLen int) {
	little, big := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	little32, big32 := utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	for _, mark := range []struct {
		bytes string
		enc   encoding.Encoding
	}{
		{"\xef\xbb\xbf", nil}, {"\xff\xfe\x00\x00", little32}, {"\x00\x00\xfe\xff", big32}, {"\xff\xfe", little}, {"\xfe\xff", big},
	} {
		if bytes.HasPrefix(prefix, []byte(mark.bytes)) {
			return mark.enc, len(mark.bytes)
		}
	}
	if len(prefix) < 4 {
		return nil, 0
	}
	switch zero := func(i int) bool { return prefix[i] == 0 }; {
	case zero(0) && zero(1) && zero(2) && !zero(3):
		return big32, 0
	case !zero(0) && zero(1) && zero(2) && zero(3):
		return little32, 0
	case zero(0) && !zero(1) && zero(2) && !zero(3):
		return big, 0
	case !zero(0) && zero(1) && !zero(2) && zero(3):
		return little, 0
	}
	return nil, 0
}

// labelledEncoding returns the encoding that the Content-Type or the XML declaration states, or nil for UTF-8 and for
// unknown encodings. The Content-Type takes precedence (RFC 7303, section 3), except for UTF-8 and Latin 1, which many
// servers state for every document.
func labelledEncoding(prefix []byte, contentType string) encoding.Encoding {
	header, name := lookupEncoding(charsetParameter(contentType))
	declared, _ := lookupEncoding(declaredEncoding(prefix))
	if header == nil || declared != nil && name == "windows-1252" {
		return declared
	}
	return header
}

// charsetParameter returns the charset of a Content-Type, or "". It also reads headers that mime.ParseMediaType refuses,
// such as "text/xml; charset:gbk".
func charsetParameter(contentType string) string {
	_, value, _ := strings.Cut(strings.ToLower(contentType), "charset")
	value = strings.TrimLeft(value, " \t=:\"'")
	if end := strings.IndexAny(value, " \t;,\"'"); end >= 0 {
		value = value[:end]
	}
	return value
}

// lookupEncoding returns the encoding with a name of the WHATWG Encoding Standard, and its standard name. It returns
// nil for UTF-8 and for unknown names, and also for UTF-16, because detectWide has not found it.
func lookupEncoding(name string) (encoding.Encoding, string) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, spelling := range []string{name, strings.ReplaceAll(name, "_", "-"), strings.ReplaceAll(name, "-", "")} {
		enc, err := htmlindex.Get(spelling)
		if err != nil {
			continue
		}
		canonical, _ := htmlindex.Name(enc)
		if slices.Contains([]string{"utf-8", "utf-16le", "utf-16be", "replacement", "x-user-defined"}, canonical) {
			break
		}
		return enc, canonical
	}
	return nil, ""
}

// declaredEncoding returns the encoding in the XML declaration, or "". Text may precede the declaration.
func declaredEncoding(prefix []byte) string {
	_, declaration, _ := bytes.Cut(prefix, []byte("<?xml"))
	declaration, _, found := bytes.Cut(declaration, []byte(">"))
	_, value, _ := bytes.Cut(declaration, []byte("encoding"))
	value = bytes.TrimLeft(value, " \t\r\n=")
	if !found || len(value) < 2 || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	name, _, _ := bytes.Cut(value[1:], value[:1])
	return string(name)
}
