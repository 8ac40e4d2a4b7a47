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

// lastVisitID is the id of the newest post of a listener's last visit.
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
			require.False(t, ok, "nobody was here")
			a.Visit(user, kept, t0)
			p, ok := a.LastVisit(user)
			require.True(t, ok)
			require.Equal(t, feed.Post{ID: "a", Published: t0}, p, "an id and a date, and no more")
			require.Empty(t, lastVisitID(a, user+" "), "another listener was not here")
			a.Visit("other", post("b", t0).Post, t0)
			require.Equal(t, "a", lastVisitID(a, user), "who comes later changes nothing")
			a.Visit(user, post("c", t0).Post, t0)
			require.Equal(t, "c", lastVisitID(a, user), "the last visit counts")
			a.ForgetListener(user)
			require.Empty(t, lastVisitID(a, user))
			require.Equal(t, "b", lastVisitID(a, "other"))
			a.ForgetListener(user)
			a.Visit("", kept, t0)
			require.Empty(t, lastVisitID(a, ""), "nobody is nobody")
			a.Visit("early", feed.Post{}, t0)
			_, ok = a.LastVisit("early")
			require.False(t, ok, "no post is none")
		})
	}
}

func TestVisitsPersist(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	old := time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)
	a.Visit(user, post("a", t0).Post, t0)
	a.Visit("old", post("o", old).Post, t0)
	a.Visit("gone", post("g", t0).Post, t0)
	flushVisitsOf(t, a)
	a.Visit("late", post("l", t0).Post, t0)
	a.ForgetListener("gone")
	require.NoError(t, a.Close(), "which writes the rest")
	a.Visit("too late", post("x", t0).Post, t0)
	require.NoError(t, a.Close())

	a = openArchive(t, name)
	require.Equal(t, []string{"a", "l", ""}, []string{lastVisitID(a, user), lastVisitID(a, "late"), lastVisitID(a, "gone")})
	p, _ := a.LastVisit("old")
	require.Equal(t, old, p.Published)
	require.Empty(t, lastVisitID(a, "too late"))
	require.Zero(t, a.PendingVisits())
}

// TestFileHidesUserIDs looks for ids in the files, and for what two archives have in common.
func TestFileHidesUserIDs(t *testing.T) {
	hashes := map[string]bool{}
	for range 2 {
		name := tempFile(t)
		a := openArchive(t, name)
		a.Visit(user, post("a", t0).Post, t0)
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

		a.ForgetListener(user)
		require.NoError(t, a.Close())
		require.False(t, bytes.Contains(readFile(t, name), hash), "nothing of a forgotten one stays")
	}
	require.Len(t, hashes, 2, "each archive has a key of its own")
}

// TestUnchangedVisitsAreNotWritten are not written.
func TestUnchangedVisitsAreNotWritten(t *testing.T) {
	a := openArchive(t, tempFile(t))
	p, midnight := post("a", t0).Post, t0.Truncate(day)
	for _, c := range []struct {
		claim  string
		newest feed.Post
		now    time.Time
		want   int
	}{
		{"the first is written", p, midnight, 1},
		{"the same again is not", p, midnight, 0},
		{"nor later on that day", p, midnight.Add(day - 1), 0},
		{"nor with another title", feed.Post{ID: "a", Title: "new", Published: t0}, midnight, 0},
		{"on another day it is", p, midnight.Add(day), 1},
		{"with another post it is", post("b", t0).Post, midnight.Add(day), 1},
		{"with another date of the post it is", post("b", hours(1)).Post, midnight.Add(day), 1},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a.Visit(user, c.newest, c.now)
			require.Equal(t, c.want, a.PendingVisits())
			flushVisitsOf(t, a)
			require.Zero(t, a.PendingVisits())
		})
	}
	a.ForgetListener("nobody")
	require.Zero(t, a.PendingVisits(), "who was never here need not be forgotten")
}

// visitMany has so many listeners visit, from number on, all on one day.
func visitMany(a *archive.Archive, from, many int, now time.Time) {
	for n := from; n < from+many; n++ {
		a.Visit(fmt.Sprint("listener ", n), feed.Post{ID: "a", Published: t0}, now)
	}
}

func TestListenersAreBounded(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	visitMany(a, 0, archive.MostListeners, t0)
	visitMany(a, 0, 1, t0) // the first is the last to be here, though nothing of it changes
	flushVisitsOf(t, a)
	visitMany(a, archive.MostListeners, 10, t0.Add(day))
	flushVisitsOf(t, a)
	for n, here := range map[int]bool{0: true, 1: false, 10: false, 11: true, archive.MostListeners: true} {
		require.Equal(t, here, lastVisitID(a, fmt.Sprint("listener ", n)) == "a", "%d: those away the longest go", n)
	}
	var count int
	queryValue(t, name, "SELECT count(*) FROM visits", &count)
	require.Equal(t, archive.MostListeners, count, "in the file as in memory")
	require.NoError(t, a.Close())

	a = openArchive(t, name)
	visitMany(a, archive.MostListeners+10, archive.MostListeners-10, t0.Add(day))
	require.Empty(t, lastVisitID(a, "listener 11"))
	require.Equal(t, "a", lastVisitID(a, fmt.Sprint("listener ", archive.MostListeners)), "also after a restart those of an earlier day go first")
}
