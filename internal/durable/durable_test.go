package durable_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/durable"
)

func TestReplaceCreatesFolderAndFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "new", "folder", "file")
	require.NoError(t, durable.Replace(name, []byte("old"), 0o600))
	require.NoError(t, durable.Replace(name, []byte("new"), 0o640))
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "new", string(content))
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o640), info.Mode().Perm())
	require.Equal(t, []string{"file"}, fileNames(t, filepath.Dir(name)), "no temporary file is left")
	folder, err := os.Stat(filepath.Dir(name))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), folder.Mode().Perm())
}

// TestFailedWriteKeepsOldFile limits the size of files, so that a write fails halfway. The old content must remain.
func TestFailedWriteKeepsOldFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, durable.Replace(name, []byte("old"), 0o600))

	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit))
	small := limit
	small.Cur = 100
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small))
	err := durable.Replace(name, make([]byte, 1000), 0o600)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))

	require.ErrorIs(t, err, syscall.EFBIG)
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "old", string(content))
	require.Equal(t, []string{"file"}, fileNames(t, filepath.Dir(name)))
}

func TestReplaceNamesFailedStep(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	require.ErrorContains(t, durable.Replace(filepath.Join(dir, "file", "x"), nil, 0o600), "mkdir")
	require.ErrorContains(t, durable.Replace("/proc/x", nil, 0o600), "open")

	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	require.ErrorContains(t, durable.Replace(filepath.Join(dir, "folder"), nil, 0o600), "rename")
	require.Equal(t, []string{"file", "folder"}, fileNames(t, dir))
}

func TestRemoveTemporaryKeepsOtherFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, durable.Replace(filepath.Join(dir, "file"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".new-123"), []byte("half"), 0o600))
	require.NoError(t, durable.RemoveTemporary(dir))
	require.Equal(t, []string{"file"}, fileNames(t, dir))
	require.ErrorIs(t, durable.RemoveTemporary(filepath.Join(dir, "missing")), fs.ErrNotExist)
}

func fileNames(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
