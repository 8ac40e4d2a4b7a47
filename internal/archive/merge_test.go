package archive_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// fullEntry returns an entry with every field set.
func fullEntry(id string) feed.Entry {
	return feed.Entry{
		Post:    feed.Post{ID: id, Title: "Über alles", Link: "https://blog.example/" + id, Published: hours(-5)},
		Content: "<p>The zebra &amp; the <b>gnu</b></p>", Authors: []string{"Ada Lovelace"}, Categories: []string{"Zoo", "Savannah"},
		Image: "https://blog.example/zebra.jpg", Audio: feed.Audio{URL: "https://blog.example/a.mp3", Type: "audio/mpeg"}, Language: "de-AT",
	}
}

func TestReplacesChangedPost(t *testing.T) {
	for _, c := range []struct {
		claim  string
		change func(*feed.Entry)
	}{
		{"a title", func(e *feed.Entry) { e.Title = "another" }},
		{"a link", func(e *feed.Entry) { e.Link = "https://blog.example/moved" }},
		{"a title and a link", func(e *feed.Entry) { e.Title, e.Link = "another", "" }},
		{"a date", func(e *feed.Entry) { e.Published = hours(-7) }},
		{"content", func(e *feed.Entry) { e.Content = "<p>lion</p>" }},
		{"removed content", func(e *feed.Entry) { e.Content = "" }},
		{"categories", func(e *feed.Entry) { e.Categories = []string{"Zoo"} }},
		{"removed categories", func(e *feed.Entry) { e.Categories = nil }},
		{"authors", func(e *feed.Entry) { e.Authors = []string{"Mary Somerville", "Ada Lovelace"} }},
		{"removed authors", func(e *feed.Entry) { e.Authors = nil }},
		{"an image", func(e *feed.Entry) { e.Image = "" }},
		{"audio", func(e *feed.Entry) { e.Audio.Type = "audio/mp4" }},
		{"a language", func(e *feed.Entry) { e.Language = "" }},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a := inMemory(t)
			e := fullEntry("a")
			require.Equal(t, feed.StoreResult{New: 1, NewlySeen: 1}, poll(t, a, t0, e))
			require.Equal(t, feed.StoreResult{}, poll(t, a, t0, e), "the same entry changes nothing")
			c.change(&e)
			require.Equal(t, feed.StoreResult{Changed: 1}, poll(t, a, hours(1), e))
			require.Equal(t, e, onlyEntry(t, a))
			require.Equal(t, []string{"a"}, storedIDs(t, a))
			latest, _ := a.Latest()
			require.Equal(t, e.Post, latest)
		})
	}
	t.Run("search results", func(t *testing.T) {
		a := inMemory(t)
		e := fullEntry("a")
		poll(t, a, t0, e)
		e.Title, e.Content, e.Categories = "another", "lion", []string{"Desert"}
		poll(t, a, t0, e)
		for _, words := range []string{"uber", "zebra", "zoo", "savannah"} {
			require.Empty(t, searchIDs(t, a, words), words)
		}
		for _, words := range []string{"another", "LION", "desert", "lion another"} {
			require.Equal(t, []string{"a"}, searchIDs(t, a, words), words)
		}
	})
}

