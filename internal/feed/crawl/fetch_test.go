package crawl

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
	"lastpost/internal/feed/parse"
)

var blog = rssOf(rssItem(2, hours(-1)) + rssItem(1, hours(-2)))

func TestPollSendsPoliteRequests(t *testing.T) {
	s := newSite(t, serveBody(blog, "Set-Cookie", "a=b"))
	s.setAnswer(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/feed" {
			serveBody(blog, "Set-Cookie", "a=b")(w, r)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "c", Value: "d"})
		serveRedirect(302, "/feed")(w, r)
	})
	r, _, _ := newRefresher(strings.Replace(s.URL, "http://", "http://user:secret@", 1) + "/?a=b#frag")
	require.NoError(t, r.Poll(t.Context()))
	require.NoError(t, r.Poll(t.Context()))
	asked := s.takeRequests()
	require.Len(t, asked, 4)
	for _, q := range asked {
		require.Equal(t, http.MethodGet, q.Method)
		require.Equal(t, "lastpost/1.0 (+https://lastpost.test)", q.UserAgent())
		require.Empty(t, q.Header.Get("Referer"))
		require.Empty(t, q.Header.Get("Cookie"))
		user, password, _ := q.BasicAuth()
		require.Equal(t, "user:secret", user+":"+password)
	}
	require.Equal(t, "/?a=b", asked[0].RequestURI)
	require.Equal(t, "/feed", asked[1].RequestURI)
	require.Equal(t, s.URL+"/?…", r.Status().URL)
	require.NoError(t, r.Status().Err)
}

func TestPollSendsValidatorsByteForByte(t *testing.T) {
	const etag, modified = `W/"ab c-gzip"`, "Thu, 1 Jan 2026 00:00:00 +0000"
	s := newSite(t, serveBody(blog, "ETag", etag, "Last-Modified", modified))
	r, c, _ := newRefresher(s.URL)
	polled := func(answer http.HandlerFunc) http.Header {
		s.setAnswer(answer)
		_ = r.Poll(t.Context())
		asked := s.takeRequests()
		require.Len(t, asked, 1)
		got := http.Header{}
		for _, name := range []string{"If-None-Match", "If-Modified-Since"} {
			if v := asked[0].Header.Values(name); v != nil {
				got[name] = v
			}
		}
		return got
	}
	both := header("If-None-Match", etag, "If-Modified-Since", modified)
	require.Empty(t, polled(serveBody(blog, "ETag", etag, "Last-Modified", modified)))
	require.Equal(t, both, polled(serveStatus(304)), "a 304 without validators keeps them")
	require.Equal(t, both, polled(serveBody("garbage", "ETag", `"garbage"`)))
	require.Equal(t, both, polled(serveStatus(500, "ETag", `"error"`)), "an invalid document does not set validators")
	require.Equal(t, both, polled(serveStatus(304, "ETag", `"new"`)))
	require.Equal(t, header("If-None-Match", `"new"`, "If-Modified-Since", modified), polled(serveStatus(304)))
	c.now = c.now.Add(8 * day)
	require.Empty(t, polled(serveStatus(500)), "a full response is due")
	require.Empty(t, polled(serveBody(blog, "Last-Modified", modified)), "it stays due after a failure")
	require.Equal(t, header("If-Modified-Since", modified), polled(serveBody(blog)), "a 200 clears missing validators")
	require.Empty(t, polled(serveStatus(304)))
	require.ErrorIs(t, r.Status().Err, feed.ErrStatus, "a 304 to an unconditional request")
	require.Equal(t, 2, r.Archive.Len())
}

func TestPollUnreachableFeed(t *testing.T) {
	const gone = "http://127.0.0.1:1/" // the port needs root
	for _, c := range []struct {
		claim, url string
		want       error
	}{
		{"connection refused", gone, feed.ErrUnreachable},
		{"an unknown name", "http://unknown.invalid/", feed.ErrUnreachable},
		{"an empty URL", "", feed.ErrAddress},
		{"another scheme", "ftp://user:secret@blog.test/", feed.ErrAddress},
		{"a broken URL", "http://user:secret@blog.test:port/", feed.ErrAddress},
		{"a URL with a password", strings.Replace(gone, "http://", "http://user:secret@", 1), feed.ErrUnreachable},
	} {
		t.Run(c.claim, func(t *testing.T) {
			r, _, log := newRefresher(c.url)
			err := r.Poll(t.Context())
			require.ErrorIs(t, err, c.want)
			output := err.Error() + log.String() + fmt.Sprintf("%+v", r.Status())
			require.NotContains(t, output, "secret")
			require.NotContains(t, output, "user")
			require.Equal(t, t0.Add(time.Minute), r.Status().Next)
		})
	}
}

