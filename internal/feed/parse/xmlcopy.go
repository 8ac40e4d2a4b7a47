package parse

import (
	"bytes"
	"encoding/xml"
)

// copyFrom begins to copy an element.
func (s *splitter) copyFrom(raw []byte, whole bool) {
	s.keep, s.began, s.base = s.depth, len(s.batch), len(s.open)
	s.copyStart(raw, whole)
}

func (s *splitter) copyStart(raw []byte, whole bool) {
	if !whole || s.depth-s.keep > maxKeptDepth {
		s.drop()
		return
	}
	s.batch = append(s.batch, raw...)
	s.open = append(s.open, rawName(raw))
}

// drop takes back an element that no real title, link or date is like; the item goes on without it.
func (s *splitter) drop() {
	s.batch = s.batch[:s.began]
	s.open = s.open[:s.base]
	s.keep = -s.keep
}

func (s *splitter) text(t xml.CharData) {
	if s.passage.depth > 0 {
		s.passage.text(t, s.src.isCDATA(), s.src.cut)
		if s.passage.full {
			s.src.room = maxToken
		}
	}
	if s.passage.depth > 0 || s.keep <= 0 {
		s.src.skip(s.dec.InputOffset())
		return
	}
	batch, whole := s.src.take(s.batch, s.dec.InputOffset())
	if s.batch = batch; !whole || len(s.batch)-s.began > maxToken {
		s.drop()
	}
}

func (s *splitter) copyEnd(closed bool) {
	if closed {
		s.open = s.open[:len(s.open)-1]
		return
	}
	s.copyTag()
}

func (s *splitter) copyTag() {
	last := len(s.open) - 1
	s.batch = append(append(append(s.batch, "</"...), s.open[last]...), '>')
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
