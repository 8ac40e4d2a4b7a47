package feedtest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// jsonFeed is a feed of https://www.jsonfeed.org/version/1.1/.
func (v *view) jsonFeed(page int) document {
	size, items := v.p.pageSize(), []values{}
	for _, e := range v.entries(v.window(page, size)) {
		items = append(items, v.jsonFeedItem(e))
	}
	feed := values{"version": "https://jsonfeed.org/version/1.1", "title": "The Harbour Light", "home_page_url": v.base + "/",
		"feed_url": v.base + v.p.FeedPath(), "language": "en", "items": items}
	if next, more := v.next(page, size); more {
		feed["next_url"] = v.older() + v.p.FeedPath() + "?page=" + strconv.Itoa(next)
	}
	if v.p.Hub != "" {
		feed["hubs"] = []values{{"type": "WebSub", "url": v.p.Hub}}
	}
	return v.feedDocument("application/feed+json; charset=utf-8", encode(feed, "  "))
}

func (v *view) jsonFeedItem(e entry) values {
	item := values{"url": e.Link, "title": e.Shown, "content_html": e.content(v.base, escaped), "tags": e.categories()}
	if e.GUID != "" {
		item["id"] = e.GUID
	}
	if !e.Claimed.IsZero() {
		item["date_published"] = e.Claimed.In(local()).Format(time.RFC3339)
	}
	if path := e.audio(); path != "" {
		item["attachments"] = []values{{"url": v.base + path, "mime_type": "audio/mpeg", "size_in_bytes": e.audioBytes()}}
	}
	return item
}

// encode keeps <, > and & as they are, as most software does.
func encode(body any, indent string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(body); err != nil {
		panic(err)
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
		return v.notFound()
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
	return cmp.Or(v.p.OlderPagesURL, v.base)
}
