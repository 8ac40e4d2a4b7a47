package feedtest

import (
	"cmp"
	"net/http"
)

// plain is a site that a generator of static pages made: one RSS document, and nothing older to be reached.
func (v *view) plain(r *http.Request) document {
	if r.URL.Path != v.p.FeedPath() {
		return v.page(r)
	}
	return v.feedDocument("application/xml", v.fill("plain.xml", v.window(1, v.p.pageSize()), nil))
}

// page is the home page of everything that is not WordPress, or what is not found.
func (v *view) page(r *http.Request) document {
	if r.URL.Path != "/" {
		return v.notFound()
	}
	kind := cmp.Or(map[Kind]string{Plain: "application/rss+xml", JSONFeed: "application/feed+json"}[v.p.Kind], "application/atom+xml")
	return document{kind: "text/html; charset=utf-8", body: v.fill("home.html", nil, values{"Kind": kind})}
}
