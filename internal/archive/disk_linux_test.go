package archive_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// namespaceVariable is the environment variable that tells a test that it runs in namespaces of its own.
const namespaceVariable = "LASTPOST_ARCHIVE_ALONE"

// inNamespace runs the test that calls it once more, in a process with users and mounts of its own, as root or as
// somebody; there it returns true. What root may do here binds nobody: permissions do not, and disks are large.
func inNamespace(t *testing.T, user int) bool {
	t.Helper()
	if os.Getenv(namespaceVariable) != "" {
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), namespaceVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if cmd.Process == nil {
		t.Skip("this system gives no user namespaces: ", err)
	}
	require.NoError(t, err, "%s", out)
	t.Logf("%s", out)
	return false
}

const root, ordinaryUser = 0, 1000

// mountTmpfs puts a small disk where a folder is.
func mountTmpfs(t *testing.T, dir, options string) {
	t.Helper()
	require.NoError(t, syscall.Mount("none", dir, "tmpfs", 0, options))
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// fillDisk takes all but some of the room that is left on a disk.
func fillDisk(t *testing.T, dir string, free int) (filler string) {
	t.Helper()
	filler = filepath.Join(dir, "room")
	f, err := os.Create(filler)
	require.NoError(t, err)
	var size, n int
	for block := make([]byte, 4096); err == nil; size += n {
		n, err = f.Write(block)
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, f.Truncate(int64(max(0, size-free))))
	require.NoError(t, f.Close())
	return filler
}

func longPost(id string) feed.Entry {
	e := post(id, t0)
	e.Content = strings.Repeat("a word or two of it ", 3000)
	return e
}

func requireRefused(t *testing.T, err, kind error, name, remedy string) {
	t.Helper()
	require.ErrorIs(t, err, kind)
	require.ErrorContains(t, err, name)
	require.ErrorContains(t, err, remedy)
}

func TestFullDisk(t *testing.T) {
	if !inNamespace(t, root) {
		return
	}
	for _, leave := range []int{0, 4096, 40 << 10} {
		dir := t.TempDir()
		mountTmpfs(t, dir, "size=4m")
		name := filepath.Join(dir, "blog.db")
		a := openArchive(t, name)
		poll(t, a, t0, fullEntry("a"), post("b", hours(-6)))
		room := fillDisk(t, dir, leave)
		changed := fullEntry("a")
		changed.Title = "changed"
		for range 2 {
			_, err := a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{changed, longPost("new"), longPost("newer")}, Now: t0})
			requireRefused(t, err, archive.ErrFull, name, "space on its disk")
			require.Equal(t, []string{"a", "b"}, storedIDs(t, a), "nothing of it is kept, nor answered with")
			require.Equal(t, fullEntry("a"), allEntries(t, a)[0])
			require.Equal(t, []string{"a"}, searchIDs(t, a, "zebra"))
		}
		require.NoError(t, os.Truncate(room, 0))
		require.Equal(t, feed.StoreResult{New: 2, Changed: 1, NewlySeen: 2}, poll(t, a, t0, changed, longPost("new"), longPost("newer")))
		require.NoError(t, a.CheckIntegrity(t.Context()))
		require.NoError(t, a.Close())
		require.Equal(t, []string{"new", "newer", "a", "b"}, storedIDs(t, openArchive(t, name)))
	}
}

// TestFullDiskAtCreation has no room for the first file, nor for the log of one that is there.
func TestFullDiskAtCreation(t *testing.T) {
	if !inNamespace(t, root) {
		return
	}
	dir := t.TempDir()
	mountTmpfs(t, dir, "size=2m")
	name := filepath.Join(dir, "blog.db")
	for _, leave := range []int{0, 4096, 40 << 10} {
		room := fillDisk(t, dir, leave)
		_, err := archive.Open(t.Context(), name)
		requireRefused(t, err, archive.ErrFull, name, "space on its disk")
		require.Equal(t, []string{"room"}, fileNames(t, dir), "nothing half-made stays")
		require.NoError(t, os.Truncate(room, 0))
	}
	a := openArchive(t, name)
	poll(t, a, t0, fullEntry("a"))
	require.NoError(t, a.Close())
	before := readFile(t, name)
	for _, leave := range []int{0, 4096} {
		room := fillDisk(t, dir, leave)
		_, err := archive.Open(t.Context(), name)
		requireRefused(t, err, archive.ErrFull, name, "space on its disk")
		require.Equal(t, before, readFile(t, name))
		require.NoError(t, os.Truncate(room, 0))
	}
	require.Equal(t, []string{"a"}, storedIDs(t, openArchive(t, name)))
}

