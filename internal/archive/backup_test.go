package archive_test

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// copyVersion1File creates an archive with 400 posts in dir. A program of version 1 made the archive: see
// testdata/version1.sh.
func copyVersion1File(t *testing.T, dir string) (name string) {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join("testdata", "version1.db.gz"))
	require.NoError(t, err)
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	content, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	name = filepath.Join(dir, "blog.db")
	require.NoError(t, os.WriteFile(name, content, 0o600))
	return name
}

// readVersionAndCount returns the user_version of a file and the number of its posts. It checks the file's integrity.
func readVersionAndCount(t *testing.T, name string) (version, count int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+name+"?mode=ro")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.NoError(t, db.QueryRow("PRAGMA user_version").Scan(&version))
	require.NoError(t, db.QueryRow("SELECT count(*) FROM posts").Scan(&count))
	var check string
	require.NoError(t, db.QueryRow("PRAGMA integrity_check").Scan(&check))
	require.Equal(t, "ok", check)
	return version, count
}

// requireAll400Posts checks that a migrated archive has all 400 posts, with search, categories and episodes.
func requireAll400Posts(t *testing.T, a *archive.Archive) {
	t.Helper()
	require.Equal(t, 400, a.Len())
	latest, ok := a.Latest()
	require.True(t, ok)
	require.Equal(t, "post 0", latest.ID)
	zebras, err := a.Search(t.Context(), "zebra", 1000)
	require.NoError(t, err)
	require.Len(t, zebras, 400)
	posts, err := a.InCategory(t.Context(), "year 3", 0, 1000)
	require.NoError(t, err)
	require.Len(t, posts, 100)
	episode, ok := a.Newest(feed.Filter{Episodes: true})
	require.True(t, ok)
	require.Equal(t, "post 0", episode.ID)
	require.NoError(t, a.CheckIntegrity(t.Context()))
}

// TestBackupAndRestore migrates an archive of version 1. The backup must have all posts, and a restored backup must
// open.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	name := copyVersion1File(t, t.TempDir())
	a := openArchive(t, name)
	requireAll400Posts(t, a)
	copied := name + ".before-1"
	require.Equal(t, []string{"blog.db", "blog.db.before-1"}, fileNames(t, filepath.Dir(name), "blog.db-wal", "blog.db-shm"))
	info, err := os.Stat(copied)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	version, count := readVersionAndCount(t, copied)
	require.Equal(t, []int{1, 400}, []int{version, count})
	var log strings.Builder
	a.LogBackup(slog.New(slog.NewTextHandler(&log, nil)))
	require.Contains(t, log.String(), "copy="+copied)
	require.Contains(t, log.String(), "move "+copied+" to "+name)
	require.NoError(t, a.Close())

	// Restore the backup as the log message describes. The file then has version 1, which an older program can read.
	require.NoError(t, os.Rename(copied, name))
	version, count = readVersionAndCount(t, name)
	require.Equal(t, []int{1, 400}, []int{version, count})
	requireAll400Posts(t, openArchive(t, name))
}

// TestBackupOnlyBeforeRewrite checks that no backup is made of a new archive, of an archive of the current version, in
// memory, or for a view.
func TestBackupOnlyBeforeRewrite(t *testing.T) {
	requireNoBackup := func(t *testing.T, a *archive.Archive) {
		t.Helper()
		var log strings.Builder
		a.LogBackup(slog.New(slog.NewTextHandler(&log, nil)))
		require.Empty(t, log.String())
	}
	name := tempFile(t)
	for range 2 { // first a new archive, then the same archive, which has the current version
		a := openArchive(t, name)
		poll(t, a, t0, post("a", t0))
		requireNoBackup(t, a)
		require.NoError(t, a.Close())
	}
	require.Equal(t, []string{"blog.db"}, fileNames(t, filepath.Dir(name)))
	requireNoBackup(t, inMemory(t))

	old := copyVersion1File(t, t.TempDir())
	a, err := archive.View(t.Context(), old)
	require.NoError(t, err)
	require.Equal(t, 400, a.Len())
	requireNoBackup(t, a)
	require.NoError(t, a.Close())
	version, _ := readVersionAndCount(t, old)
	require.Equal(t, 1, version)
	require.Equal(t, []string{"blog.db"}, fileNames(t, filepath.Dir(old), "blog.db-wal", "blog.db-shm"), "a view makes no backup")
}

