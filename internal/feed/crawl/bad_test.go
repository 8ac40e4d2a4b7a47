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

// bad are the answers that must never cost a post.
func bad() []struct {
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
		{"500", status(500), feed.ErrStatus, "answered 500 Internal Server Error"},
		{"403", status(403), feed.ErrStatus, "does not let this service in"},
		{"204", status(204), feed.ErrStatus, "answered 204"},
		{"a 404", status(404), feed.ErrStatus, "set the feed's own address"},
		{"410", status(410), feed.ErrGone, "removed it for good"},
		{"429", status(429, "Retry-After", "60"), feed.ErrStatus, "answered 429"},
		{"an empty body", gives(""), feed.ErrNotFeed, "is empty"},
		{"white space", gives(" \n\t"), feed.ErrNotFeed, "is empty"},
		{"a page", gives("<!DOCTYPE html><title>Just a moment...</title><p>Checking"), feed.ErrNotFeed, `web page ("Just a moment...")`},
		{"garbage", gives("\x00\x01garbage\xff"), feed.ErrNotFeed, "is not a feed"},
		{"a sitemap", gives("<urlset></urlset>"), feed.ErrNotFeed, "is not a feed"},
		{"JSON of another kind", gives(`{"error":"x"}`), feed.ErrNotFeed, "not a JSON Feed"},
		{"cut off by its end", gives(blog[:len(blog)-100]), feed.ErrCutOff, "cut off"},
		{"cut off by the connection", cutOff, feed.ErrCutOff, "broke off"},
		{"headers and then nothing", hangs(""), feed.ErrTimeout, "in time"},
		{"half a feed and then nothing", hangs(blog[:len(blog)/2]), feed.ErrTimeout, "in time"},
		{"no end", endless("<rss><channel>", strings.Repeat("<item><description>lorem</description></item>\n", 1000)), feed.ErrTooLarge, "larger than 10 MiB"},
		{"no end in white space", endless(" ", strings.Repeat(" ", 1<<16)), feed.ErrNotFeed, "is empty"},
		{"no end in a text", endless("<rss><channel><item><description>", strings.Repeat("lorem ", 10_000)), feed.ErrTooLarge, "larger than 10 MiB"},
		{"a gzip bomb", bomb, feed.ErrTooLarge, "larger than 10 MiB"},
		{"broken gzip", gives("this is no gzip at all", "Content-Encoding", "gzip"), feed.ErrCutOff, "gzip"},
		{"an encoding that was not asked for", gives("x", "Content-Encoding", "br"), feed.ErrMalformed, `"br"`},
		{"entities that grow", gives(`<!DOCTYPE a [<!ENTITY a "` + strings.Repeat("a", 99) + `"><!ENTITY b "` + strings.Repeat("&a;", 99) + `">]><rss><channel><item><title>&b;`), feed.ErrCutOff, "cut off"},
		{"broken XML", gives("<rss><channel><item><title =></rss>"), feed.ErrMalformed, "cannot be read"},
		{"headers without end", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 2<<20)) }, feed.ErrUnreachable, "headers"},
		{"a connection that breaks", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, feed.ErrUnreachable, "cannot be reached"},
	}
}

func TestPollBadAnswersCostNothing(t *testing.T) {
	requireE2E(t)
	for _, c := range bad() {
		t.Run(c.claim, func(t *testing.T) {
			s := newSite(t, gives(blog, "ETag", `"good"`))
			r, _, log := refresher(s.URL)
			r.Timeout = 400 * time.Millisecond
			if errors.Is(c.kind, feed.ErrTooLarge) {
				r.Timeout = 0
			}
			require.NoError(t, r.Poll(t.Context()))
			log.take() // of the posts, which are news
			s.becomes(c.answer)
			for range 3 {
				err := r.Poll(t.Context())
				require.ErrorIs(t, err, c.kind)
				require.ErrorContains(t, err, c.text)
				require.ErrorContains(t, err, s.URL)
			}
			said := log.take()
			require.Len(t, said, 1, "reported once")
			require.Contains(t, said[0], "level=WARN")
			require.Equal(t, 2, r.Archive.Len())
			st := r.Status()
			require.Equal(t, []uint64{4, 3}, []uint64{st.Polls, st.Failures})
			require.Equal(t, t0, st.LastSuccess)
			s.becomes(gives(blog))
			require.NoError(t, r.Poll(t.Context()))
			said = log.take()
			require.Len(t, said, 1)
			require.Contains(t, said[0], "level=INFO")
			require.NoError(t, r.Status().Err)
			require.NoError(t, r.Poll(t.Context()))
			require.Empty(t, log.take())
		})
	}
}

func TestPollReportsAnotherKindAgain(t *testing.T) {
	s := newSite(t, status(500))
	r, _, log := refresher(s.URL)
	for _, c := range []struct {
		answer http.HandlerFunc
		said   int
	}{{status(500), 1}, {status(500), 0}, {status(503), 1}, {gives(""), 1}, {gives("x"), 0}, {gives(blog), 2}, {gives(""), 1}} {
		s.becomes(c.answer)
		_ = r.Poll(t.Context())
		require.Len(t, log.take(), c.said)
	}
}
