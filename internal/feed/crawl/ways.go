package crawl

import (
	"net/url"
	"strconv"
	"strings"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
)

// way is how a publisher offers posts that are older than the feed shows.
type way string

const (
	wayArchive way = "RFC 5005 archives"
	wayNext    way = `feed pages linked by rel="next"`
	wayJSON    way = "JSON Feed's next_url"
	wayREST    way = "the WordPress REST API"
	waySite    way = "WordPress" // what the site's page says of its REST API is to be seen first
	wayPaged   way = "WordPress's ?paged=N"
	wayNone    way = "none"
)

// firstStep is the way that an answer offers, in the order in which they are to be preferred, and where it begins.
func firstStep(got reply) walk {
	l := got.doc.Links
	api := feed.UpgradeScheme(fetch.HeaderLink(got.Header, feed.RelAPI, got.URL), got.URL)
	switch {
	case l.Complete:
		return walk{Way: wayNone, Done: true, Whole: true, Why: "the feed says that it is complete"}
	case l.Prev != nil:
		return walk{Way: wayArchive, URL: l.Prev.String()}
	case l.Next != nil && got.doc.IsJSON:
		return walk{Way: wayJSON, URL: l.Next.String()}
	case l.Next != nil:
		return walk{Way: wayNext, URL: l.Next.String()}
	case l.WordPress && isPodcast(got.doc.Entries): // of whose episodes the API does not tell
		return walk{Way: wayPaged}
	case api != nil:
		return walk{}.rest(api, got.URL)
	case l.WordPress && l.Home != nil:
		return walk{Way: waySite, URL: l.Home.String()}
	case l.WordPress:
		return walk{Way: wayPaged}
	}
	return walk{Way: wayNone, Done: true, Why: "the feed offers no older posts"}
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

// rest goes through the API, unless the feed is that of a category, an author or the like: the API has the posts of all.
func (w walk) rest(api, feed *url.URL) walk {
	if !isMainFeed(feed, api) {
		w.Way = wayPaged
		return w
	}
	w.Way, w.API, w.Page, w.Total, w.Last = wayREST, api.String(), 1, 0, w.Top
	w.URL = restPage(w.API, w.Page)
	return w
}

// restPage is the address of a page of posts. Where a site has no pretty permalinks the path is in the query.
func restPage(api string, page int) string {
	u, err := url.Parse(api)
	if err != nil {
		return api
	}
	const posts = "wp/v2/posts"
	query := "per_page=" + strconv.Itoa(restPerPage) + "&page=" + strconv.Itoa(page) +
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

// paged goes through the feed's own pages, of which the feed is the first. What another way has met does not count.
func (w walk) paged() walk {
	w.Way, w.Page, w.Total, w.Last = wayPaged, 2, 0, w.Top
	w.URL = pageOf(w.Feed, w.Page)
	return w
}

// pageOf appends to an address, which may have a query that has to stay as it is.
func pageOf(feed string, page int) string {
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
