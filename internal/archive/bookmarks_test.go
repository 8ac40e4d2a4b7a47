package archive_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/archive/visits"
	"lastpost/internal/feed"
)

// The listeners of an account: two persons whose voices Alexa knows, and everyone else.
func household() (ann, ben, anyone feed.Listener) {
	return feed.Listener{Account: user, Person: "ann"}, feed.Listener{Account: user, Person: "ben"}, feed.Listener{Account: user}
}

func TestBookmarksPersist(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	ann, ben, anyone := household()
	for _, l := range []feed.Listener{ann, ben, anyone} {
		require.Zero(t, a.Bookmark(l), "a new listener")
		a.Visit(l, post("a", t0).Post, t0)
	}
	a.KeepReading(ann, "part two")
	a.KeepEpisode(ann, "minute ten")
	a.KeepReading(ben, "part three")
	require.Zero(t, a.Bookmark(anyone), "the account is another listener than its persons")
	flushVisitsOf(t, a)
	a.KeepEpisode(ben, "minute one")
	a.KeepReading(ben, "part four")
	require.NoError(t, a.Close(), "Close writes the rest")

	a = openArchive(t, name)
	require.Equal(t, feed.Bookmark{Reading: "part two", Episode: "minute ten", EpisodeLast: true}, a.Bookmark(ann))
	require.Equal(t, feed.Bookmark{Reading: "part four", Episode: "minute one"}, a.Bookmark(ben))
	require.Zero(t, a.Bookmark(anyone))
	a.KeepReading(ann, "")
	a.Visit(ann, post("b", hours(1)).Post, t0.Add(day))
	require.Equal(t, feed.Bookmark{Episode: "minute ten", EpisodeLast: true}, a.Bookmark(ann), "a visit keeps the place")
	require.NoError(t, a.Close())
	require.Equal(t, feed.Bookmark{Episode: "minute ten", EpisodeLast: true}, openArchive(t, name).Bookmark(ann))
}

// TestPersonsVisitOnTheirOwn requires that "what's new" goes by the same listener as the place.
func TestPersonsVisitOnTheirOwn(t *testing.T) {
	a := inMemory(t)
	ann, ben, anyone := household()
	a.Visit(ann, post("a", t0).Post, t0)
	for _, l := range []feed.Listener{ben, anyone, {Account: "another", Person: "ann"}} {
		_, known := a.Visit(l, post("b", t0).Post, t0)
		require.False(t, known)
	}
	last, known := a.Visit(ann, post("b", t0).Post, t0)
	require.True(t, known)
	require.Equal(t, "a", last.ID)
	_, known = a.Visit(feed.Listener{Person: "ann"}, post("b", t0).Post, t0)
	require.False(t, known, "a person without an account could never be removed")
	_, known = a.Visit(feed.Listener{Person: "ann"}, post("b", t0).Post, t0)
	require.False(t, known)
}

// TestFindsListenersByKey requires that a key stands for a person in requests without a voice, and only for persons of the
// account.
func TestFindsListenersByKey(t *testing.T) {
	a := inMemory(t)
	ann, ben, anyone := household()
	for _, l := range []feed.Listener{ann, ben, anyone} {
		a.Visit(l, post("a", t0).Post, t0)
	}
	a.KeepReading(feed.Listener{Account: user, Key: a.ListenerKey(ann)}, "part two")
	a.KeepReading(feed.Listener{Account: user, Person: "ann", Key: a.ListenerKey(anyone)}, "part three")
	require.Equal(t, "part two", a.Bookmark(ann).Reading)
	require.Equal(t, "part three", a.Bookmark(anyone).Reading)
	for _, key := range []string{"", "x", "%%%", a.ListenerKey(ann) + "x", a.ListenerKey(ann) + a.ListenerKey(ann)} {
		a.KeepReading(feed.Listener{Account: "other", Key: key}, "forged")
		a.KeepReading(feed.Listener{Account: user, Key: key + "="}, "forged")
	}
	require.Equal(t, "part two", a.Bookmark(ann).Reading)
	require.Zero(t, a.Bookmark(ben))
}

// TestForgetsAllPersonsOfAccount requires that no trace of an account is left, because Alexa does not name the persons
// when the skill is disabled.
func TestForgetsAllPersonsOfAccount(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	ann, ben, anyone := household()
	other := feed.Listener{Account: "other", Person: "ann"}
	for _, l := range []feed.Listener{ann, ben, anyone, other} {
		a.Visit(l, post("a", t0).Post, t0)
		a.KeepReading(l, "place of "+l.Account)
	}
	require.NoError(t, a.Close())
	a = openArchive(t, name)
	var hash []byte
	queryValue(t, name, "SELECT account FROM visits WHERE reading <> 'place of other' LIMIT 1", &hash)
	require.Len(t, hash, 16)
	forgetAccount(t, a, user)
	for _, l := range []feed.Listener{ann, ben, anyone} {
		require.Zero(t, a.Bookmark(l))
	}
	require.Equal(t, "place of other", a.Bookmark(other).Reading)
	require.NoError(t, a.Close())
	file := readFile(t, name)
	require.False(t, bytes.Contains(file, hash), "no trace of the account")
	require.NotContains(t, string(file), "place of "+user)
	require.Contains(t, string(file), "place of other")
}

