package feedtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// jsonFeedDocument is a feed of https://www.jsonfeed.org/version/1.1/.
type jsonFeedDocument struct {
	Version     string         `json:"version"`
	Title       string         `json:"title"`
	HomePageURL string         `json:"home_page_url"`
	FeedURL     string         `json:"feed_url"`
	NextURL     string         `json:"next_url,omitempty"`
	Language    string         `json:"language"`
	Hubs        []jsonFeedHub  `json:"hubs,omitempty"`
	Items       []jsonFeedItem `json:"items"`
}

type jsonFeedHub struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

type jsonFeedItem struct {
	ID            string               `json:"id,omitempty"`
	URL           string               `json:"url"`
	Title         string               `json:"title"`
	ContentHTML   string               `json:"content_html"`
	DatePublished string               `json:"date_published,omitempty"`
	Tags          []string             `json:"tags"`
	Attachments   []jsonFeedAttachment `json:"attachments,omitempty"`
}

type jsonFeedAttachment struct {
	URL         string `json:"url"`
	MimeType    string `json:"mime_type"`
	SizeInBytes int    `json:"size_in_bytes"`
}

func (v *view) jsonFeed(page int) document {
	size := v.p.pageSize()
	feed := jsonFeedDocument{
		Version: "https://jsonfeed.org/version/1.1", Title: "The Harbour Light", HomePageURL: v.base + "/",
		FeedURL: v.base + v.p.FeedPath(), Language: "en", Items: []jsonFeedItem{},
	}
	if next, more := v.next(page, size); more {
		feed.NextURL = v.older() + v.p.FeedPath() + "?page=" + strconv.Itoa(next)
	}
	if v.p.Hub != "" {
		feed.Hubs = []jsonFeedHub{{"WebSub", v.p.Hub}}
	}
	for _, e := range v.entries(v.window(page, size)) {
		feed.Items = append(feed.Items, v.jsonFeedItem(e))
	}
	return v.feedDocument("application/feed+json; charset=utf-8", encode(feed))
}

func (v *view) jsonFeedItem(e entry) jsonFeedItem {
	item := jsonFeedItem{ID: e.guid, URL: e.link, Title: e.shown, ContentHTML: e.content(v.base, escaped), Tags: e.categories()}
	if !e.claimed.IsZero() {
		item.DatePublished = e.claimed.In(local()).Format(time.RFC3339)
	}
	if path := e.audio(); path != "" {
		item.Attachments = []jsonFeedAttachment{{v.base + path, "audio/mpeg", e.audioBytes()}}
	}
	return item
}

// encode keeps <, > and & as they are, as most software does.
func encode(feed jsonFeedDocument) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(feed); err != nil {
		return err.Error() // strings always encode
	}
	return b.String()
}

// paged answers with a page of the feed where one is asked for.
func (v *view) paged(r *http.Request, feed func(page int) document) document {
	if r.URL.Path != v.p.FeedPath() {
		return v.page(r)
	}
	page, ok := v.pageNumber(r)
	if !ok {
		return notFound()
	}
	return feed(page)
}

// pageNumber is ?page=N; false where there is no such page.
func (v *view) pageNumber(r *http.Request) (int, bool) {
	page := 1
	if r.URL.Query().Has("page") {
		page = number(r.URL.Query().Get("page"), 0)
	}
	return page, page == 1 || page > 1 && len(v.window(page, v.p.pageSize())) > 0
}

// older begins the links to older pages.
func (v *view) older() string {
	if v.p.Elsewhere != "" {
		return v.p.Elsewhere
	}
	return v.base
}
