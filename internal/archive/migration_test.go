package archive

import (
	"compress/gzip"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/feed"
)

// version1File returns the name of an archive of version 1. Its posts a to d are a minute apart, and d is the newest.
// Posts b and c have audio, posts c and d have categories.
func version1File(t *testing.T) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "blog.db")
	db, err := sql.Open("sqlite", sqliteDSN(file, "mode=rwc&_pragma=journal_mode(wal)"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = migrate(t.Context(), limitToOneConn(db), migrations()[:1])
	require.NoError(t, err)
	for i, p := range []struct{ id, categories, audio string }{
		{"a", "[]", ""}, {"b", "[]", "https://blog.example/b.mp3"}, {"c", `["Zoo","Savannah"]`, "https://blog.example/c.mp3"}, {"d", `["zoo"," ZOO ",""]`, ""},
	} {
		position := int64(i*60)<<snapshot.SequenceBits + 1<<(snapshot.SequenceBits-1)
		_, err = db.Exec("INSERT INTO posts VALUES (?, ?, 'T', '', NULL, 7)", position, p.id)
		require.NoError(t, err)
		_, err = db.Exec("INSERT INTO bodies VALUES (?, 'words', ?, '', ?, 'audio/mpeg', '')", position, p.categories, p.audio)
		require.NoError(t, err)
	}
	_, err = db.Exec("INSERT INTO memos VALUES (?, x'39'), ('feed', CAST('crawl state' AS BLOB))", changesMemo)
	require.NoError(t, err)
	return file
}

// TestOpenMigratesVersion1 opens an archive of version 1 twice. Its episodes and categories must be available both
// times.
func TestOpenMigratesVersion1(t *testing.T) {
	file := version1File(t)
	for range 2 {
		a, err := Open(t.Context(), file)
		require.NoError(t, err)
		requireContents(t, a, []string{"c", "b"}, []string{"zoo", "Savannah"})
		posts, err := a.InCategory(t.Context(), "ZOO", 0, 9)
		require.NoError(t, err)
		require.Len(t, posts, 2)
		require.Equal(t, "d", posts[0].ID)
		note, err := a.Memo(t.Context(), "feed")
		require.NoError(t, err)
		require.Equal(t, "crawl state", string(note))
		require.NoError(t, a.CheckIntegrity(t.Context()))
		a.Visit(feed.Listener{Account: "somebody"}, posts[0], time.Unix(0, 0))
		require.NoError(t, a.Close())
	}
	a, err := Open(t.Context(), file)
	require.NoError(t, err)
	defer func() { require.NoError(t, a.Close()) }()
	last, ok := a.LastVisit("somebody")
	require.True(t, ok)
	require.Equal(t, "d", last.ID)

	changed, ok, err := a.Entry(t.Context(), "c")
	require.NoError(t, err)
	require.True(t, ok)
	changed.Audio, changed.Categories = feed.Audio{}, []string{"Other"}
	_, err = a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{changed}, Now: time.Unix(999, 0)})
	require.NoError(t, err)
	requireContents(t, a, []string{"b"}, []string{"zoo", "Other"})
}

// requireContents checks that the archive has four posts and the given episodes and categories.
func requireContents(t *testing.T, a *Archive, episodes, categories []string) {
	t.Helper()
	require.Equal(t, 4, a.Len())
	var found []string
	with := feed.Filter{Episodes: true}
	for e, ok := a.Newest(with); ok; e, ok = a.Older(e, with) {
		found = append(found, e.ID)
	}
	require.Equal(t, episodes, found)
	names, err := a.Categories(t.Context(), 9)
	require.NoError(t, err)
	require.Equal(t, categories, names)
}

// TestViewDoesNotMigrateVersion1 opens a view of an archive of version 1. The view must work but not change the file.
func TestViewDoesNotMigrateVersion1(t *testing.T) {
	file := version1File(t)
	a, err := View(t.Context(), file)
	require.NoError(t, err)
	requireContents(t, a, nil, nil)
	posts, err := a.InCategory(t.Context(), "zoo", 0, 9)
	require.NoError(t, err)
	require.Empty(t, posts)
	e, ok, err := a.Entry(t.Context(), "c")
	require.NoError(t, err, "if a.outdated, internal/archive/entries.go must not select columns that version 1 does not have")
	require.True(t, ok)
	require.Equal(t, []string{"Zoo", "Savannah"}, e.Categories)
	require.NoError(t, a.Refresh(t.Context()))
	a.Visit(feed.Listener{Account: "somebody"}, e.Post, time.Unix(0, 0))
	last, ok := a.LastVisit("somebody")
	require.True(t, ok)
	require.Equal(t, "c", last.ID)
	version, err := userVersion(t.Context(), a.reader)
	require.NoError(t, err)
	require.Equal(t, 1, version)

	service, err := Open(t.Context(), file)
	require.NoError(t, err)
	defer func() { require.NoError(t, service.Close()) }()
	_, err = service.Import(t.Context(), []feed.Entry{{Post: feed.Post{ID: "e"}}}, time.Unix(999, 0))
	require.NoError(t, err)
	require.NoError(t, a.Refresh(t.Context()), "another process migrates the file during the view")
	require.Equal(t, 5, a.Len())
	require.NoError(t, a.Close())
	_, ok = service.LastVisit("somebody")
	require.False(t, ok)
}

