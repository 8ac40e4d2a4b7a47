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

// namespaceVariable is an environment variable. It is set in a child process of inNamespace.
const namespaceVariable = "LASTPOST_ARCHIVE_ALONE"

// inNamespace runs the calling test again in a child process with its own user and mount namespaces, as root or as an
// ordinary user. It returns true in the child process. In the namespaces, a test can mount small disks even if the
// caller is not root, and is subject to file permissions even if the caller is root.
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
		t.Skip("this system does not allow user namespaces: ", err)
	}
	require.NoError(t, err, "%s", out)
	t.Logf("%s", out)
	return false
}

const root, ordinaryUser = 0, 1000

// mountTmpfs mounts a small disk on a folder.
func mountTmpfs(t *testing.T, dir, options string) {
	t.Helper()
	require.NoError(t, syscall.Mount("none", dir, "tmpfs", 0, options))
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// fillDisk fills a disk and leaves some bytes free.
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

func TestFullDiskStoresNothing(t *testing.T) {
	t.Parallel()
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
			require.Equal(t, []string{"a", "b"}, storedIDs(t, a), "no part of the batch is stored or served")
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

// TestOpenReportsFullDisk checks that Open reports ErrFull if the disk does not have space for a new file, or for the
// write-ahead log of an existing file.
func TestOpenReportsFullDisk(t *testing.T) {
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
		require.Equal(t, []string{"room"}, fileNames(t, dir), "no partial file is left")
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

// TestOpenReportsMissingInodes checks that Open reports ErrFull if the disk has free space but no free inode.
func TestOpenReportsMissingInodes(t *testing.T) {
	if !inNamespace(t, root) {
		return
	}
	dir := t.TempDir()
	mountTmpfs(t, dir, "size=2m,nr_inodes=2")
	name := filepath.Join(dir, "blog.db")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "last"), nil, 0o600))
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
		{"a read-only file", 0o400, 0o700, name},
		{"an unreadable file", 0o200, 0o700, name},
		{"a read-only folder", 0o600, 0o500, name},
		{"an inaccessible folder", 0o600, 0o600, name},
		{"a missing file in a read-only folder", 0o600, 0o500, filepath.Join(dir, "new.db")},
		{"a missing folder in a read-only folder", 0o600, 0o500, filepath.Join(dir, "new", "new.db")},
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

// TestVisitsSurviveFullDisk checks that visits stay in memory while the disk is full, and are written once it has
// space.
func TestVisitsSurviveFullDisk(t *testing.T) {
	t.Parallel()
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
		require.Equal(t, "a", lastVisitID(a, "listener 4999"), "the visit is in memory")
	}
	require.NoError(t, os.Truncate(room, 0))
	require.NoError(t, a.Close())
	require.Equal(t, "a", lastVisitID(openArchive(t, name), "listener 4999"))
}
