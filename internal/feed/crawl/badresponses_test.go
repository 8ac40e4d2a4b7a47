package crawl

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

// badResponses returns bad responses, each with the expected error. None of them may remove a post.
func badResponses() []struct {
	claim  string
	answer http.HandlerFunc
	kind   error
	text   string
} {
	return []struct {
		claim  string
		answer http.HandlerFunc
		kind   error
		text   string
	}{
		{"500", serveStatus(500), feed.ErrStatus, "answered 500 Internal Server Error"},
		{"403", serveStatus(403), feed.ErrStatus, "refuses this service"},
		{"204", serveStatus(204), feed.ErrStatus, "answered 204"},
		{"a 404", serveStatus(404), feed.ErrStatus, "answered 404 Not Found"},
		{"410", serveStatus(410), feed.ErrGone, "removed it permanently"},
		{"429", serveStatus(429, "Retry-After", "60"), feed.ErrStatus, "answered 429"},
		{"an empty body", serveBody(""), feed.ErrNotFeed, "is empty"},
		{"white space", serveBody(" \n\t"), feed.ErrNotFeed, "is empty"},
		{"a web page", serveBody("<!DOCTYPE html><title>Parked</title><p>Buy this name"), feed.ErrNotFeed, `web page ("Parked")`},
		{"a bot challenge with 200", serveBody("<!DOCTYPE html><title>Just a moment...</title><p>Checking"), feed.ErrBlocked, "a bot challenge of Cloudflare stands in front"},
		{"a bot challenge with 403", serveStatus(403, "Cf-Mitigated", "challenge"), feed.ErrBlocked, "answered 403 Forbidden: a bot challenge of Cloudflare"},
		{"garbage", serveBody("\x00\x01garbage\xff"), feed.ErrNotFeed, "is not a feed"},
		{"a sitemap", serveBody("<urlset></urlset>"), feed.ErrNotFeed, "is not a feed"},
		{"another JSON format", serveBody(`{"error":"x"}`), feed.ErrNotFeed, "not a JSON Feed"},
		{"a truncated document", serveBody(blog[:len(blog)-100]), feed.ErrCutOff, "cut off"},
		{"a connection that ends early", serveTruncated, feed.ErrCutOff, "broke off"},
		{"no body after the headers", serveThenHang(""), feed.ErrTimeout, "in time"},
		{"a connection that hangs in the middle", serveThenHang(blog[:len(blog)/2]), feed.ErrTimeout, "in time"},
		{"an endless feed", serveEndless("<rss><channel>", "<item><description>"+strings.Repeat("lorem ", 1000)+"</description></item>\n"), feed.ErrTooLarge, "larger than 10 MiB"},
		{"endless white space", serveEndless(" ", strings.Repeat(" ", 1<<16)), feed.ErrNotFeed, "is empty"},
		{"an endless text", serveEndless("<rss><channel><item><description>", strings.Repeat("lorem ", 10_000)), feed.ErrTooLarge, "larger than 10 MiB"},
		{"a gzip bomb", serveGzipBomb, feed.ErrTooLarge, "larger than 10 MiB"},
		{"invalid gzip", serveBody("this is not gzip at all", "Content-Encoding", "gzip"), feed.ErrCutOff, "gzip"},
		{"an encoding that was not requested", serveBody("x", "Content-Encoding", "br"), feed.ErrMalformed, `"br"`},
		{"exponentially growing entities", serveBody(`<!DOCTYPE a [<!ENTITY a "` + strings.Repeat("a", 99) + `"><!ENTITY b "` + strings.Repeat("&a;", 99) + `">]><rss><channel><item><title>&b;`), feed.ErrCutOff, "cut off"},
		{"broken JSON", serveBody(`{"version": "https://jsonfeed.org/version/1.1", "items": [{"id" "1"}]}`), feed.ErrMalformed, "cannot be parsed"},
		{"endless headers", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 2<<20)) }, feed.ErrUnreachable, "headers"},
		{"a connection that breaks", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, feed.ErrUnreachable, "cannot be reached"},
	}
}

func TestBadResponsesRemoveNoPosts(t *testing.T) {
	requireE2E(t)
	for _, c := range badResponses() {
		t.Run(c.claim, func(t *testing.T) {
			s := newSite(t, serveBody(blog, "ETag", `"good"`))
			r, _, log := newRefresher(s.URL)
			r.Timeout = 400 * time.Millisecond
			if errors.Is(c.kind, feed.ErrTooLarge) || c.claim == "endless headers" {
				r.Timeout = 5 * time.Minute // under the race detector, megabytes take many seconds
			}
			require.NoError(t, r.Poll(t.Context()))
			log.drain() // discard the message about new posts
			s.setAnswer(c.answer)
			for range 3 {
				err := r.Poll(t.Context())
				require.ErrorIs(t, err, c.kind)
				require.ErrorContains(t, err, c.text)
				require.ErrorContains(t, err, s.URL)
			}
			logged := log.drain()
			require.Len(t, logged, 1, "reported once")
			require.Contains(t, logged[0], "level=WARN")
			require.Equal(t, 2, r.Archive.Len())
			st := r.Status()
			require.Equal(t, []uint64{4, 3}, []uint64{st.Polls, st.Failures})
			require.Equal(t, t0, st.LastSuccess)
			s.setAnswer(serveBody(blog))
			require.NoError(t, r.Poll(t.Context()))
			logged = log.drain()
			require.Len(t, logged, 1)
			require.Contains(t, logged[0], "level=INFO")
			require.NoError(t, r.Status().Err)
			require.NoError(t, r.Poll(t.Context()))
			require.Empty(t, log.drain())
		})
	}
}

func TestLogsEachKindOfFailureOnce(t *testing.T) {
	s := newSite(t, serveStatus(500))
	r, _, log := newRefresher(s.URL)
	for _, c := range []struct {
		answer http.HandlerFunc
		logged int
	}{{serveStatus(500), 1}, {serveStatus(500), 0}, {serveStatus(503), 1}, {serveBody(""), 1}, {serveBody("x"), 0}, {serveBody(blog), 2}, {serveBody(""), 1}} {
		s.setAnswer(c.answer)
		_ = r.Poll(t.Context())
		require.Len(t, log.drain(), c.logged)
	}
}
