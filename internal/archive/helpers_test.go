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

// post has nothing but what its id is.
func post(id string, at time.Time) feed.Entry {
	return feed.Entry{Post: feed.Post{ID: id, Title: "T" + id, Published: at}}
}

// postWithLink is a post of no date with a title and a link.
func postWithLink(id, title, link string, claim time.Time) feed.Entry {
	return feed.Entry{Post: feed.Post{ID: id, Title: title, Link: link, Published: claim}}
}

// tempFile is where a test's archive lies.
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

// poll keeps what a feed shows at an hour.
func poll(t testing.TB, a *archive.Archive, now time.Time, shown ...feed.Entry) feed.StoreResult {
	t.Helper()
	return keepBatch(t, a, feed.Batch{Entries: shown, Now: now})
}

// allEntries is all that is kept, newest first.
func allEntries(t testing.TB, a *archive.Archive) (all []feed.Entry) {
	t.Helper()
	for e, err := range a.Entries(t.Context()) {
		require.NoError(t, err)
		all = append(all, e)
	}
	return all
}

// storedIDs are those of the posts that are kept, newest first: in the file and in the snapshot alike.
func storedIDs(t testing.TB, a *archive.Archive) []string {
	t.Helper()
	kept, answered := []string{}, []string{}
	for _, e := range allEntries(t, a) {
		kept = append(kept, e.ID)
	}
	for _, p := range a.SnapshotPosts() {
		answered = append(answered, p.ID)
	}
	require.Equal(t, kept, answered, "the snapshot is what the file says")
	return kept
}

// onlyEntry is the one post that is kept.
func onlyEntry(t testing.TB, a *archive.Archive) feed.Entry {
	t.Helper()
	all := allEntries(t, a)
	require.Len(t, all, 1)
	return all[0]
}

// newestBetween gives the newest post of a period, and how many there are.
func newestBetween(a *archive.Archive, from, to time.Time) (newest feed.Post, count int) {
	count, newest = a.Count(feed.Filter{From: from, To: to})
	return newest, count
}

// newestBefore gives the newest post before a time.
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

// holdWriteLock has another process begin to write, and not end before the test does, or before it is told to.
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

// queryValue asks a file for one value.
func queryValue(t testing.TB, name, queryValue string, into any) {
	t.Helper()
	db, err := sql.Open("sqlite", name)
	require.NoError(t, err)
	require.NoError(t, db.QueryRow(queryValue).Scan(into))
	require.NoError(t, db.Close())
}

// requireE2E skips a slow test, unless make e2e runs it.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" {
		t.Skip("slow: make e2e runs it")
	}
}
