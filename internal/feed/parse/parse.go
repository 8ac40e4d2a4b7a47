// Package parse converts feeds to entries. It supports RSS, Atom, RDF, JSON Feed, the posts of the WordPress REST API,
// and the feed links of web pages. It does not use the network or the clock. To save memory, it holds only the entries
// of a feed, not the whole document.
package parse

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"lastpost/internal/feed"
	"lastpost/internal/feed/dates"
	"lastpost/internal/feed/decode"
)

// maxPosts limits the entries of one document. Older entries are dropped.
const maxPosts = 10_000

// FeedDocument is the result of parsing a body.
type FeedDocument struct {
	Entries    []feed.Entry  // in the feed's order; Published is the date in the feed, which may be zero
	Title      string        // title of the feed: plain text like feed.Post.Title, at most 512 bytes; may be empty
	ItemCount  int           // number of items, including unusable ones
	UpdateHint time.Duration // from ttl or sy:updatePeriod; zero if the feed states neither
	Links      Links
	Offsets    []dates.Offset // the UTC offsets that the dates carry, most frequent first; at most 8
	IsJSON     bool           // the body is a JSON Feed
	Page       *WebPage       // set if the body is a web page, not a feed

	// SkippedAudio lists enclosures that are neither a post's sound, another format of it, nor its image. It has at most
	// 20 elements.
	SkippedAudio []SkippedAudio
}

// SkippedAudio is an enclosure that is not used.
type SkippedAudio struct {
	URL, Type string // as the feed states them
	Reason    string // for the operator: "Alexa does not play audio/ogg"
}

// Feed parses a fetched feed. If the body is a web page, Feed returns its feed link instead. base is the URL of the
// body, without user info. zone is the blog's time zone; dates without a zone are in it. Nil means UTC. The error is a
// *feed.Fault, or the error of ctx or r.
func Feed(
	ctx context.Context, r io.Reader, contentType string, base *url.URL, now time.Time, zone *time.Location,
) (FeedDocument, error) {
	src := decode.Text(r, contentType)
	format, err := sniffBody(src)
	if err != nil {
		return FeedDocument{}, err
	}
	switch format {
	case formatEmpty:
		return FeedDocument{}, feed.NewFault(feed.ErrNotFeed, nil, "is empty").
			WithRemedy("open the address in a browser: if it is empty there too, tell the publisher: often an error of a plugin ends it")
	case formatOther:
		return FeedDocument{}, feed.NewFault(feed.ErrNotFeed, nil, "is not a feed")
	case formatPage:
		p := readWebPage(src, base)
		return FeedDocument{Page: &p}, ctx.Err() // a timeout must not look like a page without a feed
	default:
		return parseFeed(src, format, newCollector(ctx, base, now, zone))
	}
}

// bodyFormat is the format of a body, detected from its first bytes.
type bodyFormat int

const (
	formatEmpty bodyFormat = iota
	formatXML              // RSS, RDF or Atom, or XML without a root element in the first SniffSize bytes
	formatJSON
	formatPage
	formatOther
)

// sniffBody skips what precedes the document in a body, and returns the format.
func sniffBody(src *bufio.Reader) (bodyFormat, error) {
	decode.SkipPreamble(src, isFeedRoot)
	prefix, err := src.Peek(decode.SniffSize)
	if len(prefix) == 0 && !errors.Is(err, io.EOF) {
		return formatEmpty, err
	}
	return sniffFormat(prefix), nil
}

// sniffFormat returns the format of a body that starts with prefix.
func sniffFormat(prefix []byte) bodyFormat {
	s := bytes.TrimLeft(prefix, " \t\r\n\x00\ufeff")
	switch {
	case len(s) == 0:
		return formatEmpty
	case s[0] == '{':
		return formatJSON
	case s[0] != '<':
		return formatOther
	}
	name, html := firstElement(s)
	switch {
	case isFeedRoot(name):
		return formatXML // even if the doctype is wrong
	case html || isHTMLElement(name):
		return formatPage
	case name == "":
		return formatXML
	}
	return formatOther
}

// isFeedRoot reports whether an element is the root of a feed. Its name, in lower case, may have a prefix.
func isFeedRoot(name string) bool {
	if _, local, found := strings.Cut(name, ":"); found {
		name = local
	}
	return name == "rss" || name == "rdf" || name == "feed"
}

// firstElement returns the lower-case name of the document's first element, or "" if s ends before it. html reports
// whether the doctype is HTML.
func firstElement(s []byte) (name string, html bool) {
	for {
		_, rest, found := bytes.Cut(s, []byte("<"))
		if !found || len(rest) == 0 {
			return "", html
		}
		end := ">"
		switch {
		case rest[0] == '?':
			end = "?>"
		case bytes.HasPrefix(rest, []byte("!--")):
			end = "-->"
		case rest[0] == '!':
			if d := bytes.Fields(bytes.ToLower(rest[:min(len(rest), 64)])); len(d) > 1 &&
				string(d[0]) == "!doctype" && bytes.HasPrefix(d[1], []byte("html")) {
				html = true
			}
			if subset := bytes.IndexByte(rest, '['); subset >= 0 && subset < bytes.IndexByte(rest, '>') {
				end = "]>" // end of the internal subset; if it is missing in s, the parser detects the format
			}
		default:
			n := bytes.IndexAny(rest, " \t\r\n/>")
			return strings.ToLower(string(rest[:max(n, 0)])), html
		}
		if _, s, found = bytes.Cut(rest, []byte(end)); !found {
			return "", html
		}
	}
}

