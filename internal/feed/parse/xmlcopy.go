package parse

import (
	"bytes"
	"encoding/xml"
)

// copyFrom begins to copy an element.
func (s *splitter) copyFrom(dst *[]byte, raw []byte, whole bool) {
	s.keep, s.dst, s.began, s.base = s.depth, dst, len(*dst), len(s.open)
	s.copyStart(raw, whole)
}

func (s *splitter) copyStart(raw []byte, whole bool) {
	if !whole || s.depth-s.keep > maxKeptDepth {
		s.drop()
		return
	}
	*s.dst = append(*s.dst, raw...)
	s.open = append(s.open, rawName(raw))
}

// drop takes back an element that no real title, link or date is like; the item goes on without it.
func (s *splitter) drop() {
	*s.dst = (*s.dst)[:s.began]
	s.open = s.open[:s.base]
	s.dst = new([]byte)
	s.keep = -s.keep
}

func (s *splitter) text(t xml.CharData) {
	switch {
	case s.passage.depth > 0:
		s.passage.text(t, s.src.isCDATA(), s.src.cut)
		if s.passage.full {
			s.src.room = maxToken
		}
		fallthrough
	case s.keep <= 0:
		s.src.skip(s.dec.InputOffset())
		return
	}
	out, whole := s.src.take(*s.dst, s.dec.InputOffset())
	*s.dst = out
	if !whole || len(out)-s.began > maxToken {
		s.drop()
	}
}

func (s *splitter) copyEnd(closed bool) {
	if closed {
		s.open = s.open[:len(s.open)-1]
		return
	}
	s.copyTag(s.dst)
}

func (s *splitter) copyTag(dst *[]byte) {
	last := len(s.open) - 1
	*dst = append(append(append(*dst, "</"...), s.open[last]...), '>')
	s.open = s.open[:last]
}

// opening is a start tag that leaves its element open, in memory of its own.
func opening(raw []byte) []byte {
	if head, closed := bytes.CutSuffix(raw, []byte("/>")); closed {
		return append(bytes.Clone(head), '>')
	}
	return bytes.Clone(raw)
}

// rawName is the name in a start tag, its prefix included.
func rawName(raw []byte) string {
	n := bytes.IndexAny(raw, " \t\r\n/>")
	if n < 1 {
		n = len(raw)
	}
	return string(raw[1:n])
}
