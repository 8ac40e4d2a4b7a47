package archive

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/feed"
)

var began = time.Date(2026, time.March, 14, 9, 0, 0, 0, time.UTC)

// double returns a post whose id and link are one address.
func double(address, title string, hour int) feed.Entry {
	return feed.Entry{Post: feed.Post{ID: address, Title: title, Link: address, Published: began.Add(time.Duration(hour) * time.Hour)}}
}

// Version5File returns the name of an archive of version 5, which has stored each entry in a poll of its own.
func Version5File(t testing.TB, entries ...feed.Entry) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "blog.db")
	db, err := sql.Open("sqlite", sqliteDSN(file, "mode=rwc&_pragma=journal_mode(wal)&_pragma=synchronous(off)"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = migrate(t.Context(), limitToOneConn(db), migrations()[:5])
	require.NoError(t, err)
	m := &merge{}
	require.NoError(t, runTransaction(t.Context(), db, m, func() error {
		for i, e := range entries {
			m.now = began.Add(time.Duration(i) * time.Minute)
			date := m.chooseDate(e, storedEntry{}, 0)
			if _, err := m.insertPost(e, date); err != nil {
				return err
			}
			if i%1000 == 999 {
				if err := m.flushIndexes(); err != nil {
					return err
				}
			}
		}
		return m.updateIndexes(feed.Batch{})
	}))
	return file
}

// openFile opens an archive until the test ends.
func openFile(t testing.TB, file string) *Archive {
	t.Helper()
	a, err := Open(t.Context(), file)
	require.NoError(t, err)
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// entriesOf returns all stored entries, newest first. It checks that the snapshot and both indexes agree.
func entriesOf(t testing.TB, a *Archive) (all []feed.Entry) {
	t.Helper()
	for e, err := range a.Entries(t.Context()) {
		require.NoError(t, err)
		all = append(all, e)
	}
	served := snapshot.Current(&a.posts)
	require.Len(t, served, len(all))
	for i := range all {
		require.Equal(t, all[i].Post, served[i].Post())
	}
	for _, table := range []string{"titles", "texts", "bodies", "posts"} {
		var count int
		require.NoError(t, a.reader.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&count))
		require.Equal(t, len(all), count, table)
	}
	return all
}

func idsOf(entries []feed.Entry) (ids []string) {
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return ids
}

// removedIDs returns the ids in the export of removed posts.
func removedIDs(t testing.TB, file string) (ids []string) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	for line := range bytes.Lines(content) {
		_, id, _ := strings.Cut(string(line), `{"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		ids = append(ids, id)
	}
	return ids
}

// TestOpenMergesSchemeDoubles opens an archive in which an older version stored posts twice, with http and with https.
func TestOpenMergesSchemeDoubles(t *testing.T) {
	withID := func(id string, e feed.Entry) feed.Entry {
		e.ID = id
		return e
	}
	for _, row := range []struct {
		claim   string
		stored  []feed.Entry
		want    []string
		removed []string
	}{
		{"ids", []feed.Entry{double("http://b.test/1", "A", 0), double("https://b.test/1", "A", 0)}, []string{"https://b.test/1"}, []string{"http://b.test/1"}},
		{"ids of posts with other titles and dates", []feed.Entry{double("http://b.test/1", "A", 0), double("https://b.test/1", "B", 1)}, []string{"https://b.test/1"}, []string{"http://b.test/1"}},
		{"links", []feed.Entry{withID("1", double("http://b.test/1", "A", 0)), withID("2", double("https://b.test/1", "A", 1))}, []string{"2"}, []string{"1"}},
		{"links of posts with other titles and dates", []feed.Entry{withID("1", double("http://b.test/1", "A", 0)), withID("2", double("https://b.test/1", "B", 1))}, []string{"2", "1"}, nil},
		{"a link of several posts", []feed.Entry{withID("1", double("http://b.test/", "A", 0)), withID("2", double("http://b.test/", "B", 0)), withID("3", double("https://b.test/", "A", 0))}, []string{"3", "2", "1"}, nil},
		{"other hosts", []feed.Entry{double("http://a.test/1", "A", 0), double("https://b.test/1", "A", 0)}, []string{"https://b.test/1", "http://a.test/1"}, nil},
		{"another query", []feed.Entry{double("http://b.test/?p=1", "A", 0), double("https://b.test/?p=2", "A", 0)}, []string{"https://b.test/?p=2", "http://b.test/?p=1"}, nil},
		{"no links", []feed.Entry{withID("1", double("", "A", 0)), withID("2", double("", "A", 0))}, []string{"2", "1"}, nil},
	} {
		t.Run(row.claim, func(t *testing.T) {
			file := Version5File(t, row.stored...)
			a := openFile(t, file)
			require.Equal(t, row.want, idsOf(entriesOf(t, a)))
			var log bytes.Buffer
			a.LogBackup(slog.New(slog.NewTextHandler(&log, nil)))
			if row.removed == nil {
				require.NoFileExists(t, file+".merged-1.jsonl")
				require.NotContains(t, log.String(), "twice")
				return
			}
			require.Contains(t, log.String(), fmt.Sprintf("posts=%d removed=%s.merged-1.jsonl", len(row.removed), file))
			require.FileExists(t, file+".before-5")
			require.Equal(t, row.removed, removedIDs(t, file+".merged-1.jsonl"))
			info, err := os.Stat(file + ".merged-1.jsonl")
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode())
			require.NoError(t, a.CheckIntegrity(t.Context()))
		})
	}
}

// TestMergedPostTakesTheBetterParts merges a post with a double that has more.
func TestMergedPostTakesTheBetterParts(t *testing.T) {
	complete := double("http://b.test/1", "A", -9)
	complete.Content, complete.Authors, complete.Categories = "<p>The zebra and the gnu, the whole text", []string{"Ada"}, []string{"Zoo"}
	complete.Image, complete.Audio, complete.Language = "http://b.test/1.png", feed.Audio{URL: "http://b.test/1.mp3", Type: "audio/mpeg"}, "de"
	excerpt := double("https://b.test/1", "", 0)
	excerpt.Content, excerpt.Published = "<p>The zebra", time.Time{}
	a := openFile(t, Version5File(t, complete, excerpt))
	stored := entriesOf(t, a)
	want := complete
	want.ID, want.Link = excerpt.ID, excerpt.Link
	require.Equal(t, []feed.Entry{want}, stored, "also the date that the feed stated")
	found, err := a.Search(t.Context(), "gnu zoo ada", 9)
	require.NoError(t, err)
	require.Len(t, found, 1)
	categories, err := a.Categories(t.Context(), 9)
	require.NoError(t, err)
	require.Equal(t, []string{"Zoo"}, categories)
	posts, err := a.InCategory(t.Context(), "zoo", 0, 9)
	require.NoError(t, err)
	require.Equal(t, excerpt.ID, posts[0].ID)
	origin, _, err := a.Origin(t.Context(), excerpt.ID)
	require.NoError(t, err)
	require.Equal(t, began, origin.FirstSeen, "the double was stored first")
	require.Equal(t, 1, a.Len())
	require.Equal(t, feed.StoreResult{NewlySeen: 1}, keepAll(t, a, feed.Batch{Entries: []feed.Entry{complete}, Older: true, BackfillID: 3}))

	newer := double("https://b.test/2", "New title", 0)
	newer.Content, newer.Authors, newer.Categories = "<p>shorter", []string{"Mary"}, []string{"Garden"}
	older := double("http://b.test/2", "Old title", 0)
	older.Content, older.Authors, older.Categories = "<p>a bit longer", []string{"Ada"}, []string{"Zoo"}
	require.Equal(t, newer.Content, entriesOf(t, openFile(t, Version5File(t, older, newer)))[0].Content)
	stored = entriesOf(t, openFile(t, Version5File(t, older, newer)))
	require.Equal(t, []feed.Entry{newer}, stored, "the newer version is the publisher's present one")
}

func keepAll(t testing.TB, a *Archive, b feed.Batch) feed.StoreResult {
	t.Helper()
	if b.Now.IsZero() {
		b.Now = began.Add(24 * time.Hour)
	}
	result, err := a.Keep(t.Context(), b)
	require.NoError(t, err)
	return result
}

// TestMergedPostIsNotNew merges the post that was the newest at a listener's visit. The listener must not get it again
// as a new post.
func TestMergedPostIsNotNew(t *testing.T) {
	a := openFile(t, Version5File(t, double("http://b.test/0", "old", -1), double("http://b.test/1", "A", 0), double("https://b.test/1", "A", 0)))
	for _, visited := range []string{"http://b.test/1", "https://b.test/1"} {
		require.Zero(t, a.Since(feed.Post{ID: visited, Published: began}), visited)
	}
}

// TestPollMergesHostDoubles polls a blog whose move is known now, but was not known when an older version stored posts
// twice.
func TestPollMergesHostDoubles(t *testing.T) {
	stored := []feed.Entry{
		double("http://old.test/1", "A", 0), double("https://new.test/1", "A", 0),
		double("http://old.test/2", "B", 0), double("https://new.test/2", "other title", 0),
		double("https://old.test/3", "C", 0), double("https://new.test/3", "C", 1),
		double("https://old.test/4", "D", 0), double("https://new.test/4", "D", 0),
		double("https://planet.test/1", "A", 0), double("https://old.test.evil/1", "A", 0),
	}
	file := Version5File(t, stored...)
	a := openFile(t, file)
	shown := []feed.Entry{stored[7], stored[6], stored[1]} // an aggregator has both posts of number 4
	require.Equal(t, feed.StoreResult{}, keepAll(t, a, feed.Batch{Entries: shown}))
	hosts := []string{"old.test", "new.test"}
	require.Equal(t, feed.StoreResult{Merged: 1, MergedFile: file + ".merged-1.jsonl"}, keepAll(t, a, feed.Batch{Entries: shown, Hosts: hosts}))
	require.Equal(t, []string{"http://old.test/1"}, removedIDs(t, file+".merged-1.jsonl"))
	require.ElementsMatch(t, idsOf(stored[1:]), idsOf(entriesOf(t, a)))
	require.Equal(t, feed.StoreResult{}, keepAll(t, a, feed.Batch{Entries: shown, Hosts: hosts}), "once")

	require.NoError(t, os.WriteFile(file+".merged-2.jsonl", []byte("the operator's"), 0o600))
	result := keepAll(t, a, feed.Batch{Hosts: []string{"planet.test", "old.test", "new.test"}})
	require.Equal(t, 2, result.Merged, "the next move: the posts of the planet, and now also number 4")
	require.Equal(t, file+".merged-3.jsonl", result.MergedFile, "no file is overwritten")
	require.NoFileExists(t, file+".merged-4.jsonl")
	temporary, err := filepath.Glob(file + tempMarker + "*")
	require.NoError(t, err)
	require.Empty(t, temporary)
}

// TestMergeLosesNoPost merges random archives. Each post must be in the archive or in the export. A second merge must
// change nothing. Posts that differ in more than scheme and host must stay.
func TestMergeLosesNoPost(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		var stored []feed.Entry
		taken := map[string]bool{}
		for range 40 {
			pick := func(from ...string) string { return from[random.IntN(len(from))] }
			address := pick("http://", "https://") + pick("a.test", "b.test", "c.test") + pick("/", "/1", "/2", "/3", "/?p=1", "?p=1", "#1")
			e := double(address, pick("", "A", "B"), random.IntN(2))
			if random.IntN(3) == 0 {
				e.Published = time.Time{}
			}
			if random.IntN(2) == 0 {
				e.ID = fmt.Sprint(random.IntN(30))
			}
			e.Content = strings.Repeat("x", random.IntN(20))
			if !taken[e.ID] {
				stored = append(stored, e)
			}
			taken[e.ID] = true
		}
		file := Version5File(t, stored...)
		a := openFile(t, file)
		removed := a.migrated.Merged
		hosts := []string{"a.test", "b.test"}
		removed += keepAll(t, a, feed.Batch{Hosts: hosts}).Merged
		kept := entriesOf(t, a)
		require.Len(t, kept, len(stored)-removed)
		var exported []string
		files, err := filepath.Glob(file + ".merged-*.jsonl")
		require.NoError(t, err)
		for _, name := range files {
			exported = append(exported, removedIDs(t, name)...)
		}
		require.ElementsMatch(t, idsOf(stored), append(idsOf(kept), exported...))
		for i, e := range kept {
			for _, other := range kept[:i] {
				require.NotEqual(t, feed.AddressKey(e.ID), feed.AddressKey(other.ID))
			}
		}
		m := &merge{hosts: hosts, hasMoved: true}
		require.NoError(t, runTransaction(t.Context(), a.writer, m, func() error {
			if err := mergeSchemeDoubles(m); err != nil {
				return err
			}
			return m.mergeMoved(feed.Batch{})
		}))
		require.Zero(t, m.result.Merged, "a second merge changes nothing")
	}
}

// TestOpenMergesDoublesOfVersion1 opens an archive of version 1 in which each post is there twice.
func TestOpenMergesDoublesOfVersion1(t *testing.T) {
	file := version1File(t)
	db, err := sql.Open("sqlite", sqliteDSN(file, "mode=rw"))
	require.NoError(t, err)
	for _, scheme := range []string{"http", "https"} {
		_, err = db.Exec(`INSERT INTO posts SELECT position + ?, ? || '://blog.example/' || id, title, ? || '://blog.example/' || id, claimed, walk
			FROM posts WHERE id NOT LIKE 'http%'`, len(scheme), scheme, scheme)
		require.NoError(t, err)
		_, err = db.Exec("INSERT INTO bodies SELECT position + ?, content, categories, image, audio, audio_type, language FROM bodies WHERE position & 15 = 0", len(scheme))
		require.NoError(t, err)
	}
	_, err = db.Exec("DELETE FROM posts WHERE id NOT LIKE 'http%'")
	require.NoError(t, err)
	_, err = db.Exec("DELETE FROM bodies WHERE position & 15 = 0")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	for range 2 {
		a := openFile(t, file)
		require.ElementsMatch(t, []string{"https://blog.example/a", "https://blog.example/b", "https://blog.example/c", "https://blog.example/d"}, idsOf(slices.Collect(entriesSeq(t, a))))
		require.NoError(t, a.Close())
	}
	require.Len(t, removedIDs(t, file+".merged-1.jsonl"), 4)
	require.NoFileExists(t, file+".merged-2.jsonl")
	require.FileExists(t, file+".before-1")
}

func entriesSeq(t *testing.T, a *Archive) iter.Seq[feed.Entry] {
	return func(yield func(feed.Entry) bool) {
		for e, err := range a.Entries(t.Context()) {
			require.NoError(t, err)
			if !yield(e) {
				return
			}
		}
	}
}

// TestFailedMergeChangesNothing fails after the export of removed posts, as a kill would end the process there.
func TestFailedMergeChangesNothing(t *testing.T) {
	file := Version5File(t, double("http://b.test/1", "A", 0), double("https://b.test/1", "A", 0))
	steps := migrations()
	steps[5].fillRows = func(m *merge) error {
		require.NoError(t, mergeSchemeDoubles(m))
		return context.Canceled
	}
	a, err := newArchive(file, "mode=rw&"+writerPragmas)
	require.NoError(t, err)
	require.ErrorIs(t, a.migrateAndLoad(t.Context(), steps), context.Canceled)
	require.NoError(t, a.Close())
	require.Equal(t, []string{"http://b.test/1"}, removedIDs(t, file+".merged-1.jsonl"))
	again := openFile(t, file)
	require.Len(t, entriesOf(t, again), 1)
	require.Equal(t, file+".merged-2.jsonl", again.migrated.MergedFile)
	require.Equal(t, []string{"http://b.test/1"}, removedIDs(t, file+".merged-2.jsonl"))
}

// TestMergeWithoutExportChangesNothing blocks the export: a folder that is read-only.
func TestExportFailurePreventsMerge(t *testing.T) {
	file := Version5File(t, double("http://b.test/1", "A", 0), double("https://b.test/1", "A", 0))
	db, err := sql.Open("sqlite", sqliteDSN(file, "mode=rw"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	steps := migrations()
	fill := steps[5].fillRows
	steps[5].fillRows = func(m *merge) error {
		require.NoError(t, m.exportRemoved(double("x", "x", 0)))
		require.NoError(t, m.export.Close())
		return fill(m)
	}
	_, err = migrate(t.Context(), limitToOneConn(db), steps)
	require.ErrorContains(t, err, "export the posts that were stored twice")
	version, err := userVersion(t.Context(), db)
	require.NoError(t, err)
	require.Equal(t, 5, version)
	names, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*"))
	require.NoError(t, err)
	require.False(t, slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, "merged") || strings.Contains(name, tempMarker) }), "%s", names)
}