func TestPollDiscoversFeed(t *testing.T) {
	page := `<html><head><link rel="alternate" type="application/rss+xml" href="/comments/feed/"><link rel="alternate" type="application/rss+xml" href="/feed/"></head>`
	s := newSite(t, nil)
	s.setAnswer(func(w http.ResponseWriter, q *http.Request) {
		switch q.URL.Path {
		case "/":
			serveBody(page, "ETag", `"page"`)(w, q)
		case "/feed/":
			serveBody(blog, "ETag", `"feed"`)(w, q)
		default:
			serveStatus(404)(w, q)
		}
	})
	r, _, log := newRefresher(strings.Replace(s.URL, "http://", "http://user:secret@", 1))
	r.URL += "/"
	require.NoError(t, r.Poll(t.Context()))
	require.Len(t, s.takeRequests(), 2)
	st := r.Status()
	require.True(t, st.Discovered)
	require.Equal(t, s.URL+"/feed/", st.URL)
	require.Equal(t, 2, st.Posts)
	output := log.drain()
	require.Len(t, output, 2, "discovery and new posts")
	require.NotContains(t, strings.Join(output, ""), "secret")
	require.NoError(t, r.Poll(t.Context()))
	asked := s.takeRequests()
	require.Len(t, asked, 1)
	require.Equal(t, "/feed/", asked[0].URL.Path)
	require.Equal(t, `"feed"`, asked[0].Header.Get("If-None-Match"))

	old := s.answer
	s.setAnswer(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/feed/" {
			serveStatus(404)(w, q)
			return
		}
		serveBody(strings.Replace(page, `"/feed/"`, `"/new"`, 1))(w, q)
		if q.URL.Path == "/new" {
			t.Error("requested too early")
		}
	})
	require.ErrorIs(t, r.Poll(t.Context()), feed.ErrStatus)
	require.Equal(t, s.URL+"/", r.Status().URL, "the page may name another feed now")
	s.setAnswer(old)
	s.takeRequests()
	require.NoError(t, r.Poll(t.Context()))
	require.Len(t, s.takeRequests(), 2)
}

func TestPageWithoutFeed(t *testing.T) {
	for _, c := range []struct {
		claim, page, text string
		asked             int
	}{
		{"a page without a feed", "<html><title>A</title>", `/: is a web page ("A") that does not name a feed`, 1},
		{"a page without a title", "<html>", "/: is a web page that does not name a feed", 1},
		{"a page that names a page", `<html><link rel=alternate type=application/rss+xml href=/feed>`, "/feed as its feed, but that is a web page too", 2},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newSite(t, serveBody(c.page))
			r, _, _ := newRefresher(s.URL + "/")
			err := r.Poll(t.Context())
			require.ErrorIs(t, err, feed.ErrNotFeed)
			require.ErrorContains(t, err, c.text)
			require.Len(t, s.takeRequests(), c.asked)
			require.Equal(t, s.URL+"/", r.Status().URL)
		})
	}
}

func TestIgnoresPageInsteadOfKnownFeed(t *testing.T) {
	s := newSite(t, serveBody(blog))
	r, _, _ := newRefresher(s.URL)
	require.NoError(t, r.Poll(t.Context()))
	s.setAnswer(serveBody(`<html><title>Parked</title><link rel=alternate type=application/rss+xml href=/spam>`))
	s.takeRequests()
	require.ErrorContains(t, r.Poll(t.Context()), `a web page ("Parked") instead of the feed`)
	require.Len(t, s.takeRequests(), 1)
}

func TestPollEndsWithItsContext(t *testing.T) {
	s := newSite(t, serveThenHang(blog[:100]))
	r, _, log := newRefresher(s.URL)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, r.Poll(ctx), context.DeadlineExceeded)
	require.ErrorIs(t, r.Poll(ctx), context.DeadlineExceeded)
	require.Zero(t, r.Status().Polls, "a canceled poll is not counted")
	require.Empty(t, log.drain())
}

func TestPostLinksOmitPassword(t *testing.T) {
	s := newSite(t, serveBody(rssOf("<item><guid>1</guid><link>/1</link></item>")))
	r, _, _ := newRefresher(strings.Replace(s.URL, "http://", "http://user:secret@", 1))
	require.NoError(t, r.Poll(t.Context()))
	got, _ := r.Archive.Latest()
	require.Equal(t, s.URL+"/1", got.Link)
}

// TestPasswordStaysWithItsHost checks that the operator's password is sent to the configured host only, not to other
// hosts that the feed or a redirect names.
func TestPasswordStaysWithItsHost(t *testing.T) {
	from := mustURL(t, "https://u:p@blog.test/")
	for href, want := range map[string]string{
		"/feed/":                      "https://u:p@blog.test/feed/",
		"https://blog.test/feed/":     "https://u:p@blog.test/feed/",
		"https://other.test/feed/":    "https://other.test/feed/",
		"https://x:y@other.test/feed": "https://other.test/feed",
	} {
		asked := &scriptedTransport{answers: []func() *http.Response{
			response(200, `<html><link rel="alternate" type="application/rss+xml" href="`+href+`">`), response(200, blog),
		}}
		r, _, _ := newRefresher(from.String())
		r.Transport = asked
		require.NoError(t, r.Poll(t.Context()))
		require.Equal(t, want, fetch.InheritUserInfo(from, feed.ResolveDiscovered(from, href)).String())
		require.Equal(t, mustURL(t, want).Redacted(), asked.last.URL.Redacted())
		user, _, sent := asked.last.BasicAuth()
		require.Equal(t, mustURL(t, want).User != nil, sent && user == "u")
	}
}

func TestFetchDocumentParsesPosts(t *testing.T) {
	s := newSite(t, serveBody(`[{"link":"/a/"}]`, "Content-Type", "application/json; charset=UTF-8"))
	r, _, _ := newRefresher(s.URL)
	require.NoError(t, r.loadStateLocked(t.Context()))
	visit := func(read parseFunc) (feedResponse, error) {
		return r.fetchDocument(t.Context(), r.configured, fetch.Validators{}, read)
	}
	got, err := visit(parse.WordPressPosts)
	require.NoError(t, err)
	require.Equal(t, s.URL+"/a/", got.doc.Entries[0].ID)
	_, err = visit(parse.Feed)
	require.ErrorIs(t, err, feed.ErrNotFeed)
	s.setAnswer(serveTruncated)
	_, err = visit(parse.WordPressPosts)
	require.ErrorIs(t, err, feed.ErrNotFeed, "a feed is not a list of posts")
	s.setAnswer(serveEndless("[", strings.Repeat(" ", 1<<16)))
	_, err = visit(parse.WordPressPosts)
	require.ErrorIs(t, err, feed.ErrTooLarge)
}
