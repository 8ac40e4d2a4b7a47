package feed

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html/atom"
)

// sniffSize is how much of a body is looked at to tell what it is: room for a long doctype or comment
// before the first element.
const sniffSize = 32 << 10

// maxPosts bounds how many items of one document are taken: the newest.
const maxPosts = 10_000

// document is what a body said.
type document struct {
	entries []Entry       // in the feed's order; Published is the claim, which may be zero
	items   int           // how many items there were
	hint    time.Duration // ttl or sy:updatePeriod; 0: none
	links   links
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
	case html || isElement(atom.Lookup([]byte(name))):
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
func parse(ctx context.Context, src *bufio.Reader, f form, base *url.URL, now time.Time) (document, error) {
	if f == formJSON {
		return collect(ctx, src, parseJSON, base, now)
	}
	return collect(ctx, src, parseXML, base, now)
}

// collect lets one of the parsers read src. gofeed's panics are errors, too.
func collect(ctx context.Context, src *bufio.Reader, read func(*bufio.Reader, *collector) error,
	base *url.URL, now time.Time) (doc document, err error) {
	c := &collector{ctx: ctx, base: base, now: now, room: maxBody}
	defer func() {
		if p := recover(); p != nil {
			doc, err = document{}, fail(ErrMalformed, nil, "cannot be read: the parser failed: %v", p)
		}
	}()
	if err := read(src, c); err != nil {
		return document{}, err
	}
	return c.document(), nil
}

// unreadable names an error of a parser; the body's own error (too large, too slow) goes before it, as
// the parser's is but its consequence.
func unreadable(err, read error) error {
	if f, ok := errors.AsType[*fault](read); ok {
		return f
	}
	if read != nil {
		return fail(ErrCutOff, nil, "is cut off in the middle")
	}
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	return fail(ErrMalformed, err, "begins as a feed, but cannot be read")
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
	links    links
	language string // of entries that are marked with none
}

func (c *collector) add(it *gofeed.Item, more told) error {
	if err := c.ctx.Err(); err != nil {
		return fmt.Errorf("parsing: %w", err)
	}
	c.items++
	more.content = cutHTML(more.content, min(maxContent, c.room))
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
func (c *collector) document() document {
	c.prune()
	entries := identify(c.list)
	for i := range entries {
		entries[i].Language = cmp.Or(entries[i].Language, c.language)
	}
	return document{entries: entries, items: c.items, hint: c.hint, links: c.links}
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
