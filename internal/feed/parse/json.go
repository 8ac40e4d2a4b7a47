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

// parseJSON reads a JSON Feed (https://www.jsonfeed.org/version/1.1/) an item at a time: gofeed's own
// parser would hold all of the body twice.
func parseJSON(src *bufio.Reader, c *collector) error {
	w := newJSONWalk(src)
	found, err := jsonRoot(w, c)
	if err := jsonFault(err); err != nil {
		return err
	}
	if !found {
		return feed.Fail(feed.ErrNotFeed, nil, "is JSON, but not a JSON Feed")
	}
	return nil
}

// jsonFault names an error of a walk.
func jsonFault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return unreadable(err, err)
	}
	return unreadable(err, nil)
}

// jsonRoot reads the outermost object; found tells whether it has a list of items.
func jsonRoot(w *jsonWalk, c *collector) (found bool, err error) {
	_, err = w.object(func(key string) error {
		switch key {
		case "items":
			found = true
			isList, err := w.list(func() error { return addJSONItem(w, c) })
			if err == nil && !isList {
				err = errors.New("items is not a list")
			}
			return err
		case "hubs":
			_, err := w.list(func() error { return jsonHub(w, c) })
			return err
		}
		text, err := w.text()
		jsonHead(c, key, text)
		return err
	})
	return found, err
}

// jsonHead takes in what the feed says of itself.
func jsonHead(c *collector, key, text string) {
	switch key {
	case "next_url":
		c.links.add("next", "", text, c.base)
	case "feed_url":
		c.links.add("self", "", text, c.base)
	case "home_page_url":
		c.links.add("alternate", "", text, c.base)
	case "language":
		c.language = feed.LanguageTag(text)
	}
}

func jsonHub(w *jsonWalk, c *collector) error {
	hub, err := w.texts("type", "url")
	if strings.EqualFold(hub["type"], "WebSub") {
		c.links.add("hub", "", hub["url"], c.base)
	}
	return err
}

// jsonItem is what an item says. gofeed's own type has lists of authors, tags and attachments, which can be a hundred
// times as large as they stand in the feed.
type jsonItem struct {
	texts  map[string]string
	tags   []string
	sounds []*gofeed.Enclosure
}

func addJSONItem(w *jsonWalk, c *collector) error {
	i := jsonItem{texts: map[string]string{}}
	isObject, err := w.object(func(key string) error { return i.field(w, key) })
	if err == nil && !isObject {
		err = errors.New("an item is not an object")
	}
	if err != nil {
		return err
	}
	it, err := i.translated()
	if err != nil {
		return err
	}
	return c.add(it, told{
		content:  longest(i.texts["content_html"], paragraphs(i.texts["content_text"]), paragraphs(i.texts["summary"])),
		images:   [3]string{i.texts["image"], i.texts["banner_image"]},
		language: i.texts["language"],
	})
}

func (i *jsonItem) field(w *jsonWalk, key string) (err error) {
	switch key {
	case "tags":
		_, err = w.list(func() error { return i.tag(w) })
	case "attachments":
		_, err = w.list(func() error { return i.attachment(w) })
	case "id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image",
		"date_published", "date_modified", "language":
		i.texts[key], err = w.text()
	default:
		_, err = w.text()
	}
	return err
}

func (i *jsonItem) tag(w *jsonWalk) error {
	tag, err := w.text()
	if len(i.tags) < 2*feed.MaxCategories { // some may be the same
		i.tags = append(i.tags, tag)
	}
	return err
}

func (i *jsonItem) attachment(w *jsonWalk) error {
	a, err := w.texts("url", "mime_type")
	if len(i.sounds) < batchItems && feed.AudioType(a["mime_type"], a["url"]) != "" {
		i.sounds = append(i.sounds, &gofeed.Enclosure{URL: a["url"], Type: a["mime_type"]})
	}
	return err
}

// translated is what gofeed makes of it: dates are its matter.
func (i *jsonItem) translated() (*gofeed.Item, error) {
	item := &jsonfeed.Item{ID: i.texts["id"], URL: i.texts["url"], ExternalURL: i.texts["external_url"],
		Title: i.texts["title"], DatePublished: i.texts["date_published"], DateModified: i.texts["date_modified"]}
	translated, err := new(gofeed.DefaultJSONTranslator).Translate(&jsonfeed.Feed{Items: []*jsonfeed.Item{item}})
	if err != nil {
		return nil, err
	}
	translated.Items[0].Categories, translated.Items[0].Enclosures = i.tags, i.sounds
	return translated.Items[0], nil
}
