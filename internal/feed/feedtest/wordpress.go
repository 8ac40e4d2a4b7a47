package feedtest

import (
	"crypto/md5"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// wordpressDocument returns WordPress's document at an address.
func (v *siteView) wordpressDocument(r *http.Request) document {
	query := r.URL.Query()
	plain := v.p.REST == PlainPermalinks
	feed := strings.TrimSuffix(r.URL.Path, "/") == "/feed" || r.URL.Path == "/" && query.Get("feed") == "rss2"
	switch {
	case r.URL.Path == "/" && query.Has("rest_route"):
		return v.restAPI(query.Get("rest_route"), query)
	case strings.HasPrefix(r.URL.Path, "/wp-json") && !plain:
		return v.restAPI(strings.TrimPrefix(r.URL.Path, "/wp-json"), query)
	case feed && !plain && !isCanonicalFeedURL(r.URL):
		return redirectTo(v.base + "/feed/" + pagedQuery(query))
	case feed:
		return v.wordpressFeed(query)
	case r.URL.Path == "/comments/feed/":
		return v.withAPI(document{kind: "application/rss+xml; charset=UTF-8", body: v.wordpressRSS("/comments/feed/", nil)})
	case r.URL.Path == "/":
		return v.wordpressHome()
	}
	return v.withAPI(v.notFound())
}

// isCanonicalFeedURL reports whether WordPress serves a feed at an address. For other addresses, its redirect_canonical
// redirects.
func isCanonicalFeedURL(u *url.URL) bool {
	return u.Path == "/feed/" && !u.Query().Has("feed") && u.Query().Get("paged") != "1"
}

// pagedQuery returns the part of the query that redirect_canonical keeps in its redirects.
func pagedQuery(query url.Values) string {
	if n, err := strconv.Atoi(query.Get("paged")); err == nil && n > 1 {
		return "?paged=" + strconv.Itoa(n)
	}
	return ""
}

// wordpressFeed returns a page of the feed. All pages have the same validators, which depend on the last change only.
// WordPress compares them before it looks for the page (WP::send_headers runs before WP::query_posts). So a request
// with the validators of page 1 gets 304 for every page, even for a page that does not exist.
func (v *siteView) wordpressFeed(query url.Values) document {
	page := max(intOrDefault(query.Get("paged"), 1), 1)
	self := "/feed/" + pagedQuery(query)
	if v.p.REST == PlainPermalinks {
		self = "/?feed=rss2" + strings.Replace(pagedQuery(query), "?", "&", 1)
	}
	posts := v.pagePosts(page, v.p.pageSize())
	d := document{
		kind: "application/rss+xml; charset=UTF-8", feed: true, header: v.hubLink(v.base + self),
		body: v.wordpressRSS(self, posts), modified: v.modified,
		etag: fmt.Sprintf(`"%x"`, md5.Sum([]byte(v.modified.Format(http.TimeFormat)))),
	}
	if len(posts) == 0 && page > 1 {
		d.status = http.StatusNotFound // WordPress sends a feed with the 404
		d.setHeader("Expires", "Wed, 11 Jan 1984 05:00:00 GMT")
		d.setHeader("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private")
	}
	return v.withAPI(d)
}

// intOrDefault returns the number in s, or otherwise if s is not a number.
func intOrDefault(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return otherwise
}

// apiRoot returns the address of the REST API that the site announces, or "" if it does not announce the API.
func (v *siteView) apiRoot() string {
	switch v.p.REST {
	case RESTRemoved:
		return ""
	case PlainPermalinks:
		return v.base + "/?rest_route=/"
	default:
		return v.base + "/wp-json/"
	}
}

// withAPI adds the Link header of the REST API to a document, unless the site announces the API on its home page only.
func (v *siteView) withAPI(d document) document {
	if v.p.REST == RESTHomeOnly {
		return d
	}
	return v.announceAPI(d)
}

func (v *siteView) announceAPI(d document) document {
	if d.header == nil {
		d.header = http.Header{}
	}
	if root := v.apiRoot(); root != "" {
		d.header.Add("Link", "<"+root+`>; rel="https://api.w.org/"`)
	}
	return d
}

// wordpressHome returns the home page. Its head links to the posts' feed, then to the comments' feed, and to the API.
func (v *siteView) wordpressHome() document {
	feed, comments := v.base+"/feed/", v.base+"/comments/feed/"
	if v.p.REST == PlainPermalinks {
		feed, comments = v.base+"/?feed=rss2", v.base+"/?feed=comments-rss2"
	}
	values := templateValues{"Posts": feed, "Comments": comments, "API": v.apiRoot()}
	body := v.renderTemplate("wordpress.html", v.pagePosts(1, v.p.pageSize()), values)
	return v.announceAPI(document{kind: "text/html; charset=UTF-8", body: body})
}

// wordpressRSS returns the output of wp-includes/feed-rss2.php, including white space.
func (v *siteView) wordpressRSS(self string, posts []post) string {
	return v.renderTemplate("wordpress.xml", posts, templateValues{"Self": v.base + self})
}

// blogTimeZone returns the blog's time zone. It is not UTC, so that a reader is two hours off if it reads a date
// without a zone as UTC.
func blogTimeZone() *time.Location { return time.FixedZone("", 2*60*60) }