// TestReplacesBackupOfEarlierAttempt checks that a migration replaces an incomplete backup.
func TestReplacesBackupOfEarlierAttempt(t *testing.T) {
	t.Parallel()
	name := copyVersion1File(t, t.TempDir())
	copied := name + ".before-1"
	for _, earlier := range []string{"", "half a copy"} {
		require.NoError(t, os.WriteFile(copied, []byte(earlier), 0o600))
		require.NoError(t, os.WriteFile(name, readFile(t, copyVersion1File(t, t.TempDir())), 0o600))
		a := openArchive(t, name)
		requireAll400Posts(t, a)
		require.NoError(t, a.Close())
		version, count := readVersionAndCount(t, copied)
		require.Equal(t, []int{1, 400}, []int{version, count})
	}
}

// TestDoesNotMigrateWithoutBackup blocks the name of the backup with a folder. The archive must not be migrated.
func TestDoesNotMigrateWithoutBackup(t *testing.T) {
	name := copyVersion1File(t, t.TempDir())
	copied := name + ".before-1"
	require.NoError(t, os.MkdirAll(filepath.Join(copied, "in the way"), 0o700))
	_, err := archive.Open(t.Context(), name)
	require.ErrorContains(t, err, "back up to "+copied)
	version, count := readVersionAndCount(t, name)
	require.Equal(t, []int{1, 400}, []int{version, count})
	require.Equal(t, []string{"blog.db", "blog.db.before-1"}, fileNames(t, filepath.Dir(name), "blog.db-wal", "blog.db-shm"), "no temporary file is left")
	require.NoError(t, os.RemoveAll(copied))
	requireAll400Posts(t, openArchive(t, name))
}

// TestFullDiskPreventsMigration leaves too little space for the backup. The archive must not be migrated.
func TestFullDiskPreventsMigration(t *testing.T) {
	if !inNamespace(t, root) {
		return
	}
	dir := t.TempDir()
	mountTmpfs(t, dir, "size=4m")
	name := copyVersion1File(t, dir)
	for _, leave := range []int{64 << 10, 200 << 10} {
		room := fillDisk(t, dir, leave)
		_, err := archive.Open(t.Context(), name)
		requireRefused(t, err, archive.ErrFull, name, "space on its disk")
		require.Equal(t, []string{"blog.db", "room"}, fileNames(t, dir, "blog.db-wal", "blog.db-shm"), "no partial file is left")
		require.NoError(t, os.Remove(room))
		version, count := readVersionAndCount(t, name)
		require.Equal(t, []int{1, 400}, []int{version, count})
	}
	requireAll400Posts(t, openArchive(t, name))
}

// TestConcurrentMigrationsSucceed migrates one archive in several processes at the same time. All of them must succeed,
// with one backup.
func TestConcurrentMigrationsSucceed(t *testing.T) {
	t.Parallel()
	name := copyVersion1File(t, t.TempDir())
	var creators []interface{ Wait() error }
	var starts []io.WriteCloser
	for range 4 {
		cmd := childProcess(t, "creator", name)
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		creators, starts = append(creators, cmd), append(starts, in)
	}
	for _, in := range starts {
		_, err := fmt.Fprintln(in)
		require.NoError(t, err)
	}
	for _, cmd := range creators {
		require.NoError(t, cmd.Wait())
	}
	require.Equal(t, 404, openArchive(t, name).Len())
	version, count := readVersionAndCount(t, name+".before-1")
	require.Equal(t, []int{1, 400}, []int{version, count})
}

