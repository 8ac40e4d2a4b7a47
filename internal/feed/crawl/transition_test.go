package crawl

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
	"lastpost/internal/feed/parse"
)

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	require.NoError(t, err)
	return u
}

func TestChooseSource(t *testing.T) {
	const api = `<https://blog.test/wp-json/>; rel="https://api.w.org/"`
	u := func(s string) *url.URL { return mustURL(t, "https://blog.test"+s) }
	for _, c := range []struct {
		claim string
		feed  string
		links parse.Links
		json  bool
		api   string
		want  backfillSource
		url   string
		sound int // how many of the three entries have an episode
	}{
		{"a complete feed has no older posts", "/feed/", parse.Links{Complete: true, Prev: u("/1"), Next: u("/2")}, false, api, sourceNone, "", 0},
		{"archives are preferred to pages", "/feed/", parse.Links{Prev: u("/1"), Next: u("/2"), WordPress: true}, false, api, sourceArchives, "/1", 0},
		{"pages are preferred to the API", "/feed/", parse.Links{Next: u("/2"), WordPress: true}, false, api, sourceNextLinks, "/2", 0},
		{"a JSON Feed uses its next page", "/feed.json", parse.Links{Next: u("/2")}, true, "", sourceJSONFeed, "/2", 0},
		{"the API is preferred to the feed's own pages", "/feed/", parse.Links{WordPress: true}, false, api, sourceAPI, "/wp-json/wp/v2/posts?" + restQuery(1), 0},
		{"the API alone identifies WordPress", "/feed/", parse.Links{}, false, api, sourceAPI, "/wp-json/wp/v2/posts?" + restQuery(1), 0},
		{"the feed of a tag uses its own pages", "/tag/x/feed/", parse.Links{WordPress: true}, false, api, sourcePagedFeed, "", 0},
		{"WordPress without an API requests the home page", "/feed/", parse.Links{WordPress: true, Home: u("/")}, false, "", sourceHomePage, "/", 0},
		{"WordPress without a home page uses pages", "/feed/", parse.Links{WordPress: true}, false, "", sourcePagedFeed, "", 0},
		{"a podcast uses its own pages, because the API does not list episodes", "/feed/", parse.Links{WordPress: true, Home: u("/")}, false, api, sourcePagedFeed, "", 2},
		{"a blog with one episode uses the API", "/feed/", parse.Links{WordPress: true}, false, api, sourceAPI, "", 1},
		{"a podcast that only the API identifies as WordPress uses the API", "/feed/", parse.Links{}, false, api, sourceAPI, "", 2},
		{"any other feed has no source", "/feed/", parse.Links{Home: u("/")}, false, "", sourceNone, "", 0},
	} {
		t.Run(c.claim, func(t *testing.T) {
			got := feedResponse{Result: fetch.Result{URL: u(c.feed), Header: http.Header{}}, doc: parse.FeedDocument{Links: c.links, Entries: make([]feed.Entry, 3), IsJSON: c.json}}
			for i := range c.sound {
				got.doc.Entries[i].Audio.URL = "https://blog.test/episode.mp3"
			}
			if c.api != "" {
				got.Header.Set("Link", c.api)
			}
			w := chooseSource(got)
			require.Equal(t, c.want, w.Source)
			require.Equal(t, c.want == sourceNone, w.Done)
			if c.url != "" {
				require.Equal(t, "https://blog.test"+c.url, w.URL)
			}
		})
	}
}

// TestSourceKeepsHTTPS checks that the backfill uses https if a site that was fetched over https announces http
// addresses, as behind a proxy.
func TestSourceKeepsHTTPS(t *testing.T) {
	const api = `<http://blog.test/wp-json/>; rel="https://api.w.org/"`
	got := feedResponse{Result: fetch.Result{URL: mustURL(t, "https://blog.test/feed/"), Header: http.Header{"Link": {api}}}}
	require.Equal(t, "https://blog.test/wp-json/", chooseSource(got).APIRoot)
	require.Equal(t, "https://blog.test/wp-json/", backfillState{Source: sourceHomePage, FeedURL: "https://blog.test/feed/"}.onHomePage(got).APIRoot)
	got.URL = mustURL(t, "http://blog.test/feed/")
	require.Equal(t, "http://blog.test/wp-json/", chooseSource(got).APIRoot)
}

