package crawl

import (
	"net/url"
	"strconv"
	"strings"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
)

// backfillSource is where older posts come from. The values are stored and displayed.
type backfillSource string

const (
	sourceArchives  backfillSource = "RFC 5005 archives"
	sourceNextLinks backfillSource = `feed pages linked by rel="next"`
	sourceJSONFeed  backfillSource = "JSON Feed's next_url"
	sourceAPI       backfillSource = "the WordPress REST API"
	sourceHomePage  backfillSource = "WordPress" // the next request is for the home page, because it may announce the API
	sourcePagedFeed backfillSource = "WordPress's ?paged=N"
	sourceNone      backfillSource = "none"
)

// chooseSource returns the initial state of a backfill from the best source that a response offers.
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
	case l.WordPress && isPodcast(got.doc.Entries): // the API does not list episodes
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

// isPodcast reports whether more than half of the entries have audio. A blog with a few episodes uses the API, because
// the API needs only a tenth of the requests.
func isPodcast(entries []feed.Entry) bool {
	sound := 0
	for _, e := range entries {
		if e.Audio.URL != "" {
			sound++
		}
	}
	return 2*sound > len(entries)
}

// useAPI continues with the REST API. The API lists the posts of the whole site, so the feed of a category or author
// uses its own pages instead.
func (w backfillState) useAPI(api, feed *url.URL) backfillState {
	if !isMainFeed(feed, api) {
		w.Source = sourcePagedFeed
		return w
	}
	w.Source, w.APIRoot, w.Page, w.TotalPages, w.PageDigest = sourceAPI, api.String(), 1, 0, w.FeedDigest
	w.URL = apiPageURL(w.APIRoot, w.Page)
	return w
}

// apiPageURL returns the URL of a page of posts. The parameter _embed adds the names of authors, for which WordPress
// needs the field _links. On sites without pretty permalinks the path is the query parameter
// rest_route.
func apiPageURL(api string, page int) string {
	u, err := url.Parse(api)
	if err != nil {
		return api
	}
	const posts = "wp/v2/posts"
	query := "per_page=" + strconv.Itoa(apiPageSize) + "&page=" + strconv.Itoa(page) +
		"&orderby=date&_embed=author&_fields=id,date,date_gmt,modified,modified_gmt,link,title,content,excerpt,guid," +
		"_links.author,_embedded.author"
	if route := u.Query().Get("rest_route"); route != "" {
		u.RawQuery = "rest_route=" + strings.TrimSuffix(route, "/") + "/" + posts + "&" + query
		return u.String()
	}
	u.Path, u.RawPath, u.RawQuery = strings.TrimSuffix(u.Path, "/")+"/"+posts, "", query
	return u.String()
}

// isMainFeed reports whether the feed contains all posts of a WordPress site, not only of a category, tag or author.
// Such a feed is directly below the site's address or in its query. The site's address is the address of the API
// without the last segment.
func isMainFeed(address, api *url.URL) bool {
	site := strings.TrimSuffix(strings.Trim(api.Path, "/"), "wp-json")
	path, below := strings.CutPrefix(strings.Trim(address.Path, "/")+"/", site)
	if !below || !feed.SameHostName(address, api) {
		return false
	}
	name := strings.Trim(path, "/")
	if name == "" {
		name = "feed/" + address.Query().Get("feed")
	}
	switch name {
	case "feed", "feed/feed", "feed/rss", "feed/rss2", "feed/rdf", "feed/atom", "feed/json":
		return true
	}
	return false
}

// usePagedFeed continues with page 2 of the feed's own pages, because the feed itself is page 1. It discards the
// digests of another source.
func (w backfillState) usePagedFeed() backfillState {
	w.Source, w.Page, w.TotalPages, w.PageDigest = sourcePagedFeed, 2, 0, w.FeedDigest
	w.URL = pagedFeedURL(w.FeedURL, w.Page)
	return w
}

// pagedFeedURL appends ?paged=N and leaves an existing query unchanged.
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
