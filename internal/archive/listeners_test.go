package archive_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
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

// last is the id of the newest post of a listener's last visit.
func last(a *archive.Archive, user string) string {
	p, _ := a.LastVisit(user)
	return p.ID
}

func flush(t testing.TB, a *archive.Archive) {
	t.Helper()
	require.NoError(t, a.Flush(t.Context()))
}

func TestVisits(t *testing.T) {
	kept := post("a", t0).Post
	for name, a := range map[string]*archive.Archive{"in a file": open(t, file(t)), "in memory": inMemory(t)} {
		t.Run(name, func(t *testing.T) {
			_, ok := a.LastVisit(user)
			require.False(t, ok, "nobody was here")
			a.Visit(user, kept, t0)
			p, ok := a.LastVisit(user)
			require.True(t, ok)
			require.Equal(t, feed.Post{ID: "a", Published: t0}, p, "an id and a date, and no more")
			require.Empty(t, last(a, user+" "), "another listener was not here")
			a.Visit("other", post("b", t0).Post, t0)
			require.Equal(t, "a", last(a, user), "who comes later changes nothing")
			a.Visit(user, post("c", t0).Post, t0)
			require.Equal(t, "c", last(a, user), "the last visit counts")
			a.ForgetListener(user)
			require.Empty(t, last(a, user))
			require.Equal(t, "b", last(a, "other"))
			a.ForgetListener(user)
			a.Visit("", kept, t0)
			require.Empty(t, last(a, ""), "nobody is nobody")
			a.Visit("early", feed.Post{}, t0)
			_, ok = a.LastVisit("early")
			require.False(t, ok, "no post is none")
		})
	}
}

func TestVisitsLast(t *testing.T) {
	name := file(t)
	a := open(t, name)
	old := time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)
	a.Visit(user, post("a", t0).Post, t0)
	a.Visit("old", post("o", old).Post, t0)
	a.Visit("gone", post("g", t0).Post, t0)
	flush(t, a)
	a.Visit("late", post("l", t0).Post, t0)
	a.ForgetListener("gone")
	require.NoError(t, a.Close(), "which writes the rest")
	a.Visit("too late", post("x", t0).Post, t0)
	require.NoError(t, a.Close())

	a = open(t, name)
	require.Equal(t, []string{"a", "l", ""}, []string{last(a, user), last(a, "late"), last(a, "gone")})
	p, _ := a.LastVisit("old")
	require.Equal(t, old, p.Published)
	require.Empty(t, last(a, "too late"))
	require.Zero(t, a.Unwritten())
}

// TestListenersAreNotNamed looks for ids in the files, and for what two archives have in common.
func TestListenersAreNotNamed(t *testing.T) {
	hashes := map[string]bool{}
	for range 2 {
		name := file(t)
		a := open(t, name)
		a.Visit(user, post("a", t0).Post, t0)
		flush(t, a)
		for _, part := range []string{name, name + "-wal"} {
			b, err := os.ReadFile(part)
			require.NoError(t, err)
			require.NotContains(t, string(b), user)
		}
		var hash []byte
		query(t, name, "SELECT listener FROM visits", &hash)
		require.Len(t, hash, 16)
		hashes[string(hash)] = true

		a.ForgetListener(user)
		require.NoError(t, a.Close())
		require.False(t, bytes.Contains(content(t, name), hash), "nothing of a forgotten one stays")
	}
	require.Len(t, hashes, 2, "each archive has a key of its own")
}

// TestVisitsThatChangeNothing are not written.
func TestVisitsThatChangeNothing(t *testing.T) {
	a := open(t, file(t))
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
			require.Equal(t, c.want, a.Unwritten())
			flush(t, a)
			require.Zero(t, a.Unwritten())
		})
	}
	a.ForgetListener("nobody")
	require.Zero(t, a.Unwritten(), "who was never here need not be forgotten")
}

// crowd has so many listeners visit, from number on, all on one day.
func crowd(a *archive.Archive, from, many int, now time.Time) {
	for n := from; n < from+many; n++ {
		a.Visit(fmt.Sprint("listener ", n), feed.Post{ID: "a", Published: t0}, now)
	}
}

func TestListenersAreBounded(t *testing.T) {
	name := file(t)
	a := open(t, name)
	crowd(a, 0, archive.MostListeners, t0)
	crowd(a, 0, 1, t0) // the first is the last to be here, though nothing of it changes
	flush(t, a)
	crowd(a, archive.MostListeners, 10, t0.Add(day))
	flush(t, a)
	for n, here := range map[int]bool{0: true, 1: false, 10: false, 11: true, archive.MostListeners: true} {
		require.Equal(t, here, last(a, fmt.Sprint("listener ", n)) == "a", "%d: those away the longest go", n)
	}
	var count int
	query(t, name, "SELECT count(*) FROM visits", &count)
	require.Equal(t, archive.MostListeners, count, "in the file as in memory")
	require.NoError(t, a.Close())

	a = open(t, name)
	crowd(a, archive.MostListeners+10, archive.MostListeners-10, t0.Add(day))
	require.Empty(t, last(a, "listener 11"))
	require.Equal(t, "a", last(a, fmt.Sprint("listener ", archive.MostListeners)), "also after a restart those of an earlier day go first")
}

// TestTooManyInTheFile has two processes that each remembered as many as they may.
func TestTooManyInTheFile(t *testing.T) {
	name := file(t)
	a, b := open(t, name), open(t, name)
	crowd(a, 0, archive.MostListeners, t0)
	crowd(b, archive.MostListeners, 100, t0.Add(day))
	require.NoError(t, a.Close())
	require.NoError(t, b.Close())
	a = open(t, name)
	var count int
	query(t, name, "SELECT count(*) FROM visits", &count)
	require.Equal(t, archive.MostListeners, count)
	require.Equal(t, "a", last(a, fmt.Sprint("listener ", archive.MostListeners)))
}