// TestMigrationSurvivesKill kills a migrating process at many moments. The archive must still have version 1, or have a
// backup. The next start completes the migration.
func TestMigrationSurvivesKill(t *testing.T) {
	requireE2E(t)
	for delay := time.Duration(0); delay < 80*time.Millisecond; delay += 4 * time.Millisecond {
		name := copyVersion1File(t, t.TempDir())
		cmd := childProcess(t, "keeper", name)
		require.NoError(t, cmd.Start())
		for start := time.Now(); len(fileNames(t, filepath.Dir(name))) == 1 && time.Since(start) < 10*time.Second; {
			time.Sleep(100 * time.Microsecond) // until the process has started
		}
		time.Sleep(delay)
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		version, count := readVersionAndCount(t, name)
		t.Log(delay, version, fileNames(t, filepath.Dir(name)))
		if version > 1 {
			_, count = readVersionAndCount(t, name+".before-1")
		}
		require.Equal(t, 400, count)
		a := openArchive(t, name)
		require.GreaterOrEqual(t, a.Len(), 400)
		_, ok, err := a.Entry(t.Context(), "post 399")
		require.NoError(t, err)
		require.True(t, ok)
		require.NoError(t, a.CheckIntegrity(t.Context()))
		require.NoError(t, a.Close())
		expected := []string{"blog.db", "blog.db.before-1"}
		if version > 1 && version < 6 { // killed between two steps: the next start backs up again before the steps that rewrite posts
			expected = append(expected, fmt.Sprint("blog.db.before-", version))
		}
		version, count = readVersionAndCount(t, name+".before-1")
		require.Equal(t, []int{1, 400}, []int{version, count})
		require.Equal(t, expected, fileNames(t, filepath.Dir(name)), "no temporary file is left")
	}
}

// TestMergeSurvivesKill kills a process at many moments while it merges posts that are stored twice. Each post must be in
// the archive, or in a file of removed posts.
func TestMergeSurvivesKill(t *testing.T) {
	requireE2E(t)
	const count = 400
	var stored []feed.Entry
	for _, scheme := range []string{"http", "https"} {
		for i := range count {
			address := fmt.Sprintf("%s://blog.example/%d", scheme, i)
			stored = append(stored, postWithLink(address, "T", address, hours(-i)))
		}
	}
	for delay := time.Duration(0); delay < 400*time.Millisecond; delay += 20 * time.Millisecond {
		name := archive.Version5File(t, stored...)
		cmd := childProcess(t, "keeper", name)
		require.NoError(t, cmd.Start())
		for start := time.Now(); len(fileNames(t, filepath.Dir(name))) == 1 && time.Since(start) < 10*time.Second; {
			time.Sleep(100 * time.Microsecond) // until the process has started
		}
		time.Sleep(delay)
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		version, found := readVersionAndCount(t, name)
		if version == 5 {
			require.Equal(t, 2*count, found, "all or nothing")
		}
		a := openArchive(t, name)
		for i := range count {
			_, ok, err := a.Entry(t.Context(), fmt.Sprintf("https://blog.example/%d", i))
			require.NoError(t, err)
			require.True(t, ok)
		}
		require.NoError(t, a.CheckIntegrity(t.Context()))
		require.NoError(t, a.Close())
		removed, err := filepath.Glob(name + ".merged-*.jsonl")
		require.NoError(t, err)
		require.NotEmpty(t, removed)
		for _, file := range removed {
			require.Equal(t, count, bytes.Count(readFile(t, file), []byte(`{"id":"http://`)), file)
		}
	}
}

// TestBackupIncludesWriteAheadLog checks that a backup contains a change that is only in the write-ahead log.
func TestBackupIncludesWriteAheadLog(t *testing.T) {
	name := copyVersion1File(t, t.TempDir())
	db, err := sql.Open("sqlite", "file:"+name+"?_pragma=journal_mode(wal)")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = db.Exec("DELETE FROM posts WHERE id = 'post 7'")
	require.NoError(t, err)
	a := openArchive(t, name)
	require.Equal(t, 399, a.Len())
	_, err = a.Import(t.Context(), []feed.Entry{post("new", t0)}, t0)
	require.NoError(t, err)
	version, count := readVersionAndCount(t, name+".before-1")
	require.Equal(t, []int{1, 399}, []int{version, count})
}
