package doctor

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestManualsURL looks at the real service from outside, and expects what the manual prints.
func TestManualsURL(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "vps.md"))
	require.NoError(t, err)
	_, printed, found := strings.Cut(string(page), "\n$ go run ./cmd/skill check --url "+endpointURL+"\n")
	require.True(t, found)
	printed, _, _ = strings.Cut(printed, "\n```")
	printed, _, _ = strings.Cut(printed, "\n$ ")
	printed = regexp.MustCompile(`\n {9,}`).ReplaceAllString(printed, " ") // lines that go on are indented

	p := newEndpointFixture(t)
	said := strings.TrimSpace(lines(t, p.examine(p.startService(true), endpointURL)))
	require.Equal(t, dateless(printed), dateless(said))
}

// dateless has neither days nor durations, which differ from run to run.
func dateless(text string) string {
	text = regexp.MustCompile(`\d{4}-\d\d-\d\d`).ReplaceAllString(text, "DAY")
	text = regexp.MustCompile(`\d+ days left`).ReplaceAllString(text, "N days left")
	return regexp.MustCompile(`\b\d+(ms|s)\b`).ReplaceAllString(text, "TIME")
}
