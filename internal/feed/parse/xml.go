package parse

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"

	"lastpost/internal/feed"
)

// Bounds of an XML feed's shape. gofeed copies the declared namespaces for every nested element, and the
// standard decoder keeps every open one: deep nesting is cheap to write and dear to read.
const (
	maxDepth     = 10_000       // anywhere; real descriptions leave many HTML elements open
	maxKeptDepth = 32           // in a title, a link or a date
	maxFrame     = 8 << 10      // bytes of the root's or the channel's start tag
	maxItem      = 2 * maxToken // bytes of an item beside what it says
	batchSize    = 32 << 10
	batchItems   = 100
)

// splitter walks through a feed and copies what a Post is made of, item by item, into small feeds of the
// same shape: the original start tags of root and channel, with all their namespaces, and within them
// items with nothing but title, link, identity, dates, categories and enclosures. gofeed reads those. What an item
// says is read here, as gofeed decodes a text in one piece, however long. Reading the whole feed at
// once would hold every post's text and its tree of extensions: 10 MiB of feed take ten times that.
type splitter struct {
	dec       *xml.Decoder
	src       *byteSource
	collector *collector
	atom      bool

	depth          int
	root           []byte // start tags
	channel        []byte
	inChannel      bool      // the channel
	head           headTexts // what the head says
	headNamespace  string    // the namespace that the head's own elements have
	xmlBase        *url.URL
	batch          []byte        // a small feed that is open still; nil: none
	extras         []extraFields // what its items say
	itemsInChannel bool          // whether the batch's items stand in the channel
	openItemDepth  int           // depth of the item at hand; 0: none
	itemStart      int           // where it starts in the batch
	hasFields      bool          // whether anything of it was kept
	text           textBuilder

	copyDepth     int // depth of the element that is being copied; 0: none
	copyOffset    int // from where
	copyOpenCount int // how many elements were open before it
	openTags      []string
	selfClosed    bool   // the start tag at hand closed itself
	rawTag        []byte // the bytes of the last tag
}

// parseXML reads RSS, RDF and Atom.
func parseXML(src *bufio.Reader, c *collector) error {
	p := &byteSource{Reader: src, textLimit: maxToken}
	dec := xml.NewDecoder(p)
	dec.Strict = false
	dec.Entity = xml.HTMLEntity
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	s := &splitter{dec: dec, src: p, collector: c, xmlBase: c.base}
	if err := s.splitFeed(); err != nil {
		return parseFault(err, p.readErr)
	}
	return nil
}

// splitFeed reads up to the root's end tag. What follows it, a cache's comment or an endless tail, is not read.
func (s *splitter) splitFeed() error {
	for {
		tok, err := s.dec.Token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			err = s.startElement(t, strings.ToLower(t.Name.Local))
		case xml.EndElement:
			err = s.endElement(t.Name)
		case xml.CharData:
			s.addCharData(t)
		default:
			s.src.skipToken(s.dec.InputOffset())
		}
		if err != nil {
			return err
		}
		if s.depth == 0 && s.root != nil {
			return s.finishFeed()
		}
	}
}

func (s *splitter) startElement(t xml.StartElement, name string) error {
	s.depth++
	raw, complete := s.src.takeToken(s.rawTag[:0], s.dec.InputOffset())
	s.rawTag = raw
	s.selfClosed = bytes.HasSuffix(raw, []byte("/>"))
	frame := s.depth == 1 || s.depth == 2 && name == "channel" && !s.atom
	switch {
	case s.depth > maxDepth:
		return feed.NewFault(feed.ErrMalformed, nil, "nests its elements more than %d deep", maxDepth)
	case frame && (!complete || len(raw) > maxFrame):
		return feed.NewFault(feed.ErrMalformed, nil, "has a start tag of more than %d bytes", maxFrame)
	case frame:
		return s.openFrame(t, name, raw)
	case s.text.depth > 0:
		s.text.startElement(t, s.depth)
	case s.copyDepth > 0:
		s.copyStartTag(raw, complete)
	case s.openItemDepth > 0:
		s.startItemField(t, name, raw, complete)
	case s.isItem(name):
		return s.openItem(t, raw, complete)
	default:
		s.startHeadField(t, name)
	}
	return nil
}

// openFrame opens the root or the channel.
func (s *splitter) openFrame(t xml.StartElement, name string, raw []byte) error {
	s.headNamespace, s.xmlBase = t.Name.Space, elementBase(t, s.xmlBase)
	s.head.xmlLang = cmp.Or(xmlAttr(t, "lang"), s.head.xmlLang)
	if s.depth > 1 {
		s.channel, s.inChannel = openingTag(raw), true
		return nil
	}
	if !isFeedRoot(name) {
		return feed.NewFault(feed.ErrNotFeed, nil, "is not a feed: its root element is <%.40s>", name)
	}
	s.root, s.atom = openingTag(raw), name == "feed"
	return nil
}

// expectedItemDepth is how deep an item stands here: in the channel, or in the root (Atom, RSS 1.0, RSS 0.9).
func (s *splitter) expectedItemDepth() int {
	if s.channel != nil && s.depth > 2 {
		return 3
	}
	return 2
}

