package feed

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"

	"github.com/mmcdole/gofeed"
	jsonfeed "github.com/mmcdole/gofeed/json"
)

// parseJSON reads a JSON Feed (https://www.jsonfeed.org/version/1.1/) an item at a time: gofeed's own
// parser would hold all of the body twice.
func parseJSON(src *bufio.Reader, c *collector) error {
	dec := json.NewDecoder(src)
	found, err := jsonObject(dec, c)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return unreadable(err, err)
	case err != nil:
		return unreadable(err, nil)
	case !found:
		return fail(ErrNotFeed, nil, "is JSON, but not a JSON Feed; set the feed's own address")
	}
	return nil
}

// jsonObject reads the outermost object; found tells whether it has a list of items.
func jsonObject(dec *json.Decoder, c *collector) (found bool, err error) {
	if _, err := dec.Token(); err != nil {
		return false, err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return false, err
		}
		if key != "items" {
			if err := dec.Decode(new(json.RawMessage)); err != nil {
				return false, err
			}
			continue
		}
		if found, err = jsonItems(dec, c); err != nil {
			return false, err
		}
	}
	_, err = dec.Token()
	return found, err
}

// words are a text, or a number where a publisher took one for a text (JSON Feed 1.1, "id"); all else is none.
type words string

// UnmarshalJSON reads them.
func (w *words) UnmarshalJSON(value []byte) error {
	var text string
	if json.Unmarshal(value, &text) == nil {
		*w = words(text)
	} else if number := new(json.Number); json.Unmarshal(value, number) == nil {
		*w = words(*number)
	}
	return nil
}

// jsonItems reads the list of items; false where it is no list.
func jsonItems(dec *json.Decoder, c *collector) (bool, error) {
	open, err := dec.Token()
	if err != nil {
		return false, err
	}
	if open != json.Delim('[') {
		return false, errors.New("items is not a list")
	}
	for dec.More() {
		// gofeed's own type has lists of authors, tags and attachments, which can be a hundred times as large as they
		// stand in the feed.
		var told struct {
			ID            words `json:"id"`
			URL           words `json:"url"`
			ExternalURL   words `json:"external_url"`
			Title         words `json:"title"`
			DatePublished words `json:"date_published"`
			DateModified  words `json:"date_modified"`
		}
		if err := dec.Decode(&told); err != nil {
			return false, err
		}
		item := &jsonfeed.Item{ID: string(told.ID), URL: string(told.URL), ExternalURL: string(told.ExternalURL),
			Title: string(told.Title), DatePublished: string(told.DatePublished), DateModified: string(told.DateModified)}
		feed, err := new(gofeed.DefaultJSONTranslator).Translate(&jsonfeed.Feed{Items: []*jsonfeed.Item{item}})
		if err != nil {
			return false, err
		}
		if err := c.add(feed.Items); err != nil {
			return false, err
		}
	}
	_, err = dec.Token()
	return true, err
}
