package archive

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/feed"
)

// TestFullSecondUsesNeighbour fills all positions of a second and stores another post with that date.
func TestFullSecondUsesNeighbour(t *testing.T) {
	for _, c := range []struct {
		claim  string
		older  bool
		placed int64
		want   time.Duration
	}{
		{"a newer post gets the next second", false, 1<<snapshot.SequenceBits - 1, time.Second},
		{"an older post gets the previous second", true, 0, -time.Second},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a, err := InMemory(t.Context())
			require.NoError(t, err)
			defer func() { require.NoError(t, a.Close()) }()
			at := time.Unix(1e9, 0).UTC()
			_, err = a.writer.ExecContext(t.Context(), "INSERT INTO posts (position, id, title, link, claimed, walk, episode) VALUES (?, 'full', '', '', NULL, 0, 0)", at.Unix()<<snapshot.SequenceBits+c.placed)
			require.NoError(t, err)
			_, err = a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{{Post: feed.Post{ID: "new", Published: at}}}, Now: at, Older: c.older})
			require.NoError(t, err)
			require.NoError(t, a.reloadSnapshot(t.Context()))
			second := feed.Filter{From: at.Add(c.want), To: at.Add(c.want + time.Second)}
			count, newest := a.Count(second)
			require.Equal(t, 1, count)
			require.Equal(t, "new", newest.ID)
		})
	}
}

// TestPositionsHoldExtremeDates checks that a position stores the first and the last possible date without loss.
func TestPositionsHoldExtremeDates(t *testing.T) {
	for _, at := range []time.Time{{}, time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Unix(-1, 0), time.Unix(0, 0)} {
		first := at.Unix() << snapshot.SequenceBits
		require.Equal(t, at.Unix(), snapshot.PositionTime(first).Unix())
		require.Equal(t, at.Unix(), snapshot.PositionTime(first+1<<snapshot.SequenceBits-1).Unix())
	}
}

func TestMigrations(t *testing.T) {
	one, two, three := "CREATE TABLE one (a)", "ALTER TABLE one ADD b; INSERT INTO one VALUES (1, 2)", "CREATE TABLE three AS SELECT b FROM one;\n"
	broken := "CREATE TABLE broken (a); INSERT INTO nowhere VALUES (1);"
	steps := func(statements []string) (steps []migration) {
		for _, s := range statements {
			steps = append(steps, migration{statements: s})
		}
		return steps
	}
	for _, c := range []struct {
		claim   string
		before  []string
		steps   []string
		want    error
		version int
		tables  string
	}{
		{"from empty to version 3", nil, []string{one, two, three}, nil, 3, "one,three"},
		{"from version 1 to version 3", []string{one}, []string{one, two, three}, nil, 3, "one,three"},
		{"nothing to do", []string{one, two}, []string{one, two}, nil, 2, "one"},
		{"a failed step keeps the previous one", []string{one}, []string{one, two, broken, three}, ErrDamaged, 2, "one"},
		{"refuses a newer version", []string{one, two, three}, []string{one, two}, ErrNewer, 3, "one,three"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			db, err := sql.Open("sqlite", ":memory:")
			require.NoError(t, err)
			defer func() { require.NoError(t, limitToOneConn(db).Close()) }()
			_, err = migrate(t.Context(), limitToOneConn(db), steps(c.before))
			require.NoError(t, err)
			_, err = migrate(t.Context(), db, steps(c.steps))
			require.ErrorIs(t, wrapFileError(t.Context(), "blog.db", err), c.want)
			version, err := userVersion(t.Context(), db)
			require.NoError(t, err)
			require.Equal(t, c.version, version)
			var tables string
			require.NoError(t, db.QueryRow("SELECT group_concat(name ORDER BY name) FROM sqlite_schema").Scan(&tables))
			require.Equal(t, c.tables, tables)
			var id int
			require.NoError(t, db.QueryRow("PRAGMA application_id").Scan(&id))
			require.Equal(t, applicationID, id)
		})
	}
}

// TestMigrationAppliedByAnotherProcess checks that a migration step succeeds without changes if another process has
// already applied it. It applies the same step twice.
func TestMigrationAppliedByAnotherProcess(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	one := migration{statements: "CREATE TABLE one (a)"}
	require.NoError(t, applyMigration(t.Context(), limitToOneConn(db), &merge{}, one, 1))
	require.NoError(t, applyMigration(t.Context(), db, &merge{}, one, 1))
}

// TestFullFileStoresNothing limits the size of the file. A batch that exceeds the limit must not change the archive.
func TestFullFileStoresNothing(t *testing.T) {
	a, err := Open(t.Context(), filepath.Join(t.TempDir(), "blog.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, a.Close()) }()
	kept := feed.Entry{Post: feed.Post{ID: "a", Title: "kept"}}
	_, err = a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{kept}, Now: time.Now()})
	require.NoError(t, err)
	limit := func(pages int) {
		_, err := a.writer.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		require.NoError(t, err)
	}
	limit(1) // SQLite raises this limit to the current size of the file, so the file cannot grow
	large := feed.Entry{Post: feed.Post{ID: "b", Title: "large"}, Content: strings.Repeat("much ", 50_000)}
	changed := kept
	changed.Title = "changed"
	_, err = a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{changed, large}, Now: time.Now()})
	require.ErrorIs(t, err, ErrFull)
	require.ErrorContains(t, err, a.file)
	require.ErrorContains(t, err, "space on its disk")
	require.Equal(t, 1, a.Len())
	latest, _ := a.Latest()
	require.Equal(t, "kept", latest.Title)
	limit(1 << 30)
	_, err = a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{changed, large}, Now: time.Now()})
	require.NoError(t, err)
	require.Equal(t, 2, a.Len())
}

// TestRefusesLockedFile checks that Keep reports ErrBusy if another connection holds the write lock for longer than the
// timeout.
func TestRefusesLockedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "blog.db")
	a, err := Open(t.Context(), file)
	require.NoError(t, err)
	defer func() { require.NoError(t, a.Close()) }()
	other, err := sql.Open("sqlite", sqliteDSN(file, "mode=rw&_txlock=immediate"))
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	tx, err := other.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback()) }()

	_, err = a.writer.ExecContext(t.Context(), "PRAGMA busy_timeout = 10")
	require.NoError(t, err)
	_, err = a.Keep(t.Context(), feed.Batch{Now: time.Now()})
	require.ErrorIs(t, err, ErrBusy)
	require.ErrorContains(t, err, file)
	require.ErrorContains(t, err, "Another process")
}
