//go:build man

package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestManualPageDescribesEveryCommand(t *testing.T) {
	page := manualPage(t, "skill", "1767225600")
	requirePart(t, "the manual page", page, `.TH SKILL 1 "2026-01-01" `)
	described := 0
	for _, cmd := range newRoot(manualEnvironment("skill", "")).Commands() {
		heading := "\n.SS skill " + cmd.Name()
		if cmd.Hidden {
			require.False(t, strings.Contains(page, heading), heading)
			continue
		}
		described++
		requirePart(t, "the manual page", page, heading)
	}
	require.Greater(t, described, 4)
	requirePart(t, "the manual page", page, ".SS skill archive export")
	requirePart(t, "the manual page", page, `\-\-config FILE`)
	require.Equal(t, page, manualPage(t, "skill", "1767225600"), "builds are reproducible")
}

func TestManualPageFormatsWithoutWarnings(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("groff is not installed; make systemd checks the page with lintian")
	}
	cmd := exec.Command(groff, "-Kutf8", "-man", "-Tutf8", "-ww", "-z")
	cmd.Stdin = strings.NewReader(manualPage(t, "skill", "0"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err)
	require.Empty(t, string(out))
}

func TestManualPageRefusesInvalidDate(t *testing.T) {
	var out strings.Builder
	require.ErrorContains(t, writeManual(&out, manualEnvironment("skill", "yesterday")), "SOURCE_DATE_EPOCH")
	require.Empty(t, out.String())
}

func TestManualPageUsesPackagedName(t *testing.T) {
	page := manualPage(t, "lastpost", "0")
	requirePart(t, "the manual page", page, ".SS lastpost archive export")
	require.NotRegexp(t, `\bskill (archive|ask|serve|check)|complete_skill`, page)
}

func TestRoffEscapes(t *testing.T) {
	for _, row := range []struct{ claim, text, want string }{
		{"a hyphen stays a hyphen when copied", "--once", `\-\-once`},
		{"a backslash does not start an escape", `a\fB`, `a\efB`},
		{"a dot at the start of a line does not start a request", ".SH\n.x", "\\&.SH\n\\&.x"},
		{"a quote at the start of a line does not start a request", "'tis", `\&'tis`},
		{"a dot elsewhere is unchanged", "skill.yaml", "skill.yaml"},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, roff(row.text)) })
	}
}

func manualPage(t *testing.T, name, epoch string) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, writeManual(&out, manualEnvironment(name, epoch)))
	return out.String()
}

func manualEnvironment(name, epoch string) environment {
	return environment{name: name, getenv: func(name string) (string, bool) { return epoch, name == "SOURCE_DATE_EPOCH" }}
}
