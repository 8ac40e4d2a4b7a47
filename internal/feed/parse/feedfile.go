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
	src := decodeBody(r, "")
	format, err := sniffFile(src)
	if err != nil || format == formatXML {
		return err == nil, err
	}
	return isJSONFeed(newJSONReader(src)), nil
}

// FeedFile reads a feed that lies in a file, of any kind that is fetched too, and within the same bounds: 10 MiB, and of more
// than 10,000 posts the newest. Each post is there once, as far as its ID tells. What is relative is resolved against
// base. Its error is of one of the kinds of this package, or that of ctx.
func FeedFile(ctx context.Context, r io.Reader, base *url.URL, now time.Time) ([]feed.Entry, error) {
	src := decodeBody(&feed.LimitedBody{Context: ctx, Source: r}, "")
	format, err := sniffFile(src)
	if err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	bareBase := *base
	bareBase.User = nil
	doc, err := parseFeed(ctx, src, format, &bareBase, now)
	if err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	seen := make(map[string]bool, len(doc.Entries))
	var unique []feed.Entry
	for _, e := range doc.Entries {
		if !seen[e.ID] {
			unique = append(unique, e)
		}
		seen[e.ID] = true
	}
	return unique, nil
}

// sniffFile is formXML or formJSON, or an error.
func sniffFile(src *bufio.Reader) (bodyFormat, error) {
	prefix, err := src.Peek(sniffSize)
	if len(prefix) == 0 && !errors.Is(err, io.EOF) {
		return formatEmpty, err
	}
	switch format := sniffFormat(prefix); format {
	case formatXML, formatJSON:
		return format, nil
	case formatEmpty:
		return format, feed.NewFault(feed.ErrNotFeed, nil, "is empty")
	case formatPage:
		return format, feed.NewFault(feed.ErrNotFeed, nil, "is a web page, and neither a feed nor JSON lines")
	default:
		return format, feed.NewFault(feed.ErrNotFeed, nil, "is neither a feed nor JSON lines")
	}
}

// isJSONFeed looks at the first object alone. One that cannot be read is none: whoever reads lines says what is wrong.
func isJSONFeed(w *jsonReader) (found bool) {
	_, _ = w.readObject(func(key string) error {
		if key == "items" {
			found = true
			return io.EOF // that is enough
		}
		text, err := w.readText()
		if key == "version" && strings.HasPrefix(text, "https://jsonfeed.org/") {
			found = true
			return io.EOF
		}
		return err
	})
	return found
}
