package feedtest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// jsonFeed returns a page in the format https://www.jsonfeed.org/version/1.1/.
func (v *siteView) jsonFeed(page int) document {
	size, items := v.p.pageSize(), []templateValues{}
	for _, e := range v.entries(v.pagePosts(page, size)) {
		items = append(items, v.jsonFeedItem(e))
	}
	feed := templateValues{"version": "https://jsonfeed.org/version/1.1", "title": "The Harbour Light", "home_page_url": v.base + "/",
		"feed_url": v.base + v.p.FeedPath(), "language": "en", "items": items}
	if next, more := v.nextPage(page, size); more {
		feed["next_url"] = v.olderPagesURL() + v.p.FeedPath() + "?page=" + strconv.Itoa(next)
	}
	if v.p.Hub != "" {
		feed["hubs"] = []templateValues{{"type": "WebSub", "url": v.p.Hub}}
	}
	return v.feedDocument("application/feed+json; charset=utf-8", encodeJSON(feed, "  "))
}

func (v *siteView) jsonFeedItem(e entry) templateValues {
	item := templateValues{"url": e.Link, "title": e.Shown, "content_html": e.contentHTML(v.base, escapeHTML), "tags": e.categories()}
	if e.GUID != "" {
		item["id"] = e.GUID
	}
	if !e.Claimed.IsZero() {
		item["date_published"] = e.Claimed.In(blogTimeZone()).Format(time.RFC3339)
	}
	if path := e.audioPath(); path != "" {
		item["attachments"] = []templateValues{{"url": v.base + path, "mime_type": "audio/mpeg", "size_in_bytes": e.audioBytes()}}
	}
	return item
}

// encodeJSON encodes body as JSON. Like most software, it does not escape <, > and &.
func encodeJSON(body any, indent string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(body); err != nil {
		panic(err)
	}
	return b.String()
}

// servePage returns the requested page of the feed.
func (v *siteView) servePage(r *http.Request, feed func(page int) document) document {
	if r.URL.Path != v.p.FeedPath() {
		return v.homePage(r)
	}
	page, ok := v.pageNumber(r)
	if !ok {
		return v.notFound()
	}
	return feed(page)
}

// pageNumber returns the page that ?page=N requests. It returns false if the page does not exist.
func (v *siteView) pageNumber(r *http.Request) (int, bool) {
	page := 1
	if r.URL.Query().Has("page") {
		page = intOrDefault(r.URL.Query().Get("page"), 0)
	}
	return page, page == 1 || page > 1 && len(v.pagePosts(page, v.p.pageSize())) > 0
}

// olderPagesURL returns the base of the links to older pages.
func (v *siteView) olderPagesURL() string {
	return cmp.Or(v.p.OlderPagesURL, v.base)
}
