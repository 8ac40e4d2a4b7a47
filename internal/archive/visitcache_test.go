package archive_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

const (
	day  = 24 * time.Hour
	user = "amzn1.ask.account.AFEW1LETTERS2AND3NUMBERS"
)

// lastVisitID returns the id of the post that was the newest at a listener's last visit, or "".
func lastVisitID(a *archive.Archive, user string) string {
	p, _ := a.LastVisit(user)
	return p.ID
}

func flushVisitsOf(t testing.TB, a *archive.Archive) {
	t.Helper()
	require.NoError(t, a.Flush(t.Context()))
}

func TestVisits(t *testing.T) {
	kept := post("a", t0).Post
	for name, a := range map[string]*archive.Archive{"in a file": openArchive(t, tempFile(t)), "in memory": inMemory(t)} {
		t.Run(name, func(t *testing.T) {
			_, ok := a.LastVisit(user)
			require.False(t, ok, "no visit yet")
			a.Visit(feed.Listener{Account: user}, kept, t0)
			p, ok := a.LastVisit(user)
			require.True(t, ok)
			require.Equal(t, feed.Post{ID: "a", Published: t0}, p, "only id and date")
			require.Empty(t, lastVisitID(a, user+" "), "another user")
			a.Visit(feed.Listener{Account: "other"}, post("b", t0).Post, t0)
			require.Equal(t, "a", lastVisitID(a, user), "another visit changes nothing")
			a.Visit(feed.Listener{Account: user}, post("c", t0).Post, t0)
			require.Equal(t, "c", lastVisitID(a, user), "the last visit replaces the first")
			forgetAccount(t, a, user)
			require.Empty(t, lastVisitID(a, user))
			require.Equal(t, "b", lastVisitID(a, "other"))
			forgetAccount(t, a, user)
			a.Visit(feed.Listener{Account: ""}, kept, t0)
			require.Empty(t, lastVisitID(a, ""), "a user without an id")
			a.Visit(feed.Listener{Account: "early"}, feed.Post{}, t0)
			_, ok = a.LastVisit("early")
			require.False(t, ok, "a blog without posts")
		})
	}
}

func TestVisitsPersist(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	old := time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)
	a.Visit(feed.Listener{Account: user}, post("a", t0).Post, t0)
	a.Visit(feed.Listener{Account: "old"}, post("o", old).Post, t0)
	a.Visit(feed.Listener{Account: "gone"}, post("g", t0).Post, t0)
	flushVisitsOf(t, a)
	a.Visit(feed.Listener{Account: "late"}, post("l", t0).Post, t0)
	forgetAccount(t, a, "gone")
	require.NoError(t, a.Close(), "Close writes the rest")
	a.Visit(feed.Listener{Account: "too late"}, post("x", t0).Post, t0)
	require.NoError(t, a.Close())

	a = openArchive(t, name)
	require.Equal(t, []string{"a", "l", ""}, []string{lastVisitID(a, user), lastVisitID(a, "late"), lastVisitID(a, "gone")})
	p, _ := a.LastVisit("old")
	require.Equal(t, old, p.Published)
	require.Empty(t, lastVisitID(a, "too late"))
	require.Zero(t, a.PendingVisits())
}

// TestFileHidesUserIDs checks that the files contain no user ids, and that two archives store different hashes.
func TestFileHidesUserIDs(t *testing.T) {
	hashes := map[string]bool{}
	for range 2 {
		name := tempFile(t)
		a := openArchive(t, name)
		a.Visit(feed.Listener{Account: user}, post("a", t0).Post, t0)
		flushVisitsOf(t, a)
		for _, part := range []string{name, name + "-wal"} {
			b, err := os.ReadFile(part)
			require.NoError(t, err)
			require.NotContains(t, string(b), user)
		}
		var hash []byte
		queryValue(t, name, "SELECT listener FROM visits", &hash)
		require.Len(t, hash, 16)
		hashes[string(hash)] = true

		forgetAccount(t, a, user)
		require.NoError(t, a.Close())
		require.False(t, bytes.Contains(readFile(t, name), hash), "no trace of a forgotten listener")
	}
	require.Len(t, hashes, 2, "each archive has its own key")
}

func TestUnchangedVisitsAreNotWritten(t *testing.T) {
	a := openArchive(t, tempFile(t))
	p, midnight := post("a", t0).Post, t0.Truncate(day)
	for _, c := range []struct {
		claim  string
		newest feed.Post
		now    time.Time
		want   int
	}{
		{"the first visit is written", p, midnight, 1},
		{"the same visit again is not written", p, midnight, 0},
		{"a later visit on that day is not written", p, midnight.Add(day - 1), 0},
		{"a visit after a change of the title is not written", feed.Post{ID: "a", Title: "new", Published: t0}, midnight, 0},
		{"a visit on another day is written", p, midnight.Add(day), 1},
		{"a visit with another newest post is written", post("b", t0).Post, midnight.Add(day), 1},
		{"a visit after a change of the post's date is written", post("b", hours(1)).Post, midnight.Add(day), 1},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a.Visit(feed.Listener{Account: user}, c.newest, c.now)
			require.Equal(t, c.want, a.PendingVisits())
			flushVisitsOf(t, a)
			require.Zero(t, a.PendingVisits())
		})
	}
	forgetAccount(t, a, "stranger")
	require.Zero(t, a.PendingVisits(), "an unknown listener changes nothing")
}

// visitMany records one visit each for many listeners at the same time. The listeners are numbered from first.
func visitMany(a *archive.Archive, first, many int, now time.Time) {
	for n := first; n < first+many; n++ {
		a.Visit(feed.Listener{Account: fmt.Sprint("listener ", n)}, feed.Post{ID: "a", Published: t0}, now)
	}
}

func TestListenersAreBounded(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	name := tempFile(t)
	a := openArchive(t, name)
	visitMany(a, 0, archive.MaxListeners, t0)
	visitMany(a, 0, 1, t0) // makes listener 0 the latest visitor; the visit itself does not change
	flushVisitsOf(t, a)
	visitMany(a, archive.MaxListeners, 10, t0.Add(day))
	flushVisitsOf(t, a)
	for n, here := range map[int]bool{0: true, 1: false, 10: false, 11: true, archive.MaxListeners: true} {
		require.Equal(t, here, lastVisitID(a, fmt.Sprint("listener ", n)) == "a", "%d: the oldest visits are removed", n)
	}
	var count int
	queryValue(t, name, "SELECT count(*) FROM visits", &count)
	require.Equal(t, archive.MaxListeners, count, "the file has as many as the memory")
	require.NoError(t, a.Close())

	a = openArchive(t, name)
	visitMany(a, archive.MaxListeners+10, archive.MaxListeners-10, t0.Add(day))
	require.Empty(t, lastVisitID(a, "listener 11"))
	require.Equal(t, "a", lastVisitID(a, fmt.Sprint("listener ", archive.MaxListeners)), "after a restart, visits of earlier days are removed first")
}
