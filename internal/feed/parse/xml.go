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
	"lastpost/internal/feed/decode"
)

// Limits for the structure of an XML feed. gofeed copies the declared namespaces for each nested element, and the
// standard decoder stores each open element. Without limits, a small but deeply nested feed would use very much memory.
const (
	maxDepth     = 10_000              // maximum depth of elements; large, because real descriptions leave many HTML elements open
	maxKeptDepth = 32                  // maximum depth within a title, a link or a date
	maxFrame     = 8 << 10             // bytes of the start tag of the root or channel
	maxItem      = 2 * decode.MaxToken // bytes of an item without its content
	batchSize    = 32 << 10
	batchItems   = 100
)

// splitter reads a feed and copies its items in batches to small feeds of the same format, which gofeed parses. A small
// feed has the original start tags of root and channel, with all namespaces. Its items contain only title, link,
// identity, dates, categories and enclosures. The splitter reads the content itself, because gofeed decodes even a very
// long text in one piece. If gofeed parsed the entire feed at once, it would hold the text and the extensions of each
// post in memory, ten times the size of the feed.
type splitter struct {
	dec       *xml.Decoder
	src       *decode.XMLSource
	collector *collector
	atom      bool

	depth          int
	root           []byte // start tag of the root
	channel        []byte
	inChannel      bool      // the current element is in the channel
	head           headTexts // texts of the head
	headNamespace  string    // namespace of the head's elements
	xmlBase        *url.URL
	itemBase       *url.URL      // base URL of the current item
	batch          []byte        // the small feed that is being built, or nil
	extras         []extraFields // extra fields of the batch's items
	itemsInChannel bool          // the batch's items are in the channel, not in the root
	openItemDepth  int           // depth of the current item; 0 outside of items
	itemStart      int           // offset of the current item in the batch
	hasFields      bool          // fields of the current item have been copied
	text           textBuilder

	copyDepth     int // depth of the element that is being copied; 0 if none is; negative if the element was dropped
	copyOffset    int // offset of the copied element in the batch
	copyOpenCount int // number of open elements before the copied element
	openTags      []string
	selfClosed    bool   // the current tag is self-closing
	rawTag        []byte // bytes of the latest start tag
}

// parseXML parses RSS, RDF and Atom.
func parseXML(src *bufio.Reader, c *collector) error {
	p := decode.NewXMLSource(src)
	dec := xml.NewDecoder(p)
	dec.Strict = false
	dec.Entity = xml.HTMLEntity
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	s := &splitter{dec: dec, src: p, collector: c, xmlBase: c.base}
	if err := s.splitFeed(); err != nil {
		return parseFault(err, p.ReadErr)
	}
	return nil
}

// splitFeed reads up to the end tag of the root. It ignores the rest, which may be a comment of a cache, or endless.
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
			s.endElement(t.Name)
		case xml.CharData:
			s.addCharData(t)
		default:
			s.src.SkipToken(s.dec.InputOffset())
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
	raw, complete := s.src.TakeToken(s.rawTag[:0], s.dec.InputOffset())
	s.rawTag = raw
	s.selfClosed = bytes.HasSuffix(raw, []byte("/>"))
	frame := s.depth == 1 || s.depth == 2 && name == "channel" && !s.atom
	switch {
	case s.depth > maxDepth:
		return feed.NewFault(feed.ErrMalformed, nil, "nests elements more than %d levels deep", maxDepth)
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

// openFrame starts the root or the channel.
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

// expectedItemDepth returns the depth of items: in the channel, or in the root (Atom, RSS 1.0, RSS 0.9).
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

// openItem starts an item in the batch. It adds the number of the item as its first element. gofeed may skip items, so
// the number is needed to find the extra fields of each parsed item.
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
	s.itemBase = elementBase(t, s.xmlBase)
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

// batchStart returns the beginning of a small feed.
func (s *splitter) batchStart(inner bool) []byte {
	b := make([]byte, 0, batchSize+decode.MaxToken/4)
	b = append(b, s.root...)
	if inner {
		b = append(b, s.channel...)
	}
	return b
}

// batchEnd returns the end tags of a small feed.
func (s *splitter) batchEnd(inner bool) string {
	end := "</" + tagName(s.root) + ">"
	if inner {
		end = "</" + tagName(s.channel) + ">" + end
	}
	return end
}

// endElement handles an end tag. It does not copy the bytes of the tag but writes the end tag from openTags, because a
// self-closing element does not have one.
func (s *splitter) endElement(name xml.Name) {
	s.src.SkipToken(s.dec.InputOffset())
	depth := s.depth
	s.depth--
	selfClosed := s.selfClosed
	s.selfClosed = false
	switch {
	case s.text.depth > 0:
		s.text.endElement(name, depth)
		if depth == s.text.depth {
			s.text.finish()
			s.src.TextLimit = decode.MaxToken
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
}

func (s *splitter) closeItem() {
	s.openItemDepth = 0
	if s.hasFields || !s.extras[len(s.extras)-1].isEmpty() {
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

// markerPrefix is the namespace prefix of the number element in each item.
const markerPrefix = "lastpost"

func itemNumber(it *gofeed.Item) string {
	if all := it.Extensions[markerPrefix]["n"]; len(all) > 0 {
		return all[0].Value
	}
	return ""
}

// parseBatch parses a small feed with gofeed.
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
		err = errors.New("gofeed returned an empty result")
	}
	if err != nil {
		return nil, err
	}
	return (&gofeed.DefaultRSSTranslator{DisableContentImageScan: true}).Translate(f)
}