// parseFeed parses a feed. An incomplete document is an error, even if some items were
// read, because a truncated feed must not look as if the publisher had removed posts.
func parseFeed(src *bufio.Reader, format bodyFormat, c *collector) (FeedDocument, error) {
	if format == formatJSON {
		doc, err := collectItems(src, parseJSON, c)
		doc.IsJSON = err == nil
		return doc, err
	}
	return collectItems(src, parseXML, c)
}

// collectItems parses src with one of the parsers. It converts panics of gofeed to errors.
func collectItems(
	src *bufio.Reader, read func(*bufio.Reader, *collector) error, c *collector,
) (doc FeedDocument, err error) {
	defer func() {
		if p := recover(); p != nil {
			doc, err = FeedDocument{}, feed.NewFault(feed.ErrMalformed, nil, "cannot be parsed: the parser panicked: %v", p)
		}
	}()
	if err := read(src, c); err != nil {
		return FeedDocument{}, err
	}
	return c.buildDocument(), nil
}

// parseFault converts an error of a parser to a fault. An error of reading the body (too large, too slow) takes
// precedence, because it has caused the error of the parser.
func parseFault(err, readErr error) error {
	if f, ok := errors.AsType[*feed.Fault](readErr); ok {
		return f
	}
	if readErr != nil {
		return feed.NewFault(feed.ErrCutOff, nil, "is cut off in the middle")
	}
	if f, ok := errors.AsType[*feed.Fault](err); ok {
		return f
	}
	return feed.NewFault(feed.ErrMalformed, err, "looks like a feed, but cannot be parsed")
}

// collector converts each item to an entry as soon as it is parsed, so that only the entries stay in memory.
type collector struct {
	ctx         context.Context // stops a parse that takes too long; used only during the parse
	base        *url.URL
	now         time.Time
	dates       dates.Resolver
	items       []feedItem
	contentRoom int // remaining bytes for all contents; their total must not exceed the size of a body, although escaping makes text longer
	itemCount   int
	hint        time.Duration
	links       Links
	title       string
	language    string   // language of entries that do not state one
	authors     []string // authors of entries that do not state one
	skipped     []SkippedAudio
}

func newCollector(ctx context.Context, base *url.URL, now time.Time, zone *time.Location) *collector {
	return &collector{ctx: ctx, base: base, now: now, dates: dates.Resolver{Zone: zone}, contentRoom: feed.MaxBody}
}

func (c *collector) addItem(it *gofeed.Item, extra extraFields) error {
	if err := c.ctx.Err(); err != nil {
		return fmt.Errorf("parsing: %w", err)
	}
	c.itemCount++
	i, ok := newFeedItem(it, extra, c.base)
	c.skipped = append(c.skipped, i.skipped[:min(len(i.skipped), maxSkippedAudio-len(c.skipped))]...)
	if !ok {
		return nil
	}
	i.skipped = nil
	i.Content = feed.TruncateHTML(i.Content, min(feed.MaxContent, c.contentRoom))
	c.contentRoom -= len(i.Content)
	c.dates.Note(i.date)
	c.items = append(c.items, i)
	if len(c.items) == 2*maxPosts {
		c.resolveDates()
		c.keepNewest()
	}
	return nil
}

// buildDocument returns the collected document.
func (c *collector) buildDocument() FeedDocument {
	c.dates.Language = c.language
	c.resolveDates()
	c.keepNewest()
	entries, authors := assignIDs(c.items), feed.CleanAuthors(c.authors)
	for i := range entries {
		entries[i].Language = cmp.Or(entries[i].Language, c.language)
		if entries[i].Authors == nil {
			entries[i].Authors = authors
		}
	}
	return FeedDocument{
		Entries: entries, Title: feedTitle(c.title), ItemCount: c.itemCount, UpdateHint: c.hint, Links: c.links, Offsets: c.dates.Offsets(),
		SkippedAudio: c.skipped,
	}
}

// resolveDates sets the dates of the posts from the dates read so far. In the order of keepNewest, a post without a usable
// date stays below the post before it.
func (c *collector) resolveDates() {
	order := c.now
	for n := range c.items {
		i := &c.items[n]
		if i.Published = c.dates.Time(i.date); !i.Published.IsZero() {
			order = i.Published
		}
		if i.order = order; order.After(c.now) {
			i.order = c.now
		}
	}
}

// keepNewest drops all but the newest posts.
func (c *collector) keepNewest() {
	if len(c.items) <= maxPosts {
		return
	}
	slices.SortStableFunc(c.items, func(a, b feedItem) int { return b.order.Compare(a.order) })
	clear(c.items[maxPosts:])
	c.items = c.items[:maxPosts]
}