// TestVisitsWhileAnotherWrites never wait, and are written when they can be.
func TestVisitsWhileAnotherWrites(t *testing.T) {
	name := file(t)
	a := open(t, name)
	end := writes(t, name)
	var writing sync.WaitGroup
	a.Visit("first", post("a", t0).Post, t0)
	writing.Go(func() {
		if err := a.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	})
	time.Sleep(20 * time.Millisecond)
	start := time.Now()
	for n := range 100 {
		a.Visit(fmt.Sprint(n), post("a", t0).Post, t0)
		require.Equal(t, "a", last(a, fmt.Sprint(n)))
	}
	a.ForgetListener("first")
	require.Less(t, time.Since(start), time.Second)
	end()
	writing.Wait()
	require.NoError(t, a.Close())
	a = open(t, name)
	require.Empty(t, last(a, "first"), "what changes while it is written is written again")
	require.Equal(t, "a", last(a, "99"))
}

// TestVisitsThatCannotBeWritten are tried again, and take no more memory than there are listeners.
func TestVisitsThatCannotBeWritten(t *testing.T) {
	name := file(t)
	a := open(t, name)
	crowd(a, 0, 10, t0)
	flush(t, a)
	statement(t, name, "CREATE TRIGGER refuse BEFORE INSERT ON visits BEGIN SELECT raise(ABORT, 'no room'); END")
	a.ForgetListener("listener 1")
	a.Visit("listener 2", post("b", t0).Post, t0)
	require.ErrorContains(t, a.Flush(t.Context()), "no room")
	require.Equal(t, 2, a.Unwritten())
	var count int
	query(t, name, "SELECT count(*) FROM visits", &count)
	require.Equal(t, 10, count, "in one step or not at all")

	for n := range 3 {
		crowd(a, 1000+n*archive.MostListeners, archive.MostListeners, t0.Add(day))
		require.ErrorContains(t, a.Flush(t.Context()), "no room")
		require.LessOrEqual(t, a.Unwritten(), 2*archive.MostListeners)
	}
	require.Equal(t, -1, a.Unwritten())
	statement(t, name, "DROP TRIGGER refuse")
	flush(t, a)
	require.Zero(t, a.Unwritten())
	query(t, name, "SELECT count(*) FROM visits", &count)
	require.Equal(t, archive.MostListeners, count, "the file says what memory does")
	require.NoError(t, a.Close())
	require.Equal(t, "a", last(open(t, name), fmt.Sprint("listener ", 1000+2*archive.MostListeners)))
}

// TestWatchWritesVisits, and says once that it cannot.
func TestWatchWritesVisits(t *testing.T) {
	name := file(t)
	a := open(t, name)
	ctx, cancel := context.WithCancel(t.Context())
	var log strings.Builder
	var watching sync.WaitGroup
	watching.Go(func() { a.Watch(ctx, slog.New(slog.NewTextHandler(&log, nil))) })
	statement(t, name, "CREATE TRIGGER refuse BEFORE INSERT ON visits BEGIN SELECT raise(ABORT, 'no room'); END")
	a.Visit(user, post("a", t0).Post, t0)
	time.Sleep(2500 * time.Millisecond)
	statement(t, name, "DROP TRIGGER refuse")
	require.Eventually(t, func() bool { return a.Unwritten() == 0 }, 5*time.Second, 10*time.Millisecond)
	var count int
	query(t, name, "SELECT count(*) FROM visits", &count)
	require.Equal(t, 1, count)
	cancel()
	watching.Wait()
	require.Equal(t, 1, strings.Count(log.String(), "cannot be kept"), log.String())
	require.Contains(t, log.String(), "no room")
}

// TestOtherProcessesLeaveVisits has an import, and a view, beside the service.
func TestOtherProcessesLeaveVisits(t *testing.T) {
	name := file(t)
	a := open(t, name)
	a.Visit(user, post("a", t0).Post, t0)
	flush(t, a)

	other, err := archive.OpenExisting(t.Context(), name)
	require.NoError(t, err)
	view, err := archive.View(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, "a", last(view, user), "a view knows who was here")
	a.Visit(user, post("b", t0).Post, t0)
	flush(t, a)
	view.Visit(user, post("v", t0).Post, t0)
	view.ForgetListener("nobody")
	require.Equal(t, "v", last(view, user), "and remembers for itself")
	_, err = other.Import(t.Context(), []feed.Entry{post("c", t0)}, t0)
	require.NoError(t, err)
	require.NoError(t, other.Close())
	require.NoError(t, view.Close())

	require.NoError(t, a.Refresh(t.Context()))
	require.Equal(t, "b", last(a, user))
	require.NoError(t, a.Close())
	require.Equal(t, "b", last(open(t, name), user))
}

func TestManyVisitors(t *testing.T) {
	name := file(t)
	a := open(t, name)
	var visitors sync.WaitGroup
	for n := range 4 {
		visitors.Go(func() {
			for i := range 300 {
				who := fmt.Sprint(n, "-", i%50)
				a.Visit(who, post(fmt.Sprint(i), t0).Post, t0)
				if last(a, who) != fmt.Sprint(i) {
					t.Error("it is known at once")
				}
				if i%100 == 99 {
					if err := a.Flush(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	visitors.Wait()
	require.NoError(t, a.Close())
	a = open(t, name)
	for n := range 4 {
		require.Equal(t, "299", last(a, fmt.Sprint(n, "-49")))
	}
}
