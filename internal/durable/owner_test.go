package durable

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A fakeInfo has another owner than this process can give.
type fakeInfo struct {
	fs.FileInfo

	mode fs.FileMode
	stat *syscall.Stat_t
}

func (f fakeInfo) Mode() fs.FileMode { return f.mode }
func (f fakeInfo) Sys() any          { return f.stat }

// TestKeepOwnerNeverHidesFile has a file of another user. If only this user can read the new file, the service loses it.
func TestKeepOwnerNeverHidesFile(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may give files to anyone")
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "new"))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	other := &syscall.Stat_t{Uid: uint32(os.Geteuid()) + 1, Gid: uint32(os.Getegid())}
	require.ErrorIs(t, keepOwner(file, fakeInfo{mode: 0o640, stat: other}), fs.ErrPermission)
	require.NoError(t, keepOwner(file, fakeInfo{mode: 0o644, stat: other}))
}
