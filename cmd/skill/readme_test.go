package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/golden"
	"lastpost/internal/handlers"
	"lastpost/internal/simulator"
)

var update = flag.Bool("update", false, "write the session of docs/demo.md")

// TestREADME runs the README's first command, and requires the output that docs/demo.md shows.
func TestREADME(t *testing.T) {
	t.Parallel()
	const command = "$ go run ./cmd/skill demo --once\n"
	before, rest, found := strings.Cut(readDocument(t, "docs/demo.md"), command)
	require.True(t, found, "docs/demo.md has no session")
	require.Contains(t, readDocument(t, "README.md"), command)
	session, after, found := strings.Cut(rest, "```")
	require.True(t, found)

	var stdout, stderr strings.Builder
	status := run(t.Context(), []string{"demo", "--once"}, environment{stdout: &stdout, stderr: &stderr, getenv: os.LookupEnv, onExchange: panicOnInvalidResponse})
	require.Equal(t, 0, status, stderr.String())
	port := regexp.MustCompile(`127\.0\.0\.1:\d+`)
	if *update {
		output := port.ReplaceAllString(stdout.String(), "127.0.0.1:43747")
		require.NoError(t, os.WriteFile(filepath.Join(top, "docs", "demo.md"), []byte(before+command+output+"```"+after), 0o644))
		return
	}
	golden.Equal(t, "docs/demo.md", port.ReplaceAllString(session, "LOOPBACK"), port.ReplaceAllString(stdout.String(), "LOOPBACK"),
		"If this is intended, run go test ./cmd/skill -run TestREADME$ -update")
}

// TestREADMEConfiguration parses the README's configuration and checks the endpoint URL that the README shows.
func TestREADMEConfiguration(t *testing.T) {
	_, printed, found := strings.Cut(readDocument(t, "README.md"), "```yaml\n")
	require.True(t, found, "the README has no configuration")
	printed, _, _ = strings.Cut(printed, "```")
	c, err := config.Parse("README.md", []byte(printed), os.LookupEnv)
	require.NoError(t, err)
	require.Equal(t, "https://skill.example.com/alexa/blog", c.EndpointURL(c.Skills[0]))
	require.Contains(t, readDocument(t, "README.md"), "`"+c.EndpointURL(c.Skills[0])+"`")
}

// TestREADMEArchive runs the commands of docs/archive.md in a shell, and requires the output that the page shows. The saved
// feed is the sample blog's.
func TestREADMEArchive(t *testing.T) {
	t.Parallel()
	_, session, found := strings.Cut(readDocument(t, "docs/archive.md"), "$ bin/skill archive import saved-feed.xml\n")
	require.True(t, found, "docs/archive.md has no session")
	session, _, _ = strings.Cut("$ bin/skill archive import saved-feed.xml\n"+session, "```")

	dir := t.TempDir()
	program, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o700))
	require.NoError(t, os.Symlink(program, filepath.Join(dir, "bin", "skill")))
	writeFile(t, filepath.Join(dir, "saved-feed.xml"), simulator.SampleFeed())
	writeFile(t, filepath.Join(dir, "skill.yaml"), []byte(`tls: {mode: off}
data_dir: data
skills: [{name: halfelf, application_id: amzn1.ask.skill.00000000-0000-0000-0000-000000000000, invocation_name: half elf, feed: "https://blog.example/feed/"}]
`))
	typed := 0
	for part := range strings.SplitSeq(strings.TrimPrefix(session, "$ "), "\n$ ") {
		command, want, _ := strings.Cut(part, "\n")
		shell := exec.CommandContext(t.Context(), "sh", "-c", command)
		shell.Dir = dir
		shell.Env = append(os.Environ(), "SKILL_TEST_ROLE=skill", "SKILL_CONFIG=skill.yaml")
		got, err := shell.CombinedOutput()
		require.NoError(t, err, "%s", got)
		require.Equal(t, strings.TrimSpace(want), strings.TrimSpace(string(got)), command)
		typed++
	}
	require.Equal(t, 6, typed)
}

// TestREADMEPackage makes the skill package of the README's configuration with a real id, and requires the output that
// docs/amazon.md shows.
func TestREADMEPackage(t *testing.T) {
	const command = "$ sudo lastpost package --out alexa\n"
	_, session, found := strings.Cut(readDocument(t, "docs/amazon.md"), command)
	require.True(t, found, "docs/amazon.md does not make a package")
	want, _, _ := strings.Cut(session, "```")
	_, printed, _ := strings.Cut(readDocument(t, "README.md"), "```yaml\n")
	printed, _, _ = strings.Cut(printed, "```")

	t.Chdir(t.TempDir())
	for old, replacement := range map[string]string{
		"amzn1.ask.skill.00000000-0000-0000-0000-000000000000": testSkillID,
		"tls:": "data_dir: data\ntls:",
	} {
		require.Contains(t, printed, old)
		printed = strings.Replace(printed, old, replacement, 1)
	}
	writeFile(t, "skill.yaml", []byte(printed))
	writeFile(t, "feed.xml", simulator.SampleFeed())
	var stdout, stderr strings.Builder
	env := environment{stdout: &stdout, stderr: &stderr, getenv: os.LookupEnv}
	require.Equal(t, exitOK, run(t.Context(), []string{"archive", "import", "--config", "skill.yaml", "feed.xml"}, env), &stderr)
	stdout.Reset()
	require.Equal(t, exitOK, run(t.Context(), []string{"package", "--config", "skill.yaml", "--out", "alexa"}, env), &stderr)
	require.Equal(t, want, strings.Replace(stdout.String(), "in data/", "in /var/lib/skill/", 1))
}

// TestREADMEIntents checks that the table of docs/intents.md contains every intent and its slots.
func TestREADMEIntents(t *testing.T) {
	rows := map[string]string{}
	for line := range strings.Lines(readDocument(t, "docs/intents.md")) {
		if cells := strings.Split(line, "|"); len(cells) == 6 {
			for name := range strings.SplitSeq(cells[1], ",") {
				rows[strings.TrimPrefix(strings.Trim(name, " `"), "AMAZON.")] = cells[2]
			}
		}
	}
	for _, intent := range handlers.Intents() {
		slots, ok := rows[strings.TrimPrefix(intent.Name, "AMAZON.")]
		require.True(t, ok, "add %s to the table of docs/intents.md", intent.Name)
		var want []string
		for _, slot := range intent.Slots {
			want = append(want, "`"+slot.Name+"` "+slot.Type)
		}
		require.Equal(t, strings.Join(want, ", "), strings.TrimSpace(slots), "the slots of %s in docs/intents.md", intent.Name)
	}
}

// readDocument returns the text of a file of the project, such as docs/demo.md.
func readDocument(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(top, path))
	require.NoError(t, err)
	return string(content)
}
