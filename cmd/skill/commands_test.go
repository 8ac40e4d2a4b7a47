package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryCommandIsExplained requires that a script runs each command, and that a page names it.
func TestEveryCommandIsExplained(t *testing.T) {
	var pages, scripts strings.Builder
	for name, page := range manualPages(t) {
		if name != "ARCHITECTURE.md" {
			pages.WriteString(page)
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	require.NoError(t, err)
	for _, file := range files {
		script, err := os.ReadFile(file)
		require.NoError(t, err)
		scripts.Write(script)
	}
	root := newRoot(environment{stdout: io.Discard, stderr: io.Discard, getenv: os.LookupEnv})
	for _, path := range commandPaths(root) {
		top := strings.Fields(path)[0]
		require.Regexp(t, `^[a-z]+$`, top)
		run := regexp.MustCompile(`(?m)^(!|exec|exits \d|retry) skill ` + path + `\b`)
		assert.True(t, run.MatchString(scripts.String()), "run `skill %s` in a script, such as cmd/skill/testdata/script/%s.txtar", path, top)
		named := regexp.MustCompile(`(skill|lastpost) ` + path + `\b`)
		assert.True(t, named.MatchString(pages.String()), "describe `skill %s` in a page of docs/", path)
	}
}

// commandPaths returns the commands that do something, without the name of the program.
func commandPaths(cmd *cobra.Command) (paths []string) {
	if !cmd.HasSubCommands() && !cmd.Hidden {
		_, path, _ := strings.Cut(cmd.CommandPath(), " ")
		return []string{path}
	}
	for _, sub := range cmd.Commands() {
		paths = append(paths, commandPaths(sub)...)
	}
	return paths
}
