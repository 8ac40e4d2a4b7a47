package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestManualPage holds the page to the commands that there are.
func TestManualPage(t *testing.T) {
	page := manual(t, "1767225600")
	require.Contains(t, page, `.TH SKILL 1 "2026-01-01" `)
	w := world{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, getenv: func(string) (string, bool) { return "", false }}
	described := 0
	for _, cmd := range newRoot(w).Commands() {
		heading := "\n.SS skill " + cmd.Name()
		if cmd.Hidden {
			require.NotContains(t, page, heading)
			continue
		}
		described++
		require.Contains(t, page, heading)
	}
	require.Greater(t, described, 4)
	require.Contains(t, page, ".SS skill archive export")
	require.Contains(t, page, `\-\-config FILE`)
	require.Equal(t, page, manual(t, "1767225600"), "a build is like another")
}

// TestManualPageIsFormatted asks the formatter that shows it, which warns of what it does not understand.
func TestManualPageIsFormatted(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("groff is not here; lintian asks man in make systemd")
	}
	cmd := exec.Command(groff, "-Kutf8", "-man", "-Tutf8", "-ww", "-z")
	cmd.Stdin = strings.NewReader(manual(t, "0"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err)
	require.Empty(t, string(out))
}

func TestManualPageRefusesADateThatIsNone(t *testing.T) {
	var out, problem bytes.Buffer
	status := run(t.Context(), []string{"man"}, manualWorld(&out, &problem, "yesterday"))
	require.Equal(t, exitFailure, status)
	require.Contains(t, problem.String(), "SOURCE_DATE_EPOCH")
	require.Empty(t, out.String())
}

// TestPackagedName has everything that is shown be what can be typed where the packages installed the program.
func TestPackagedName(t *testing.T) {
	require.Equal(t, "lastpost", calledAs("/usr/bin/lastpost"))
	require.Equal(t, "skill", calledAs("/usr/local/bin/skill"))
	require.Equal(t, "skill", calledAs("/tmp/skill.test"))
	for _, args := range [][]string{{"man"}, {"archive", "--help"}, {"ask", "--help"}, {"completion", "bash"}, {"serve", "--bogus"}} {
		var out bytes.Buffer
		w := manualWorld(&out, &out, "0")
		w.name = "lastpost"
		run(t.Context(), args, w)
		require.Contains(t, out.String(), "lastpost")
		require.NotRegexp(t, `\bskill (archive|ask|serve|check)|complete_skill|(?m)^skill: `, out.String(), args)
	}
}

func TestRoff(t *testing.T) {
	for _, row := range []struct{ claim, text, want string }{
		{"a hyphen can be copied", "--once", `\-\-once`},
		{"a backslash is no escape", `a\fB`, `a\efB`},
		{"a line's dot is no command", ".SH\n.x", "\\&.SH\n\\&.x"},
		{"nor is its quote", "'tis", `\&'tis`},
		{"a dot elsewhere is one", "skill.yaml", "skill.yaml"},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, roff(row.text)) })
	}
}

func manual(t *testing.T, epoch string) string {
	t.Helper()
	var out, problem bytes.Buffer
	require.Equal(t, exitOK, run(t.Context(), []string{"man"}, manualWorld(&out, &problem, epoch)), problem.String())
	return out.String()
}

func manualWorld(out, problem *bytes.Buffer, epoch string) world {
	return world{stdout: out, stderr: problem, getenv: func(name string) (string, bool) {
		return epoch, name == "SOURCE_DATE_EPOCH"
	}}
}
