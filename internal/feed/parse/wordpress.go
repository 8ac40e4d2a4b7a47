package parse

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"lastpost/internal/feed"
	"lastpost/internal/feed/decode"
)

// WordPressPosts parses one page of posts from the WordPress REST API
// (https://developer.wordpress.org/rest-api/reference/posts/), one post at a time. A page is a JSON list. After the
// last page, the API returns an error, which is a JSON object. The parameters are as in Feed.
func WordPressPosts(
	ctx context.Context, r io.Reader, contentType string, base *url.URL, now time.Time, zone *time.Location,
) (FeedDocument, error) {
	src := decode.Text(r, contentType)
	prefix, err := src.Peek(decode.SniffSize)
	if len(prefix) == 0 && !errors.Is(err, io.EOF) {
		return FeedDocument{}, err
	}
	switch s := bytes.TrimLeft(prefix, " \t\r\n\ufeff"); {
	case len(s) == 0:
		return FeedDocument{}, feed.NewFault(feed.ErrNotFeed, nil, "is empty")
	case s[0] == '{':
		return FeedDocument{}, apiErrorFault(src)
	case s[0] != '[':
		return FeedDocument{}, feed.NewFault(feed.ErrNotFeed, nil, "is not a list of posts from the WordPress API")
	}
	return collectItems(src, readWordPressPosts, newCollector(ctx, base, now, zone))
}

// apiErrorFault returns the error that the API reports.
func apiErrorFault(src *bufio.Reader) error {
	texts, err := newJSONReader(src).readTexts("code")
	if err := jsonFault(err); err != nil {
		return err
	}
	return feed.NewFault(feed.ErrNotFeed, nil, "is an error of the WordPress API (%.60q), not a list of posts", texts["code"])
}

func readWordPressPosts(src *bufio.Reader, c *collector) error {
	w := newJSONReader(src)
	_, err := w.readList(func() error { return addWordPressPost(w, c) })
	return jsonFault(err)
}

// addWordPressPost reads a post. The API returns an empty content if the post is protected by a password.
func addWordPressPost(w *jsonReader, c *collector) error {
	texts, extra := map[string]string{}, extraFields{}
	_, err := w.readObject(func(key string) (err error) {
		switch key {
		case "date", "date_gmt", "modified", "modified_gmt", "link":
			texts[key], err = w.readText()
		case "guid", "title", "content", "excerpt":
			var rendered map[string]string
			rendered, err = w.readTexts("rendered")
			texts[key] = rendered["rendered"]
		case "_embedded": // the field author is only a number
			_, err = w.readObject(func(key string) error { return w.readEmbedded(key, &extra.authors) })
		default:
			_, err = w.readText()
		}
		return err
	})
	if err != nil {
		return err
	}
	extra.content.add(texts["content"], "")
	extra.content.add(texts["excerpt"], "")
	extra.dates = dateTexts{inUTC(texts["date_gmt"]), texts["date"], inUTC(texts["modified_gmt"]), texts["modified"]}
	return c.addItem(&gofeed.Item{
		// The feed has the same GUID, but the XML decoder has already decoded its entities.
		GUID:  decodeEntities(texts["guid"]),
		Title: texts["title"],
		Link:  texts["link"],
	}, extra)
}

// readEmbedded reads a list of embedded resources. If the site does not publish its users, the author is an error,
// without a name.
func (w *jsonReader) readEmbedded(key string, authors *[]string) error {
	if key == "author" {
		return w.readAuthors(authors)
	}
	_, err := w.readText()
	return err
}

// inUTC adds the zone to a date in UTC that usually does not state it.
func inUTC(date string) string {
	if date == "" {
		return ""
	}
	return strings.TrimSuffix(date, "Z") + "Z"
}
