package archive_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

func TestTwoWritersKeepAllPosts(t *testing.T) {
	name := tempFile(t)
	a, b := openArchive(t, name), openArchive(t, name)
	poll(t, a, t0, post("a", hours(-1)))
	require.Zero(t, b.Len())
	require.NoError(t, b.Refresh(t.Context()))
	require.Equal(t, []string{"a"}, storedIDs(t, b))

	poll(t, a, t0, post("a", hours(-3)), post("c", hours(-2)))
	poll(t, b, t0, post("a", hours(-5)), post("b", hours(-4)))
	require.Equal(t, []string{"c", "b", "a"}, storedIDs(t, b), "Keep also loads the other process's posts")
	require.NoError(t, a.Refresh(t.Context()))
	require.Equal(t, []string{"c", "b", "a"}, storedIDs(t, a))

	_, ok, err := a.Forget(t.Context(), "b")
	require.NoError(t, err)
	require.True(t, ok)
	_, ok, err = b.Forget(t.Context(), "b")
	require.NoError(t, err)
	require.False(t, ok)
	_, ok, err = b.Forget(t.Context(), "c")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, []string{"a"}, storedIDs(t, b))
	require.NoError(t, a.Refresh(t.Context()))
	require.Equal(t, []string{"a"}, storedIDs(t, a))
}

// TestForgetFindsPostOfAnotherProcess checks that Forget finds a post that is in the file but not yet in the snapshot.
func TestForgetFindsPostOfAnotherProcess(t *testing.T) {
	name := tempFile(t)
	a, b := openArchive(t, name), openArchive(t, name)
	poll(t, a, t0, post("a", t0))
	_, ok, err := b.Forget(t.Context(), "a")
	require.NoError(t, err)
	require.True(t, ok)
	require.Zero(t, b.Len())
}

