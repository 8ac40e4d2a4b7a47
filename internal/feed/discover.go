package feed

import (
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxPage bounds how much of a page is looked through for the link to its feed.
const maxPage = 1 << 20

// page is what was found on a web page.
type page struct {
	title string
	feed  *url.URL // nil: it names none
}

// readPage looks for <link rel="alternate"> of a feed's type (the convention that browsers and
// https://www.rssboard.org/rss-autodiscovery describe). The first one counts that is not the feed of the
// comments, nor the WordPress API.
func readPage(body io.Reader, base *url.URL) page {
	p := page{}
	z := html.NewTokenizer(io.LimitReader(body, maxPage))
	z.SetMaxBuf(64 << 10)
	origin, based := base, false
	for {
		switch z.Next() {
		case html.ErrorToken: // the end, or what is no HTML: what was found until here counts
			return p
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		switch t := z.Token(); t.DataAtom {
		case atom.Title:
			if p.title == "" && z.Next() == html.TextToken {
				p.title = excerpt(cleanTitle(string(z.Text())))
			}
		case atom.Base:
			if u, err := origin.Parse(attr(t, "href")); err == nil && !based && attr(t, "href") != "" {
				base, based = u, true
			}
		case atom.Link:
			if u := feedLink(t, origin, base); u != nil {
				p.feed = u
				return p
			}
		}
	}
}

// excerpt is at most 60 characters of a title, for an error.
func excerpt(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// feedLink is where a link leads if it is one to a blog's feed, else nil.
func feedLink(t html.Token, origin, base *url.URL) *url.URL {
	if !isAlternate(attr(t, "rel")) || !isFeedType(attr(t, "type")) {
		return nil
	}
	href := strings.TrimSpace(attr(t, "href"))
	u, err := base.Parse(href)
	if err != nil || href == "" || !isWeb(u) || isAside(u) {
		return nil
	}
	u.Fragment, u.RawFragment = "", ""
	if origin.Scheme == "https" && u.Scheme == "http" {
		// An old link on a page that has moved to https since. Never from https to http.
		u.Scheme = "https"
		u.Host = strings.TrimSuffix(u.Host, ":80")
	}
	return u
}

func isAlternate(rel string) bool {
	alternate := false
	for token := range strings.FieldsSeq(strings.ToLower(rel)) {
		switch token {
		case "alternate":
			alternate = true
		case "stylesheet":
			return false
		}
	}
	return alternate
}

func isFeedType(s string) bool {
	s, _, _ = strings.Cut(s, ";")
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json",
		"application/json":
		return true
	}
	return false
}

// isAside tells the feeds that are not the blog's posts: WordPress's comments (of the site or of a post)
// and its API, Blogger's comments.
func isAside(u *url.URL) bool {
	path := "/" + strings.ToLower(strings.Trim(u.Path, "/")) + "/"
	return strings.Contains(path, "/comments/") || strings.Contains(path, "/wp-json/") ||
		u.Query().Has("rest_route") || strings.HasPrefix(strings.ToLower(u.Query().Get("feed")), "comments")
}

func attr(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
