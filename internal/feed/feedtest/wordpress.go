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

// rfc822 is how PHP writes RSS's dates.
const rfc822 = "Mon, 02 Jan 2006 15:04:05 -0700"

// wordpress is what WordPress has at an address.
func (v *view) wordpress(r *http.Request) document {
	query := r.URL.Query()
	plain := v.p.REST == PlainPermalinks
	feed := strings.TrimSuffix(r.URL.Path, "/") == "/feed" || r.URL.Path == "/" && query.Get("feed") == "rss2"
	switch {
	case r.URL.Path == "/" && query.Has("rest_route"):
		return v.rest(query.Get("rest_route"), query)
	case strings.HasPrefix(r.URL.Path, "/wp-json") && !plain:
		return v.rest(strings.TrimPrefix(r.URL.Path, "/wp-json"), query)
	case feed && !plain && !canonical(r.URL):
		return moved(v.base + "/feed/" + paged(query))
	case feed:
		return v.wordpressFeed(query)
	case r.URL.Path == "/comments/feed/":
		return v.withAPI(document{kind: "application/rss+xml; charset=UTF-8", body: v.wordpressRSS("/comments/feed/", nil)})
	case r.URL.Path == "/":
		return v.home()
	}
	return v.withAPI(notFound())
}

// canonical tells whether a feed's address is the one that redirect_canonical leads to.
func canonical(u *url.URL) bool {
	return u.Path == "/feed/" && !u.Query().Has("feed") && u.Query().Get("paged") != "1"
}

// paged is the query that redirect_canonical keeps.
func paged(query url.Values) string {
	if n, err := strconv.Atoi(query.Get("paged")); err == nil && n > 1 {
		return "?paged=" + strconv.Itoa(n)
	}
	return ""
}

// wordpressFeed is a page of the feed. All of them share the validators, which are made of the last change
// alone and are looked at before the page is: with page one's, every page is answered 304, even one that
// does not exist (WP::send_headers runs before WP::query_posts).
func (v *view) wordpressFeed(query url.Values) document {
	page := max(number(query.Get("paged"), 1), 1)
	self := "/feed/" + paged(query)
	if v.p.REST == PlainPermalinks {
		self = "/?feed=rss2" + strings.Replace(paged(query), "?", "&", 1)
	}
	posts := v.window(page, v.p.pageSize())
	d := document{
		kind: "application/rss+xml; charset=UTF-8", feed: true, header: v.hubLink(v.base + self),
		body: v.wordpressRSS(self, posts), modified: v.modified,
		etag: fmt.Sprintf(`"%x"`, md5.Sum([]byte(v.modified.Format(http.TimeFormat)))),
	}
	if len(posts) == 0 && page > 1 {
		d.status = http.StatusNotFound // the body is a feed all the same
		d.set("Expires", "Wed, 11 Jan 1984 05:00:00 GMT")
		d.set("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private")
	}
	return v.withAPI(d)
}

// number reads a number of a query, or gives the default.
func number(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return otherwise
}

// apiRoot is the address that the site announces, "" where it announces none.
func (v *view) apiRoot() string {
	switch v.p.REST {
	case Removed:
		return ""
	case PlainPermalinks:
		return v.base + "/?rest_route=/"
	default:
		return v.base + "/wp-json/"
	}
}

// withAPI announces the REST API, unless only the home page does.
func (v *view) withAPI(d document) document {
	if v.p.REST == HomeOnly {
		return d
	}
	return v.announceAPI(d)
}

func (v *view) announceAPI(d document) document {
	if d.header == nil {
		d.header = http.Header{}
	}
	if root := v.apiRoot(); root != "" {
		d.header.Add("Link", "<"+root+`>; rel="https://api.w.org/"`)
	}
	return d
}