func TestConcurrentWritersKeepAllPosts(t *testing.T) {
	t.Parallel()
	name := tempFile(t)
	var writers sync.WaitGroup
	handles := []*archive.Archive{openArchive(t, name), openArchive(t, name), openArchive(t, name)}
	for n, a := range handles {
		writers.Go(func() {
			for i := range 20 {
				batch := feed.Batch{Entries: []feed.Entry{post(fmt.Sprint(n, "-", i), hours(-i))}, Now: t0}
				_, err := a.Keep(t.Context(), batch)
				for err != nil && strings.Contains(err.Error(), "database is locked") { // on a busy machine one writer can wait too long
					_, err = a.Keep(t.Context(), batch)
				}
				if err != nil {
					t.Error(err)
				}
				if err := a.Refresh(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	for _, a := range handles {
		require.NoError(t, a.Refresh(t.Context()))
		require.Len(t, storedIDs(t, a), 60)
	}
}

func TestWatchLoadsPostsOfAnotherProcess(t *testing.T) {
	t.Parallel()
	name := tempFile(t)
	a, b := openArchive(t, name), openArchive(t, name)
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { a.Watch(ctx, slog.New(slog.DiscardHandler)) })
	poll(t, b, t0, post("a", t0))
	for start := time.Now(); a.Len() == 0 && time.Since(start) < 3*time.Second; {
		time.Sleep(10 * time.Millisecond)
	}
	require.Equal(t, 1, a.Len())
	cancel()
	watching.Wait()
}

type writerFunc func([]byte) (int, error)

func (write writerFunc) Write(p []byte) (int, error) { return write(p) }

func TestWatchLogsDamage(t *testing.T) {
	t.Parallel()
	name := damagedFile(t)
	a := openArchive(t, name)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var log strings.Builder
	untilFirstLine := writerFunc(func(line []byte) (int, error) {
		defer cancel()
		return log.Write(line)
	})
	a.Watch(ctx, slog.New(slog.NewTextHandler(untilFirstLine, nil)))
	require.Contains(t, log.String(), "archive is damaged")
	require.Contains(t, log.String(), name)
	require.Positive(t, a.Len())
}

func TestReadsPostsOfRunningProcess(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	poll(t, a, t0, post("a", hours(-1)))
	cmd := childProcess(t, "keeper", name)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	printed := bufio.NewScanner(out)
	for range 3 {
		require.True(t, printed.Scan())
		poll(t, a, t0, post("mine"+printed.Text(), hours(-2)))
		require.NoError(t, a.Refresh(t.Context()))
		require.Contains(t, snapshotIDs(a), printed.Text())
	}
	require.Equal(t, "1", fmt.Sprint(strings.Count(runChild(t, "viewer", name), " ")))
	require.NoError(t, cmd.Process.Kill())
	_, err = io.Copy(io.Discard, out)
	require.NoError(t, err)
	require.Error(t, cmd.Wait())
	require.NoError(t, a.Refresh(t.Context()))
	require.Subset(t, storedIDs(t, a), []string{"a", "first", "mine1", "mine3"})
}

func TestConcurrentCreatorsShareOneFile(t *testing.T) {
	t.Parallel()
	for range 3 {
		name := tempFile(t)
		const many = 2
		var creators sync.WaitGroup
		start := make(chan struct{})
		for range many {
			cmd := childProcess(t, "creator", name)
			in, err := cmd.StdinPipe()
			require.NoError(t, err)
			out, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			_, err = bufio.NewReader(out).ReadString('\n')
			require.NoError(t, err)
			creators.Go(func() {
				<-start
				_, _ = io.WriteString(in, "go\n") // Wait reports it
				if err := cmd.Wait(); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		creators.Wait()
		require.Len(t, storedIDs(t, openArchive(t, name)), many, "all creators succeed")
		require.Equal(t, []string{"blog.db"}, fileNames(t, filepath.Dir(name), "blog.db-shm", "blog.db-wal"), "no temporary file is left")
	}
}

// fileNames returns the names of a folder's files, except the ignored ones.
func fileNames(t *testing.T, dir string, ignored ...string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, f := range files {
		names = append(names, f.Name())
		for _, name := range ignored {
			if f.Name() == name {
				names = names[:len(names)-1]
			}
		}
	}
	return names
}

func TestView(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	poll(t, a, t0, fullEntry("a"), post("b", hours(-9)))
	t.Run("views an archive in use", func(t *testing.T) { requireViewWorks(t, name) })
	t.Run("sees new posts", func(t *testing.T) {
		v, err := archive.View(t.Context(), name)
		require.NoError(t, err)
		defer func() { require.NoError(t, v.Close()) }()
		poll(t, a, t0, post("c", hours(-10)))
		require.NoError(t, v.Refresh(t.Context()))
		require.Equal(t, []string{"a", "b", "c"}, storedIDs(t, v))
	})
	t.Run("never writes", func(t *testing.T) {
		db, err := sql.Open("sqlite", name)
		require.NoError(t, err)
		defer func() { require.NoError(t, db.Close()) }()
		db.SetMaxOpenConns(1)
		var before, after int
		require.NoError(t, db.QueryRow("PRAGMA data_version").Scan(&before))
		requireViewWorks(t, name)
		require.NoError(t, db.QueryRow("PRAGMA data_version").Scan(&after))
		require.Equal(t, before, after)

		v, err := archive.View(t.Context(), name)
		require.NoError(t, err)
		defer func() { require.NoError(t, v.Close()) }()
		_, err = v.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{post("x", t0)}, Now: t0})
		require.ErrorIs(t, err, archive.ErrAccess)
		_, _, err = v.Forget(t.Context(), "a")
		require.ErrorIs(t, err, archive.ErrAccess)
	})
	t.Run("views a closed archive without changing it", func(t *testing.T) {
		require.NoError(t, a.Close())
		require.Equal(t, []string{"blog.db"}, fileNames(t, filepath.Dir(name)), "no other file is left")
		before, err := os.ReadFile(name)
		require.NoError(t, err)
		requireViewWorks(t, name)
		require.Equal(t, "a 3", runChild(t, "viewer", name))
		after, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, before, after)
		again := openArchive(t, name)
		require.Equal(t, []string{"a", "b", "c"}, storedIDs(t, again), "opens again for writing")
	})
	t.Run("refuses a missing archive", func(t *testing.T) {
		missing := filepath.Join(t.TempDir(), "blog.db")
		for _, see := range []func(context.Context, string) (*archive.Archive, error){archive.View, archive.OpenExisting} {
			_, err := see(t.Context(), missing)
			require.ErrorIs(t, err, archive.ErrMissing)
			require.ErrorContains(t, err, missing)
			require.NoFileExists(t, missing)
		}
	})
}

func requireViewWorks(t *testing.T, name string) {
	t.Helper()
	v, err := archive.View(t.Context(), name)
	require.NoError(t, err)
	defer func() { require.NoError(t, v.Close()) }()
	require.Equal(t, fullEntry("a"), allEntries(t, v)[0])
	require.Equal(t, []string{"a"}, searchIDs(t, v, "zebra"))
	require.NoError(t, v.Refresh(t.Context()))
	require.NoError(t, v.CheckIntegrity(t.Context()))
}

// TestStoredPostsSurviveKill kills a process at random moments while it stores posts. Every post whose id the process
// has printed must be stored.
func TestStoredPostsSurviveKill(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	name := tempFile(t)
	last := -1
	for n := range 20 {
		cmd := childProcess(t, "keeper", name)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		kill := func() { _ = cmd.Process.Kill() } // Wait reports it
		lines, printed := bufio.NewScanner(out), []string{}
		if n%4 > 0 && lines.Scan() { // otherwise the kill happens while the process opens or creates the file
			printed = append(printed, lines.Text())
		}
		time.AfterFunc(time.Duration(rand.IntN(40_000))*time.Microsecond, kill)
		for lines.Scan() {
			printed = append(printed, lines.Text())
		}
		require.ErrorContains(t, cmd.Wait(), "killed")

		if _, err := os.Stat(name); err != nil {
			require.ErrorIs(t, err, fs.ErrNotExist)
			require.Empty(t, printed)
			continue
		}
		a, err := archive.Open(t.Context(), name)
		require.NoError(t, err)
		kept := storedIDs(t, a)
		require.Subset(t, kept, printed)
		require.GreaterOrEqual(t, len(kept), last)
		last = len(kept)
		whole := a.CheckIntegrity(t.Context())
		require.NoError(t, a.Close())
		require.NoError(t, whole)
		require.Equal(t, "ok", checkIntegrityOf(t, name))
	}
	require.Positive(t, last)
}

func checkIntegrityOf(t *testing.T, name string) (printed string) {
	t.Helper()
	db, err := sql.Open("sqlite", name)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.NoError(t, db.QueryRow("PRAGMA integrity_check").Scan(&printed))
	return printed
}

// TestRemovesFilesOfKilledCreator checks that Open removes temporary files that killed processes left, and keeps files
// with similar names.
func TestRemovesFilesOfKilledCreator(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "blog.db")
	for _, draft := range []string{"blog.db.new-1234567890", "blog.db.new-1234567890-wal", "blog.db.new-1234567890-shm", "other.db.new-1234567890", "blog.db.new-20260314", "blog.db.new-by-hand"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, draft), []byte("half"), 0o600))
	}
	a := openArchive(t, name)
	require.NoError(t, a.Close())
	require.Equal(t, []string{"blog.db", "blog.db.new-20260314", "blog.db.new-by-hand", "other.db.new-1234567890"}, fileNames(t, dir))
}
