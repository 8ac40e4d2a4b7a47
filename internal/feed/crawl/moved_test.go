package crawl_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/feed/feedtest"
)

// redirector is a transport that redirects requests for one site permanently to another site.
type redirector struct {
	*harness
	from, to string
}

func (r redirector) RoundTrip(q *http.Request) (*http.Response, error) {
	if site := q.URL.Scheme + "://" + q.URL.Host; site == r.from {
		return &http.Response{StatusCode: http.StatusMovedPermanently, Header: http.Header{"Location": {r.to + q.URL.RequestURI()}}, Body: http.NoBody, Request: q}, nil
	}
	return r.harness.RoundTrip(q)
}

// TestMovedBlogHasEachPostOnce moves a blog whose ids and links contain its address. The archive must have each post
// once, with the ids that it had before, and with the new links of the posts in the feed.
func TestMovedBlogHasEachPostOnce(t *testing.T) {
	for _, row := range []struct {
		claim, old, now string
		redirect        bool // by a permanent redirect instead of the configuration
	}{
		{"to https, by the configuration", "http://blog.test", "https://blog.test", false},
		{"to https, by a redirect", "http://blog.test", "https://blog.test", true},
		{"to another host, by the configuration", "https://old.test", "https://new.test", false},
		{"to another host, by a redirect", "https://old.test", "https://new.test", true},
		{"to www and https, by a redirect", "http://blog.test", "https://www.blog.test", true},
	} {
		for name, kind := range map[string]feedtest.Kind{"WordPress": feedtest.WordPress, "JSON Feed": feedtest.JSONFeed, "plain": feedtest.Plain} {
			t.Run(row.claim+", "+name, func(t *testing.T) {
				runHarness(t, &feedtest.Publisher{Kind: kind, Posts: 30, PageSize: 10, MovingIDs: true}, func(t *testing.T, s *harness) {
					run := func(site string, transport http.RoundTripper) {
						r := s.newRefresher()
						r.URL, r.Transport = site+s.FeedPath(), transport
						ctx, end := context.WithTimeout(t.Context(), 50*time.Hour)
						defer end()
						r.Run(ctx)
						require.NoError(t, r.Status().Err)
					}
					run(row.old, s)
					stored := map[string]bool{}
					for e, err := range s.Entries(t.Context()) {
						require.NoError(t, err)
						stored[e.ID] = true
					}
					require.Len(t, stored, s.Len())
					require.GreaterOrEqual(t, len(stored), 10)

					configured, transport := row.now, http.RoundTripper(s)
					if row.redirect {
						configured, transport = row.old, redirector{s, row.old, row.now}
					}
					run(configured, transport)
					fresh := s.Publish("After the move")
					run(configured, transport)
					require.Equal(t, len(stored)+1, s.Len(), "each post once")
					i := 0
					for e, err := range s.Entries(t.Context()) {
						require.NoError(t, err)
						require.Equal(t, e.Title != fresh.Title, stored[e.ID], "the stored id stays")
						if i++; i <= 10 {
							require.Equal(t, row.now, siteOf(t, e), "the posts of the feed have the new link")
						}
					}
				})
			})
		}
	}
}

func siteOf(t *testing.T, e feed.Entry) string {
	u, err := url.Parse(e.Link)
	require.NoError(t, err)
	return u.Scheme + "://" + u.Host
}

// TestAggregatorKeepsEqualPosts moves an aggregator that shows a post of the same path, title and date from each of two
// hosts. One of them is its own new host.
func TestAggregatorKeepsEqualPosts(t *testing.T) {
	a, err := archive.InMemory(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, a.Close()) }()
	item := func(host string) string {
		return `<item><title>Hello</title><guid>https://` + host + `/hello</guid><link>https://` + host +
			`/hello</link><pubDate>Mon, 02 Jun 2025 09:00:00 GMT</pubDate></item>`
	}
	document := `<rss version="2.0"><channel><title>Planet</title><link>https://b.test</link>` + item("a.test") + item("b.test") + `</channel></rss>`
	for _, site := range []string{"https://a.test/feed", "https://b.test/feed"} {
		r := &crawl.Refresher{URL: site, Archive: a, Transport: fixedDocument(document), Now: func() time.Time { return today }}
		require.NoError(t, r.Poll(t.Context()))
		require.Equal(t, 2, a.Len())
	}
}

// fixedDocument is a transport that answers each request with an RSS document.
type fixedDocument string

func (d fixedDocument) RoundTrip(q *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/rss+xml"}},
		Body: io.NopCloser(strings.NewReader(string(d))), Request: q}, nil
}
