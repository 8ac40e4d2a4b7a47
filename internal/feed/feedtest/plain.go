package feedtest

import (
	"fmt"
	"net/http"
	"strings"
)

// plain is a site that a generator of static pages made: one RSS document, and nothing older to be reached.
func (v *view) plain(r *http.Request) document {
	if r.URL.Path != v.p.FeedPath() {
		return v.page(r)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"+
		"<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n  <channel>\n    <title>The Harbour Light</title>\n"+
		"    <link>%s/</link>\n    <description>Notes &amp; tides</description>\n    <generator>Hugo</generator>\n"+
		"    <language>en-us</language>\n    <lastBuildDate>%s</lastBuildDate>\n"+
		"    <atom:link href=\"%s%s\" rel=\"self\" type=\"application/rss+xml\" />\n",
		v.base, v.modified.Format(rfc822), v.base, v.p.FeedPath())
	if v.p.Hub != "" {
		fmt.Fprintf(&s, "    <atom:link href=\"%s\" rel=\"hub\" />\n", escaped(v.p.Hub))
	}
	for _, e := range v.entries(v.window(1, v.p.pageSize())) {
		v.plainItem(&s, e)
	}
	s.WriteString("  </channel>\n</rss>\n")
	return v.feedDocument("application/xml", s.String())
}

func (v *view) plainItem(s *strings.Builder, e entry) {
	fmt.Fprintf(s, "    <item>\n      <title>%s</title>\n      <link>%s</link>\n", escaped(e.shown), e.link)
	if !e.claimed.IsZero() {
		fmt.Fprintf(s, "      <pubDate>%s</pubDate>\n", e.claimed.Format(rfc822))
	}
	if e.guid != "" {
		fmt.Fprintf(s, "      <guid isPermaLink=\"false\">%s</guid>\n", escaped(e.guid))
	}
	for _, category := range e.categories() {
		fmt.Fprintf(s, "      <category>%s</category>\n", escaped(category))
	}
	if path := e.audio(); path != "" {
		fmt.Fprintf(s, "      <enclosure url=\"%s%s\" length=\"%d\" type=\"audio/mpeg\" />\n", v.base, path, e.audioBytes())
	}
	fmt.Fprintf(s, "      <description>%s</description>\n    </item>\n", escaped(e.content(v.base, escaped)))
}

// page is the home page of everything that is not WordPress, or what is not found.
func (v *view) page(r *http.Request) document {
	if r.URL.Path != "/" {
		return notFound()
	}
	kind := map[Kind]string{Plain: "application/rss+xml", JSONFeed: "application/feed+json"}[v.p.Kind]
	if kind == "" {
		kind = "application/atom+xml"
	}
	return document{kind: "text/html; charset=utf-8", body: fmt.Sprintf("<!DOCTYPE html>\n"+
		"<html lang=\"en\"><head><meta charset=\"utf-8\"><title>The Harbour Light</title>\n"+
		"<link rel=\"alternate\" type=\"%s\" title=\"The Harbour Light\" href=\"%s\"></head><body><h1>The Harbour Light</h1>"+
		"</body></html>\n", kind, v.p.FeedPath())}
}
