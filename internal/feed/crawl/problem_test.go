package crawl

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

const emptyFeed = `<?xml version="1.0"?><rss version="2.0"><channel><title>Blog</title></channel></rss>`

// TestReportsLostPosts serves an empty feed after a feed with posts. The problem is logged once, survives a restart, and
// ends with the next post.
func TestReportsLostPosts(t *testing.T) {
	s := newSite(t, serveBody(blog))
	r, c, log := newRefresher(s.URL)
	require.NoError(t, r.Poll(t.Context()))
	_, problem := r.Status().Problem()
	require.NoError(t, problem)
	log.drain()

	s.setAnswer(serveBody(emptyFeed))
	for hour := range 3 {
		c.now = hours(hour + 1)
		require.NoError(t, r.Poll(t.Context()))
	}
	logged := log.drain()
	require.Len(t, logged, 1, "reported once")
	require.Contains(t, logged[0], `level=WARN msg="feed lost all its posts; serving stored posts"`)
	require.Contains(t, logged[0], `remedy="open the feed in a browser: `)
	require.Equal(t, 2, r.Archive.Len(), "the stored posts stay")

	restarted, _, log := newRefresher(s.URL)
	restarted.Archive = r.Archive
	require.NoError(t, restarted.loadStateOnce(t.Context()))
	for _, status := range []Status{r.Status(), restarted.Status(), storedStatus(t, r)} {
		remedy, problem := status.Problem()
		require.ErrorIs(t, problem, ErrLostPosts)
		require.ErrorContains(t, problem, "it had 2, and none since "+hours(1).Format("2006-01-02 15:04")+" UTC; the stored posts are still served")
		require.Contains(t, remedy, "open the feed in a browser")
	}

	s.setAnswer(serveBody(blog))
	require.NoError(t, restarted.Poll(t.Context()))
	require.Contains(t, log.drain()[0], "feed has posts again")
	_, problem = restarted.Status().Problem()
	require.NoError(t, problem)
}

// storedStatus reads the status as another process does.
func storedStatus(t *testing.T, r *Refresher) Status {
	t.Helper()
	status, err := ReadStatus(t.Context(), r.Archive, r.URL)
	require.NoError(t, err)
	other, err := ReadStatus(t.Context(), r.Archive, r.URL+"/other")
	require.NoError(t, err)
	require.Zero(t, other.LostItems, "the state belongs to another feed")
	return status
}

// TestFeedThatIsAlwaysEmpty has no posts to lose.
func TestFeedThatIsAlwaysEmpty(t *testing.T) {
	s := newSite(t, serveBody(emptyFeed))
	r, _, log := newRefresher(s.URL)
	_, problem := r.Status().Problem()
	require.NoError(t, problem, "before the first poll")
	for range 3 {
		require.NoError(t, r.Poll(t.Context()))
	}
	remedy, problem := r.Status().Problem()
	require.Equal(t, ErrEmpty, problem)
	require.Contains(t, remedy, "publish a post")
	require.NotContains(t, log.String(), "lost")
}

// TestChangedURLLosesNoPosts has an empty feed at a new URL. The new feed never had posts.
func TestChangedURLLosesNoPosts(t *testing.T) {
	s := newSite(t, serveBody(blog))
	r, _, _ := newRefresher(s.URL + "/old")
	require.NoError(t, r.Poll(t.Context()))
	s.setAnswer(serveBody(emptyFeed))
	other, _, log := newRefresher(s.URL + "/new")
	other.Archive = r.Archive
	require.NoError(t, other.Poll(t.Context()))
	require.Zero(t, other.Status().LostSince)
	require.NotContains(t, log.String(), "lost")
}

// TestProblemOfFailedPoll prefers the error of the last poll.
func TestProblemOfFailedPoll(t *testing.T) {
	s := newSite(t, serveStatus(http.StatusForbidden))
	r, _, log := newRefresher(s.URL)
	err := r.Poll(t.Context())
	remedy, problem := r.Status().Problem()
	require.Equal(t, err, problem)
	require.Equal(t, feed.Remedy(err), remedy)
	require.Contains(t, log.String(), "remedy=")
}

// TestBackfillResumes abandons a backfill, and resumes it after a week at the failing page, or from the start if pages
// were skipped.
func TestBackfillResumes(t *testing.T) {
	failing := func(w backfillState) backfillState {
		f := feed.NewFault(feed.ErrStatus, nil, "answered 500")
		f.Status = 500
		for !w.Done {
			w = w.afterResponse(feedResponse{}, f, feed.StoreResult{}, t0, 0)
		}
		return w
	}
	linked := failing(backfillState{Number: 1, Source: sourceNextLinks, URL: "https://blog.test/3", NewPosts: 20})
	require.Equal(t, t0.Add(resumeAfter), linked.NextRequest)
	status := linked.status()
	problem, remedy := status.Problem()
	require.Equal(t, "older posts cannot be fetched: answered 500", problem)
	require.Contains(t, remedy, "skill archive import FILE")
	require.Equal(t, linked, linked.resumeIfDue(t0.Add(resumeAfter-time.Second)))
	again := linked.resumeIfDue(t0.Add(resumeAfter))
	require.False(t, again.Done || again.status().Failed)
	require.Equal(t, "https://blog.test/3", again.URL)
	require.Equal(t, 1, again.Number)

	paged := failing(backfillState{Number: 1, FeedURL: "https://blog.test/feed/"}.usePagedFeed())
	require.Equal(t, 12, paged.Page)
	require.Contains(t, paged.Reason, "too many failing pages: answered 500")
	again = paged.resumeIfDue(t0.Add(resumeAfter))
	require.Equal(t, []int{2, 2, 0}, []int{again.Page, again.Number, again.SkippedPages})

	limited := backfillState{Source: sourceNextLinks, Done: true, Requests: maxBackfillRequests}
	require.False(t, limited.status().Failed, "a limit is not a failure")
	require.False(t, limited.isAbandonedByEarlierVersion())
	require.True(t, backfillState{Source: sourceArchives, Done: true}.isAbandonedByEarlierVersion())
	require.False(t, backfillState{Source: sourceNone, Done: true}.isAbandonedByEarlierVersion())
	require.False(t, backfillState{Source: sourceArchives, Done: true, Complete: true}.isAbandonedByEarlierVersion())
}
