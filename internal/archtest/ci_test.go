package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWorkflowDoesWhatCIDoes compares the steps of .ci/run with those of the workflow, in their order.
func TestWorkflowDoesWhatCIDoes(t *testing.T) {
	here := commands(t, `(?m)^step (.+)$`, ".ci", "run")
	there := commands(t, `(?m)^ +- run: (?:sudo env (?:\S+=\S* )+)?(.+)$`, ".github", "workflows", "ci.yml")
	require.Greater(t, len(here), 15)
	require.Equal(t, here, there)
}

// commands are what a pattern's group finds in a file.
func commands(t *testing.T, pattern string, file ...string) (found []string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, file...)...))
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(content), -1) {
		found = append(found, m[1])
	}
	return found
}
