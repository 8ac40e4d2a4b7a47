package parse

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"lastpost/internal/feed"
)

// IsFeed tells whether what a file holds is a feed. Where it is not, it is JSON of another kind, such as JSON lines; the
// error is feed.ErrNotFeed where it is neither.
func IsFeed(r io.Reader) (bool, error) {
	src := decoded(r, "")
	f, err := fileForm(src)
	if err != nil || f == formXML {
		return err == nil, err
	}
	return isJSONFeed(newJSONWalk(src)), nil
}

// FeedFile reads a feed that lies in a file, of any kind that is fetched too, and within the same bounds: 10 MiB, and of more
// than 10,000 posts the newest. Each post is there once, as far as its ID tells. What is relative is resolved against
// base. Its error is of one of the kinds of this package, or that of ctx.
func FeedFile(ctx context.Context, r io.Reader, base *url.URL, now time.Time) ([]feed.Entry, error) {
	src := decoded(&feed.Body{Context: ctx, Source: r}, "")
	f, err := fileForm(src)
	if err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	own := *base
	own.User = nil
	doc, err := parse(ctx, src, f, &own, now)
	if err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	seen := make(map[string]bool, len(doc.Entries))
	var once []feed.Entry
	for _, e := range doc.Entries {
		if !seen[e.ID] {
			once = append(once, e)
		}
		seen[e.ID] = true
	}
	return once, nil
}

// fileForm is formXML or formJSON, or an error.
func fileForm(src *bufio.Reader) (form, error) {
	prefix, err := src.Peek(sniffSize)
	if len(prefix) == 0 && !errors.Is(err, io.EOF) {
		return formEmpty, err
	}
	switch f := sniff(prefix); f {
	case formXML, formJSON:
		return f, nil
	case formEmpty:
		return f, feed.Fail(feed.ErrNotFeed, nil, "is empty")
	case formPage:
		return f, feed.Fail(feed.ErrNotFeed, nil, "is a web page, and neither a feed nor JSON lines")
	default:
		return f, feed.Fail(feed.ErrNotFeed, nil, "is neither a feed nor JSON lines")
	}
}

// isJSONFeed looks at the first object alone. One that cannot be read is none: whoever reads lines says what is wrong.
func isJSONFeed(w *jsonWalk) (is bool) {
	_, _ = w.object(func(key string) error {
		if key == "items" {
			is = true
			return io.EOF // that is enough
		}
		text, err := w.text()
		if key == "version" && strings.HasPrefix(text, "https://jsonfeed.org/") {
			is = true
			return io.EOF
		}
		return err
	})
	return is
}