func TestBackfillMarks(t *testing.T) {
	a := inMemory(t)
	shown := []feed.Entry{fullEntry("a"), fullEntry("b")}
	poll(t, a, t0, shown...)
	backfill := func(number int, page ...feed.Entry) feed.StoreResult {
		return keepBatch(t, a, feed.Batch{Entries: page, Now: hours(1), Older: true, BackfillID: number})
	}
	partial := feed.Entry{Post: fullEntry("a").Post, Content: "the API's"}
	partial.Title = "the API's"
	require.Equal(t, feed.StoreResult{New: 1, NewlySeen: 2}, backfill(1, partial, post("c", hours(-50))))
	require.Equal(t, fullEntry("a"), allEntries(t, a)[0], "the backfill does not replace the feed's version")
	require.Equal(t, feed.StoreResult{}, backfill(1, partial, post("c", hours(-50))), "not newly seen in the same backfill")
	require.Equal(t, feed.StoreResult{NewlySeen: 1}, backfill(1, fullEntry("b")))
	require.Equal(t, feed.StoreResult{NewlySeen: 2}, backfill(2, fullEntry("b"), partial), "newly seen in another backfill")
	require.Equal(t, feed.StoreResult{}, keepBatch(t, a, feed.Batch{Now: t0, BackfillID: 3, MarkAllSeen: true}))
	require.Equal(t, feed.StoreResult{}, backfill(3, fullEntry("a"), fullEntry("b"), post("c", hours(-50))), "all posts are marked as seen")

	changed := fullEntry("a")
	changed.Title = "changed"
	require.Equal(t, feed.StoreResult{New: 1, Changed: 1, NewlySeen: 2},
		keepBatch(t, a, feed.Batch{Entries: []feed.Entry{changed, post("d", t0)}, Now: hours(2), BackfillID: 4}), "a poll with a backfill id replaces")
	require.Equal(t, feed.StoreResult{}, backfill(4, fullEntry("a")))
	require.Equal(t, feed.StoreResult{Changed: 1}, poll(t, a, hours(3), fullEntry("a")), "a poll keeps the marks")
	require.Equal(t, feed.StoreResult{}, backfill(4, fullEntry("a")))
	require.Equal(t, []string{"d", "a", "b", "c"}, storedIDs(t, a))
}

func TestMemos(t *testing.T) {
	a := openArchive(t, tempFile(t))
	memo := func(name string) string {
		note, err := a.Memo(t.Context(), name)
		require.NoError(t, err)
		return string(note)
	}
	none, err := a.Memo(t.Context(), "feed")
	require.NoError(t, err)
	require.Nil(t, none)

	keepBatch(t, a, feed.Batch{Entries: []feed.Entry{post("a", t0), post("b", t0)}, Now: t0, Notes: func(kept feed.StoreResult) (map[string][]byte, error) {
		require.Equal(t, feed.StoreResult{New: 2, NewlySeen: 2}, kept)
		return map[string][]byte{"feed": []byte("one"), "hub": []byte("h"), "empty": {}}, nil
	}})
	require.Equal(t, "one", memo("feed"))
	require.Equal(t, "h", memo("hub"))
	require.Empty(t, memo("empty"))

	broken := errors.New("broken")
	changed := post("a", t0)
	changed.Title = "changed"
	_, err = a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{changed, post("c", hours(1))}, Now: hours(2), Notes: func(feed.StoreResult) (map[string][]byte, error) {
		return map[string][]byte{"feed": []byte("two")}, broken
	}})
	require.ErrorIs(t, err, broken)
	require.Equal(t, "one", memo("feed"))
	require.Equal(t, []string{"a", "b"}, storedIDs(t, a), "no part of the batch is stored or served")
	latest, _ := a.Latest()
	require.Equal(t, "Ta", latest.Title)
	require.Empty(t, searchIDs(t, a, "changed"))

	keepBatch(t, a, feed.Batch{Now: t0, Notes: func(feed.StoreResult) (map[string][]byte, error) {
		return map[string][]byte{"feed": []byte("two")}, nil
	}})
	require.Equal(t, "two", memo("feed"), "a failed batch does not affect the next")
}

func TestKeepStopsWithContext(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]*archive.Archive{"in a file": openArchive(t, tempFile(t)), "in memory": inMemory(t)} {
		t.Run(name, func(t *testing.T) {
			_, err := a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{post("kept", hours(-1))}, Now: t0})
			require.NoError(t, err)
			for n := range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				many := make([]feed.Entry, 0, 500)
				for i := range 500 {
					many = append(many, post(strings.Repeat("x", i+1), t0))
				}
				time.AfterFunc(time.Duration(n)*time.Millisecond/4, cancel)
				_, err := a.Keep(ctx, feed.Batch{Entries: many, Now: t0, Notes: func(feed.StoreResult) (map[string][]byte, error) {
					cancel()
					<-ctx.Done()
					return nil, nil
				}})
				require.ErrorIs(t, err, context.Canceled)
				require.Equal(t, 1, a.Len())
			}
			_, err = a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{post("after", t0)}, Now: t0})
			require.NoError(t, err)
			require.Equal(t, 2, a.Len())
		})
	}
}
