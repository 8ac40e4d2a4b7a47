package feedtest

import (
	"fmt"
	"net/http"
)

const (
	bloggerNumber = "4182000000000000017"
	blogID        = "tag:blogger.com,1999:blog-" + bloggerNumber
	mostResults   = 500 // Blogger's maximum for one response
)

// bloggerFeed serves Blogger's feed at two addresses: the blog's own, and the address with the blog's number that
// www.blogger.com uses.
func (v *siteView) bloggerFeed(r *http.Request) document {
	if r.URL.Path != v.p.FeedPath() && r.URL.Path != v.bloggerPath() {
		return v.homePage(r)
	}
	size := intOrDefault(r.URL.Query().Get("max-results"), v.p.pageSize())
	size = min(max(size, 1), mostResults)
	start := max(intOrDefault(r.URL.Query().Get("start-index"), 1), 1)
	d := v.feedDocument("application/atom+xml; charset=UTF-8", v.bloggerAtom(start, size))
	d.etag = "W/" + d.etag
	d.setHeader("Cache-Control", "private, max-age=0")
	return d
}

// bloggerPath returns the path in the feed's links to itself.
func (v *siteView) bloggerPath() string {
	if v.p.OlderPagesURL == "" {
		return v.p.FeedPath()
	}
	return "/feeds/" + bloggerNumber + "/posts/default"
}

// bloggerAtom returns a document of size posts. start counts from 1.
func (v *siteView) bloggerAtom(start, size int) string {
	self := v.olderPagesURL() + v.bloggerPath()
	at := func(start int) string { return fmt.Sprintf("%s?start-index=%d&max-results=%d", self, start, size) }
	links := []link{}
	if start > 1 {
		links = append(links, link{"previous", at(max(start-size, 1))})
	}
	if next, more := v.bloggerNext(start, size); more {
		links = append(links, link{"next", at(next)})
	}
	own := self
	if start > 1 {
		own = at(start)
	}
	return v.renderTemplate("blogger.xml", v.bloggerWindow(start, size), templateValues{
		"ID": blogID, "Self": own, "Older": self, "Links": links, "Total": len(v.posts), "Start": start, "Size": size,
	})
}

// bloggerNext returns the start-index of the next page, or false on the last page.
func (v *siteView) bloggerNext(start, size int) (int, bool) {
	if v.defect == SamePage || v.defect == PageCycle || v.defect == EndlessPages {
		page, more := v.nextPage((start-1)/size+1, size)
		return (page-1)*size + 1, more
	}
	return start + size, start-1+size < len(v.posts)
}

// bloggerWindow returns size posts from start on. If a defect changes pages, it returns the page that contains start.
func (v *siteView) bloggerWindow(start, size int) []post {
	switch {
	case v.defect == SamePage || v.defect == PageCycle:
		return v.pagePosts((start-1)/size+1, size)
	case v.defect == EndlessPages:
		return v.endlessPosts(start-1, size)
	case start > len(v.posts):
		return nil
	}
	return v.posts[start-1 : min(start-1+size, len(v.posts))]
}
