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
	Entries []feed.Entry  // in the feed's order; Published is the claim, which may be zero
	Items   int           // how many items there were
	Hint    time.Duration // ttl or sy:updatePeriod; 0: none
	Links   Links
	JSON    bool  // it is a JSON Feed
	Page    *WebPage // not nil: no feed, but a page
}

// Feed reads a feed that was fetched, or looks on a page for the feed that it names. base is where it came from, without
// user info. An error is a feed.Fault, or that of ctx, or of r.
func Feed(ctx context.Context, r io.Reader, contentType string, base *url.URL, now time.Time) (FeedDocument, error) {
	src := decoded(r, contentType)
	prefix, err := src.Peek(sniffSize)
	if len(prefix) == 0 && !errors.Is(err, io.EOF) {
		return FeedDocument{}, err
	}
	switch form := sniff(prefix); form {
	case formEmpty:
		return FeedDocument{}, feed.Fail(feed.ErrNotFeed, nil, "is empty")
	case formOther:
		return FeedDocument{}, advised(feed.Fail(feed.ErrNotFeed, nil, "is not a feed"))
	case formPage:
		p := readPage(src, base)
		return FeedDocument{Page: &p}, ctx.Err() // a page that hangs names no feed for that reason
	default:
		doc, err := parse(ctx, src, form, base, now)
		return doc, advised(err)
	}
}

// advised adds the remedy to what turned out to be no feed.
func advised(err error) error {
	if f, ok := errors.AsType[*feed.Fault](err); ok && errors.Is(f, feed.ErrNotFeed) {
		f.Text += "; set the feed's own address"
	}
	return err
}

// form is what a body looks like from its beginning.
type form int

const (
	formEmpty form = iota
	formXML        // RSS, RDF or Atom, or XML that does not show its root yet
	formJSON
	formPage
	formOther
)

// sniff tells what begins with prefix.
func sniff(prefix []byte) form {
	s := bytes.TrimLeft(prefix, " \t\r\n\x00\ufeff")
	switch {
	case len(s) == 0:
		return formEmpty
	case s[0] == '{':
		return formJSON
	case s[0] != '<':
		return formOther
	}
	name, html := firstElement(s)
	switch _, local, found := strings.Cut(name, ":"); {
	case html || isElement(name):
		return formPage
	case name == "", found && isRoot(local), isRoot(name):
		return formXML
	}
	return formOther
}

func isRoot(name string) bool { return name == "rss" || name == "rdf" || name == "feed" }

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

// parse reads a feed. base is where it came from. A document that is not read to its end is an error,
// whatever it held until then: what is cut off must not pass for what the publisher says.
func parse(ctx context.Context, src *bufio.Reader, f form, base *url.URL, now time.Time) (FeedDocument, error) {
	if f == formJSON {
		doc, err := collect(ctx, src, parseJSON, base, now)
		doc.JSON = err == nil
		return doc, err
	}
	return collect(ctx, src, parseXML, base, now)
}

// collect lets one of the parsers read src. gofeed's panics are errors, too.
func collect(ctx context.Context, src *bufio.Reader, read func(*bufio.Reader, *collector) error,
	base *url.URL, now time.Time) (doc FeedDocument, err error) {
	c := &collector{ctx: ctx, base: base, now: now, room: feed.MaxBody}
	defer func() {
		if p := recover(); p != nil {
			doc, err = FeedDocument{}, feed.Fail(feed.ErrMalformed, nil, "cannot be read: the parser failed: %v", p)
		}
	}()
	if err := read(src, c); err != nil {
		return FeedDocument{}, err
	}
	return c.document(), nil
}

// unreadable names an error of a parser; the body's own error (too large, too slow) goes before it, as
// the parser's is but its consequence.
func unreadable(err, read error) error {
	if f, ok := errors.AsType[*feed.Fault](read); ok {
		return f
	}
	if read != nil {
		return feed.Fail(feed.ErrCutOff, nil, "is cut off in the middle")
	}
	if f, ok := errors.AsType[*feed.Fault](err); ok {
		return f
	}
	return feed.Fail(feed.ErrMalformed, err, "begins as a feed, but cannot be read")
}

// collector takes in a feed's items a few at a time, so that no more of a feed than its entries is ever held.
type collector struct {
	ctx      context.Context // ends a parse that takes too long; lives no longer than the parse
	base     *url.URL
	now      time.Time
	list     []item
	room     int // bytes that contents may still take: escaping makes text longer, and all of it no longer than a body
	items    int
	hint     time.Duration
	links    Links
	language string // of entries that are marked with none
}

func (c *collector) add(it *gofeed.Item, more told) error {
	if err := c.ctx.Err(); err != nil {
		return fmt.Errorf("parsing: %w", err)
	}
	c.items++
	more.content = feed.CutHTML(more.content, min(feed.MaxContent, c.room))
	i, ok := readItem(it, more, c.base)
	if !ok {
		return nil
	}
	c.room -= len(i.Content)
	c.list = append(c.list, i)
	if len(c.list) == 2*maxPosts {
		c.prune()
	}
	return nil
}

// document is what was taken in.
func (c *collector) document() FeedDocument {
	c.prune()
	entries := identify(c.list)
	for i := range entries {
		entries[i].Language = cmp.Or(entries[i].Language, c.language)
	}
	return FeedDocument{Entries: entries, Items: c.items, Hint: c.hint, Links: c.links}
}

// prune keeps the newest posts, in their order. A post without a usable date counts as new.
func (c *collector) prune() {
	if len(c.list) <= maxPosts {
		return
	}
	when := func(i item) time.Time {
		if i.Published.IsZero() || i.Published.After(c.now) {
			return c.now
		}
		return i.Published
	}
	slices.SortStableFunc(c.list, func(a, b item) int { return when(b).Compare(when(a)) })
	clear(c.list[maxPosts:])
	c.list = c.list[:maxPosts]
}
