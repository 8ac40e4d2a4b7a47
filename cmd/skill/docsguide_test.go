package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/golden"
	"lastpost/internal/simulator"
)

const guide = "docs/vps.md"

// TestManualsGuide follows docs/vps.md with the real program, from the package's configuration to a signed request. It
// types the answers that the page shows.
func TestManualsGuide(t *testing.T) {
	t.Parallel()
	s := newDocumentedSession(t)
	s.harness.feed.setHandler(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			simulator.ServeSampleFeed(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<link rel="alternate" type="application/rss+xml" href="/feed/">`))
	})
	blog := strings.TrimSuffix(s.harness.feed.url, "/feed/")
	file := filepath.Join(s.root, "etc", "skill", "skill.yaml")
	writeFile(t, file, []byte(readDocument(t, "deploy/package/skill.yaml")))
	data := filepath.Join(s.root, "etc", "skill", "data") // init puts it beside a file that is not the default
	s.config = file
	s.harness.env = append(s.harness.env, "SKILL_TEST_ZONE=America/Los_Angeles", "SKILL_TEST_PACE=1ns")
	// The test does not write to /etc, and the machine does not have the package's unit. So init prints other next steps.
	page := strings.NewReplacer(blog, "https://halfelf.org", " --config "+file, "", file, "/etc/skill/skill.yaml", data, "/var/lib/skill",
		"Start the service: lastpost serve", "Start the service now and at every boot: systemctl enable --now skill")

	s.stdin = "skill.example.com\n" + blog + "/\n\n\n\n\n\n"
	printed := s.typeCommand("sudo lastpost init --config " + file)
	requireDocumented(t, guide, "sudo lastpost init", withAnswers(page.Replace(printed), []string{"skill.example.com", "https://halfelf.org/"}))

	served := regexp.MustCompile(`(?m)^tls:\n(  .*\n)+`).ReplaceAllString(string(readFile(t, file)), "") +
		"\ntls: {mode: off}\npublic_url: https://skill.example.com\nlisten: 127.0.0.1:0\nadmin: {listen: \"127.0.0.1:0\"}\n"
	require.NoError(t, os.Remove(filepath.Join(s.root, "skill.yaml")))
	writeFile(t, filepath.Join(s.root, "skill.yaml"), []byte(served))
	s.typeCommand("sudo systemctl start skill")
	ready := documentedOutput(t, guide, "curl -s localhost:9090/readyz")
	require.Contains(t, ready, strings.TrimSpace(s.typeCommand("curl -s localhost:9090/readyz")))
	for _, line := range []string{"certificate ", ": ready, valid until "} {
		requirePart(t, "the code", programSource(t), line)
		requirePart(t, guide, ready, line)
	}

	const ask = "sudo lastpost ask open half elf"
	requireDocumented(t, guide, ask, page.Replace(s.typeCommand(ask)))
	require.Equal(t, 0, s.harness.stop(), "%s", s.harness.log)
}

// TestManualsGuideIsShort counts the commands until the service has answered, and compares the package's words.
func TestManualsGuideIsShort(t *testing.T) {
	text := readDocument(t, guide)
	before, _, found := strings.Cut(text, "\n## 7. ")
	require.True(t, found)
	require.Len(t, regexp.MustCompile(`(?m)^\$ `).FindAllString(before, -1), 9)
	require.Contains(t, before, "nine commands")
	for _, line := range regexp.MustCompile(`(?m)^Lastpost: .*$`).FindAllString(before, -1) {
		requirePart(t, "deploy/package/deb/postinst", readDocument(t, "deploy/package/deb/postinst"), line)
	}
}

// withAnswers writes the answers behind the questions, as a terminal shows them.
func withAnswers(printed string, typed []string) string {
	question := 0
	return regexp.MustCompile(`(?m)^\d of 7\. .*: $`).ReplaceAllStringFunc(printed, func(prompt string) string {
		question++
		if question > len(typed) {
			return strings.TrimSuffix(prompt, " ") // the user pressed Enter
		}
		return prompt + typed[question-1]
	})
}

// documentedOutput returns the output that a page shows for a command. It joins continuation lines, which are indented.
func documentedOutput(t *testing.T, page, command string) string {
	t.Helper()
	_, printed, found := strings.Cut(readDocument(t, page), "\n$ "+command+"\n")
	require.True(t, found, "%s does not print %q", page, command)
	printed, _, _ = strings.Cut("\n"+printed, "\n```")
	printed, _, _ = strings.Cut(printed, "\n$ ")
	return strings.TrimSpace(regexp.MustCompile(`\n {9,}`).ReplaceAllString(printed, " "))
}

// requireDocumented compares a command's output with a page. -update writes it into the page.
func requireDocumented(t *testing.T, page, command, got string) {
	t.Helper()
	got = strings.TrimSpace(got)
	if *update {
		text := readDocument(t, page)
		before, after, found := strings.Cut(text, "\n$ "+command+"\n")
		require.True(t, found, command)
		_, after, found = strings.Cut("\n"+after, "\n```")
		require.True(t, found, command)
		text = before + "\n$ " + command + "\n" + wrapOutput(got) + "```" + after
		require.NoError(t, os.WriteFile(filepath.Join(top, filepath.FromSlash(page)), []byte(text), 0o644))
		return
	}
	golden.Equal(t, page, normalizeTimes(documentedOutput(t, page, command)), normalizeTimes(joinLines(got)),
		"If this is intended, run go test ./cmd/skill -run TestManualsGuide$ -update")
}

// joinLines joins continuation lines.
func joinLines(text string) string {
	return regexp.MustCompile(`\n {9,}`).ReplaceAllString(text, " ")
}

// wrapOutput wraps lines at 118 columns. Continuation lines are indented.
func wrapOutput(text string) string {
	var wrapped strings.Builder
	for line := range strings.Lines(joinLines(text) + "\n") {
		indent := strings.Repeat(" ", 9)
		if regexp.MustCompile(`^(ok|warn|FAIL) `).MatchString(line) {
			indent = strings.Repeat(" ", 23)
		}
		for len([]rune(line)) > 119 {
			head := string([]rune(line)[:118])
			cut := strings.LastIndex(head, " ")
			wrapped.WriteString(head[:cut] + "\n")
			line = indent + line[cut+1:]
		}
		wrapped.WriteString(line)
	}
	return wrapped.String()
}

// normalizeTimes replaces dates and durations, which differ between runs.
func normalizeTimes(text string) string {
	text = regexp.MustCompile(`\d{4}-\d\d-\d\d`).ReplaceAllString(text, "DAY")
	text = regexp.MustCompile(`\d+ days left`).ReplaceAllString(text, "N days left")
	text = regexp.MustCompile(`The latest post is from [^:]+:`).ReplaceAllString(text, "The latest post is from DAY:")
	return regexp.MustCompile(`\b\d+(ms|s)\b`).ReplaceAllString(text, "TIME")
}