// TestFailedMigrationChangesNothing opens an archive of version 1 with invalid categories. The migration must fail and
// not change the archive.
func TestFailedMigrationChangesNothing(t *testing.T) {
	file := version1File(t)
	db, err := sql.Open("sqlite", sqliteDSN(file, "mode=rw"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = db.Exec("UPDATE bodies SET categories = 'no JSON' WHERE audio <> ''")
	require.NoError(t, err)
	_, err = Open(t.Context(), file)
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, "migration to version 2")
	require.ErrorContains(t, err, "backup")
	version, err := userVersion(t.Context(), db)
	require.NoError(t, err)
	require.Equal(t, 1, version)
	_, err = db.Exec("SELECT episode FROM posts")
	require.Error(t, err)
}

// TestOpenMigratesUndatedPosts opens an archive of a feed without dates that version 3 built. The first poll found three
// posts, the second poll a new one.
func TestOpenMigratesUndatedPosts(t *testing.T) {
	packed, err := os.Open(filepath.Join("testdata", "version3.db.gz"))
	require.NoError(t, err)
	defer func() { require.NoError(t, packed.Close()) }()
	unpacked, err := gzip.NewReader(packed)
	require.NoError(t, err)
	content, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "blog.db")
	require.NoError(t, os.WriteFile(file, content, 0o600))

	view, err := View(t.Context(), file)
	require.NoError(t, err)
	posts := view.SnapshotPosts()
	require.Len(t, posts, 4)
	require.Equal(t, feed.DateFirstSeen, posts[3].DateKind)
	require.NoError(t, view.Close())

	for range 2 {
		a, err := Open(t.Context(), file)
		require.NoError(t, err)
		require.FileExists(t, file+".before-3")
		var order string
		for _, p := range a.SnapshotPosts() {
			order += fmt.Sprint(p.ID, p.DateKind, " ")
		}
		require.Equal(t, "new1 first3 second3 third3 ", order)
		latest, _ := a.Latest()
		require.Equal(t, posts[0].Published, latest.Published)
		for words, want := range map[string]string{"first jar": "first", "third": "third"} {
			found, err := a.Search(t.Context(), words, 9)
			require.NoError(t, err)
			require.Len(t, found, 1)
			require.Equal(t, want, found[0].ID)
		}
		jars, err := a.InCategory(t.Context(), "jars", 0, 9)
		require.NoError(t, err)
		require.Len(t, jars, 4)
		origin, _, err := a.Origin(t.Context(), "first")
		require.NoError(t, err)
		require.Equal(t, Origin{FromFeed, posts[3].Published}, origin)
		require.NoError(t, a.CheckIntegrity(t.Context()))
		require.NoError(t, a.Close())
	}
}

// TestMigrationChoosesKindsOfDates migrates posts of version 3 that came from a poll, a page of older posts and an import.
func TestMigrationChoosesKindsOfDates(t *testing.T) {
	const firstPoll, later, stated = 1_000_000_000, 1_000_086_400, 900_000_000
	for _, c := range []struct {
		claim    string
		origins  bool // the file has the origins of the posts
		source   Source
		second   int64
		claimed  any
		want     feed.DateKind
		wantDate int64 // 0: unknown
	}{
		{"a stated date", true, FromFeed, stated, stated, feed.DateStated, stated},
		{"a date in the future", true, FromFeed, later, later + 999, feed.DateFirstSeen, later},
		{"no date, first poll", true, FromFeed, firstPoll, nil, feed.DateUnknown, 0},
		{"no date, later poll", true, FromFeed, later, nil, feed.DateFirstSeen, later},
		{"no date, page below a dated post", true, FromBackfill, stated, nil, feed.DateEstimated, stated},
		{"no date, page below an undated post", true, FromBackfill, firstPoll, nil, feed.DateUnknown, 0},
		{"an import", true, FromImport, stated, stated, feed.DateStated, stated},
		{"a stated date, no origins", false, 0, stated, stated, feed.DateStated, stated},
		{"no date, first poll, no origins", false, 0, firstPoll, nil, feed.DateUnknown, 0},
		{"no date, later poll, no origins", false, 0, later, nil, feed.DateFirstSeen, later},
		{"no date, page below a dated post, no origins", false, 0, stated, nil, feed.DateEstimated, stated},
	} {
		t.Run(c.claim, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "blog.db")
			db, err := sql.Open("sqlite", sqliteDSN(file, "mode=rwc&_pragma=journal_mode(wal)&_pragma=foreign_keys(1)"))
			require.NoError(t, err)
			_, err = migrate(t.Context(), limitToOneConn(db), migrations()[:3])
			require.NoError(t, err)
			insert := func(id string, source Source, second int64, claimed any, number int64) {
				position := second<<snapshot.SequenceBits + number
				_, err := db.Exec("INSERT INTO posts VALUES (?, ?, 'T', '', ?, 0, 0)", position, id, claimed)
				require.NoError(t, err)
				_, err = db.Exec("INSERT INTO bodies VALUES (?, 'words', '[]', '', '', '', '')", position)
				require.NoError(t, err)
				if c.origins {
					_, err = db.Exec("INSERT INTO origins VALUES (?, ?, ?)", position, source, max(second, firstPoll))
					require.NoError(t, err)
				}
			}
			insert("dated", FromFeed, stated, stated, 1)
			insert("undated", FromFeed, firstPoll, nil, 1)
			insert("x", c.source, c.second, c.claimed, 7)
			require.NoError(t, db.Close())
			a, err := Open(t.Context(), file)
			require.NoError(t, err)
			defer func() { require.NoError(t, a.Close()) }()
			e, ok, err := a.Entry(t.Context(), "x")
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, c.want, e.DateKind)
			if c.wantDate == 0 {
				require.True(t, e.Published.Before(feed.FirstDate()))
				return
			}
			require.Equal(t, c.wantDate, e.Published.Unix())
		})
	}
}
