package crawl

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBackfillLogsProgress has a long backfill: one line of the log for fifty requests.
func TestBackfillLogsProgress(t *testing.T) {
	r, _, log := newRefresher("https://blog.test/feed/")
	u, err := url.Parse("https://blog.test/feed/")
	require.NoError(t, err)
	r.configured = u
	for requests := 1; requests <= 120; requests++ {
		was := backfillState{Source: "pages", Requests: requests - 1, NewPosts: 10 * (requests - 1)}
		if requests == 1 {
			was.Source = ""
		}
		r.state.Backfill = backfillState{Source: "pages", Requests: requests, NewPosts: 10 * requests}
		r.logBackfill(was, nil)
	}
	lines := log.drain()
	require.Len(t, lines, 3)
	require.Contains(t, lines[0], "backfill started")
	require.Contains(t, lines[1], `msg="backfill continues" feed=https://blog.test/feed/ source=pages posts=500 requests=50`)
	require.Contains(t, lines[2], "posts=1000 requests=100")
}
