package parse

import (
	"io"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lastpost/internal/feed"
)

// maxPageSize limits how many bytes of a page are searched for links.
const maxPageSize = 1 << 20

// maxFeedLinks limits the feeds of a page.
const maxFeedLinks = 10

// WebPage holds the links found on a web page. A link is nil if the page does not have it.
type WebPage struct {
	Title   string
	Feed    *url.URL   // the first of Feeds
	Feeds   []FeedLink // without comment feeds, at most 10, in the page's order
	APIRoot *url.URL   // the root of the WordPress REST API
}

// A FeedLink is a feed that a web page names.
type FeedLink struct {
	URL   *url.URL
	Title string // plain text; may be empty
}

// readWebPage searches a page for the blog's feed (<link rel="alternate"> with a feed type, see
// https://www.rssboard.org/rss-autodiscovery) and for the WordPress REST API. It returns the feeds that are neither
// comment feeds nor the API. The search does not stop at </head>, because on many pages the head ends before links
// that belong to it.
func readWebPage(body io.Reader, base *url.URL) WebPage {
	p := WebPage{}
	z := html.NewTokenizer(io.LimitReader(body, maxPageSize))
	z.SetMaxBuf(64 << 10)
	pageURL, hasBase := base, false
	for {
		switch z.Next() {
		case html.ErrorToken: // end of input or invalid HTML: return the links found so far
			return p
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		switch t := z.Token(); t.DataAtom {
		case atom.Title:
			if p.Title == "" && z.Next() == html.TextToken {
				p.Title = titleExcerpt(cleanTitle(string(z.Text())))
			}
		case atom.Base:
			if u, err := pageURL.Parse(htmlAttr(t, "href")); err == nil && !hasBase && htmlAttr(t, "href") != "" {
				base, hasBase = u, true
			}
		case atom.Link:
			p.addFeed(feedLink(t, pageURL, base), htmlAttr(t, "title"))
			setIfNil(&p.APIRoot, apiRootLink(t, pageURL, base))
		}
	}
}

// addFeed adds a feed, unless it is nil or the page has named it before.
func (p *WebPage) addFeed(u *url.URL, title string) {
	if u == nil || len(p.Feeds) == maxFeedLinks {
		return
	}
	for _, known := range p.Feeds {
		if known.URL.String() == u.String() {
			return
		}
	}
	setIfNil(&p.Feed, u)
	p.Feeds = append(p.Feeds, FeedLink{u, titleExcerpt(cleanTitle(title))})
}

// apiRootLink returns the URL of a link to the WordPress REST API, or nil for any other link.
func apiRootLink(t html.Token, origin, base *url.URL) *url.URL {
	if !feed.HasRelation(htmlAttr(t, "rel"), feed.RelAPI) {
		return nil
	}
	return resolvePageLink(t, origin, base)
}

// resolvePageLink returns the absolute URL of a link, or nil if the link is unusable.
func resolvePageLink(t html.Token, origin, base *url.URL) *url.URL {
	return feed.UpgradeScheme(feed.ResolveDiscovered(base, htmlAttr(t, "href")), origin)
}

// titleExcerpt returns at most 60 characters of a title, for use in an error message.
func titleExcerpt(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// feedLink returns the URL of a link to the blog's feed, or nil for any other link.
func feedLink(t html.Token, origin, base *url.URL) *url.URL {
	rel := htmlAttr(t, "rel")
	if !feed.HasRelation(rel, "alternate") || feed.HasRelation(rel, "stylesheet") || !isFeedType(htmlAttr(t, "type")) {
		return nil
	}
	u := resolvePageLink(t, origin, base)
	if u == nil || isSecondaryFeed(u) {
		return nil
	}
	return u
}

func isFeedType(s string) bool {
	s, _, _ = strings.Cut(s, ";")
	return slices.Contains([]string{
		"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/json",
	}, trimLower(s))
}

// isSecondaryFeed reports whether a URL is a feed without the blog's posts: comments in WordPress (of the site or of
// one post) and Blogger, or the WordPress REST API.
func isSecondaryFeed(u *url.URL) bool {
	path := "/" + strings.ToLower(strings.Trim(u.Path, "/")) + "/"
	return strings.Contains(path, "/comments/") || strings.Contains(path, "/wp-json/") ||
		u.Query().Has("rest_route") || strings.HasPrefix(strings.ToLower(u.Query().Get("feed")), "comments")
}

func htmlAttr(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
