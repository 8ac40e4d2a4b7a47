package feed

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shown are links as text, "" where there is none.
func shown(l links) map[string]string {
	all := map[string]string{}
	for name, u := range map[string]*url.URL{"prev": l.prev, "next": l.next, "hub": l.hub, "self": l.self, "home": l.home} {
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
	feed := func(head string) string { return `<feed xmlns="http://www.w3.org/2005/Atom">` + head + `</feed>` }
	for _, c := range []struct {
		claim, body string
		want        found
	}{
		{"RSS, with all of them", rss(`<link>https://b.test/</link><atom:link rel="self" href="https://b.test/feed"/><atom:link rel="hub" href="https://hub.test/"/>` +
			`<atom:link rel="next" href="/feed?paged=2"/><atom:link rel="prev-archive" href="/2025"/>`),
			found{"home": "https://b.test/", "self": "https://b.test/feed", "hub": "https://hub.test/", "next": "https://blog.test/feed?paged=2", "prev": "https://blog.test/2025"}},
		{"RSS, behind the items", rss(`<item><guid>1</guid></item><atom:link rel="next" href="/2"/><link>/home</link>`), found{"next": "https://blog.test/2", "home": "https://blog.test/home"}},
		{"RSS, with another prefix", rss(`<x:link xmlns:x="http://www.w3.org/2005/Atom" rel="hub" href="/h"/>`), found{"hub": "https://blog.test/h"}},
		{"RSS, with FeedBurner's prefix, not declared", `<rss><channel><atom10:link rel="hub" href="/h"/></channel></rss>`, found{"hub": "https://blog.test/h"}},
		{"RSS, with no prefix", rss(`<link rel="self" href="/f"/><link>https://b.test/</link>`), found{"self": "https://blog.test/f", "home": "https://b.test/"}},
		{"RSS, the link's own element beats Atom's", rss(`<atom:link href="/a"/><link><![CDATA[https://b.test/]]></link><link>/2</link>`), found{"home": "https://b.test/"}},
		{"RSS, Atom's where there is no other", rss(`<atom:link href="/a"/>`), found{"home": "https://blog.test/a"}},
		{"RSS, not of another namespace", rss(`<x:link xmlns:x="urn:x" rel="next" href="/2"/><x:link xmlns:x="urn:x">/3</x:link>`), found{}},
		{"RSS, not of items and images", rss(`<image><link>/i</link></image><item><guid>1</guid><atom:link rel="next" href="/2"/><link>/1</link></item>`), found{}},
		{"RSS 1.0, not of the image beside the channel", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:atom="http://www.w3.org/2005/Atom">` +
			`<channel><link>https://b.test/</link><atom:link rel="next" href="/2"/></channel><image><link>/no</link><atom:link rel="hub" href="/no"/></image></rdf:RDF>`,
			found{"home": "https://b.test/", "next": "https://blog.test/2"}},
		{"Atom, as Blogger has it", feed(`<link rel='http://schemas.google.com/g/2005#feed' type='application/atom+xml' href='https://b.test/feeds'/><link rel='self' href='/s'/>` +
			`<link rel='alternate' type='text/html' href='https://b.test/'/><link rel='hub' href='http://pubsubhubbub.appspot.com/'/><link rel='next' href='http://www.blogger.com/feeds/1?start-index=26'/>`),
			found{"self": "https://blog.test/s", "home": "https://b.test/", "hub": "http://pubsubhubbub.appspot.com/", "next": "https://www.blogger.com/feeds/1?start-index=26"}},
		{"Atom, with a prefix", `<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:link rel="next" href="/2"/></a:feed>`, found{"next": "https://blog.test/2"}},
		{"Atom, without a namespace", `<feed><link rel="next" href="/2"/></feed>`, found{"next": "https://blog.test/2"}},
		{"Atom, not of entries", feed(`<entry><id>1</id><link rel="next" href="/2"/><source><link rel="hub" href="/h"/></source></entry>`), found{}},
		{"Atom, behind the entries", feed(`<entry><id>1</id></entry><link rel="next" href="/2"/>`), found{"next": "https://blog.test/2"}},
		{"Atom, without a relation", feed(`<link href="/a"/>`), found{"home": "https://blog.test/a"}},
		{"Atom, not another form of itself", feed(`<link type="application/rss+xml" href="/r"/><link type="text/html" href="/a"/>`), found{"home": "https://blog.test/a"}},
		{"Atom, with xml:base", `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.test/x/"><link rel="next" href="2"/><link xml:base="/y/" rel="hub" href="h"/></feed>`,
			found{"next": "https://b.test/x/2", "hub": "https://b.test/y/h"}},
		{"relations in capitals, several, or spelled out", feed(`<link rel="NEXT" href="/2"/><link rel="self  hub" href="/h"/><link rel="http://www.iana.org/assignments/relation/prev-archive" href="/p"/>`),
			found{"next": "https://blog.test/2", "self": "https://blog.test/h", "hub": "https://blog.test/h", "prev": "https://blog.test/p"}},
		{"what is no relation of ours", feed(`<link rel="previous" href="/1"/><link rel="first" href="/0"/><link rel="prev-archiv" href="/0"/>`), found{}},
		{"the first of a kind", feed(`<link rel="next" href="ftp://a/"/><link rel="next" href=""/><link rel="next" href="/2"/><link rel="next" href="/3"/>`), found{"next": "https://blog.test/2"}},
		{"from https to https where it is asked for", feed(`<link rel="next" href="http://b.test:80/2"/><link rel="prev-archive" href="http://b.test/1"/><link rel="self" href="http://b.test/"/>`),
			found{"next": "https://b.test/2", "prev": "https://b.test/1", "self": "http://b.test/"}},
		{"no user and no fragment", feed(`<link rel="next" href="https://u:p@b.test/2#x"/>`), found{"next": "https://b.test/2"}},
		{"none beyond measure", feed(`<link rel="next" href="/` + strings.Repeat("x", maxLink) + `"/>`), found{}},
		{"none of a space that grows", feed(`<link rel="next" href="/` + strings.Repeat("ä", maxLink/3) + `"/>`), found{}},
		{"the first of thousands", feed(`<link rel="next" href="/2"/>` + strings.Repeat(`<link rel="next" href="/3"/>`, 9000) + `<link rel="hub" href="/h"/>`), found{"next": "https://blog.test/2", "hub": "https://blog.test/h"}},
		{"JSON", `{"next_url":"/2","feed_url":"https://b.test/f","home_page_url":"https://b.test/","hubs":["x",{"type":"rssCloud","url":"/c"},{"type":"websub","url":"/h"},{"type":"WebSub","url":"/i"}],"items":[]}`,
			found{"next": "https://blog.test/2", "self": "https://b.test/f", "home": "https://b.test/", "hub": "https://blog.test/h"}},
		{"JSON behind the items, and of no use", `{"items":[],"next_url":7,"feed_url":null,"hubs":{"type":"WebSub","url":"/h"}}`, found{"next": "https://blog.test/feed/7"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, map[string]string(c.want), shown(mustParse(t, c.body).links))
		})
	}
}

