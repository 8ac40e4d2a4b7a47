package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/simulator"
)

// TestSkillPackage validates the package that the real program writes, and its responses in the demo, against schemas of
// the types that Amazon publishes. .ci/skill-package/check.js contains the checks.
func TestSkillPackage(t *testing.T) {
	check := os.Getenv("SKILL_PACKAGE_CHECK")
	if check == "" {
		t.Skip("needs node and Amazon's types: run `make skill-package`, which names their folder in SKILL_PACKAGE_CHECK")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "skill")
	runCommand(t, exec.CommandContext(t.Context(), "go", "build", "-o", program, "."))
	configuration := filepath.Join(dir, "skill.yaml")
	writeFile(t, configuration, []byte(`public_url: https://skill.example.com
data_dir: `+filepath.Join(dir, "data")+`
tls: {mode: off}
skills:
  - {name: halfelf, application_id: `+testSkillID+`, invocation_name: half elf, privacy_policy_url: "https://halfelf.org/privacy/",
     feed: "https://halfelf.org/feed/", locales: [en-GB, en-US]}
`))
	feed := filepath.Join(dir, "feed.xml")
	writeFile(t, feed, simulator.SampleFeed())
	runCommand(t, exec.CommandContext(t.Context(), program, "archive", "import", "--config", configuration, feed))
	packageOutput := runCommand(t, exec.CommandContext(t.Context(), program, "package", "--config", configuration, "--out", filepath.Join(dir, "alexa")))
	require.NotContains(t, packageOutput, "left out", "the sample blog has categories")

	script := exec.CommandContext(t.Context(), "node", filepath.Join(check, "check.js"))
	script.Env = append(os.Environ(), "SKILL_PACKAGE="+filepath.Join(dir, "alexa"), "SKILL_LOCALES=en-GB en-US", "SKILL_ANSWERS="+recordDemoResponses(t))
	t.Log(runCommand(t, script))
}

func runCommand(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s: %s", command, output)
	return string(output)
}

// recordDemoResponses runs the demo and returns a folder with its responses.
func recordDemoResponses(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	count := 0
	var stdout, stderr strings.Builder
	status := run(t.Context(), []string{"demo", "--once"}, environment{stdout: &stdout, stderr: &stderr, getenv: os.LookupEnv, onExchange: func(_, response []byte) {
		count++
		writeFile(t, filepath.Join(dir, fmt.Sprintf("%02d.json", count)), response)
	}})
	require.Equal(t, exitOK, status, stderr.String())
	return dir
}