func (s *splitter) isItem(name string) bool {
	if s.atom {
		return name == "entry" && s.depth == 2
	}
	return name == "item" && s.depth == s.expectedItemDepth()
}

// openItem begins an item of a small feed. Its first element is its number, by which it is found again in what
// gofeed makes of the small feed: gofeed has a rule of its own for what is an item.
func (s *splitter) openItem(t xml.StartElement, raw []byte, complete bool) error {
	inner := s.depth == 3
	if s.batch != nil && (inner != s.itemsInChannel || len(s.batch) > batchSize || len(s.extras) == batchItems) {
		if err := s.flushBatch(); err != nil {
			return err
		}
	}
	if s.batch == nil {
		s.batch, s.itemsInChannel = s.batchStart(inner), inner
	}
	s.openItemDepth, s.itemStart, s.hasFields = s.depth, len(s.batch), false
	if !complete {
		raw = []byte("<" + tagName(raw) + ">")
	}
	s.batch = append(s.batch, openingTag(raw)...)
	s.batch = fmt.Appendf(s.batch, `<%[1]s:n xmlns:%[1]s="urn:%[1]s">%d</%[1]s:n>`, markerPrefix, len(s.extras))
	s.extras = append(s.extras, extraFields{language: xmlAttr(t, "lang")})
	s.openTags = append(s.openTags[:0], tagName(raw))
	s.selfClosed = false
	return nil
}

// batchStart is the beginning of a small feed.
func (s *splitter) batchStart(inner bool) []byte {
	b := make([]byte, 0, batchSize+maxToken/4)
	b = append(b, s.root...)
	if inner {
		b = append(b, s.channel...)
	}
	return b
}

// batchEnd is its end.
func (s *splitter) batchEnd(inner bool) string {
	end := "</" + tagName(s.root) + ">"
	if inner {
		end = "</" + tagName(s.channel) + ">" + end
	}
	return end
}

// endElement writes end tags of its own: where the feed forgot one the decoder invents it, and the bytes at hand
// are those of another.
func (s *splitter) endElement(name xml.Name) error {
	if raw, _ := s.src.takeToken(s.rawTag[:0], s.dec.InputOffset()); len(raw) > 0 {
		s.rawTag = raw
	}
	depth := s.depth
	s.depth--
	selfClosed := s.selfClosed
	s.selfClosed = false
	switch {
	case depth == 1 && !selfClosed && !bytes.HasPrefix(s.rawTag, []byte("</"+tagName(s.root))):
		// A stray end tag in the middle made the decoder close all that was open.
		return feed.NewFault(feed.ErrMalformed, nil, "has an end tag too many: %.40q", s.rawTag)
	case s.text.depth > 0:
		s.text.endElement(name, depth)
		if depth == s.text.depth {
			s.text.finish()
			s.src.textLimit = maxToken
		}
	case s.copyDepth > 0:
		s.copyEndTag(selfClosed)
		if depth == s.copyDepth {
			s.copyDepth = 0
		}
	case depth == -s.copyDepth:
		s.copyDepth = 0
	case depth == s.openItemDepth:
		s.closeItem()
	case depth == 2 && s.inChannel:
		s.inChannel = false
	}
	return nil
}

func (s *splitter) closeItem() {
	s.openItemDepth = 0
	if s.hasFields {
		s.writeEndTag()
		return
	}
	s.batch = s.batch[:s.itemStart]
	s.extras = s.extras[:len(s.extras)-1]
	s.collector.itemCount++
}

func (s *splitter) finishFeed() error {
	if s.batch != nil {
		if err := s.flushBatch(); err != nil {
			return err
		}
	}
	s.applyHeadTexts()
	return nil
}

func (s *splitter) flushBatch() error {
	b := append(s.batch, s.batchEnd(s.itemsInChannel)...)
	extras := s.extras
	s.batch, s.extras = nil, nil
	small, err := s.parseBatch(b)
	if err != nil {
		return err
	}
	for _, it := range small.Items {
		extra := extraFields{}
		if n, err := strconv.Atoi(itemNumber(it)); err == nil && n < len(extras) {
			extra = extras[n]
		}
		if err := s.collector.addItem(it, extra); err != nil {
			return err
		}
	}
	return nil
}

// markerPrefix is that of the element which the splitter puts into each item.
const markerPrefix = "lastpost"

func itemNumber(it *gofeed.Item) string {
	if all := it.Extensions[markerPrefix]["n"]; len(all) > 0 {
		return all[0].Value
	}
	return ""
}

// parseBatch lets gofeed read a small feed.
func (s *splitter) parseBatch(b []byte) (*gofeed.Feed, error) {
	if s.atom {
		f, err := new(atom.Parser).Parse(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return new(gofeed.DefaultAtomTranslator).Translate(f)
	}
	f, err := new(rss.Parser).Parse(bytes.NewReader(b))
	if err == nil && f == nil {
		err = errors.New("gofeed gave nothing")
	}
	if err != nil {
		return nil, err
	}
	return (&gofeed.DefaultRSSTranslator{DisableContentImageScan: true}).Translate(f)
}
