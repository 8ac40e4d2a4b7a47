package crawl

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

// TestRestartContinuesSchedule checks that a new process continues with the stored state: the address after permanent
// redirects, the validators, the current error and the number of failures.
func TestRestartContinuesSchedule(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/" {
			serveRedirect(301, "/new")(w, q)
			return
		}
		serveBody(blog, "ETag", `"e"`, "Last-Modified", at(-time.Hour))(w, q)
	})
	store := new(memoryStore)
	process := func() (*Refresher, *testClock, *logBuffer) {
		r, c, l := newRefresher(s.URL + "/")
		r.Archive = store
		return r, c, l
	}
	first, _, _ := process()
	require.NoError(t, first.Poll(t.Context()))
	require.Len(t, s.takeRequests(), 2)

	second, c, log := process()
	c.now = hours(1)
	s.setAnswer(serveStatus(503))
	require.ErrorIs(t, second.Poll(t.Context()), feed.ErrStatus)
	asked := s.takeRequests()
	require.Len(t, asked, 1)
	require.Equal(t, "/new", asked[0].URL.Path)
	require.Equal(t, `"e"`, asked[0].Header.Get("If-None-Match"))
	require.Equal(t, at(-time.Hour), asked[0].Header.Get("If-Modified-Since"))
	require.Len(t, log.drain(), 1)

	third, c, log := process()
	c.now = hours(2)
	require.NoError(t, third.loadStateOnce(t.Context()))
	require.ErrorContains(t, third.Status().Err, "503", "the error is known before the next poll")
	require.Equal(t, feed.Remedy(&feed.Fault{Kind: feed.ErrStatus, Status: 503}), third.Status().Remedy)
	require.Equal(t, t0, third.Status().LastSuccess)
	require.ErrorIs(t, third.Poll(t.Context()), feed.ErrStatus)
	require.Empty(t, log.drain(), "the failure is logged already")
	require.Equal(t, hours(4), third.Status().Next, "the second failure in a row")

	s.setAnswer(serveStatus(304))
	fourth, c, log := process()
	c.now = hours(4)
	require.NoError(t, fourth.Poll(t.Context()))
	require.Contains(t, log.drain()[0], "failures=2")
	require.NoError(t, fourth.Status().Err)
}

// TestStateOmitsPassword checks that the stored state does not contain the password in the feed's URL.
func TestStateOmitsPassword(t *testing.T) {
	s := newSite(t, serveBody(blog))
	r, _, _ := newRefresher("http://reader:pa55word@" + s.Listener.Addr().String() + "/")
	store := new(memoryStore)
	r.Archive = store
	require.NoError(t, r.Poll(t.Context()))
	_, password, _ := s.takeRequests()[0].BasicAuth()
	require.Equal(t, "pa55word", password)
	require.NotEmpty(t, store.notes[stateMemo])
	require.NotContains(t, string(store.notes[stateMemo]), "pa55word")
	require.NotContains(t, string(store.notes[stateMemo]), feed.Digest(r.URL))
}

// recordingHub is a Hub that records the arguments of the last UpdateHub.
type recordingHub struct {
	Hub
	hub, topic string
}

func (o *recordingHub) UpdateHub(hub, topic *url.URL) { o.hub, o.topic = hub.String(), topic.String() }

// TestUpdatesHubAfterRestart checks that a new process passes the stored hub to UpdateHub, even if the feed has not
// changed. The earlier process may have stopped before it subscribed, or had no public address.
func TestUpdatesHubAfterRestart(t *testing.T) {
	const hub = "https://hub.example.com/"
	asked := &scriptedTransport{answers: []func() *http.Response{
		response(200, blog, "ETag", "e", "Link", `<`+hub+`>; rel="hub"`), response(304, ""),
	}}
	before, _, _ := newRefresher("https://user:secret@blog.example.com/feed")
	before.Transport = asked
	require.NoError(t, before.Poll(t.Context()))
	require.NotContains(t, string(before.Archive.(*memoryStore).notes[stateMemo]), "secret")
	after, c, _ := newRefresher(before.URL)
	c.now = hours(2)
	o := new(recordingHub)
	after.Archive, after.Transport, after.Hub = before.Archive, asked, o
	require.NoError(t, after.Poll(t.Context()))
	require.Equal(t, hub, o.hub)
	require.Equal(t, "https://blog.test/feed/", o.topic)
}
