package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryFindingIsExplained checks that the tables of docs/account-linking.md contain each rule in the code.
func TestEveryFindingIsExplained(t *testing.T) {
	page := manualPages(t)["docs/account-linking.md"]
	code, err := os.ReadFile(filepath.Join(top, "internal/linkproxy/lint/diagnose.go"))
	require.NoError(t, err)
	rows := 0
	for _, m := range regexp.MustCompile(`\{"([a-z-]+)", (\d+), "`).FindAllStringSubmatch(string(code), -1) {
		name, row := m[1], m[2]
		if row == "0" {
			require.Contains(t, page, "`"+name+"`")
			continue
		}
		require.Regexp(t, `(?m)^\| `+row+` \|[^|]*\| `+"`"+name+"`"+` \|`, page)
		rows++
	}
	require.Equal(t, 13, rows)
}
