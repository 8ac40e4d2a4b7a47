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

func TestRewriteKeepsMode(t *testing.T) {
	for _, mode := range []fs.FileMode{0o600, 0o644, 0o640, 0o444} {
		name := filepath.Join(t.TempDir(), "skill.yaml")
		require.NoError(t, os.WriteFile(name, []byte("old and longer"), 0o600))
		require.NoError(t, os.Chmod(name, mode))
		require.NoError(t, durable.Rewrite(name, []byte("new")))
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, "new", string(content))
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm())
		require.Equal(t, []string{"skill.yaml"}, fileNames(t, filepath.Dir(name)), "no temporary file is left")
	}
}

func TestRewriteFollowsLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.WriteFile(target, []byte("old"), 0o640))
	require.NoError(t, os.Symlink(target, link))
	require.NoError(t, durable.Rewrite(link, []byte("new")))
	content, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, "new", string(content))
	at, err := os.Readlink(link)
	require.NoError(t, err)
	require.Equal(t, target, at)
}

// TestRewriteKeepsOwner needs root: other users cannot give a file away.
func TestRewriteKeepsOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file to another user")
	}
	name := filepath.Join(t.TempDir(), "skill.yaml")
	require.NoError(t, os.WriteFile(name, []byte("old"), 0o640))
	require.NoError(t, os.Chown(name, 12345, 23456))
	require.NoError(t, durable.Rewrite(name, []byte("new")))
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o640), info.Mode().Perm())
	require.EqualValues(t, 12345, info.Sys().(*syscall.Stat_t).Uid)
	require.EqualValues(t, 23456, info.Sys().(*syscall.Stat_t).Gid)
}

func TestRewriteRefusesOtherFiles(t *testing.T) {
	dir := t.TempDir()
	require.ErrorIs(t, durable.Rewrite(filepath.Join(dir, "missing"), nil), fs.ErrNotExist)
	require.Empty(t, fileNames(t, dir))
	require.EqualError(t, durable.Rewrite(dir, nil), dir+" is not a regular file")
	require.Empty(t, fileNames(t, filepath.Dir(dir))[1:], "only the folder itself")
}