func restQuery(page int) string {
	return "per_page=100&page=" + string(rune('0'+page)) + "&orderby=date&_embed=author&_fields=id,date,date_gmt,modified,modified_gmt,link,title,content,excerpt,guid,_links.author,_embedded.author"
}

func TestAPIPageURL(t *testing.T) {
	for api, want := range map[string]string{
		"https://blog.test/wp-json/":                "https://blog.test/wp-json/wp/v2/posts?" + restQuery(3),
		"https://blog.test/wp-json":                 "https://blog.test/wp-json/wp/v2/posts?" + restQuery(3),
		"https://blog.test/news/wp-json/":           "https://blog.test/news/wp-json/wp/v2/posts?" + restQuery(3),
		"https://blog.test/?rest_route=/":           "https://blog.test/?rest_route=/wp/v2/posts&" + restQuery(3),
		"https://blog.test/index.php?rest_route=/":  "https://blog.test/index.php?rest_route=/wp/v2/posts&" + restQuery(3),
		"https://blog.test/wp-json/?from=somewhere": "https://blog.test/wp-json/wp/v2/posts?" + restQuery(3),
	} {
		require.Equal(t, want, apiPageURL(api, 3))
	}
}

func TestIsMainFeed(t *testing.T) {
	const api = "https://blog.test/wp-json/"
	for _, c := range []struct {
		feed, api string
		want      bool
	}{
		{"https://blog.test/feed/", api, true},
		{"https://blog.test/feed", api, true},
		{"https://blog.test/feed/atom/", api, true},
		{"https://BLOG.test/feed/rss2/", api, true},
		{"https://xn--mller-kva.example/feed/", "https://müller.example/wp-json/", true},
		{"https://blog.test/?feed=rss2", "https://blog.test/?rest_route=/", true},
		{"https://blog.test/?feed=atom", api, true},
		{"https://blog.test/news/feed/", "https://blog.test/news/wp-json/", true},
		{"https://blog.test/?feed=podcast", api, false},
		{"https://blog.test/feed/podcast/", api, false},
		{"https://blog.test/news/feed/", api, false},
		{"https://blog.test/category/news/feed/", api, false},
		{"https://blog.test/author/mika/feed/", api, false},
		{"https://blog.test/feed/", "https://blog.test/news/wp-json/", false},
		{"https://feeds.test/feed/", api, false},
		{"https://blog.test/", api, false},
	} {
		require.Equal(t, c.want, isMainFeed(mustURL(t, c.feed), mustURL(t, c.api)), c.feed)
	}
}

func TestPagedFeedURL(t *testing.T) {
	require.Equal(t, "https://blog.test/feed/?paged=2", pagedFeedURL("https://blog.test/feed/", 2))
	require.Equal(t, "https://blog.test/?b=1&a=%2f&paged=12", pagedFeedURL("https://blog.test/?b=1&a=%2f", 12), "the existing query stays unchanged")
}

