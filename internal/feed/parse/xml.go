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
	dec  *xml.Decoder
	src  *pull
	c    *collector
	atom bool

	depth   int
	root    []byte // start tags
	channel []byte
	inside  bool      // the channel
	words   headWords // what the head says
	space   string    // the namespace that the head's own elements have
	xmlBase *url.URL
	batch   []byte // a small feed that is open still; nil: none
	told    []told // what its items say
	inner   bool   // whether the batch's items stand in the channel
	item    int    // depth of the item at hand; 0: none
	mark    int    // where it starts in the batch
	filled  bool   // whether anything of it was kept
	passage passage

	keep   int // depth of the element that is being copied; 0: none
	began  int // from where
	base   int // how many elements were open before it
	open   []string
	closed bool   // the start tag at hand closed itself
	raw    []byte // the bytes of the last tag
}

// parseXML reads RSS, RDF and Atom.
func parseXML(src *bufio.Reader, c *collector) error {
	p := &pull{Reader: src, room: maxToken}
	dec := xml.NewDecoder(p)
	dec.Strict = false
	dec.Entity = xml.HTMLEntity
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	s := &splitter{dec: dec, src: p, c: c, xmlBase: c.base}
	if err := s.run(); err != nil {
		return unreadable(err, p.err)
	}
	return nil
}

// run reads up to the root's end tag. What follows it, a cache's comment or an endless tail, is not read.
func (s *splitter) run() error {
	for {
		tok, err := s.dec.Token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			err = s.start(t, strings.ToLower(t.Name.Local))
		case xml.EndElement:
			err = s.end(t.Name)
		case xml.CharData:
			s.text(t)
		default:
			s.src.skip(s.dec.InputOffset())
		}
		if err != nil {
			return err
		}
		if s.depth == 0 && s.root != nil {
			return s.finish()
		}
	}
}

func (s *splitter) start(t xml.StartElement, name string) error {
	s.depth++
	raw, whole := s.src.take(s.raw[:0], s.dec.InputOffset())
	s.raw = raw
	s.closed = bytes.HasSuffix(raw, []byte("/>"))
	frame := s.depth == 1 || s.depth == 2 && name == "channel" && !s.atom
	switch {
	case s.depth > maxDepth:
		return feed.Fail(feed.ErrMalformed, nil, "nests its elements more than %d deep", maxDepth)
	case frame && (!whole || len(raw) > maxFrame):
		return feed.Fail(feed.ErrMalformed, nil, "has a start tag of more than %d bytes", maxFrame)
	case frame:
		return s.begin(t, name, raw)
	case s.passage.depth > 0:
		s.passage.start(t, s.depth)
	case s.keep > 0:
		s.copyStart(raw, whole)
	case s.item > 0:
		s.field(t, name, raw, whole)
	case s.isItem(name):
		return s.openItem(t, raw, whole)
	default:
		s.headField(t, name)
	}
	return nil
}

// begin opens the root or the channel.
func (s *splitter) begin(t xml.StartElement, name string, raw []byte) error {
	s.space, s.xmlBase = t.Name.Space, baseOf(t, s.xmlBase)
	s.words.marked = cmp.Or(xmlAttr(t, "lang"), s.words.marked)
	if s.depth > 1 {
		s.channel, s.inside = opening(raw), true
		return nil
	}
	if !isRoot(name) {
		return feed.Fail(feed.ErrNotFeed, nil, "is not a feed: its root element is <%.40s>", name)
	}
	s.root, s.atom = opening(raw), name == "feed"
	return nil
}

// itemDepth is how deep an item stands here: in the channel, or in the root (Atom, RSS 1.0, RSS 0.9).
func (s *splitter) itemDepth() int {
	if s.channel != nil && s.depth > 2 {
		return 3
	}
	return 2
}

func (s *splitter) isItem(name string) bool {
	if s.atom {
		return name == "entry" && s.depth == 2
	}
	return name == "item" && s.depth == s.itemDepth()
}

