package assembly

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOwnershipRemedyNamesUserAndCommand(t *testing.T) {
	require.Equal(t, `/var/lib/skill belongs to uid 65532 and gid 0, but this user has uid 1000 and gid 1001: run "chown -R 1000:1001" on it as root `+
		`(for a container, on its volume), or set data_dir to a folder that this user can write to`,
		ownershipRemedy("/var/lib/skill", owner{65532, 0}, owner{1000, 1001}))
	require.Contains(t, ownershipRemedy("/data", owner{1000, 0}, owner{1000, 1000}), "belongs to this user, uid 1000: look at the permissions")
}

func TestDataDirRemedy(t *testing.T) {
	dir := t.TempDir()
	denied := func(path string) error { return &fs.PathError{Op: "open", Path: path, Err: syscall.EACCES} }
	require.Contains(t, dataDirRemedy(denied(dir)), dir+" belongs to this user")
	require.Contains(t, dataDirRemedy(denied(filepath.Join(dir, "probe"))), dir+" belongs to this user", "the folder of a file that does not exist")
	require.Contains(t, dataDirRemedy(denied("/proc/1")), "/proc/1 belongs to ")
	for _, err := range []error{denied("/missing/folder/file"), fs.ErrPermission, syscall.ENOSPC, &fs.PathError{Op: "open", Path: dir, Err: syscall.EROFS}} {
		require.Equal(t, otherDataDir, dataDirRemedy(err), err)
	}
}

func TestRestrictDataDir(t *testing.T) {
	for mode, want := range map[fs.FileMode]fs.FileMode{
		0o700: 0o700, 0o750: 0o750, 0o770: 0o770, 0o755: 0o755, // the operator's choice
		0o777: 0o700, 0o777 | fs.ModeSticky: 0o700, 0o702: 0o700,
	} {
		dir := t.TempDir()
		require.NoError(t, os.Chmod(dir, mode))
		require.NoError(t, RestrictDataDir(dir))
		info, err := os.Stat(dir)
		require.NoError(t, err)
		require.Equal(t, want, info.Mode()&(fs.ModePerm|fs.ModeSticky), mode)
	}
	require.ErrorIs(t, RestrictDataDir(filepath.Join(t.TempDir(), "missing")), fs.ErrNotExist)
}