// TestBackfillTransitions checks single transitions.
func TestBackfillTransitions(t *testing.T) {
	address, top := "https://blog.test/feed/", pageDigest(nil)
	paged := backfillState{Number: 1, FeedURL: address, FeedDigest: top}.usePagedFeed()
	rest := backfillState{Number: 1, FeedURL: address, FeedDigest: top}.useAPI(mustURL(t, "https://blog.test/wp-json/"), mustURL(t, address))
	page := feedResponse{Result: fetch.Result{URL: mustURL(t, address), Header: http.Header{}}, doc: parse.FeedDocument{Entries: []feed.Entry{{Post: feed.Post{ID: "1"}}}}}
	some, none := feed.StoreResult{New: 1, NewlySeen: 1}, feed.StoreResult{}
	status := func(code int) error {
		f := feed.NewFault(feed.ErrStatus, nil, "answered %d", code)
		f.Status = code
		return f
	}
	after := func(w backfillState, got feedResponse, err error, kept feed.StoreResult) backfillState {
		return w.afterResponse(got, err, kept, t0, 0)
	}

	t.Run("a page with new posts leads to the next one", func(t *testing.T) {
		w := after(paged, page, nil, some)
		require.Equal(t, 3, w.Page)
		require.Equal(t, address+"?paged=3", w.URL)
		require.Equal(t, 1, w.NewPosts)
		require.False(t, w.Done)
	})
	for _, code := range []int{400, 404, 410} {
		w := after(paged, page, status(code), none)
		require.True(t, w.Done && w.Complete, "%d is the end of the pages", code)
	}
	t.Run("a failing page is skipped after three tries, and ten such pages end the backfill", func(t *testing.T) {
		w := paged
		for range 2 {
			w = after(w, page, status(500), none)
			require.Equal(t, 2, w.Page)
			require.True(t, w.NextRequest.After(t0))
		}
		w = after(w, page, status(500), none)
		require.Equal(t, 3, w.Page)
		require.Equal(t, t0, w.NextRequest)
		for !w.Done {
			w = after(w, page, status(500), none)
		}
		require.Equal(t, maxSkippedPages, w.SkippedPages)
		require.False(t, w.Complete)
	})
	for _, away := range []error{feed.NewFault(feed.ErrUnreachable, nil, "cannot be reached"), status(503), status(429)} {
		t.Run("a site that is down for days is retried", func(t *testing.T) {
			w := paged
			for range 30 {
				w = after(w, page, away, none)
			}
			require.False(t, w.Done)
			require.Equal(t, 2, w.Page)
			require.Equal(t, t0.Add(day), w.NextRequest)
		})
	}
	for _, code := range []int{400, 401, 403, 404, 405, 410} {
		w := after(rest, page, status(code), none)
		require.Equal(t, sourcePagedFeed, w.Source, "an API that answers %d is not used", code)
		require.Equal(t, address+"?paged=2", w.URL)
		require.Equal(t, 2, w.Number, "its posts do not count as seen")
	}
	t.Run("a failing API is abandoned after three tries", func(t *testing.T) {
		w := after(after(rest, page, status(500), none), page, status(500), none)
		require.Equal(t, sourceAPI, w.Source)
		require.Equal(t, sourcePagedFeed, after(w, page, status(500), none).Source)
	})
	t.Run("pages without new posts continue to the announced last page", func(t *testing.T) {
		counted := page
		counted.Header = http.Header{"X-Wp-Totalpages": {"2"}}
		w := after(rest, counted, nil, none)
		require.False(t, w.Done)
		require.Equal(t, 2, w.Page)
		counted.doc.Entries = []feed.Entry{{Post: feed.Post{ID: "2"}}}
		require.True(t, after(w, counted, nil, some).Complete)
	})
	t.Run("a complete backfill is not repeated", func(t *testing.T) {
		w := rest
		w.Complete = true
		require.True(t, after(w, page, nil, none).Done)
	})
	t.Run("a web page instead of posts ends the backfill", func(t *testing.T) {
		web := page
		web.doc.Page = new(parse.WebPage)
		w := after(paged, web, nil, none)
		require.True(t, w.Done)
		require.False(t, w.Complete)
	})
	t.Run("the daily limit pauses for a day", func(t *testing.T) {
		w := paged
		w.RequestsToday = maxDailyRequests - 1
		w = after(w, page, nil, some)
		require.Equal(t, t0.Add(24*time.Hour), w.NextRequest)
		require.Zero(t, w.RequestsToday)
	})
	t.Run("total requests and bytes are limited", func(t *testing.T) {
		long, large := paged, paged
		long.Requests, large.Bytes = maxBackfillRequests-1, maxBackfillBytes-1
		big := page
		big.size = 1
		for _, w := range []backfillState{after(long, page, nil, some), after(large, big, nil, some)} {
			require.True(t, w.Done)
			require.False(t, w.Complete)
			require.Contains(t, w.Reason, "limit reached")
		}
	})
	t.Run("a missing link ends the backfill", func(t *testing.T) {
		w := backfillState{Source: sourceNextLinks, URL: address, FeedDigest: top, PageDigest: top}
		require.True(t, after(w, page, nil, some).Complete)
		linked := page
		linked.doc.Links.Next = mustURL(t, address+"3")
		require.Equal(t, address+"3", after(w, linked, nil, some).URL)
		require.True(t, after(w, linked, nil, none).Done, "a link that leads back ends it too")
		require.True(t, after(w, page, status(404), none).Done)
		require.False(t, after(w, page, status(503), none).Done)
	})
}
