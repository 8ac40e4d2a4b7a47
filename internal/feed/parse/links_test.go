package parse

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

// linkTexts returns the links as strings by name, and "" for a missing link.
func linkTexts(l Links) map[string]string {
	all := map[string]string{}
	for name, u := range map[string]*url.URL{"prev": l.Prev, "next": l.Next, "hub": l.Hub, "self": l.Self, "home": l.Home} {
		if u != nil {
			all[name] = u.String()
		}
	}
	return all
}

func TestLinks(t *testing.T) {
	type found map[string]string
	rss := func(head string) string {
		return `<rss xmlns:atom="http://www.w3.org/2005/Atom"><channel>` + head + `</channel></rss>`
	}
	atom := func(head string) string { return `<feed xmlns="http://www.w3.org/2005/Atom">` + head + `</feed>` }
	for _, c := range []struct {
		claim, body string
		want        found
	}{
		{"RSS, all links", rss(`<link>https://b.test/</link><atom:link rel="self" href="https://b.test/feed"/><atom:link rel="hub" href="https://hub.test/"/>` +
			`<atom:link rel="next" href="/feed?paged=2"/><atom:link rel="prev-archive" href="/2025"/>`),
			found{"home": "https://b.test/", "self": "https://b.test/feed", "hub": "https://hub.test/", "next": "https://blog.test/feed?paged=2", "prev": "https://blog.test/2025"}},
		{"RSS, links after the items", rss(`<item><guid>1</guid></item><atom:link rel="next" href="/2"/><link>/home</link>`), found{"next": "https://blog.test/2", "home": "https://blog.test/home"}},
		{"RSS, a link with another prefix", rss(`<x:link xmlns:x="http://www.w3.org/2005/Atom" rel="hub" href="/h"/>`), found{"hub": "https://blog.test/h"}},
		{"RSS, with FeedBurner's prefix, not declared", `<rss><channel><atom10:link rel="hub" href="/h"/></channel></rss>`, found{"hub": "https://blog.test/h"}},
		{"RSS, an Atom link without a prefix", rss(`<link rel="self" href="/f"/><link>https://b.test/</link>`), found{"self": "https://blog.test/f", "home": "https://b.test/"}},
		{"RSS, the link element takes precedence over Atom's", rss(`<atom:link href="/a"/><link><![CDATA[https://b.test/]]></link><link>/2</link>`), found{"home": "https://b.test/"}},
		{"RSS, Atom's link if the link element is missing", rss(`<atom:link href="/a"/>`), found{"home": "https://blog.test/a"}},
		{"RSS, links of another namespace are ignored", rss(`<x:link xmlns:x="urn:x" rel="next" href="/2"/><x:link xmlns:x="urn:x">/3</x:link>`), found{}},
		{"RSS, links of items and images are ignored", rss(`<image><link>/i</link></image><item><guid>1</guid><atom:link rel="next" href="/2"/><link>/1</link></item>`), found{}},
		{"RSS 1.0, the link of the image next to the channel is ignored", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:atom="http://www.w3.org/2005/Atom">` +
			`<channel><link>https://b.test/</link><atom:link rel="next" href="/2"/></channel><image><link>/no</link><atom:link rel="hub" href="/no"/></image></rdf:RDF>`,
			found{"home": "https://b.test/", "next": "https://blog.test/2"}},
		{"Atom, as in Blogger", atom(`<link rel='http://schemas.google.com/g/2005#feed' type='application/atom+xml' href='https://b.test/feeds'/><link rel='self' href='/s'/>` +
			`<link rel='alternate' type='text/html' href='https://b.test/'/><link rel='hub' href='http://pubsubhubbub.appspot.com/'/><link rel='next' href='http://www.blogger.com/feeds/1?start-index=26'/>`),
			found{"self": "https://blog.test/s", "home": "https://b.test/", "hub": "http://pubsubhubbub.appspot.com/", "next": "https://www.blogger.com/feeds/1?start-index=26"}},
		{"Atom, with a prefix", `<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:link rel="next" href="/2"/></a:feed>`, found{"next": "https://blog.test/2"}},
		{"Atom, without a namespace", `<feed><link rel="next" href="/2"/></feed>`, found{"next": "https://blog.test/2"}},
		{"Atom, links of entries are ignored", atom(`<entry><id>1</id><link rel="next" href="/2"/><source><link rel="hub" href="/h"/></source></entry>`), found{}},
		{"Atom, a link after the entries", atom(`<entry><id>1</id></entry><link rel="next" href="/2"/>`), found{"next": "https://blog.test/2"}},
		{"Atom, a link without a relation is the home page", atom(`<link href="/a"/>`), found{"home": "https://blog.test/a"}},
		{"Atom, an alternate link with a feed type is not the home page", atom(`<link type="application/rss+xml" href="/r"/><link type="text/html" href="/a"/>`), found{"home": "https://blog.test/a"}},
		{"Atom, with xml:base", `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.test/x/"><link rel="next" href="2"/><link xml:base="/y/" rel="hub" href="h"/></feed>`,
			found{"next": "https://b.test/x/2", "hub": "https://b.test/y/h"}},
		{"relations in capitals, several, or spelled out", atom(`<link rel="NEXT" href="/2"/><link rel="self  hub" href="/h"/><link rel="http://www.iana.org/assignments/relation/prev-archive" href="/p"/>`),
			found{"next": "https://blog.test/2", "self": "https://blog.test/h", "hub": "https://blog.test/h", "prev": "https://blog.test/p"}},
		{"unknown relations are ignored", atom(`<link rel="previous" href="/1"/><link rel="first" href="/0"/><link rel="prev-archiv" href="/0"/>`), found{}},
		{"the first usable link of a kind is used", atom(`<link rel="next" href="ftp://a/"/><link rel="next" href=""/><link rel="next" href="/2"/><link rel="next" href="/3"/>`), found{"next": "https://blog.test/2"}},
		{"https upgrade for links to fetch", atom(`<link rel="next" href="http://b.test:80/2"/><link rel="prev-archive" href="http://b.test/1"/><link rel="self" href="http://b.test/"/>`),
			found{"next": "https://b.test/2", "prev": "https://b.test/1", "self": "http://b.test/"}},
		{"user info and fragment are removed", atom(`<link rel="next" href="https://u:p@b.test/2#x"/>`), found{"next": "https://b.test/2"}},
		{"a long URL is ignored", atom(`<link rel="next" href="/` + strings.Repeat("x", feed.MaxLink) + `"/>`), found{}},
		{"a URL that is too long after escaping is ignored", atom(`<link rel="next" href="/` + strings.Repeat("ä", feed.MaxLink/3) + `"/>`), found{}},
		{"the first of thousands of links is used", atom(`<link rel="next" href="/2"/>` + strings.Repeat(`<link rel="next" href="/3"/>`, 9000) + `<link rel="hub" href="/h"/>`), found{"next": "https://blog.test/2", "hub": "https://blog.test/h"}},
		{"JSON", `{"next_url":"/2","feed_url":"https://b.test/f","home_page_url":"https://b.test/","hubs":["x",{"type":"rssCloud","url":"/c"},{"type":"websub","url":"/h"},{"type":"WebSub","url":"/i"}],"items":[]}`,
			found{"next": "https://blog.test/2", "self": "https://b.test/f", "home": "https://b.test/", "hub": "https://blog.test/h"}},
		{"JSON, unusable links after the items are ignored", `{"items":[],"next_url":7,"feed_url":null,"hubs":{"type":"WebSub","url":"/h"}}`, found{"next": "https://blog.test/feed/7"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, map[string]string(c.want), linkTexts(mustParse(t, c.body).Links))
		})
	}
}

