package parse

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"net/url"
	"strings"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/feed/decode"
)

// IsFeed reports whether a file contains a feed. It returns false for other JSON, such as JSON lines, and the error
// feed.ErrNotFeed for a file that is neither a feed nor JSON.
func IsFeed(r io.Reader) (bool, error) {
	src := decode.Text(r, "")
	format, err := sniffFile(src)
	if err != nil || format == formatXML {
		return err == nil, err
	}
	return isJSONFeed(newJSONReader(src)), nil
}

// FeedFile reads a feed from a file. Formats and limits are the same as for fetched feeds: at most 10 MiB, and the
// newest 10,000 posts. If several entries have the same ID, the first stays. Relative links are resolved against base,
// and dates without a zone are in zone. The error wraps a kind of package feed, or is the error of ctx.
func FeedFile(ctx context.Context, r io.Reader, base *url.URL, now time.Time, zone *time.Location) ([]feed.Entry, error) {
	src := decode.Text(&feed.LimitedBody{Context: ctx, Source: r}, "")
	format, err := sniffFile(src)
	if err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	bareBase := *base
	bareBase.User = nil
	doc, err := parseFeed(src, format, newCollector(ctx, &bareBase, now, zone))
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

// sniffFile returns formatXML or formatJSON, or an error for any other file.
func sniffFile(src *bufio.Reader) (bodyFormat, error) {
	format, err := sniffBody(src)
	if err != nil {
		return formatEmpty, err
	}
	switch format {
	case formatXML, formatJSON:
		return format, nil
	case formatEmpty:
		return format, feed.NewFault(feed.ErrNotFeed, nil, "is empty")
	case formatPage:
		return format, feed.NewFault(feed.ErrNotFeed, nil, "is a web page, not a feed or JSON lines")
	default:
		return format, feed.NewFault(feed.ErrNotFeed, nil, "is neither a feed nor JSON lines")
	}
}

// isJSONFeed reports whether the first object of a file is a JSON Feed. It returns false for an invalid object. Then
// the reader of JSON lines reports the error.
func isJSONFeed(w *jsonReader) (found bool) {
	_, _ = w.readObject(func(key string) error {
		if key == "items" {
			found = true
			return io.EOF // stop reading
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
