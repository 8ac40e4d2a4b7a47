package archive

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each temporary file is removed after a crash, whatever number it has.
func TestRemovesEachTemporaryFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "blog.db")
	for range 500 {
		temp, err := createTemp(file)
		require.NoError(t, err)
		require.NoError(t, temp.Close())
	}
	removeStaleTemps(file)
	left, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Empty(t, left)
}
