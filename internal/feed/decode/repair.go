package decode

import (
	"bufio"
	"bytes"
)

// repairer changes almost-XML to XML that encoding/xml reads, if its Strict is false. It does not change well-formed
// elements and texts. It replaces comments, instructions, doctypes and the XML declaration by empty comments, because no
// feed needs them, and encoding/xml refuses some of them. It reads forward only, in linear time and bounded memory.
type repairer struct {
	src     *bufio.Reader
	out     []byte // repaired bytes; those from pos on are not yet returned
	pos     int
	inCDATA bool
	open    openElements
	name    []byte // the latest name
	err     error  // the error that ended reading src

	withoutEnd int // number of next bytes that do not contain the end of an instruction
}

// ReadByte implements io.ByteReader.
func (r *repairer) ReadByte() (byte, error) {
	for r.pos == len(r.out) {
		if r.err != nil {
			return 0, r.err
		}
		r.out, r.pos = r.out[:0], 0
		r.repairPiece()
	}
	r.pos++
	return r.out[r.pos-1], nil
}

// emptyComment stands for a dropped part. It keeps the texts on both sides apart: "&am<!-- -->p;" is not "&amp;".
const emptyComment = "<!---->"

// repairPiece repairs the next text, or the next markup.
func (r *repairer) repairPiece() {
	b := r.peek(len("<![CDATA["))
	switch {
	case len(b) == 0:
	case r.inCDATA:
		r.copyCDATA()
	case b[0] != '<':
		r.repairText()
	case bytes.HasPrefix(b, []byte("<!--")):
		r.discard(len("<!--"))
		r.skipPast("-->")
		r.write(emptyComment)
	case bytes.EqualFold(b, []byte("<![CDATA[")):
		r.discard(len(b))
		r.write("<![CDATA[")
		r.inCDATA = true
	case len(b) > 1 && b[1] == '?':
		r.repairInstruction()
	case len(b) > 2 && b[1] == '!' && (isNameStart(b[2]) || b[2] == '[' || b[2] == '-'):
		r.skipDirective()
		r.write(emptyComment)
	case len(b) > 2 && b[1] == '/' && isNameStart(b[2]):
		r.repairEndTag()
	case len(b) > 1 && isNameStart(b[1]):
		r.repairStartTag()
	default:
		r.discard(1)
		r.write("&lt;")
	}
}

// peek returns the next bytes without reading them: n bytes, or fewer at the end.
func (r *repairer) peek(n int) []byte {
	b, err := r.src.Peek(n)
	if len(b) == 0 {
		r.err = err
	}
	return b
}

// peekByte returns the next byte, or 0 at the end.
func (r *repairer) peekByte() byte {
	if b := r.peek(1); len(b) > 0 {
		return b[0]
	}
	return 0
}

// discard skips n bytes that peek or window has returned, so it cannot fail.
func (r *repairer) discard(n int) {
	_, _ = r.src.Discard(n)
	r.withoutEnd = max(r.withoutEnd-n, 0)
}

// window returns the bytes that can be read without waiting, and at least n bytes unless the text ends before.
func (r *repairer) window(n int) []byte { return r.peek(max(n, r.src.Buffered())) }

func (r *repairer) write(s string) { r.out = append(r.out, s...) }

// repairText copies text up to the next "<", or a part of it.
func (r *repairer) repairText() {
	b := r.window(maxReference + 16)
	n := 0
	for n < len(b) && b[n] != '<' && b[n] != '&' && b[n] != ']' {
		n++
	}
	switch {
	case n > 0:
		r.out = append(r.out, b[:n]...)
	case b[0] == '&':
		r.repairReference()
		return
	case bytes.HasPrefix(b, []byte("]]>")): // forbidden outside of CDATA
		r.write("]]&gt;")
		n = len("]]>")
	default:
		r.write("]")
		n = 1
	}
	r.discard(n)
}

// repairReference writes the reference at the start of a text. If it is dropped, "]" before it and "]>" after it must not
// become "]]>".
func (r *repairer) repairReference() {
	var n int
	r.out, n = appendReference(r.out, r.peek(2*maxReference))
	r.discard(n)
	if len(r.out) > 0 {
		return
	}
	switch r.peekByte() {
	case ']':
		r.write("&#93;")
		r.discard(1)
	case '>':
		r.write("&gt;")
		r.discard(1)
	}
}

// skipPast skips everything up to and including end.
func (r *repairer) skipPast(end string) {
	for {
		b := r.window(len(end))
		if n := bytes.Index(b, []byte(end)); n >= 0 {
			r.discard(n + len(end))
			return
		}
		if len(b) < len(end) {
			r.discard(len(b))
			return
		}
		r.discard(len(b) - len(end) + 1)
	}
}

// copyCDATA copies a part of a CDATA section, up to and including its end.
func (r *repairer) copyCDATA() {
	const end = "]]>"
	b := r.window(len(end))
	n := bytes.Index(b, []byte(end))
	if r.inCDATA = n < 0; r.inCDATA {
		n = max(len(b)-2*len(end), min(len(b), 1))
	} else {
		n += len(end)
	}
	r.out = append(r.out, b[:n]...)
	r.discard(n)
}

// maxInstruction limits the length of a processing instruction in bytes.
const maxInstruction = 16 << 10

// repairInstruction skips a processing instruction. The XML declaration ends at ">", because its "?" may be missing. If
// the end of an instruction is not near, "<?" is text.
func (r *repairer) repairInstruction() {
	b := r.window(maxInstruction)
	b = b[:min(len(b), maxInstruction)]
	end, searched := []byte("?>"), max(r.withoutEnd-1, 0) // to search each byte once only
	if r.open.isEmpty() && bytes.HasPrefix(b, []byte("<?xml")) && len(b) > 5 && !isNameByte(b[5]) {
		end, searched = []byte(">"), 0
	}
	n := bytes.Index(b[min(searched, len(b)):], end)
	if n < 0 {
		r.withoutEnd = len(b)
		r.discard(1)
		r.write("&lt;")
		return
	}
	r.discard(searched + n + len(end))
	r.write(emptyComment)
}

// skipDirective skips a doctype with its internal subset. Of another directive, which HTML allows in the content, it
// skips at most the bytes up to the next tag.
func (r *repairer) skipDirective() {
	isDoctype := bytes.EqualFold(r.peek(len("<!doctype")), []byte("<!doctype")) && r.open.isEmpty()
	r.discard(len("<!"))
	var quote byte
	for depth := 1; depth > 0; {
		c := r.peekByte()
		switch {
		case r.err != nil || !isDoctype && c == '<':
			return
		case !isDoctype:
			depth -= oneIf(c == '>')
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case bytes.HasPrefix(r.peek(len("<!--")), []byte("<!--")):
			r.skipPast("-->")
			continue
		case c == '"' || c == '\'':
			quote = c
		default:
			depth += oneIf(c == '<') - oneIf(c == '>')
		}
		r.discard(1)
	}
}

func oneIf(condition bool) int {
	if condition {
		return 1
	}
	return 0
}