// home is the blog's page: it names the feeds, the posts' before the comments', and the API.
func (v *view) home() document {
	var s strings.Builder
	feed, comments := v.base+"/feed/", v.base+"/comments/feed/"
	if v.p.REST == PlainPermalinks {
		feed, comments = v.base+"/?feed=rss2", v.base+"/?feed=comments-rss2"
	}
	fmt.Fprintf(&s, "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n<meta charset=\"UTF-8\" />\n"+
		"<title>The Harbour Light &#8211; Notes &amp; tides</title>\n"+
		"<link rel=\"alternate\" type=\"application/rss+xml\" title=\"The Harbour Light &raquo; Feed\" href=\"%s\" />\n"+
		"<link rel=\"alternate\" type=\"application/rss+xml\" title=\"The Harbour Light &raquo; Comments Feed\" href=\"%s\" />\n",
		feed, comments)
	if root := v.apiRoot(); root != "" {
		fmt.Fprintf(&s, "<link rel=\"https://api.w.org/\" href=\"%s\" />", root)
	}
	fmt.Fprintf(&s, "<meta name=\"generator\" content=\"WordPress 6.8.3\" />\n</head>\n<body class=\"home blog\">\n<main>\n")
	for _, e := range v.entries(v.window(1, v.p.pageSize())) {
		fmt.Fprintf(&s, "<article><h2><a href=\"%s\">%s</a></h2></article>\n", e.link, texturized(e.shown))
	}
	s.WriteString("</main>\n</body>\n</html>\n")
	return v.announceAPI(document{kind: "text/html; charset=UTF-8", body: s.String()})
}

// wordpressRSS is what wp-includes/feed-rss2.php makes, white space included.
func (v *view) wordpressRSS(self string, posts []post) string {
	var s strings.Builder
	fmt.Fprintf(&s, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
	xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:wfw="http://wellformedweb.org/CommentAPI/"
	xmlns:dc="http://purl.org/dc/elements/1.1/"
	xmlns:atom="http://www.w3.org/2005/Atom"
	xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
	xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
	>

<channel>
	<title>The Harbour Light</title>
	<atom:link href="%s" rel="self" type="application/rss+xml" />
	<link>%s</link>
	<description>Notes &#38; tides</description>
	<lastBuildDate>%s</lastBuildDate>
	<language>en-US</language>
	<sy:updatePeriod>
	hourly	</sy:updatePeriod>
	<sy:updateFrequency>
	1	</sy:updateFrequency>
	<generator>https://wordpress.org/?v=6.8.3</generator>
`, escaped(v.base+self), v.base, v.modified.Format(rfc822))
	if v.p.Hub != "" {
		fmt.Fprintf(&s, "<atom:link rel=\"hub\" href=\"%s\"/>\n", escaped(v.p.Hub))
	}
	for _, e := range v.entries(posts) {
		v.wordpressItem(&s, e)
	}
	s.WriteString("	</channel>\n</rss>\n")
	return s.String()
}

func (v *view) wordpressItem(s *strings.Builder, e entry) {
	fmt.Fprintf(s, "	<item>\n		<title>%s</title>\n		<link>%s</link>\n"+
		"					<comments>%s#respond</comments>\n		\n		<dc:creator><![CDATA[Ada Quay]]></dc:creator>\n",
		texturized(e.shown), e.link, e.link)
	if !e.claimed.IsZero() {
		fmt.Fprintf(s, "		<pubDate>%s</pubDate>\n", e.claimed.Format(rfc822))
	}
	for _, category := range e.categories() {
		fmt.Fprintf(s, "\t\t<category><![CDATA[%s]]></category>\n", category)
	}
	if e.guid != "" {
		fmt.Fprintf(s, "		<guid isPermaLink=\"false\">%s</guid>\n", escaped(e.guid))
	}
	fmt.Fprintf(s, "\n					<description><![CDATA[%s]]></description>\n"+
		"										<content:encoded><![CDATA[%s]]></content:encoded>\n					\n"+
		"					<wfw:commentRss>%sfeed/</wfw:commentRss>\n			<slash:comments>0</slash:comments>\n",
		texturized(e.excerpt(" […]")), e.content(v.base, texturized), e.link)
	if path := e.audio(); path != "" {
		fmt.Fprintf(s, "		<enclosure url=\"%s%s\" length=\"%d\" type=\"audio/mpeg\" />\n", v.base, path, e.audioBytes())
	}
	s.WriteString("		\n		\n			</item>\n")
}

// local is the time zone of the blog: what is told without a zone is two hours off for whoever takes it for UTC.
func local() *time.Location { return time.FixedZone("", 2*60*60) }
