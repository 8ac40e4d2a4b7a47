package archtest

import (
	"encoding/json"
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChecksAreListedOnce requires that .ci/run and the workflow run the Makefile's checks and no other steps.
func TestChecksAreListedOnce(t *testing.T) {
	makefile, script, workflow := document(t, "Makefile"), document(t, ".ci", "run"), document(t, ".github", "workflows", "ci.yml")
	require.Empty(t, listFaults(makefile, script, workflow))

	for _, c := range []struct {
		claim                      string
		makefile, script, workflow string
		want                       string
	}{
		{"an additional step in the script", makefile, script + "make lint\n", workflow, ".ci/run: unexpected step: make lint"},
		{"an additional command in the script", makefile, script + "go test ./...\n", workflow, ".ci/run: unexpected step: go test ./..."},
		{"a script without the checks", makefile, strings.ReplaceAll(script, "check-all", "check"), workflow, ".ci/run: unexpected step: make --no-print-directory check"},
		{"an additional step in the workflow", makefile, script, workflow + "      - run: make lint\n", "workflow: unexpected step: make lint"},
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

// listFaults lists the differences between the three files.
func listFaults(makefile, script, workflow string) (faults []string) {
	for _, step := range firstGroups(`(?m)^(?:step )?((?:make|go (?:run|test|vet|build)) .*)$`, script) {
		if step != "make --no-print-directory check-all" {
			faults = append(faults, ".ci/run: unexpected step: "+step)
		}
	}
	for _, step := range firstGroups(`(?m)^ +(?:- )?run: (.+)$`, workflow) {
		if step != "make ${{ matrix.check }}" && step != `echo "checks=$(make --no-print-directory list-checks)" >>"$GITHUB_OUTPUT"` {
			faults = append(faults, "workflow: unexpected step: "+step)
		}
	}
	for _, action := range firstGroups(`(?m)uses: (.+)$`, workflow) {
		if !regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`).MatchString(action) {
			faults = append(faults, "workflow: pin the action by commit, with its version in a comment: "+action)
		}
	}
	if !slices.Equal(firstGroups(`(?m)^CHECKS +:= (.*)$`, makefile), []string{"$(ALONE) $(TOGETHER)"}) {
		faults = append(faults, "Makefile: CHECKS is not $(ALONE) $(TOGETHER)")
	}
	for _, part := range []string{"$(ALONE)", "$(TOGETHER)"} {
		if !regexp.MustCompile(`(?m)^check-all:.*\n(\t.*\n)*\t@\.ci/checks \d ` + regexp.QuoteMeta(part) + "\n").MatchString(makefile) {
			faults = append(faults, "Makefile: check-all does not run "+part)
		}
	}
	for _, check := range checkNames(makefile) {
		if !regexp.MustCompile(`(?m)^` + check + `:`).MatchString(makefile) {
			faults = append(faults, "Makefile: "+check+" is a check, but not a target")
		}
	}
	return faults
}

// checkNames returns the names of the checks in the Makefile's lists.
func checkNames(makefile string) (found []string) {
	makefile = strings.ReplaceAll(makefile, "\\\n", " ")
	for _, list := range firstGroups(`(?m)^(?:QUICK|ALONE|TOGETHER) +:= (.*)$`, makefile) {
		for _, word := range strings.Fields(list) {
			if !strings.HasPrefix(word, "$") {
				found = append(found, word)
			}
		}
	}
	return found
}

// TestListChecks runs the target that prints the list for the workflow.
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
	require.ElementsMatch(t, checkNames(document(t, "Makefile")), listed)
	require.Greater(t, len(listed), 20)
}

// TestReadmeCommands requires that CI runs the README's two commands exactly as printed.
func TestReadmeCommands(t *testing.T) {
	makefile, readme := document(t, "Makefile"), document(t, "README.md")
	for target, command := range map[string]string{"demo": "go run ./cmd/skill demo --once", "test": "go test ./..."} {
		require.Contains(t, readme, "\n$ "+command+"\n")
		require.Regexp(t, `(?m)^`+target+`:.*\n\t`+regexp.QuoteMeta(command)+"\n\n", makefile)
		require.Contains(t, checkNames(makefile), target)
	}
}

// TestVuln runs .ci/vuln with a fake govulncheck.
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

// TestSequentialPackagesStartNoGoroutines checks the packages that the Makefile runs without the race detector.
func TestSequentialPackagesStartNoGoroutines(t *testing.T) {
	listed := strings.Fields(firstGroups(`(?m)^SEQUENTIAL := (.*)$`, document(t, "Makefile"))[0])
	require.NotEmpty(t, listed)
	checked := map[string]bool{}
	for _, file := range readSources(t) {
		dir := strings.TrimPrefix(file.dir, "internal/")
		if !slices.Contains(listed, dir) {
			continue
		}
		checked[dir] = true
		if file.test {
			continue
		}
		for _, imported := range []string{"sync", "sync/atomic", "golang.org/x/sync/errgroup"} {
			require.NotContains(t, file.imports(), imported, "%s: remove %s from SEQUENTIAL in the Makefile", file.name, dir)
		}
		ast.Inspect(file.parsed, func(n ast.Node) bool {
			_, starts := n.(*ast.GoStmt)
			require.False(t, starts, "%s: remove %s from SEQUENTIAL in the Makefile", file.name, dir)
			return true
		})
	}
	require.Len(t, checked, len(listed), "SEQUENTIAL in the Makefile lists a package that does not exist")
}

// TestConcurrentTestsHaveTheirName checks the tests of package handlers that the Makefile runs with the race detector.
func TestConcurrentTestsHaveTheirName(t *testing.T) {
	require.Contains(t, document(t, "Makefile"), "\n\tgo test -race -run Concurrent ./internal/handlers\n")
	concurrent := 0
	for _, file := range readSources(t) {
		if file.dir != "internal/handlers" {
			continue
		}
		for _, declaration := range file.parsed.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || !startsGoroutine(function) {
				continue
			}
			require.Regexp(t, "^TestConcurrent", function.Name.Name, "%s: begin the name with TestConcurrent", file.name)
			concurrent++
		}
	}
	require.Positive(t, concurrent)
}

// startsGoroutine reports whether a function contains a go statement, or calls a method Go or Parallel.
func startsGoroutine(function *ast.FuncDecl) (starts bool) {
	ast.Inspect(function, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			starts = true
		case *ast.SelectorExpr:
			starts = starts || n.Sel.Name == "Go" || n.Sel.Name == "Parallel"
		}
		return true
	})
	return starts
}

// TestCommits runs .ci/commits in a repository with good and bad subjects after the base.
func TestCommits(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("needs git")
	}
	dir := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		args = append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"}, args...)
		out, err := exec.CommandContext(t.Context(), "git", args...).CombinedOutput()
		require.NoError(t, err, "%s", out)
		return strings.TrimSpace(string(out))
	}
	check := func(base string) string {
		t.Helper()
		command := exec.CommandContext(t.Context(), filepath.Join(dir, ".ci", "commits"))
		command.Env = append(os.Environ(), "BASE="+base)
		out, _ := command.CombinedOutput()
		return regexp.MustCompile(`(?m)^[0-9a-f]{7,}: `).ReplaceAllString(string(out), "")
	}
	git("init", "-q", "-b", "main")
	require.NoError(t, os.Mkdir(filepath.Join(dir, ".ci"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".ci", "commits"), []byte(document(t, ".ci", "commits")), 0o700))
	git("commit", "-q", "--allow-empty", "-m", "an old subject without a place")
	base := git("rev-parse", "HEAD")

	git("commit", "-q", "--allow-empty", "-m", "internal/feed: "+strings.Repeat("x", 57))
	require.Equal(t, "1 new commits, 0 faults\n", check(base))
	git("commit", "-q", "--allow-empty", "-m", "internal/feed: "+strings.Repeat("x", 58))
	require.Contains(t, check(base), "the subject has 73 characters, at most 72: internal/feed: xxx")
	base = git("rev-parse", "HEAD")
	git("commit", "-q", "--allow-empty", "-m", "Fix it")
	require.Equal(t, "the subject is not \"place: what\": Fix it\n1 new commits, 1 faults\n", check(base))
	base = git("rev-parse", "HEAD")
	git("checkout", "-q", "-b", "side", "HEAD~1")
	git("commit", "-q", "--allow-empty", "-m", "docs: side")
	git("checkout", "-q", "main")
	git("merge", "-q", "--no-ff", "-m", "Merge branch 'side' of /home/me/clone", "side")
	require.Contains(t, check(base), "the merge commit names a folder: Merge branch 'side' of /home/me/clone\n2 new commits, 1 faults\n")
	require.Contains(t, check(strings.Repeat("0", 40)), "NOT CHECKED: the history does not contain 0000")
}

// firstGroups returns the first group of each match of a pattern.
func firstGroups(pattern, text string) (found []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// document returns the content of a file of the repository.
func document(t *testing.T, name ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, name...)...))
	require.NoError(t, err)
	return string(content)
}