// TestFileHidesPersonIDs requires that the file contains neither the ids of persons nor one hash for the same person in
// two accounts.
func TestFileHidesPersonIDs(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	a.Visit(feed.Listener{Account: "one", Person: "amzn1.ask.person.ANN"}, post("a", t0).Post, t0)
	a.Visit(feed.Listener{Account: "two", Person: "amzn1.ask.person.ANN"}, post("a", t0).Post, t0)
	require.NoError(t, a.Close())
	require.NotContains(t, string(readFile(t, name)), "amzn1.ask.person")
	var hashes int
	queryValue(t, name, "SELECT count(DISTINCT listener) FROM visits WHERE listener <> account", &hashes)
	require.Equal(t, 2, hashes)
}

func TestUnchangedBookmarksAreNotWritten(t *testing.T) {
	a := openArchive(t, tempFile(t))
	ann, _, _ := household()
	a.KeepReading(ann, "a place without a visit")
	require.Zero(t, a.Bookmark(ann))
	require.Zero(t, a.PendingVisits())
	a.Visit(ann, post("a", t0).Post, t0)
	flushVisitsOf(t, a)
	for _, c := range []struct {
		claim   string
		reading string
		want    int
	}{
		{"without a place, its removal changes nothing", "", 0},
		{"a place is written", "one", 1},
		{"the same place is not written again", "one", 0},
		{"another place is written", "two", 1},
		{"a removed place is written", "", 1},
		{"a place that is too long is not stored", strings.Repeat("x", feed.MaxBookmark+1), 0},
		{"the longest place is stored", strings.Repeat("x", feed.MaxBookmark), 1},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a.KeepReading(ann, c.reading)
			require.Equal(t, c.want, a.PendingVisits())
			flushVisitsOf(t, a)
		})
	}
}

// TestBookmarksAreBounded requires that the listeners with the oldest visits are removed if the places need too much memory.
func TestBookmarksAreBounded(t *testing.T) {
	t.Parallel()
	name := tempFile(t)
	a := openArchive(t, name)
	const fit = visits.MaxBookmarkBytes / feed.MaxBookmark
	long := strings.Repeat("x", feed.MaxBookmark)
	visitMany(a, 0, fit+10, t0)
	for n := range fit + 10 {
		a.KeepReading(feed.Listener{Account: fmt.Sprint("listener ", n)}, long)
	}
	for n, here := range map[int]bool{0: false, 9: false, 10: true, fit + 9: true} {
		require.Equal(t, here, a.Bookmark(feed.Listener{Account: fmt.Sprint("listener ", n)}).Reading != "", n)
	}
	require.Empty(t, lastVisitID(a, "listener 9"))
	require.NoError(t, a.Close())
	var bytesInFile, count int
	queryValue(t, name, "SELECT sum(length(reading)) FROM visits", &bytesInFile)
	queryValue(t, name, "SELECT count(*) FROM visits", &count)
	require.Equal(t, visits.MaxBookmarkBytes, bytesInFile)
	require.Equal(t, fit, count)
	execSQL(t, name, "UPDATE visits SET reading = reading || reading")
	a = openArchive(t, name)
	require.Zero(t, a.Bookmark(feed.Listener{Account: "listener 10"}), "a place that is too long is not read")
	require.Equal(t, "a", lastVisitID(a, "listener 10"))
}

// TestOldVisitsBelongToAccounts migrates visits of version 6, which had no persons.
func TestOldVisitsBelongToAccounts(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	a.Visit(feed.Listener{Account: user}, post("a", t0).Post, t0)
	require.NoError(t, a.Close())
	execSQL(t, name, `ALTER TABLE visits DROP COLUMN account; ALTER TABLE visits DROP COLUMN reading; ALTER TABLE visits DROP COLUMN episode;
		ALTER TABLE visits DROP COLUMN episode_last; PRAGMA user_version = 6`)
	view, err := archive.View(t.Context(), name)
	require.NoError(t, err)
	require.NoError(t, view.Close())
	a = openArchive(t, name)
	require.Equal(t, "a", lastVisitID(a, user))
	a.KeepReading(feed.Listener{Account: user}, "part two")
	require.Equal(t, "part two", a.Bookmark(feed.Listener{Account: user}).Reading)
	forgetAccount(t, a, user)
	require.Empty(t, lastVisitID(a, user))
	require.NoError(t, a.Close())
	var count int
	queryValue(t, name, "SELECT count(*) FROM visits", &count)
	require.Zero(t, count)
}
