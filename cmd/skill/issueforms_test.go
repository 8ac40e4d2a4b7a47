package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestManualsIssueForms checks the commands and the links in the issue forms. TestIssueForms in .ci/manifests checks the
// forms themselves.
func TestManualsIssueForms(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(top, ".github", "ISSUE_TEMPLATE", "*.yml"))
	require.NoError(t, err)
	command, commands, links := regexp.MustCompile("`(?:sudo )?(?:lastpost|skill) ([^`]+)`"), 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, typed := range command.FindAllStringSubmatch(string(text), -1) {
			requireCommand(t, file, strings.Fields(typed[1]))
			commands++
		}
		for _, link := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(text), -1) {
			path, inside := strings.CutPrefix(link[1], "../blob/HEAD/") // from /OWNER/NAME/issues/new
			require.True(t, inside, "%s links to %s", file, link[1])
			path, anchor, anchored := strings.Cut(path, "#")
			require.FileExists(t, filepath.Join(top, path), file)
			require.True(t, !anchored || strings.Contains(headingAnchors(readDocument(t, path)), "#"+anchor+"\n"), "%s links to %s", file, link[1])
			links++
		}
	}
	require.GreaterOrEqual(t, commands, 8)
	require.GreaterOrEqual(t, links, 3)
}
