package archive_test

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

var t0 = time.Date(2026, time.March, 14, 9, 0, 0, 0, time.UTC)

func hours(n int) time.Time { return t0.Add(time.Duration(n) * time.Hour) }

// post returns an entry with only an id, a title and a date.
func post(id string, at time.Time) feed.Entry {
	return feed.Entry{Post: feed.Post{ID: id, Title: "T" + id, Published: at}}
}

// postWithLink returns an entry with a title, a link and the date that the feed states.
func postWithLink(id, title, link string, claim time.Time) feed.Entry {
	return feed.Entry{Post: feed.Post{ID: id, Title: title, Link: link, Published: claim}}
}

// tempFile returns the name of a test's archive.
func tempFile(t testing.TB) string { return filepath.Join(t.TempDir(), "blog.db") }

func openArchive(t testing.TB, name string) *archive.Archive {
	t.Helper()
	a, err := archive.Open(t.Context(), name)
	require.NoError(t, err)
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func inMemory(t testing.TB) *archive.Archive {
	t.Helper()
	a, err := archive.InMemory(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func keepBatch(t testing.TB, a *archive.Archive, b feed.Batch) feed.StoreResult {
	t.Helper()
	kept, err := a.Keep(t.Context(), b)
	require.NoError(t, err)
	return kept
}

// poll stores the entries that the feed shows in a poll.
func poll(t testing.TB, a *archive.Archive, now time.Time, shown ...feed.Entry) feed.StoreResult {
	t.Helper()
	return keepBatch(t, a, feed.Batch{Entries: shown, Now: now})
}

// allEntries returns all stored entries, newest first.
func allEntries(t testing.TB, a *archive.Archive) (all []feed.Entry) {
	t.Helper()
	for e, err := range a.Entries(t.Context()) {
		require.NoError(t, err)
		all = append(all, e)
	}
	return all
}

// storedIDs returns the ids of all posts, newest first. It checks that the file and the snapshot agree.
func storedIDs(t testing.TB, a *archive.Archive) []string {
	t.Helper()
	stored, served := []string{}, []string{}
	for _, e := range allEntries(t, a) {
		stored = append(stored, e.ID)
	}
	for _, p := range a.SnapshotPosts() {
		served = append(served, p.ID)
	}
	require.Equal(t, stored, served, "the snapshot equals the file")
	return stored
}

// onlyEntry returns the stored entry and checks that the archive has exactly one.
func onlyEntry(t testing.TB, a *archive.Archive) feed.Entry {
	t.Helper()
	all := allEntries(t, a)
	require.Len(t, all, 1)
	return all[0]
}

// newestBetween returns the newest post of a period and the number of its posts.
func newestBetween(a *archive.Archive, from, to time.Time) (newest feed.Post, count int) {
	count, newest = a.Count(feed.Filter{From: from, To: to})
	return newest, count
}

// newestBefore returns the newest post before a time.
func newestBefore(a *archive.Archive, at time.Time) (feed.Post, bool) {
	return a.Newest(feed.Filter{To: at})
}

func searchIDs(t testing.TB, a *archive.Archive, words string) []string {
	t.Helper()
	posts, err := a.Search(t.Context(), words, 100)
	require.NoError(t, err)
	list := []string{}
	for _, p := range posts {
		list = append(list, p.ID)
	}
	return list
}

// holdWriteLock holds the file's write lock on a separate connection, like another process, until the test ends or
// calls end.
func holdWriteLock(t testing.TB, name string) (end func()) {
	t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: name, RawQuery: "_txlock=immediate"}).String())
	require.NoError(t, err)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	end = sync.OnceFunc(func() { _, _ = tx.Rollback(), db.Close() })
	t.Cleanup(end)
	return end
}

// forgetAccount deletes an account's visits, which must succeed.
func forgetAccount(t testing.TB, a *archive.Archive, id string) {
	t.Helper()
	require.NoError(t, a.ForgetAccount(t.Context(), id))
}

// queryValue runs a query on the file and stores the resulting value in into.
func queryValue(t testing.TB, name, query string, into any) {
	t.Helper()
	db, err := sql.Open("sqlite", name)
	require.NoError(t, err)
	require.NoError(t, db.QueryRow(query).Scan(into))
	require.NoError(t, db.Close())
}

// requireE2E skips a slow test unless make e2e runs it.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" {
		t.Skip("slow: make e2e runs it")
	}
}
