package archtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChecksAreListedOnce holds .ci/run and the workflow to the Makefile's list of checks: neither has a step of its own.
func TestChecksAreListedOnce(t *testing.T) {
	makefile, script, workflow := document(t, "Makefile"), document(t, ".ci", "run"), document(t, ".github", "workflows", "ci.yml")
	require.Empty(t, listFaults(makefile, script, workflow))

	for _, c := range []struct {
		claim                      string
		makefile, script, workflow string
		want                       string
	}{
		{"a step of the script's own", makefile, script + "make lint\n", workflow, ".ci/run: unexpected step: make lint"},
		{"a command of the script's own", makefile, script + "go test ./...\n", workflow, ".ci/run: unexpected step: go test ./..."},
		{"a script without the checks", makefile, strings.ReplaceAll(script, "check-all", "check"), workflow, ".ci/run: unexpected step: make --no-print-directory check"},
		{"a step of the workflow's own", makefile, script, workflow + "      - run: make lint\n", "workflow: unexpected step: make lint"},
		{"an action without its commit", makefile, script, workflow + "      - uses: actions/checkout@v5\n", "workflow: pin the action by commit, with its version in a comment: actions/checkout@v5"},
		{"a check that is not a target", strings.ReplaceAll(makefile, "\nlint:", "\nlinter:"), script, workflow, "Makefile: lint is a check, but not a target"},
		{"a check that check-all leaves out", strings.ReplaceAll(makefile, "@.ci/checks 2 $(TOGETHER)\n", "\n"), script, workflow,
			"Makefile: check-all does not run $(TOGETHER)"},
		{"a list without a part", strings.ReplaceAll(makefile, "CHECKS   := $(ALONE) $(TOGETHER)", "CHECKS   := $(ALONE)"), script, workflow,
			"Makefile: CHECKS is not $(ALONE) $(TOGETHER)"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Contains(t, listFaults(c.makefile, c.script, c.workflow), c.want)
		})
	}
}

// listFaults lists where the three files differ.
func listFaults(makefile, script, workflow string) (faults []string) {
	for _, step := range groups(`(?m)^(?:step )?((?:make|go (?:run|test|vet|build)) .*)$`, script) {
		if step != "make --no-print-directory check-all" {
			faults = append(faults, ".ci/run: unexpected step: "+step)
		}
	}
	for _, step := range groups(`(?m)^ +(?:- )?run: (.+)$`, workflow) {
		if step != "make ${{ matrix.check }}" && step != `echo "checks=$(make --no-print-directory list-checks)" >>"$GITHUB_OUTPUT"` {
			faults = append(faults, "workflow: unexpected step: "+step)
		}
	}
	for _, action := range groups(`(?m)uses: (.+)$`, workflow) {
		if !regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`).MatchString(action) {
			faults = append(faults, "workflow: pin the action by commit, with its version in a comment: "+action)
		}
	}
	if !slices.Equal(groups(`(?m)^CHECKS +:= (.*)$`, makefile), []string{"$(ALONE) $(TOGETHER)"}) {
		faults = append(faults, "Makefile: CHECKS is not $(ALONE) $(TOGETHER)")
	}
	for _, part := range []string{"$(ALONE)", "$(TOGETHER)"} {
		if !regexp.MustCompile(`(?m)^check-all:.*\n(\t.*\n)*\t@\.ci/checks \d ` + regexp.QuoteMeta(part) + "\n").MatchString(makefile) {
			faults = append(faults, "Makefile: check-all does not run "+part)
		}
	}
	for _, check := range checks(makefile) {
		if !regexp.MustCompile(`(?m)^` + check + `:`).MatchString(makefile) {
			faults = append(faults, "Makefile: "+check+" is a check, but not a target")
		}
	}
	return faults
}

// checks are the words of the Makefile's lists.
func checks(makefile string) (found []string) {
	makefile = strings.ReplaceAll(makefile, "\\\n", " ")
	for _, list := range groups(`(?m)^(?:QUICK|ALONE|TOGETHER) +:= (.*)$`, makefile) {
		for _, word := range strings.Fields(list) {
			if !strings.HasPrefix(word, "$") {
				found = append(found, word)
			}
		}
	}
	return found
}

// TestListChecks asks make for the list that the workflow reads.
func TestListChecks(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not here; .ci/run installs it")
	}
	command := exec.CommandContext(t.Context(), "make", "--no-print-directory", "list-checks")
	command.Dir = filepath.Join("..", "..")
	out, err := command.Output()
	require.NoError(t, err)
	var listed []string
	require.NoError(t, json.Unmarshal(out, &listed))
	require.ElementsMatch(t, checks(document(t, "Makefile")), listed)
	require.Greater(t, len(listed), 20)
}

// TestReadmeCommands holds that CI runs the README's two commands as the README prints them.
func TestReadmeCommands(t *testing.T) {
	makefile, readme := document(t, "Makefile"), document(t, "README.md")
	for target, command := range map[string]string{"demo": "go run ./cmd/skill demo --once", "test": "go test ./..."} {
		require.Contains(t, readme, "\n$ "+command+"\n")
		require.Regexp(t, `(?m)^`+target+`:.*\n\t`+regexp.QuoteMeta(command)+"\n\n", makefile)
		require.Contains(t, checks(makefile), target)
	}
}

// TestVuln lets .ci/vuln read what a stand-in for govulncheck prints.
func TestVuln(t *testing.T) {
	for _, c := range []struct {
		claim, status, output, github string
		want                          int
		notChecked                    bool
	}{
		{"nothing found", "0", "No vulnerabilities found.", "", 0, false},
		{"a finding", "3", "Vulnerability #1: GO-2026-0001", "", 3, false},
		{"a finding that mentions the network", "3", "Vulnerability #1: dial tcp is Forbidden", "", 3, false},
		{"no database here", "1", "govulncheck: fetching vulnerabilities: dial tcp: no such host", "", 0, true},
		{"no database in the workflow", "1", "govulncheck: fetching vulnerabilities: dial tcp: no such host", "true", 1, true},
		{"code that does not build", "1", "govulncheck: loading packages: x.go:1: syntax error", "", 1, false},
	} {
		t.Run(c.claim, func(t *testing.T) {
			fake := filepath.Join(t.TempDir(), "govulncheck")
			require.NoError(t, os.WriteFile(fake, []byte("#!/bin/sh\necho '"+c.output+"'\nexit "+c.status+"\n"), 0o700))
			command := exec.CommandContext(t.Context(), filepath.Join("..", "..", ".ci", "vuln"), fake)
			command.Env = append(os.Environ(), "GITHUB_ACTIONS="+c.github)
			out, err := command.Output()
			if c.want > 0 {
				require.Error(t, err)
			}
			require.Equal(t, c.want, command.ProcessState.ExitCode())
			require.Contains(t, string(out), c.output)
			require.Equal(t, c.notChecked, strings.Contains(string(out), "NOT CHECKED"))
		})
	}
}

// groups are what the first group of a pattern finds in a text.
func groups(pattern, text string) (found []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// document is a file of the repository.
func document(t *testing.T, name ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, name...)...))
	require.NoError(t, err)
	return string(content)
}
