package archive_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func TestForget(t *testing.T) {
	const page = "https://blog.example/1"
	a := openArchive(t, tempFile(t))
	shown := []feed.Entry{postWithLink("a", "first", page, hours(-1)), postWithLink("b", "second", "https://blog.example/2", hours(-2)), postWithLink("c", "third", "", hours(-3))}
	poll(t, a, t0, shown...)

	_, ok, err := a.Forget(t.Context(), "x")
	require.NoError(t, err)
	require.False(t, ok)
	gone, ok, err := a.Forget(t.Context(), "a")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, shown[0].Post, gone)
	require.Equal(t, []string{"b", "c"}, storedIDs(t, a))
	require.Empty(t, searchIDs(t, a, "first"))

	require.Equal(t, feed.StoreResult{}, poll(t, a, t0, shown...), "a poll does not restore it")
	require.Equal(t, feed.StoreResult{}, poll(t, a, t0, postWithLink("a", "other", "https://blog.example/9", t0)), "nor with the same id")
	require.Equal(t, feed.StoreResult{}, poll(t, a, t0, postWithLink("z", "other", page, t0)), "nor with the same link")
	require.Equal(t, feed.StoreResult{}, keepBatch(t, a, feed.Batch{Entries: shown, Now: t0, Older: true}), "nor does a backfill page")
	_, _, err = a.Forget(t.Context(), "c")
	require.NoError(t, err)
	require.Equal(t, feed.StoreResult{New: 1, NewlySeen: 1}, poll(t, a, t0, postWithLink("d", "fourth", "", hours(-4))), "posts without links are not the same")

	kept, err := a.Import(t.Context(), shown[:1], t0)
	require.NoError(t, err)
	require.Equal(t, feed.StoreResult{New: 1, NewlySeen: 1}, kept)
	require.Equal(t, []string{"a", "b", "d"}, storedIDs(t, a), "an import restores only this post")
	kept, err = a.Import(t.Context(), []feed.Entry{postWithLink("e", "fifth", "", hours(-5))}, t0)
	require.NoError(t, err)
	require.Equal(t, 1, kept.New)
	require.Equal(t, feed.StoreResult{}, poll(t, a, t0, shown...), "post c stays forgotten")
	require.Equal(t, []string{"a"}, searchIDs(t, a, "first"))
}

func TestForgetPostWithSharedLink(t *testing.T) {
	const home = "https://blog.example/"
	a := inMemory(t)
	shown := []feed.Entry{postWithLink("a", "A", home, hours(-1)), postWithLink("b", "B", home, hours(-2))}
	poll(t, a, t0, shown...)
	_, ok, err := a.Forget(t.Context(), "a")
	require.NoError(t, err)
	require.True(t, ok)
	poll(t, a, t0, append(shown, postWithLink("c", "C", home, t0))...)
	require.Equal(t, []string{"c", "b"}, storedIDs(t, a), "other posts with the link are still stored")
}

func TestImport(t *testing.T) {
	a, b := inMemory(t), inMemory(t)
	shown := []feed.Entry{fullEntry("a"), fullEntry("b"), post("c", time.Time{}), post("d", hours(99))}
	shown[1].Categories = nil
	poll(t, a, t0, shown...)
	all := allEntries(t, a)
	require.Len(t, all, 4)
	kept, err := b.Import(t.Context(), all, hours(9))
	require.NoError(t, err)
	require.Equal(t, 4, kept.New)
	require.Equal(t, all, allEntries(t, b), "an import of an export gives the same entries")
	kept, err = b.Import(t.Context(), all, hours(9))
	require.NoError(t, err)
	require.Zero(t, kept.New+kept.Changed)

	changed := fullEntry("a")
	changed.Title, changed.Content = "Changed", "by hand"
	kept, err = b.Import(t.Context(), []feed.Entry{changed}, hours(9))
	require.NoError(t, err)
	require.Equal(t, 1, kept.Changed, "an import replaces")
	require.Contains(t, allEntries(t, b), changed)
	poll(t, b, hours(10), shown...)
	require.Equal(t, all, allEntries(t, b), "the next poll replaces")
}

// TestImportSanitizesEntries imports entries with texts that are too long, invisible characters and invalid URLs. The
// stored entries must be within the limits of package feed.
func TestImportSanitizesEntries(t *testing.T) {
	a := inMemory(t)
	long := strings.Repeat("ä", 100_000)
	kept, err := a.Import(t.Context(), []feed.Entry{
		{Post: feed.Post{ID: long, Title: long, Link: "https://blog.example/" + long, Published: hours(-1)}, Content: strings.Repeat("<p>", 1<<20)},
		{Post: feed.Post{ID: "b\x1b[2J\n", Title: "a\nb\x00\u202e", Link: "javascript:alert(1)", Published: time.Unix(1<<55, 0)}, Image: "file:///etc/passwd", Language: "??"},
		{Post: feed.Post{Title: "no id"}, Audio: feed.Audio{URL: "ftp://x/a.mp3", Type: "audio/mpeg"}, Categories: []string{"", "A", "a", long}},
		{},
	}, t0)
	require.NoError(t, err)
	require.Equal(t, 4, kept.New)
	for i, e := range allEntries(t, a) {
		require.NotEmpty(t, e.ID)
		require.LessOrEqual(t, len(e.ID), 512)
		require.LessOrEqual(t, len(e.Title), 4096)
		require.LessOrEqual(t, len(e.Link), 2048)
		require.LessOrEqual(t, len(e.Content), 256<<10)
		require.NotContains(t, e.ID+e.Title, "\n")
		require.Empty(t, e.Image+e.Audio.URL+e.Language)
		require.False(t, e.Published.After(t0))
		require.Equal(t, e.Post, a.SnapshotPosts()[i])
		require.Equal(t, e.Sanitize(), e, "the entry is within the bounds")
	}
}

// TestForgottenPostsDoNotEndBackfill stores a backfill page with only forgotten posts. They must count as newly seen,
// because a page without newly seen posts ends a backfill.
func TestForgottenPostsDoNotEndBackfill(t *testing.T) {
	a := inMemory(t)
	page := []feed.Entry{postWithLink("a", "A", "https://blog.example/a", hours(-1)), postWithLink("b", "B", "", hours(-2))}
	poll(t, a, t0, page...)
	for _, e := range page {
		_, _, err := a.Forget(t.Context(), e.ID)
		require.NoError(t, err)
	}
	backfill := func(number int) feed.StoreResult {
		return keepBatch(t, a, feed.Batch{Entries: page, Now: t0, Older: true, BackfillID: number})
	}
	require.Equal(t, feed.StoreResult{NewlySeen: 2}, backfill(1), "the backfill continues")
	require.Equal(t, feed.StoreResult{}, keepBatch(t, a, feed.Batch{Entries: page, Now: t0, Older: true}), "without a backfill nothing is marked")
	require.Empty(t, storedIDs(t, a))
}
