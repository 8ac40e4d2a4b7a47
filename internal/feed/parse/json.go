package parse

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/mmcdole/gofeed"
	jsonfeed "github.com/mmcdole/gofeed/json"

	"lastpost/internal/feed"
)

// parseJSON reads a JSON Feed (https://www.jsonfeed.org/version/1.1/) one item at a time. It does not use gofeed's
// parser, which would hold the entire body twice.
func parseJSON(src *bufio.Reader, c *collector) error {
	w := newJSONReader(src)
	found, err := readJSONRoot(w, c)
	if err := jsonFault(err); err != nil {
		return err
	}
	if !found {
		return feed.NewFault(feed.ErrNotFeed, nil, "is JSON, but not a JSON Feed")
	}
	return nil
}

// jsonFault converts an error of jsonReader to a fault.
func jsonFault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return parseFault(err, err)
	}
	return parseFault(err, nil)
}

// readJSONRoot reads the outermost object. found reports whether it contains a list of items.
func readJSONRoot(w *jsonReader, c *collector) (found bool, err error) {
	_, err = w.readObject(func(key string) error {
		switch key {
		case "items":
			found = true
			isList, err := w.readList(func() error { return addJSONItem(w, c) })
			if err == nil && !isList {
				err = errors.New("items is not a list")
			}
			return err
		case "authors", "author":
			return w.readAuthors(&c.authors)
		case "hubs":
			_, err := w.readList(func() error { return addJSONHub(w, c) })
			return err
		}
		text, err := w.readText()
		addJSONHeadField(c, key, text)
		return err
	})
	return found, err
}

// addJSONHeadField stores a top-level field of the feed.
func addJSONHeadField(c *collector, key, text string) {
	switch key {
	case "next_url":
		c.links.addLink("next", "", text, c.base)
	case "feed_url":
		c.links.addLink("self", "", text, c.base)
	case "home_page_url":
		c.links.addLink("alternate", "", text, c.base)
	case "title":
		c.title = text
	case "language":
		c.language = feed.ParseLanguageTag(text)
	}
}

func addJSONHub(w *jsonReader, c *collector) error {
	hub, err := w.readTexts("type", "url")
	if strings.EqualFold(hub["type"], "WebSub") {
		c.links.addLink("hub", "", hub["url"], c.base)
	}
	return err
}

// jsonItem holds the fields of an item. It does not use gofeed's type, because lists of authors, tags and attachments
// in that type can take a hundred times more memory than in the feed.
type jsonItem struct {
	texts map[string]string
	tags  []string
	extra extraFields
}

func addJSONItem(w *jsonReader, c *collector) error {
	i := jsonItem{texts: map[string]string{}}
	isObject, err := w.readObject(func(key string) error { return i.readField(w, key) })
	if err == nil && !isObject {
		err = errors.New("an item is not an object")
	}
	if err != nil {
		return err
	}
	it, err := i.toGofeedItem()
	if err != nil {
		return err
	}
	i.extra.content.add(i.texts["content_html"], "")
	i.extra.content.add(textToHTML(i.texts["content_text"], softBreak), "")
	i.extra.content.add(textToHTML(i.texts["summary"], softBreak), "")
	i.extra.images = [3]string{i.texts["image"], i.texts["banner_image"]}
	i.extra.language = i.texts["language"]
	i.extra.dates = dateTexts{publishedDate: i.texts["date_published"], updatedDate: i.texts["date_modified"]}
	return c.addItem(it, i.extra)
}

func (i *jsonItem) readField(w *jsonReader, key string) (err error) {
	switch key {
	case "tags":
		_, err = w.readList(func() error { return i.readTag(w) })
	case "attachments":
		_, err = w.readList(func() error { return i.readAttachment(w) })
	case "authors", "author":
		err = w.readAuthors(&i.extra.authors)
	case "id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image",
		"date_published", "date_modified", "language":
		i.texts[key], err = w.readText()
	default:
		_, err = w.readText()
	}
	return err
}

func (i *jsonItem) readTag(w *jsonReader) error {
	tag, err := w.readText()
	if len(i.tags) < 2*feed.MaxCategories { // more than MaxCategories, because duplicates are removed later
		i.tags = append(i.tags, tag)
	}
	return err
}

func (i *jsonItem) readAttachment(w *jsonReader) error {
	a, err := w.readTexts("url", "mime_type")
	i.extra.addEnclosure(plainEnclosure, a["url"], a["mime_type"])
	return err
}

// toGofeedItem converts the item with gofeed.
func (i *jsonItem) toGofeedItem() (*gofeed.Item, error) {
	item := &jsonfeed.Item{ID: i.texts["id"], URL: i.texts["url"], ExternalURL: i.texts["external_url"],
		Title: i.texts["title"]}
	translated, err := new(gofeed.DefaultJSONTranslator).Translate(&jsonfeed.Feed{Items: []*jsonfeed.Item{item}})
	if err != nil {
		return nil, err
	}
	translated.Items[0].Categories = i.tags
	return translated.Items[0], nil
}
