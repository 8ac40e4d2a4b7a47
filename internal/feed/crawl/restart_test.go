package crawl

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

// TestRestart has another process go on with what one has learnt: the address that the feed has moved to for good, its
// validators, what is wrong with it, and how often that was so.
func TestRestart(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/" {
			redirect(301, "/new")(w, q)
			return
		}
		gives(blog, "ETag", `"e"`, "Last-Modified", at(-time.Hour))(w, q)
	})
	kept := new(shelf)
	process := func() (*Refresher, *clock, *lines) {
		r, c, l := refresher(s.URL + "/")
		r.Archive = kept
		return r, c, l
	}
	first, _, _ := process()
	require.NoError(t, first.Poll(t.Context()))
	require.Len(t, s.requests(), 2)

	second, c, log := process()
	c.now = hours(1)
	s.becomes(status(503))
	require.ErrorIs(t, second.Poll(t.Context()), feed.ErrStatus)
	asked := s.requests()
	require.Len(t, asked, 1)
	require.Equal(t, "/new", asked[0].URL.Path)
	require.Equal(t, `"e"`, asked[0].Header.Get("If-None-Match"))
	require.Equal(t, at(-time.Hour), asked[0].Header.Get("If-Modified-Since"))
	require.Len(t, log.take(), 1)

	third, c, log := process()
	c.now = hours(2)
	require.NoError(t, third.begin(t.Context()))
	require.ErrorContains(t, third.Status().Err, "503", "it is known before the next poll what is wrong")
	require.Equal(t, t0, third.Status().LastSuccess)
	require.ErrorIs(t, third.Poll(t.Context()), feed.ErrStatus)
	require.Empty(t, log.take(), "which was said already")
	require.Equal(t, hours(4), third.Status().Next, "the second failure in a row")

	s.becomes(status(304))
	fourth, c, log := process()
	c.now = hours(4)
	require.NoError(t, fourth.Poll(t.Context()))
	require.Contains(t, log.take()[0], "failures=2")
	require.NoError(t, fourth.Status().Err)
}

// TestRestartKeepsNoPassword looks at all that is kept of a feed whose URL has one.
func TestRestartKeepsNoPassword(t *testing.T) {
	s := newSite(t, gives(blog))
	r, _, _ := refresher("http://reader:pa55word@" + s.Listener.Addr().String() + "/")
	kept := new(shelf)
	r.Archive = kept
	require.NoError(t, r.Poll(t.Context()))
	_, password, _ := s.requests()[0].BasicAuth()
	require.Equal(t, "pa55word", password)
	require.NotEmpty(t, kept.notes[stateMemo])
	require.NotContains(t, string(kept.notes[stateMemo]), "pa55word")
	require.NotContains(t, string(kept.notes[stateMemo]), feed.Digest(r.URL))
}

// offered is a Hub that only takes note of what it is offered.
type offered struct {
	Hub
	hub, topic string
}

func (o *offered) Offer(hub, topic *url.URL) { o.hub, o.topic = hub.String(), topic.String() }

// TestHubIsOfferedAfterARestart has a feed that named its hub once, and has nothing new since: the process was killed
// before it could be subscribed to, or it got its public address later.
func TestHubIsOfferedAfterARestart(t *testing.T) {
	const hub = "https://hub.example.com/"
	asked := &script{answers: []func() *http.Response{
		says(200, blog, "ETag", "e", "Link", `<`+hub+`>; rel="hub"`), says(304, ""),
	}}
	before, _, _ := refresher("https://user:secret@blog.example.com/feed")
	before.Transport = asked
	require.NoError(t, before.Poll(t.Context()))
	require.NotContains(t, string(before.Archive.(*shelf).notes[stateMemo]), "secret")
	after, c, _ := refresher(before.URL)
	c.now = hours(2)
	o := new(offered)
	after.Archive, after.Transport, after.Hub = before.Archive, asked, o
	require.NoError(t, after.Poll(t.Context()))
	require.Equal(t, hub, o.hub)
	require.Equal(t, "https://blog.test/feed/", o.topic)
}
