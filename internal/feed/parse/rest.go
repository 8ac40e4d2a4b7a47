package parse

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"time"

	"github.com/mmcdole/gofeed"

	"lastpost/internal/feed"
)

// WordPressPosts reads a page of the WordPress REST API's wp/v2/posts
// (https://developer.wordpress.org/rest-api/reference/posts/), a list, a post at a time. Behind the last page the API
// answers with an error, which is an object.
func WordPressPosts(ctx context.Context, r io.Reader, contentType string, base *url.URL, now time.Time) (FeedDocument, error) {
	src := decoded(r, contentType)
	prefix, err := src.Peek(sniffSize)
	if len(prefix) == 0 && !errors.Is(err, io.EOF) {
		return FeedDocument{}, err
	}
	switch s := bytes.TrimLeft(prefix, " \t\r\n\ufeff"); {
	case len(s) == 0:
		return FeedDocument{}, feed.Fail(feed.ErrNotFeed, nil, "is empty")
	case s[0] == '{':
		return FeedDocument{}, apiFault(src)
	case s[0] != '[':
		return FeedDocument{}, feed.Fail(feed.ErrNotFeed, nil, "is not the list of posts that WordPress's API gives")
	}
	return collect(ctx, src, readPosts, base, now)
}

// apiFault is the error that the API answers with.
func apiFault(src *bufio.Reader) error {
	said, err := newJSONWalk(src).texts("code")
	if err := jsonFault(err); err != nil {
		return err
	}
	return feed.Fail(feed.ErrNotFeed, nil, "is an error of WordPress's API, %.60q, and no list of posts", said["code"])
}

func readPosts(src *bufio.Reader, c *collector) error {
	w := newJSONWalk(src)
	_, err := w.list(func() error { return addWordPressPost(w, c) })
	return jsonFault(err)
}

// addWordPressPost reads a post. Where it is protected by a password its content is empty.
func addWordPressPost(w *jsonWalk, c *collector) error {
	texts := map[string]string{}
	_, err := w.object(func(key string) (err error) {
		switch key {
		case "date_gmt", "modified_gmt", "link":
			texts[key], err = w.text()
		case "guid", "title", "content", "excerpt":
			var rendered map[string]string
			rendered, err = w.texts("rendered")
			texts[key] = rendered["rendered"]
		default:
			_, err = w.text()
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.add(&gofeed.Item{
		// The feed has the same GUID: what is escaped there again is decoded with the XML.
		GUID:            decodeEntities(texts["guid"]),
		Title:           texts["title"],
		Link:            texts["link"],
		PublishedParsed: dateGMT(texts["date_gmt"]),
		UpdatedParsed:   dateGMT(texts["modified_gmt"]),
	}, told{content: longest(texts["content"], texts["excerpt"])})
}

// dateGMT reads a date without a time zone; nil where there is none ("0000-00-00T00:00:00" is a draft's).
func dateGMT(s string) *time.Time {
	t, err := time.Parse("2006-01-02T15:04:05", s)
	if err != nil {
		if t, err = time.Parse(time.RFC3339, s); err != nil {
			return nil
		}
	}
	return &t
}
