package archive_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// archiveOf300 returns a closed archive with 300 posts, so that each table has several pages.
func archiveOf300(t *testing.T) string {
	t.Helper()
	name := tempFile(t)
	a := openArchive(t, name)
	page := make([]feed.Entry, 0, 300)
	for n := range 300 {
		e := post(fmt.Sprint(n), hours(-n))
		e.Content = strings.Repeat(fmt.Sprintf("some words of post %d ", n), 200)
		page = append(page, e)
	}
	poll(t, a, t0, page...)
	require.NoError(t, a.Close())
	return name
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return b
}

func writeFile(t *testing.T, name string, b []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(name, b, 0o600))
}

func execSQL(t *testing.T, name, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", name)
	require.NoError(t, err)
	_, err = db.Exec(statement)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

// TestRefusesUnreadableFiles checks that every function that opens an archive refuses an invalid file, and does not
// replace or change the file.
func TestRefusesUnreadableFiles(t *testing.T) {
	sound := readFile(t, archiveOf300(t))
	for _, c := range []struct {
		claim  string
		damage func(t *testing.T, name string)
		want   error
		remedy string
	}{
		{"an empty file", func(t *testing.T, name string) { writeFile(t, name, nil) }, archive.ErrDamaged, "Restore a backup"},
		{"a file of text", func(t *testing.T, name string) { writeFile(t, name, []byte(strings.Repeat("garbage ", 10_000))) }, archive.ErrDamaged, "Restore a backup"},
		{"a file of zeros", func(t *testing.T, name string) { writeFile(t, name, make([]byte, 1<<16)) }, archive.ErrDamaged, "Restore a backup"},
		{"only the header", func(t *testing.T, name string) { writeFile(t, name, readFile(t, name)[:100]) }, archive.ErrDamaged, "Restore a backup"},
		{"another application's database", func(t *testing.T, name string) {
			require.NoError(t, os.Remove(name))
			execSQL(t, name, "CREATE TABLE theirs (a); PRAGMA user_version = 1")
		}, archive.ErrDamaged, "not an archive of this program"},
		{"a truncated file", func(t *testing.T, name string) { b := readFile(t, name); writeFile(t, name, b[:len(b)/2]) }, archive.ErrDamaged, "Restore a backup"},
		{"a missing table", func(t *testing.T, name string) { execSQL(t, name, "DROP TABLE memos") }, archive.ErrDamaged, "Restore a backup"},
		{"a random first page", func(t *testing.T, name string) {
			b := readFile(t, name)
			overwriteRandom(b[100:4096])
			writeFile(t, name, b)
		}, archive.ErrDamaged, "Restore a backup"},
		{"a file of a newer version", func(t *testing.T, name string) { execSQL(t, name, "PRAGMA user_version = 99") }, archive.ErrNewer, "newer version of this program"},
		{"a missing file with a leftover write-ahead log", func(t *testing.T, name string) {
			require.NoError(t, os.Rename(name, name+"-wal"))
		}, archive.ErrMissing, "remove the leftover files"},
		{"a folder", func(t *testing.T, name string) {
			require.NoError(t, os.Remove(name))
			require.NoError(t, os.Mkdir(name, 0o700))
		}, archive.ErrDamaged, "not a regular file"},
		{"a dangling symbolic link", func(t *testing.T, name string) {
			require.NoError(t, os.Remove(name))
			require.NoError(t, os.Symlink(filepath.Join(t.TempDir(), "not", "mounted"), name))
		}, archive.ErrMissing, "remove the leftover files"},
	} {
		for opener, see := range map[string]func(context.Context, string) (*archive.Archive, error){"Open": archive.Open, "OpenExisting": archive.OpenExisting, "View": archive.View} {
			t.Run(c.claim+"/"+opener, func(t *testing.T) {
				name := tempFile(t)
				writeFile(t, name, sound)
				c.damage(t, name)
				before, _ := os.ReadFile(name)
				_, err := see(t.Context(), name)
				require.ErrorIs(t, err, c.want)
				require.ErrorContains(t, err, name)
				require.ErrorContains(t, err, c.remedy)
				after, _ := os.ReadFile(name)
				require.Equal(t, before, after, "the file does not change")
			})
		}
	}
}

// overwriteRandom fills b with the same pseudorandom bytes in each run.
func overwriteRandom(b []byte) {
	fillRandom(rand.New(rand.NewPCG(1, 2)), b)
}

func fillRandom(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}

// damagedFile returns the name of an archive with random bytes in its second half, which stores the bodies.
func damagedFile(t *testing.T) string {
	t.Helper()
	name := archiveOf300(t)
	b := readFile(t, name)
	half := len(b) / 2 / 4096 * 4096
	overwriteRandom(b[half : half+20*4096])
	writeFile(t, name, b)
	return name
}

func TestDamagedContent(t *testing.T) {
	t.Parallel()
	name := damagedFile(t)
	a, err := archive.Open(t.Context(), name)
	require.NoError(t, err, "the snapshot is readable")
	defer func() { require.NoError(t, a.Close()) }()
	require.Equal(t, 300, a.Len())
	err = a.CheckIntegrity(t.Context())
	require.ErrorIs(t, err, archive.ErrDamaged)
	require.ErrorContains(t, err, name)
	require.ErrorContains(t, err, "backup")

	var last error
	read := 0
	for _, err := range a.Entries(t.Context()) {
		if last = err; err == nil {
			read++
		}
	}
	require.ErrorIs(t, last, archive.ErrDamaged)
	require.Less(t, read, 300)
}

// TestDamagedPages overwrites one page after another. Every call must succeed or report ErrDamaged.
func TestDamagedPages(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	name := archiveOf300(t)
	sound := readFile(t, name)
	pages := len(sound) / 4096
	const tries = 12
	for n := range tries {
		b := append([]byte(nil), sound...)
		page := n * pages / tries
		overwriteRandom(b[page*4096 : (page+1)*4096])
		writeFile(t, name, b)
		a, err := archive.Open(t.Context(), name)
		if err != nil {
			require.ErrorIs(t, err, archive.ErrDamaged, "page %d", page)
			_ = os.Remove(name + "-wal")
			_ = os.Remove(name + "-shm")
			continue
		}
		changed := post("7", hours(-7))
		_, keepErr := a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{changed, post("new", t0)}, Now: t0})
		_, searchErr := a.Search(t.Context(), "words post 17", 100)
		_, _, forgetErr := a.Forget(t.Context(), "33")
		errs := []error{keepErr, searchErr, forgetErr, a.CheckIntegrity(t.Context())}
		for _, err := range a.Entries(t.Context()) {
			errs = append(errs, err)
		}
		for _, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, archive.ErrDamaged, "page %d", page)
				require.ErrorContains(t, err, name)
			}
		}
		_ = a.Close()
		_ = os.Remove(name + "-wal")
		_ = os.Remove(name + "-shm")
	}
}

func TestUnusualFileNames(t *testing.T) {
	for _, base := range []string{"a?b#c%.db", "%41.db", "with space & more=1.db", "ünï;cödé.db", "a'b\"c.db", "file:x.db", "-", "\xff\xfe.db"} {
		t.Run(base, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "sub?dir#")
			a := openArchive(t, filepath.Join(dir, base))
			poll(t, a, t0, post("a", t0))
			require.NoError(t, a.Close())
			require.Equal(t, []string{base}, fileNames(t, dir))
			v, err := archive.View(t.Context(), filepath.Join(dir, base))
			require.NoError(t, err)
			require.Equal(t, 1, v.Len())
			require.NoError(t, v.Close())
		})
	}
	t.Run("a relative name", func(t *testing.T) {
		t.Chdir(t.TempDir())
		a := openArchive(t, "blog.db")
		t.Chdir(t.TempDir())
		poll(t, a, t0, post("a", t0))
		require.Len(t, allEntries(t, a), 1, "a change of the working directory does not matter")
		require.NoError(t, a.Close())
	})
}
