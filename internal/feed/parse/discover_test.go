package parse

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func TestReadWebPage(t *testing.T) {
	link := func(rest string) string { return `<link rel="alternate" ` + rest + `>` }
	for _, c := range []struct{ claim, base, body, want string }{
		{"an RSS link", "", link(`type="application/rss+xml" href="/feed/"`), "https://blog.test/feed/"},
		{"an Atom link", "", link(`type="application/atom+xml" href="https://other.test/atom"`), "https://other.test/atom"},
		{"a JSON Feed link", "", link(`type="application/feed+json" href="feed.json"`), "https://blog.test/a/feed.json"},
		{"capitals, a charset and no quotes", "", `<LINK REL=Alternate TYPE="Application/RSS+XML; charset=utf-8" HREF=/feed#x>`, "https://blog.test/feed"},
		{"the first of two links is used", "", link(`type="application/rss+xml" href="/1"`) + link(`type="application/atom+xml" href="/2"`), "https://blog.test/1"},
		{"a feed of comments is ignored", "", link(`type="application/rss+xml" href="/comments/feed/"`) + link(`type="application/rss+xml" href="/2"`), "https://blog.test/2"},
		{"a feed of comments by query is ignored", "", link(`type="application/rss+xml" href="/?feed=comments-rss2"`), ""},
		{"the WordPress API is not a feed", "", link(`type="application/json" href="https://blog.test/wp-json/wp/v2/pages/2"`), ""},
		{"the WordPress API by query is not a feed", "", link(`type="application/json" href="/?rest_route=/wp/v2/pages/2"`), ""},
		{"oEmbed is ignored", "", link(`type="application/json+oembed" href="/o"`) + link(`type="text/xml+oembed" href="/o"`), ""},
		{"a link to another language is ignored", "", link(`hreflang="de" href="/de/"`), ""},
		{"a style sheet is ignored", "", `<link rel="alternate stylesheet" type="application/rss+xml" href="/x">`, ""},
		{"a link in a comment is ignored", "", `<!-- ` + link(`type="application/rss+xml" href="/x"`) + ` -->`, ""},
		{"a link in a script is ignored", "", `<script>'` + link(`type="application/rss+xml" href="/x"`) + `'</script>`, ""},
		{"another scheme is ignored", "", link(`type="application/rss+xml" href="feed:https://blog.test/"`), ""},
		{"an empty link is ignored", "", link(`type="application/rss+xml" href=" "`), ""},
		{"a link is relative to the page's base", "", `<base href="https://cdn.test/x/">` + link(`type="application/rss+xml" href="feed"`), "https://cdn.test/x/feed"},
		{"a link on an https page is upgraded to https", "", link(`type="application/rss+xml" href="http://blog.test:80/feed"`), "https://blog.test/feed"},
		{"a link on an http page stays http", "http://blog.test/", link(`type="application/rss+xml" href="/feed"`), "http://blog.test/feed"},
		{"a link after the first MiB is ignored", "", strings.Repeat("<p>lorem</p>", maxPageSize/12+1) + link(`type="application/rss+xml" href="/feed/"`), ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			base, err := url.Parse("https://blog.test/a/b")
			require.NoError(t, err)
			base, err = base.Parse(c.base)
			require.NoError(t, err)
			p := readWebPage(strings.NewReader(`<html><title>My &amp; blog</title>`+c.body), base)
			require.Equal(t, c.want, feed.DisplayURL(p.Feed))
			require.Equal(t, "My & blog", p.Title)
		})
	}
}

func TestReadWebPageFindsTheAPI(t *testing.T) {
	const rss = `<link rel="alternate" type="application/rss+xml" href="/feed/">`
	for _, c := range []struct{ claim, base, body, want string }{
		{"an API link after the feed link", "", rss + `<link rel="https://api.w.org/" href="https://blog.test/wp-json/">`, "https://blog.test/wp-json/"},
		{"an API link before the feed link", "", `<link rel='https://api.w.org/' href='/?rest_route=/' />` + rss, "https://blog.test/?…"},
		{"an API link after a head that ends early", "", rss + `</head><body><link rel="https://api.w.org/" href="/wp-json/">`, "https://blog.test/wp-json/"},
		{"the first of two API links is used", "", `<link rel="https://api.w.org/" href="/1"><link rel="https://api.w.org/" href="/2">` + rss, "https://blog.test/1"},
		{"an API link on an https page is upgraded to https", "", rss + `<link rel="https://api.w.org/" href="http://blog.test/wp-json/">`, "https://blog.test/wp-json/"},
		{"an API link on an http page stays http", "http://blog.test/", rss + `<link rel="https://api.w.org/" href="/wp-json/">`, "http://blog.test/wp-json/"},
		{"another scheme is ignored", "", rss + `<link rel="https://api.w.org/" href="ftp://blog.test/wp-json/">`, ""},
		{"another relation is ignored", "", rss + `<link rel="http://api.w.org/" href="/wp-json/">`, ""},
		{"nowhere", "", rss, ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			base, err := url.Parse("https://blog.test/a/b")
			require.NoError(t, err)
			base, err = base.Parse(c.base)
			require.NoError(t, err)
			p := readWebPage(strings.NewReader(`<html><title>x</title>`+c.body), base)
			require.Equal(t, c.want, feed.DisplayURL(p.APIRoot))
			require.Equal(t, "/feed/", p.Feed.Path)
		})
	}
}

// TestReadWebPageListsFeeds lists the feeds of a page once each, without comment feeds, and not more than ten.
func TestReadWebPageListsFeeds(t *testing.T) {
	base, err := url.Parse("https://blog.test/")
	require.NoError(t, err)
	link := func(href, title string) string {
		return `<link rel="alternate" type="application/rss+xml" href="` + href + `" title="` + title + `">`
	}
	p := readWebPage(strings.NewReader(link("/feed/", "The &amp; blog")+link("/comments/feed/", "Comments")+link("/news/", "News")+link("/feed/", "Again")), base)
	require.Len(t, p.Feeds, 2)
	require.Equal(t, "https://blog.test/feed/", p.Feeds[0].URL.String())
	require.Equal(t, "The & blog", p.Feeds[0].Title)
	require.Equal(t, "https://blog.test/news/", p.Feeds[1].URL.String())
	require.Equal(t, p.Feeds[0].URL, p.Feed)

	var many strings.Builder
	for n := range 50 {
		many.WriteString(link("/feed/"+strings.Repeat("x", n), ""))
	}
	require.Len(t, readWebPage(strings.NewReader(many.String()), base).Feeds, maxFeedLinks)
}
