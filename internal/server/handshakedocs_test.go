package server_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestManualExplainsFaultsOfHandshakes checks that docs/troubleshooting.md has a row with party and remedy for each kind of fault, and no
// other rows.
func TestManualExplainsFaultsOfHandshakes(t *testing.T) {
	kinds := map[string]bool{"tls-alert-other": true}
	files, err := filepath.Glob(filepath.Join("handshake", "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range regexp.MustCompile(`Kind: +"(tls-[a-z-]+)"`).FindAllSubmatch(content, -1) {
			kinds[string(found[1])] = true
		}
		if filepath.Base(file) == "names.go" {
			_, alerts, _ := strings.Cut(string(content), "func alertName(")
			for _, found := range regexp.MustCompile(`return "([a-z_]+)"`).FindAllStringSubmatch(alerts, -1) {
				kinds["tls-alert-"+strings.ReplaceAll(found[1], "_", "-")] = true
			}
		}
	}
	require.Greater(t, len(kinds), 30)
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "troubleshooting.md"))
	require.NoError(t, err)
	for row := range strings.Lines(string(page)) {
		cells := strings.Split(row, " | ")
		for _, found := range regexp.MustCompile("`(tls-[a-z-]+)`").FindAllStringSubmatch(cells[0], -1) {
			if strings.HasPrefix(row, "| `tls-") {
				require.Len(t, cells, 4, row)
				require.True(t, kinds[found[1]], "no such kind: %s", found[1])
				delete(kinds, found[1])
			}
		}
	}
	require.Empty(t, kinds, "docs/troubleshooting.md has no row")
}
