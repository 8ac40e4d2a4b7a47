package crawl

import (
	"net/url"
	"strconv"
	"strings"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
)

// backfillSource is how a publisher offers posts that are older than the feed shows.
type backfillSource string

const (
	sourceArchives  backfillSource = "RFC 5005 archives"
	sourceNextLinks backfillSource = `feed pages linked by rel="next"`
	sourceJSONFeed  backfillSource = "JSON Feed's next_url"
	sourceAPI       backfillSource = "the WordPress REST API"
	sourceHomePage  backfillSource = "WordPress" // what the site's page says of its REST API is to be seen first
	sourcePagedFeed backfillSource = "WordPress's ?paged=N"
	sourceNone      backfillSource = "none"
)

// chooseSource is the way that an answer offers, in the order in which they are to be preferred, and where it begins.
func chooseSource(got feedResponse) backfillState {
	l := got.doc.Links
	api := feed.UpgradeScheme(fetch.HeaderLink(got.Header, feed.RelAPI, got.URL), got.URL)
	switch {
	case l.Complete:
		return backfillState{Source: sourceNone, Done: true, Complete: true, Reason: "the feed says that it is complete"}
	case l.Prev != nil:
		return backfillState{Source: sourceArchives, URL: l.Prev.String()}
	case l.Next != nil && got.doc.IsJSON:
		return backfillState{Source: sourceJSONFeed, URL: l.Next.String()}
	case l.Next != nil:
		return backfillState{Source: sourceNextLinks, URL: l.Next.String()}
	case l.WordPress && isPodcast(got.doc.Entries): // of whose episodes the API does not tell
		return backfillState{Source: sourcePagedFeed}
	case api != nil:
		return backfillState{}.useAPI(api, got.URL)
	case l.WordPress && l.Home != nil:
		return backfillState{Source: sourceHomePage, URL: l.Home.String()}
	case l.WordPress:
		return backfillState{Source: sourcePagedFeed}
	}
	return backfillState{Source: sourceNone, Done: true, Reason: "the feed offers no older posts"}
}

// isPodcast tells a feed of episodes, of which more than half have sound, from a blog that has one now and then: the feed's
// own pages are ten times as many as the API's.
func isPodcast(entries []feed.Entry) bool {
	sound := 0
	for _, e := range entries {
		if e.Audio.URL != "" {
			sound++
		}
	}
	return 2*sound > len(entries)
}

// useAPI goes through the API, unless the feed is that of a category, an author or the like: the API has the posts of all.
func (w backfillState) useAPI(api, feed *url.URL) backfillState {
	if !isMainFeed(feed, api) {
		w.Source = sourcePagedFeed
		return w
	}
	w.Source, w.APIRoot, w.Page, w.TotalPages, w.PageDigest = sourceAPI, api.String(), 1, 0, w.FeedDigest
	w.URL = apiPageURL(w.APIRoot, w.Page)
	return w
}

// apiPageURL is the address of a page of posts. Where a site has no pretty permalinks the path is in the query.
func apiPageURL(api string, page int) string {
	u, err := url.Parse(api)
	if err != nil {
		return api
	}
	const posts = "wp/v2/posts"
	query := "per_page=" + strconv.Itoa(apiPageSize) + "&page=" + strconv.Itoa(page) +
		"&orderby=date&_fields=id,date_gmt,modified_gmt,link,title,content,excerpt,guid"
	if route := u.Query().Get("rest_route"); route != "" {
		u.RawQuery = "rest_route=" + strings.TrimSuffix(route, "/") + "/" + posts + "&" + query
		return u.String()
	}
	u.Path, u.RawPath, u.RawQuery = strings.TrimSuffix(u.Path, "/")+"/"+posts, "", query
	return u.String()
}

// isMainFeed tells the feed of all posts of a WordPress site from those of a part of it: it lies directly below the site,
// whose address is that of the API without its last segment, or in the site's query.
func isMainFeed(feed, api *url.URL) bool {
	site := strings.TrimSuffix(strings.Trim(api.Path, "/"), "wp-json")
	path, below := strings.CutPrefix(strings.Trim(feed.Path, "/")+"/", site)
	if !below || !strings.EqualFold(feed.Hostname(), api.Hostname()) {
		return false
	}
	name := strings.Trim(path, "/")
	if name == "" {
		name = "feed/" + feed.Query().Get("feed")
	}
	switch name {
	case "feed", "feed/feed", "feed/rss", "feed/rss2", "feed/rdf", "feed/atom", "feed/json":
		return true
	}
	return false
}

// usePagedFeed goes through the feed's own pages, of which the feed is the first. What another way has met does not count.
func (w backfillState) usePagedFeed() backfillState {
	w.Source, w.Page, w.TotalPages, w.PageDigest = sourcePagedFeed, 2, 0, w.FeedDigest
	w.URL = pagedFeedURL(w.FeedURL, w.Page)
	return w
}

// pagedFeedURL appends to an address, which may have a query that has to stay as it is.
func pagedFeedURL(feed string, page int) string {
	u, err := url.Parse(feed)
	if err != nil {
		return feed
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "paged=" + strconv.Itoa(page)
	return u.String()
}
