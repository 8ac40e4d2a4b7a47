package feedtest

import (
	"cmp"
	"net/http"
)

// plainFeed is a site that a generator of static pages made: one RSS document, and nothing older to be reached.
func (v *siteView) plainFeed(r *http.Request) document {
	if r.URL.Path != v.p.FeedPath() {
		return v.homePage(r)
	}
	return v.feedDocument("application/xml", v.renderTemplate("plain.xml", v.pagePosts(1, v.p.pageSize()), nil))
}

// homePage is the home page of everything that is not WordPress, or what is not found.
func (v *siteView) homePage(r *http.Request) document {
	if r.URL.Path != "/" {
		return v.notFound()
	}
	kind := cmp.Or(map[Kind]string{Plain: "application/rss+xml", JSONFeed: "application/feed+json"}[v.p.Kind], "application/atom+xml")
	return document{kind: "text/html; charset=utf-8", body: v.renderTemplate("home.html", nil, templateValues{"Kind": kind})}
}
