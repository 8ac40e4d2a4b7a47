// Package parse reads feeds: bytes to entries. It knows RSS, Atom, RDF, JSON Feed, the WordPress REST API's posts and the
// links of web pages. It has no network and no clock, and holds no more of a feed than the fields of its entries.
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
)

// sniffSize is how much of a body is looked at to tell what it is: room for a long doctype or comment
// before the first element.
const sniffSize = 32 << 10

// maxPosts bounds how many items of one document are taken: the newest.
const maxPosts = 10_000

// FeedDocument is what a body said.
type FeedDocument struct {
	Entries    []feed.Entry  // in the feed's order; Published is the claim, which may be zero
	ItemCount  int           // how many items there were
	UpdateHint time.Duration // ttl or sy:updatePeriod; 0: none
	Links      Links
	IsJSON     bool     // it is a JSON Feed
	Page       *WebPage // not nil: no feed, but a page
}

// Feed reads a feed that was fetched, or looks on a page for the feed that it names. base is where it came from, without
// user info. An error is a feed.Fault, or that of ctx, or of r.
func Feed(ctx context.Context, r io.Reader, contentType string, base *url.URL, now time.Time) (FeedDocument, error) {
	src := decodeBody(r, contentType)
	prefix, err := src.Peek(sniffSize)
	if len(prefix) == 0 && !errors.Is(err, io.EOF) {
		return FeedDocument{}, err
	}
	switch format := sniffFormat(prefix); format {
	case formatEmpty:
		return FeedDocument{}, feed.NewFault(feed.ErrNotFeed, nil, "is empty")
	case formatOther:
		return FeedDocument{}, addRemedy(feed.NewFault(feed.ErrNotFeed, nil, "is not a feed"))
	case formatPage:
		p := readWebPage(src, base)
		return FeedDocument{Page: &p}, ctx.Err() // a page that hangs names no feed for that reason
	default:
		doc, err := parseFeed(ctx, src, format, base, now)
		return doc, addRemedy(err)
	}
}

// addRemedy adds the remedy to what turned out to be no feed.
func addRemedy(err error) error {
	if f, ok := errors.AsType[*feed.Fault](err); ok && errors.Is(f, feed.ErrNotFeed) {
		f.Text += "; set the feed's own address"
	}
	return err
}

// bodyFormat is what a body looks like from its beginning.
type bodyFormat int

const (
	formatEmpty bodyFormat = iota
	formatXML              // RSS, RDF or Atom, or XML that does not show its root yet
	formatJSON
	formatPage
	formatOther
)

// sniffFormat tells what begins with prefix.
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
	switch _, local, found := strings.Cut(name, ":"); {
	case html || isHTMLElement(name):
		return formatPage
	case name == "", found && isFeedRoot(local), isFeedRoot(name):
		return formatXML
	}
	return formatOther
}

func isFeedRoot(name string) bool { return name == "rss" || name == "rdf" || name == "feed" }

// firstElement is the lower-case name of a document's first element, "" where s does not reach it. html
// tells that the doctype is HTML's.
func firstElement(s []byte) (name string, html bool) {
	for {
		_, rest, found := bytes.Cut(s, []byte("<"))
		if !found || len(rest) == 0 {
			return "", false
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
				return "html", true
			}
			if subset := bytes.IndexByte(rest, '['); subset >= 0 && subset < bytes.IndexByte(rest, '>') {
				end = "]>" // entities; one with white space in it leaves the judgement to the parser
			}
		default:
			n := bytes.IndexAny(rest, " \t\r\n/>")
			return strings.ToLower(string(rest[:max(n, 0)])), false
		}
		if _, s, found = bytes.Cut(rest, []byte(end)); !found {
			return "", false
		}
	}
}

// parseFeed reads a feed. base is where it came from. A document that is not read to its end is an error,
// whatever it held until then: what is cut off must not pass for what the publisher says.
func parseFeed(ctx context.Context, src *bufio.Reader, format bodyFormat, base *url.URL, now time.Time) (FeedDocument, error) {
	if format == formatJSON {
		doc, err := collectItems(ctx, src, parseJSON, base, now)
		doc.IsJSON = err == nil
		return doc, err
	}
	return collectItems(ctx, src, parseXML, base, now)
}

// collectItems lets one of the parsers read src. gofeed's panics are errors, too.
func collectItems(ctx context.Context, src *bufio.Reader, read func(*bufio.Reader, *collector) error,
	base *url.URL, now time.Time) (doc FeedDocument, err error) {
	c := &collector{ctx: ctx, base: base, now: now, contentRoom: feed.MaxBody}
	defer func() {
		if p := recover(); p != nil {
			doc, err = FeedDocument{}, feed.NewFault(feed.ErrMalformed, nil, "cannot be read: the parser failed: %v", p)
		}
	}()
	if err := read(src, c); err != nil {
		return FeedDocument{}, err
	}
	return c.buildDocument(), nil
}

// parseFault names an error of a parser; the body's own error (too large, too slow) goes before it, as
// the parser's is but its consequence.
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
	return feed.NewFault(feed.ErrMalformed, err, "begins as a feed, but cannot be read")
}

// collector takes in a feed's items a few at a time, so that no more of a feed than its entries is ever held.
type collector struct {
	ctx         context.Context // ends a parse that takes too long; lives no longer than the parse
	base        *url.URL
	now         time.Time
	items       []feedItem
	contentRoom int // bytes that contents may still take: escaping makes text longer, and all of it no longer than a body
	itemCount   int
	hint        time.Duration
	links       Links
	language    string // of entries that are marked with none
}

func (c *collector) addItem(it *gofeed.Item, extra extraFields) error {
	if err := c.ctx.Err(); err != nil {
		return fmt.Errorf("parsing: %w", err)
	}
	c.itemCount++
	extra.content = feed.TruncateHTML(extra.content, min(feed.MaxContent, c.contentRoom))
	i, ok := newFeedItem(it, extra, c.base)
	if !ok {
		return nil
	}
	c.contentRoom -= len(i.Content)
	c.items = append(c.items, i)
	if len(c.items) == 2*maxPosts {
		c.keepNewest()
	}
	return nil
}

// buildDocument is what was taken in.
func (c *collector) buildDocument() FeedDocument {
	c.keepNewest()
	entries := assignIDs(c.items)
	for i := range entries {
		entries[i].Language = cmp.Or(entries[i].Language, c.language)
	}
	return FeedDocument{Entries: entries, ItemCount: c.itemCount, UpdateHint: c.hint, Links: c.links}
}

// keepNewest keeps the newest posts, in their order. A post without a usable date counts as new.
func (c *collector) keepNewest() {
	if len(c.items) <= maxPosts {
		return
	}
	when := func(i feedItem) time.Time {
		if i.Published.IsZero() || i.Published.After(c.now) {
			return c.now
		}
		return i.Published
	}
	slices.SortStableFunc(c.items, func(a, b feedItem) int { return when(b).Compare(when(a)) })
	clear(c.items[maxPosts:])
	c.items = c.items[:maxPosts]
}
