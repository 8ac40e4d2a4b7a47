package feedtest

import (
	"cmp"
	"net/http"
)

// plainFeed serves the site of a static generator: one RSS document, without a link to older posts.
func (v *siteView) plainFeed(r *http.Request) document {
	if r.URL.Path != v.p.FeedPath() {
		return v.homePage(r)
	}
	return v.feedDocument("application/xml", v.renderTemplate("plain.xml", v.pagePosts(1, v.p.pageSize()), nil))
}

// homePage serves the home page of all kinds except WordPress, and 404 for every other path.
func (v *siteView) homePage(r *http.Request) document {
	if r.URL.Path != "/" {
		return v.notFound()
	}
	kind := cmp.Or(map[Kind]string{Plain: "application/rss+xml", JSONFeed: "application/feed+json"}[v.p.Kind], "application/atom+xml")
	return document{kind: "text/html; charset=utf-8", body: v.renderTemplate("home.html", nil, templateValues{"Kind": kind})}
}