func TestLinksFromHTTP(t *testing.T) {
	base, err := url.Parse("http://blog.test/feed")
	require.NoError(t, err)
	var l links
	l.add("next", "", "/2", base)
	require.Equal(t, "http://blog.test/2", l.next.String())
}

func TestHeadSaysWhatMadeIt(t *testing.T) {
	for _, c := range []struct {
		claim, body         string
		wordpress, complete bool
	}{
		{"WordPress", rssOf("<generator>https://wordpress.org/?v=6.8</generator>"), true, false},
		{"WordPress.com", rssOf("<item><guid>1</guid></item><generator>http://wordpress.com/</generator>"), true, false},
		{"WordPress's Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><generator uri="https://wordpress.org/" version="6.8">WP</generator></feed>`, true, false},
		{"WordPress's RSS 1.0", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:admin="http://webns.net/mvcb/"><channel><admin:generatorAgent rdf:resource="https://wordpress.org/?v=6.8"/></channel></rdf:RDF>`, true, false},
		{"another", rssOf("<generator>Hugo</generator><description>About WordPress</description>"), false, false},
		{"not what an item says", rssOf("<item><generator>https://wordpress.org/</generator></item>"), false, false},
		{"all there is", rssOf(`<fh:complete xmlns:fh="http://purl.org/syndication/history/1.0"/>`), false, true},
		{"all there is, not declared", `<rss><channel><fh:complete/></channel></rss>`, false, true},
		{"another's word for it", rssOf(`<itunes:complete xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">yes</itunes:complete><complete/>`), false, false},
	} {
		t.Run(c.claim, func(t *testing.T) {
			l := mustParse(t, c.body).links
			require.Equal(t, []bool{c.wordpress, c.complete}, []bool{l.wordpress, l.complete})
		})
	}
}

func TestLinked(t *testing.T) {
	base, err := url.Parse("https://blog.test/feed/")
	require.NoError(t, err)
	for _, c := range []struct {
		claim, rel string
		headers    []string
		want       string
	}{
		{"a relation that is a URL", relAPI, []string{`<https://b.test/wp-json/>; rel="https://api.w.org/"`}, "https://b.test/wp-json/"},
		{"not in other letters", relAPI, []string{`<https://b.test/wp-json/>; rel="https://API.w.org/"`}, ""},
		{"a relation in other letters", "hub", []string{`<https://b.test/>; Rel=HUB`}, "https://b.test/"},
		{"a relation among several", "hub", []string{`<https://b.test/>; rel="self  hub"`}, "https://b.test/"},
		{"not a part of one", "hub", []string{`<https://b.test/>; rel="github"`}, ""},
		{"the second value", "hub", []string{`<https://a.test/>; rel=self, <https://b.test/>; rel=hub`}, "https://b.test/"},
		{"the second header", "hub", []string{`<https://a.test/>; rel=self`, `<https://b.test/>; rel=hub`}, "https://b.test/"},
		{"the first of two", "hub", []string{`<https://a.test/>; rel=hub, <https://b.test/>; rel=hub`}, "https://a.test/"},
		{"a comma and a semicolon in the address", "hub", []string{`<https://b.test/a,b;c>; rel=hub`}, "https://b.test/a,b;c"},
		{"both in quotation marks", "hub", []string{`<https://a.test/>; title="a, b; <x>; rel=hub\", "; rel=self, <https://b.test/>; rel="hub"`}, "https://b.test/"},
		{"a quoted quotation mark", "hub", []string{`<https://a.test/>; title="\"; rel=\"hub\""; rel=self`}, ""},
		{"a parameter without a value", "hub", []string{`<https://b.test/>; crossorigin; rel=hub;`}, "https://b.test/"},
		{"white space everywhere", "hub", []string{" ,\t<https://b.test/> ; title = \"x\" ;\trel = \"hub\" , "}, "https://b.test/"},
		{"no white space", "hub", []string{`<https://b.test/>;title="x";rel="hub",<x>`}, "https://b.test/"},
		{"a relative address", "next", []string{`<?paged=2>; rel=next`}, "https://blog.test/feed/?paged=2"},
		{"the first relation of a link counts", "hub", []string{`<https://a.test/>; rel=self; rel=hub`}, ""},
		{"an anchor makes it another's", "hub", []string{`<https://a.test/>; rel=hub; anchor="#x", <https://b.test/>; rel=hub`}, "https://b.test/"},
		{"no web address", "hub", []string{`<mailto:a@b.test>; rel=hub, <https://b.test/>; rel=hub`}, "https://b.test/"},
		{"no user and no fragment", "hub", []string{`<https://u:p@b.test/#x>; rel=hub`}, "https://b.test/"},
		{"garbage in front", "hub", []string{`garbage, <https://b.test/>; rel=hub`}, "https://b.test/"},
		{"what does not end", "hub", []string{`<https://b.test/; rel=hub`, `<https://b.test/>; rel="hub`}, "https://b.test/"},
		{"garbage behind a quotation", "hub", []string{`<https://b.test/>; rel="hub"x; y`}, "https://b.test/"},
		{"no relation", "hub", []string{`<https://b.test/>`, "", ",", ";", "<>;rel="}, ""},
		{"an empty relation", "hub", []string{`<https://a.test/>; rel=""; rel=hub`}, ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			got := ""
			if u := linked(http.Header{"Link": c.headers}, c.rel, base); u != nil {
				got = u.String()
			}
			require.Equal(t, c.want, got)
		})
	}
	require.Nil(t, linked(nil, "hub", base))
}

func FuzzLinked(f *testing.F) {
	for _, s := range []string{`<https://b.test/>; rel=hub`, `<a,b>; title="x\"; rel=hub", <c>;rel="hub"`, ";=,<>", `<x>;rel="`} {
		f.Add(s)
	}
	base := &url.URL{Scheme: "https", Host: "blog.test", Path: "/feed/"}
	f.Fuzz(func(t *testing.T, value string) {
		for rest := value; rest != ""; {
			was := len(rest)
			_, rest = nextLink(rest)
			require.Less(t, len(rest), was, "it comes to an end")
		}
		if u := linked(http.Header{"Link": {value}}, "hub", base); u != nil {
			requireWeb(t, u.String())
			require.Contains(t, strings.ToLower(value), "hub")
		}
		// What is added behind changes nothing of the link that was found first.
		front := `<https://first.test/>; rel="hub", `
		require.Equal(t, "https://first.test/", linked(http.Header{"Link": {front + value}}, "hub", base).String())
	})
}

// requireWeb demands an absolute address that may be asked or spoken of.
func requireWeb(t testing.TB, address string) {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	require.True(t, isWeb(u), address)
	require.LessOrEqual(t, len(address), maxLink)
}
