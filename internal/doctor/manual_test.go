package doctor

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestManualShowsCheckURL compares the report for the real service with docs/vps.md.
func TestManualShowsCheckURL(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "vps.md"))
	require.NoError(t, err)
	// "lastpost init" calls the skill blog, and the package calls the program lastpost.
	_, printed, found := strings.Cut(string(page), "\n$ lastpost check --url https://skill.example.com/alexa/blog\n")
	require.True(t, found)
	printed = strings.Replace(printed, `"lastpost demo"`, `"skill demo"`, 1)
	printed, _, _ = strings.Cut(printed, "\n```")
	printed, _, _ = strings.Cut(printed, "\n$ ")
	printed = regexp.MustCompile(`\n {9,}`).ReplaceAllString(printed, " ") // continuation lines are indented

	p := newEndpointFixture(t)
	got := strings.TrimSpace(reportText(t, p.examine(p.startService(true), endpointURL)))
	require.Equal(t, withoutTimes(printed), withoutTimes(got))
}

// withoutTimes replaces dates and durations, which differ in each run.
func withoutTimes(text string) string {
	text = regexp.MustCompile(`\d{4}-\d\d-\d\d`).ReplaceAllString(text, "DAY")
	text = regexp.MustCompile(`\d+ days left`).ReplaceAllString(text, "N days left")
	return regexp.MustCompile(`\b\d+(ms|s)\b`).ReplaceAllString(text, "TIME")
}