// openItem begins an item of a small feed. Its first element is its number, by which it is found again in what
// gofeed makes of the small feed: gofeed has a rule of its own for what is an item.
func (s *splitter) openItem(t xml.StartElement, raw []byte, whole bool) error {
	inner := s.depth == 3
	if s.batch != nil && (inner != s.inner || len(s.batch) > batchSize || len(s.told) == batchItems) {
		if err := s.flush(); err != nil {
			return err
		}
	}
	if s.batch == nil {
		s.batch, s.inner = s.frame(inner), inner
	}
	s.item, s.mark, s.filled = s.depth, len(s.batch), false
	if !whole {
		raw = []byte("<" + rawName(raw) + ">")
	}
	s.batch = append(s.batch, opening(raw)...)
	s.batch = fmt.Appendf(s.batch, `<%[1]s:n xmlns:%[1]s="urn:%[1]s">%d</%[1]s:n>`, ownPrefix, len(s.told))
	s.told = append(s.told, told{language: xmlAttr(t, "lang")})
	s.open = append(s.open[:0], rawName(raw))
	s.closed = false
	return nil
}

// frame is the beginning of a small feed.
func (s *splitter) frame(inner bool) []byte {
	b := make([]byte, 0, batchSize+maxToken/4)
	b = append(b, s.root...)
	if inner {
		b = append(b, s.channel...)
	}
	return b
}

// closing is its end.
func (s *splitter) closing(inner bool) string {
	end := "</" + rawName(s.root) + ">"
	if inner {
		end = "</" + rawName(s.channel) + ">" + end
	}
	return end
}

// end writes end tags of its own: where the feed forgot one the decoder invents it, and the bytes at hand
// are those of another.
func (s *splitter) end(name xml.Name) error {
	if raw, _ := s.src.take(s.raw[:0], s.dec.InputOffset()); len(raw) > 0 {
		s.raw = raw
	}
	depth := s.depth
	s.depth--
	closed := s.closed
	s.closed = false
	switch {
	case depth == 1 && !closed && !bytes.HasPrefix(s.raw, []byte("</"+rawName(s.root))):
		// A stray end tag in the middle made the decoder close all that was open.
		return feed.Fail(feed.ErrMalformed, nil, "has an end tag too many: %.40q", s.raw)
	case s.passage.depth > 0:
		s.passage.end(name, depth)
		if depth == s.passage.depth {
			s.passage.close()
			s.src.room = maxToken
		}
	case s.keep > 0:
		s.copyEnd(closed)
		if depth == s.keep {
			s.keep = 0
		}
	case depth == -s.keep:
		s.keep = 0
	case depth == s.item:
		s.closeItem()
	case depth == 2 && s.inside:
		s.inside = false
	}
	return nil
}

func (s *splitter) closeItem() {
	s.item = 0
	if s.filled {
		s.copyTag()
		return
	}
	s.batch = s.batch[:s.mark]
	s.told = s.told[:len(s.told)-1]
	s.c.items++
}

func (s *splitter) finish() error {
	if s.batch != nil {
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.headSaid()
	return nil
}

func (s *splitter) flush() error {
	b := append(s.batch, s.closing(s.inner)...)
	all := s.told
	s.batch, s.told = nil, nil
	small, err := s.read(b)
	if err != nil {
		return err
	}
	for _, it := range small.Items {
		more := told{}
		if n, err := strconv.Atoi(ownNumber(it)); err == nil && n < len(all) {
			more = all[n]
		}
		if err := s.c.add(it, more); err != nil {
			return err
		}
	}
	return nil
}

// ownPrefix is that of the element which the splitter puts into each item.
const ownPrefix = "lastpost"

func ownNumber(it *gofeed.Item) string {
	if all := it.Extensions[ownPrefix]["n"]; len(all) > 0 {
		return all[0].Value
	}
	return ""
}

// read lets gofeed read a small feed.
func (s *splitter) read(b []byte) (*gofeed.Feed, error) {
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
