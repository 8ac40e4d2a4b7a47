package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/simulator"
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

// TestPackagedNameInAdvice types what the program says while it works: procps's skill would take it for processes to end.
func TestPackagedNameInAdvice(t *testing.T) {
	dir := t.TempDir()
	feed := newFeedServer(t)
	file := filepath.Join(dir, "skill.yaml")
	write(t, file, []byte("tls: {mode: off}\npublic_url: https://skill.example.com\ndata_dir: "+dir+"\nskills:\n"+
		"  - {name: halfelf, application_id: "+rigSkillID+", invocation_name: half elf, feed: \""+feed.url+"\"}\n"))
	var out bytes.Buffer
	w := world{name: "lastpost", stdout: &out, stderr: &out, getenv: os.LookupEnv, outside: testOutside()}
	require.Equal(t, exitOK, run(t.Context(), []string{"check", "--config", file}, w), out.String())
	require.Contains(t, out.String(), "; others can be brought with: lastpost archive import FILE\n")
	p := newPlot(t)
	w.outside = p.outside(p.service(true))
	require.Equal(t, exitOK, run(t.Context(), []string{"check", "--config", file, "--url", plantedURL}, w), out.String())
	require.Contains(t, out.String(), `; "lastpost demo" gives a key for this`)
	saved := filepath.Join(dir, "saved-feed.xml")
	write(t, saved, simulator.SampleFeed())
	require.Equal(t, exitOK, run(t.Context(), []string{"archive", "import", "--config", file, saved}, w), out.String())
	require.Equal(t, exitFailure, run(t.Context(), []string{"archive", "forget", "--config", file, "nosuch"}, w))
	require.Contains(t, out.String(), `"lastpost archive list" shows the ids`)
	require.NotContains(t, out.String(), "skill archive")
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