// TestDiskWithoutInodes has room, but none for another file.
func TestDiskWithoutInodes(t *testing.T) {
	if !inNamespace(t, root) {
		return
	}
	dir := t.TempDir()
	mountTmpfs(t, dir, "size=2m,nr_inodes=2")
	name := filepath.Join(dir, "blog.db")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "the last one"), nil, 0o600))
	_, err := archive.Open(t.Context(), name)
	requireRefused(t, err, archive.ErrFull, name, "space on its disk")
}

func TestReadOnlyDisk(t *testing.T) {
	if !inNamespace(t, root) {
		return
	}
	dir := t.TempDir()
	mountTmpfs(t, dir, "size=4m")
	name := filepath.Join(dir, "blog.db")
	a := openArchive(t, name)
	poll(t, a, t0, fullEntry("a"))
	require.NoError(t, a.Close())
	require.NoError(t, syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	for _, see := range []string{name, filepath.Join(dir, "new.db"), filepath.Join(dir, "new", "new.db")} {
		_, err := archive.Open(t.Context(), see)
		requireRefused(t, err, archive.ErrAccess, see, "Allow the user")
	}
	_, err := archive.View(t.Context(), name)
	requireRefused(t, err, archive.ErrAccess, name, "Allow the user")
	require.NoError(t, syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT, ""))
	require.Equal(t, []string{"a"}, storedIDs(t, openArchive(t, name)))
}

func TestPermissions(t *testing.T) {
	if !inNamespace(t, ordinaryUser) {
		return
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "blog.db")
	a := openArchive(t, name)
	poll(t, a, t0, fullEntry("a"))
	require.NoError(t, a.Close())
	before := readFile(t, name)
	for _, c := range []struct {
		claim        string
		file, folder os.FileMode
		name         string
	}{
		{"a file that may not be written", 0o400, 0o700, name},
		{"a file that may not be read", 0o200, 0o700, name},
		{"a folder that may not be written", 0o600, 0o500, name},
		{"a folder that may not be entered", 0o600, 0o600, name},
		{"no file, in a folder that may not be written", 0o600, 0o500, filepath.Join(dir, "new.db")},
		{"no folder, in a folder that may not be written", 0o600, 0o500, filepath.Join(dir, "new", "new.db")},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.NoError(t, os.Chmod(name, c.file))
			require.NoError(t, os.Chmod(dir, c.folder))
			_, err := archive.Open(t.Context(), c.name)
			require.NoError(t, os.Chmod(dir, 0o700))
			require.NoError(t, os.Chmod(name, 0o600))
			requireRefused(t, err, archive.ErrAccess, c.name, "Allow the user")
			require.Equal(t, before, readFile(t, name))
			require.Equal(t, []string{"blog.db"}, fileNames(t, dir, "blog.db-shm", "blog.db-wal"))
		})
	}
	require.Equal(t, []string{"a"}, storedIDs(t, openArchive(t, name)))
}

// TestFullDiskForVisits has no room for who is here, which is tried again.
func TestFullDiskForVisits(t *testing.T) {
	if !inNamespace(t, root) {
		return
	}
	dir := t.TempDir()
	mountTmpfs(t, dir, "size=4m")
	name := filepath.Join(dir, "blog.db")
	a := openArchive(t, name)
	poll(t, a, t0, fullEntry("a"))
	room := fillDisk(t, dir, 0)
	visitMany(a, 0, 5000, t0)
	for range 2 {
		requireRefused(t, a.Flush(t.Context()), archive.ErrFull, name, "space on its disk")
		require.Equal(t, 5000, a.PendingVisits())
		require.Equal(t, "a", lastVisitID(a, "listener 4999"), "it is remembered all the same")
	}
	require.NoError(t, os.Truncate(room, 0))
	require.NoError(t, a.Close())
	require.Equal(t, "a", lastVisitID(openArchive(t, name), "listener 4999"))
}
