package feedtest

import (
	"fmt"
	"net/http"
	"strings"
)

const (
	bloggerNumber = "4182000000000000017"
	blogID        = "tag:blogger.com,1999:blog-" + bloggerNumber
	bloggerDate   = "2006-01-02T15:04:05.000-07:00"
	mostResults   = 500 // what Blogger gives at once, whatever is asked for
)

// blogger is Blogger's feed: at the blog's own address, and with the blog's number, as at www.blogger.com.
func (v *view) blogger(r *http.Request) document {
	if r.URL.Path != v.p.FeedPath() && r.URL.Path != v.bloggerPath() {
		return v.page(r)
	}
	size := number(r.URL.Query().Get("max-results"), v.p.pageSize())
	size = min(max(size, 1), mostResults)
	start := max(number(r.URL.Query().Get("start-index"), 1), 1)
	d := v.feedDocument("application/atom+xml; charset=UTF-8", v.bloggerAtom(start, size))
	d.etag = "W/" + d.etag
	d.set("Cache-Control", "private, max-age=0")
	return d
}

// bloggerPath is where the feed's links to itself lead.
func (v *view) bloggerPath() string {
	if v.p.Elsewhere == "" {
		return v.p.FeedPath()
	}
	return "/feeds/" + bloggerNumber + "/posts/default"
}

// bloggerAtom is the document of size posts from the one at start, which counts from 1.
func (v *view) bloggerAtom(start, size int) string {
	var s strings.Builder
	self := v.older() + v.bloggerPath()
	fmt.Fprintf(&s, "<?xml version='1.0' encoding='UTF-8'?><?xml-stylesheet href=\"http://www.blogger.com/styles/atom.css\" "+
		"type=\"text/css\"?><feed xmlns='http://www.w3.org/2005/Atom' xmlns:openSearch='http://a9.com/-/spec/opensearchrss/1.0/' "+
		"xmlns:blogger='http://schemas.google.com/blogger/2008' xmlns:georss='http://www.georss.org/georss' "+
		"xmlns:gd=\"http://schemas.google.com/g/2005\" xmlns:thr='http://purl.org/syndication/thread/1.0'><id>%s</id><updated>%s"+
		"</updated><title type='text'>The Harbour Light</title><subtitle type='html'>Notes &amp;amp; tides</subtitle><link "+
		"rel='http://schemas.google.com/g/2005#feed' type='application/atom+xml' href='%s%s'/><link rel='self' "+
		"type='application/atom+xml' href='%s'/><link rel='alternate' type='text/html' href='%s/'/>",
		blogID, v.modified.In(local()).Format(bloggerDate), v.base, v.p.FeedPath(), self+bloggerQuery(start, size), v.base)
	if v.p.Hub != "" {
		fmt.Fprintf(&s, "<link rel='hub' href='%s'/>", escaped(v.p.Hub))
	}
	for _, l := range v.bloggerLinks(start, size) {
		fmt.Fprintf(&s, "<link rel='%s' type='application/atom+xml' href='%s'/>", l.rel, l.href)
	}
	fmt.Fprintf(&s, "<author><name>Ada Quay</name><uri>http://www.blogger.com/profile/11425468413618881872</uri><email>"+
		"noreply@blogger.com</email></author><generator version='7.00' uri='http://www.blogger.com'>Blogger</generator>"+
		"<openSearch:totalResults>%d</openSearch:totalResults><openSearch:startIndex>%d</openSearch:startIndex>"+
		"<openSearch:itemsPerPage>%d</openSearch:itemsPerPage>",
		len(v.posts), start, size)
	for _, e := range v.entries(v.bloggerWindow(start, size)) {
		v.bloggerEntry(&s, e)
	}
	s.WriteString("</feed>")
	return s.String()
}

// bloggerQuery is how a page is asked for, with the ampersand as XML has it; the first page needs none.
func bloggerQuery(start, size int) string {
	if start == 1 {
		return ""
	}
	return fmt.Sprintf("?start-index=%d&amp;max-results=%d", start, size)
}

// bloggerLinks lead to the pages before and after.
func (v *view) bloggerLinks(start, size int) []link {
	self := v.older() + v.bloggerPath()
	links := []link{}
	if start > 1 {
		links = append(links, link{"previous", fmt.Sprintf("%s?start-index=%d&amp;max-results=%d", self, max(start-size, 1), size)})
	}
	if next, more := v.bloggerNext(start, size); more {
		links = append(links, link{"next", self + bloggerQuery(next, size)})
	}
	return links
}

// bloggerNext is the start-index that a page leads to; false where it is the last one.
func (v *view) bloggerNext(start, size int) (int, bool) {
	if v.lie == SamePage || v.lie == Circle || v.lie == EndlessPages {
		page, more := v.next((start-1)/size+1, size)
		return (page-1)*size + 1, more
	}
	return start + size, start-1+size < len(v.posts)
}

// bloggerWindow are the posts from start on, which need not be a page's beginning unless pages lie.
func (v *view) bloggerWindow(start, size int) []post {
	switch {
	case v.lie == SamePage || v.lie == Circle:
		return v.window((start-1)/size+1, size)
	case v.lie == EndlessPages:
		return v.endless(start-1, size)
	case start > len(v.posts):
		return nil
	}
	return v.posts[start-1 : min(start-1+size, len(v.posts))]
}

func (v *view) bloggerEntry(s *strings.Builder, e entry) {
	s.WriteString("<entry>")
	if e.guid != "" {
		fmt.Fprintf(s, "<id>%s</id>", escaped(e.guid))
	}
	if !e.claimed.IsZero() {
		fmt.Fprintf(s, "<published>%s</published><updated>%s</updated>",
			e.claimed.In(local()).Format(bloggerDate), e.updated().In(local()).Format(bloggerDate))
	}
	for _, category := range e.categories() {
		fmt.Fprintf(s, "<category scheme=\"http://www.blogger.com/atom/ns#\" term=\"%s\"/>", escaped(category))
	}
	fmt.Fprintf(s, "<title type='text'>%s</title><content type='html'>%s</content>", escaped(e.shown), escaped(e.content(v.base, escaped)))
	own := fmt.Sprintf("%s%s/%s", v.older(), v.bloggerPath(), e.bloggerNumber())
	fmt.Fprintf(s, "<link rel='edit' type='application/atom+xml' href='%s'/><link rel='self' type='application/atom+xml' "+
		"href='%s'/>", own, own)
	fmt.Fprintf(s, "<link rel='replies' type='text/html' href='%s#comment-form' title='0 Comments'/>", e.link)
	fmt.Fprintf(s, "<link rel='alternate' type='text/html' href='%s' title='%s'/>", e.link, escaped(e.shown))
	if path := e.audio(); path != "" {
		fmt.Fprintf(s, "<link rel='enclosure' type='audio/mpeg' href='%s%s' length='%d'/>", v.base, path, e.audioBytes())
	}
	s.WriteString("<author><name>Ada Quay</name><uri>http://www.blogger.com/profile/11425468413618881872</uri><email>" +
		"noreply@blogger.com</email></author><thr:total>0</thr:total></entry>")
}
