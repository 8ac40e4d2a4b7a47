package durable_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/durable"
)

// TestRewriteKeepsAccessList lets one more user read a file, as setfacl does.
func TestRewriteKeepsAccessList(t *testing.T) {
	const attribute, nobody = "system.posix_acl_access", ^uint32(0)
	name := filepath.Join(t.TempDir(), "skill.yaml")
	require.NoError(t, os.WriteFile(name, []byte("old"), 0o640))
	list := new(bytes.Buffer)
	for _, part := range []any{
		uint32(2), // the version of the format; then tag, permissions and id of each entry
		[]uint16{0x01, 6}, nobody, []uint16{0x02, 4}, uint32(12345), []uint16{0x04, 4}, nobody, []uint16{0x10, 4}, nobody, []uint16{0x20, 0}, nobody,
	} {
		require.NoError(t, binary.Write(list, binary.LittleEndian, part))
	}
	if err := syscall.Setxattr(name, attribute, list.Bytes(), 0); errors.Is(err, syscall.ENOTSUP) {
		t.Skip("this file system has no access-control lists")
	} else {
		require.NoError(t, err)
	}
	require.NoError(t, durable.Rewrite(name, []byte("new")))
	kept := make([]byte, 4096)
	size, err := syscall.Getxattr(name, attribute, kept)
	require.NoError(t, err)
	require.Equal(t, list.Bytes(), kept[:size])
}
