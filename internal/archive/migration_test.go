package archive

import (
	"database/sql"
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
		a.Visit("somebody", posts[0], time.Unix(0, 0))
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
	a.Visit("somebody", e.Post, time.Unix(0, 0))
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
