//go:build !race

package archive

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/feed"
)

const maxLiveBytes = 64 << 20

// TestMemoryIsBounded checks that a process with 100,000 posts needs at most 100 MiB. maxLiveBytes is lower, because
// the process itself (10 MiB), SQLite and the garbage collector also need memory.
func TestMemoryIsBounded(t *testing.T) {
	requireE2E(t)
	const posts = 100_000
	before := liveBytes()
	a := largePosts(t, posts)
	loaded := liveBytes() - before
	t.Logf("%.1f MiB", float64(loaded)/(1<<20))
	require.Less(t, loaded, uint64(maxLiveBytes/2), "one snapshot; a reload holds two")

	_, err := a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{{Post: feed.Post{ID: "new"}}}, Now: time.Now()})
	require.NoError(t, err)
	require.Equal(t, posts+1, a.Len())
	require.Less(t, liveBytes()-before, uint64(maxLiveBytes/2), "the old snapshot is freed")
}

func liveBytes() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// largePosts returns an archive with n posts without bodies, one for each second from 1970 on.
func largePosts(t testing.TB, n int) *Archive {
	t.Helper()
	a, err := InMemory(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	const fill = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO posts (position, id, title, link, claimed, walk, episode) SELECT i << 20, 'https://blog.example/?p=' || i, 'A title of eight words that is number ' || i,
			'https://blog.example/2026/03/14/a-title-of-eight-words-that-is-number-' || i || '/', NULL, 0, 0 FROM n`
	_, err = a.writer.ExecContext(t.Context(), fill, n)
	require.NoError(t, err)
	require.NoError(t, a.reloadSnapshot(t.Context()))
	require.Equal(t, n, a.Len())
	return a
}

func TestLookupsDoNotAllocate(t *testing.T) {
	const posts = 5000
	a := largePosts(t, posts)
	episodes := feed.Filter{Episodes: true}
	period := feed.Filter{From: time.Unix(posts/4, 0), To: time.Unix(posts/2, 0)}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		a.Latest()
		a.Oldest()
		a.Len()
		a.Newest(feed.Filter{To: time.Unix(posts/2, 0)})
		a.Newest(period)
		a.Count(period)
		a.Count(episodes)
		p, _ := a.At(posts/3, func(p feed.Post) bool { return p.ID != "" })
		a.Older(p, feed.Filter{})
		a.Newer(p, feed.Filter{})
		a.Since(p)
		a.Newest(episodes)
		a.Older(p, episodes)
		a.Newer(p, episodes)
		a.Generation()
	}))
}

// BenchmarkEpisode looks for an episode in an archive without episodes. This is the slowest case, because the lookup
// scans all posts.
func BenchmarkEpisode(b *testing.B) {
	a := largePosts(b, snapshot.MaxPosts)
	episodes := feed.Filter{Episodes: true}
	oldest, _ := a.Oldest()
	for b.Loop() {
		a.Newest(episodes)
		a.Newer(oldest, episodes)
	}
}

// BenchmarkDayWithoutDates looks for a day in an archive of posts without a date.
func BenchmarkDayWithoutDates(b *testing.B) {
	a := largePosts(b, 100_000)
	shift := (feed.FirstDate().Unix() - 200_000) << snapshot.SequenceBits
	_, err := a.writer.ExecContext(b.Context(), "UPDATE posts SET position = position + ?, dating = 3", shift)
	require.NoError(b, err)
	require.NoError(b, a.reloadSnapshot(b.Context()))
	latest, _ := a.Latest()
	require.Equal(b, feed.DateUnknown, latest.DateKind)
	day := feed.Filter{From: time.Unix(1e9, 0), To: time.Unix(1e9+86400, 0), Exact: true}
	before := feed.Filter{To: day.From, Exact: true}
	for b.Loop() {
		a.Count(day)
		if _, ok := a.Newest(before); ok {
			b.Fatal("found by date")
		}
	}
}

// requireE2E skips a slow test unless make e2e runs it.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" {
		t.Skip("slow: make e2e runs it")
	}
}
