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
		{"the first of two", "", link(`type="application/rss+xml" href="/1"`) + link(`type="application/atom+xml" href="/2"`), "https://blog.test/1"},
		{"not the feed of comments", "", link(`type="application/rss+xml" href="/comments/feed/"`) + link(`type="application/rss+xml" href="/2"`), "https://blog.test/2"},
		{"not the comments by query", "", link(`type="application/rss+xml" href="/?feed=comments-rss2"`), ""},
		{"not the WordPress API", "", link(`type="application/json" href="https://blog.test/wp-json/wp/v2/pages/2"`), ""},
		{"not the WordPress API by query", "", link(`type="application/json" href="/?rest_route=/wp/v2/pages/2"`), ""},
		{"not oEmbed", "", link(`type="application/json+oembed" href="/o"`) + link(`type="text/xml+oembed" href="/o"`), ""},
		{"not another language", "", link(`hreflang="de" href="/de/"`), ""},
		{"not a style sheet", "", `<link rel="alternate stylesheet" type="application/rss+xml" href="/x">`, ""},
		{"not a comment", "", `<!-- ` + link(`type="application/rss+xml" href="/x"`) + ` -->`, ""},
		{"not in a script", "", `<script>'` + link(`type="application/rss+xml" href="/x"`) + `'</script>`, ""},
		{"not another scheme", "", link(`type="application/rss+xml" href="feed:https://blog.test/"`), ""},
		{"not an empty link", "", link(`type="application/rss+xml" href=" "`), ""},
		{"relative to the page's base", "", `<base href="https://cdn.test/x/">` + link(`type="application/rss+xml" href="feed"`), "https://cdn.test/x/feed"},
		{"from https to https", "", link(`type="application/rss+xml" href="http://blog.test:80/feed"`), "https://blog.test/feed"},
		{"from http to http", "http://blog.test/", link(`type="application/rss+xml" href="/feed"`), "http://blog.test/feed"},
		{"not after the first MiB", "", strings.Repeat("<p>lorem</p>", maxPageSize/12+1) + link(`type="application/rss+xml" href="/feed/"`), ""},
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
		{"after the feed", "", rss + `<link rel="https://api.w.org/" href="https://blog.test/wp-json/">`, "https://blog.test/wp-json/"},
		{"before the feed", "", `<link rel='https://api.w.org/' href='/?rest_route=/' />` + rss, "https://blog.test/?…"},
		{"after a head that ends early", "", rss + `</head><body><link rel="https://api.w.org/" href="/wp-json/">`, "https://blog.test/wp-json/"},
		{"the first of two", "", `<link rel="https://api.w.org/" href="/1"><link rel="https://api.w.org/" href="/2">` + rss, "https://blog.test/1"},
		{"from https to https", "", rss + `<link rel="https://api.w.org/" href="http://blog.test/wp-json/">`, "https://blog.test/wp-json/"},
		{"from http to http", "http://blog.test/", rss + `<link rel="https://api.w.org/" href="/wp-json/">`, "http://blog.test/wp-json/"},
		{"not another scheme", "", rss + `<link rel="https://api.w.org/" href="ftp://blog.test/wp-json/">`, ""},
		{"not another relation", "", rss + `<link rel="http://api.w.org/" href="/wp-json/">`, ""},
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