func TestLinksFromHTTP(t *testing.T) {
	base, err := url.Parse("http://blog.test/feed")
	require.NoError(t, err)
	var l Links
	l.addLink("next", "", "/2", base)
	require.Equal(t, "http://blog.test/2", l.Next.String())
}

func TestDetectsWordPressGenerator(t *testing.T) {
	for _, c := range []struct {
		claim, body         string
		wordpress, complete bool
	}{
		{"WordPress", rssFeed("<generator>https://wordpress.org/?v=6.8</generator>"), true, false},
		{"WordPress.com", rssFeed("<item><guid>1</guid></item><generator>http://wordpress.com/</generator>"), true, false},
		{"WordPress's Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><generator uri="https://wordpress.org/" version="6.8">WP</generator></feed>`, true, false},
		{"WordPress's RSS 1.0", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:admin="http://webns.net/mvcb/"><channel><admin:generatorAgent rdf:resource="https://wordpress.org/?v=6.8"/></channel></rdf:RDF>`, true, false},
		{"another generator", rssFeed("<generator>Hugo</generator><description>About WordPress</description>"), false, false},
		{"the generator of an item is ignored", rssFeed("<item><generator>https://wordpress.org/</generator></item>"), false, false},
		{"a complete feed", rssFeed(`<fh:complete xmlns:fh="http://purl.org/syndication/history/1.0"/>`), false, true},
		{"a complete feed with an undeclared prefix", `<rss><channel><fh:complete/></channel></rss>`, false, true},
		{"complete elements of other namespaces are ignored", rssFeed(`<itunes:complete xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">yes</itunes:complete><complete/>`), false, false},
	} {
		t.Run(c.claim, func(t *testing.T) {
			l := mustParse(t, c.body).Links
			require.Equal(t, []bool{c.wordpress, c.complete}, []bool{l.WordPress, l.Complete})
		})
	}
}

// requireWeb checks that an address is a valid absolute web URL.
func requireWeb(t testing.TB, address string) {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	require.True(t, feed.IsWebURL(u), address)
	require.LessOrEqual(t, len(address), feed.MaxLink)
}

func TestItemLink(t *testing.T) {
	link := func(attributes string) string { return `<link ` + attributes + `/>` }
	german := func(entry string) string { return atomFeed(`xml:lang="de-AT"`, entry) }
	for _, c := range []struct{ claim, body, want string }{
		{"the first link to the web", german(link(`href="gemini://b.test/1"`) + link(`href="https://b.test/1"`) + link(`href="https://b.test/2"`)), "https://b.test/1"},
		{"HTML takes precedence", german(link(`href="/1.pdf" type="application/pdf"`) + link(`href="/1" type="text/html; charset=utf-8"`)), "https://blog.test/1"},
		{"XHTML is HTML", german(link(`href="/1.pdf" type="application/pdf"`) + link(`href="/1" type="application/xhtml+xml"`)), "https://blog.test/1"},
		{"the feed's language takes precedence", german(link(`href="/en" hreflang="en"`) + link(`href="/de" hreflang="de-DE"`) + link(`href="/x"`)), "https://blog.test/de"},
		{"the exact language takes precedence", german(link(`href="/de" hreflang="de"`) + link(`href="/at" hreflang="DE-at"`)), "https://blog.test/at"},
		{"a link without a language takes precedence over another language", german(link(`href="/en" hreflang="en"`) + link(`href="/x"`)), "https://blog.test/x"},
		{"HTML in another language takes precedence over a document", german(link(`href="/1.pdf" hreflang="de" type="application/pdf"`) + link(`href="/en" hreflang="en"`)), "https://blog.test/en"},
		{"a link as text", german(`<link rel="alternate" type="text/html"> /1 </link>`), "https://blog.test/1"},
		{"other relations are ignored", german(link(`rel="self" href="/1"`) + link(`rel="via" href="/2"`) + link(`rel="ALTERNATE" href="/3"`)), "https://blog.test/3"},
		{"xml:base of the entry", `<feed xmlns="http://www.w3.org/2005/Atom"><entry xml:base="https://b.test/x/"><id>1</id><link href="1"/></entry></feed>`, "https://b.test/x/1"},
		{"an entry with a link alone", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/1"/></entry></feed>`, "https://blog.test/1"},
		{"the first web link of RSS", rssFeed("<item><link>gemini://b.test/1</link><link>https://b.test/1</link><link>https://b.test/2</link></item>"), "https://b.test/1"},
		{"Atom's link in RSS if there is no other", rssFeed(`<item><link> </link><atom:link href="/2"/></item>`), "https://blog.test/2"},
		{"RSS's own link takes precedence over Atom's", rssFeed(`<item><atom:link href="/2"/><link>/1</link></item>`), "https://blog.test/1"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, parseSingle(t, c.body).Link)
		})
	}
}
