package parse

import (
	"bytes"
	"encoding/xml"

	"lastpost/internal/feed/decode"
)

// startCopy starts copying an element to the batch.
func (s *splitter) startCopy(raw []byte, complete bool) {
	s.copyDepth, s.copyOffset, s.copyOpenCount = s.depth, len(s.batch), len(s.openTags)
	s.copyStartTag(raw, complete)
}

func (s *splitter) copyStartTag(raw []byte, complete bool) {
	if !complete || s.depth-s.copyDepth > maxKeptDepth {
		s.dropCopy()
		return
	}
	s.batch = append(s.batch, raw...)
	s.openTags = append(s.openTags, tagName(raw))
}

// dropCopy removes the partial copy of an element that is too large or too deep for a title, link or date. The item
// continues without it.
func (s *splitter) dropCopy() {
	s.batch = s.batch[:s.copyOffset]
	s.openTags = s.openTags[:s.copyOpenCount]
	s.copyDepth = -s.copyDepth
}

func (s *splitter) addCharData(t xml.CharData) {
	if s.text.depth > 0 {
		s.text.addText(t, s.src.IsCDATA(), s.src.Truncated)
		if s.text.full {
			s.src.TextLimit = decode.MaxToken
		}
	}
	if s.text.depth > 0 || s.copyDepth <= 0 {
		s.src.SkipToken(s.dec.InputOffset())
		return
	}
	batch, complete := s.src.TakeToken(s.batch, s.dec.InputOffset())
	if s.batch = batch; !complete || len(s.batch)-s.copyOffset > decode.MaxToken {
		s.dropCopy()
	}
}

func (s *splitter) copyEndTag(selfClosed bool) {
	if selfClosed {
		s.openTags = s.openTags[:len(s.openTags)-1]
		return
	}
	s.writeEndTag()
}

func (s *splitter) writeEndTag() {
	last := len(s.openTags) - 1
	s.batch = append(append(append(s.batch, "</"...), s.openTags[last]...), '>')
	s.openTags = s.openTags[:last]
}

// openingTag returns a copy of a start tag, changed so that it is not self-closing.
func openingTag(raw []byte) []byte {
	if head, closed := bytes.CutSuffix(raw, []byte("/>")); closed {
		return append(bytes.Clone(head), '>')
	}
	return bytes.Clone(raw)
}

// tagName returns the name in a start tag, with its prefix.
func tagName(raw []byte) string {
	n := bytes.IndexAny(raw, " \t\r\n/>")
	if n < 1 {
		n = len(raw)
	}
	return string(raw[1:n])
}
