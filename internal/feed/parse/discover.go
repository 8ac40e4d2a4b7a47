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

// maxPageSize bounds how much of a page is looked through for its links.
const maxPageSize = 1 << 20

// WebPage is what was found on a web page; nil where it names none.
type WebPage struct {
	Title   string
	Feed    *url.URL
	APIRoot *url.URL // the root of the WordPress REST API
}

// readWebPage looks for <link rel="alternate"> of a feed's type (the convention that browsers and
// https://www.rssboard.org/rss-autodiscovery describe), and for the WordPress API. Of the feeds the first one counts
// that is not that of the comments, nor the API. A head's end is no certain thing in HTML, so that it does not end
// the search.
func readWebPage(body io.Reader, base *url.URL) WebPage {
	p := WebPage{}
	z := html.NewTokenizer(io.LimitReader(body, maxPageSize))
	z.SetMaxBuf(64 << 10)
	pageURL, hasBase := base, false
	for p.Feed == nil || p.APIRoot == nil {
		switch z.Next() {
		case html.ErrorToken: // the end, or what is no HTML: what was found until here counts
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
			setIfNil(&p.Feed, feedLink(t, pageURL, base))
			setIfNil(&p.APIRoot, apiRootLink(t, pageURL, base))
		}
	}
	return p
}

// apiRootLink is where a link leads if it is one to the WordPress REST API, else nil.
func apiRootLink(t html.Token, origin, base *url.URL) *url.URL {
	if !feed.HasRelation(htmlAttr(t, "rel"), feed.RelAPI) {
		return nil
	}
	return resolvePageLink(t, origin, base)
}

// resolvePageLink is where a link leads, else nil.
func resolvePageLink(t html.Token, origin, base *url.URL) *url.URL {
	return feed.UpgradeScheme(feed.ResolveDiscovered(base, htmlAttr(t, "href")), origin)
}

// titleExcerpt is at most 60 characters of a title, for an error.
func titleExcerpt(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// feedLink is where a link leads if it is one to a blog's feed, else nil.
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

// isSecondaryFeed tells the feeds that are not the blog's posts: WordPress's comments (of the site or of a post)
// and its API, Blogger's comments.
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
