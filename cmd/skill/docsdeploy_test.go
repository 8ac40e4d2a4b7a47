package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/golden"
)

const amazonPage = "docs/amazon.md"

// TestManualsDeploy follows docs/amazon.md on a server, with the real program and the fake of Amazon. The operator signs in over
// SSH: the service already uses the port of the return URL, so the operator pastes the browser's address.
func TestManualsDeploy(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	text := strings.NewReplacer("name: halfelf", "name: blog", "    title: Half Elf\n", "").Replace(string(readFile(t, d.file)))
	writeFile(t, d.file, []byte(text))
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	port := fmt.Sprint(taken.Addr().(*net.TCPAddr).Port)
	d.amazon.AllowReturnURL(d.clientID, "http://127.0.0.1:"+port+"/cb")
	d.startAndWait()
	d.waitUntilReady()
	installPackagedProgram(t, filepath.Join(d.dir, "bin"))
	d.setVariables("SKILL_TEST_LOGIN_PORT="+port, "PATH="+filepath.Join(d.dir, "bin")+":"+os.Getenv("PATH"))
	shell := func(command string) *exec.Cmd {
		cmd := d.command()
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-e", "-c", command}
		return cmd
	}
	page := strings.NewReplacer(d.clientID, "amzn1.application-oa2-client.…", d.dir+"/data/", "/var/lib/skill/", d.file, "/etc/skill/skill.yaml",
		d.home, "/root", ":"+port, ":9090", d.amazon.LWAURL, "https://www.amazon.com")
	normalize := func(printed string) string {
		printed = page.Replace(printed)
		printed = regexp.MustCompile(`/ap/oa\?\S+`).ReplaceAllString(printed, "/ap/oa?client_id=…")
		printed = regexp.MustCompile(`amzn1\.ask\.skill\.[0-9a-f-]{36}`).ReplaceAllString(printed, testSkillID)
		printed = regexp.MustCompile(`\(\d+ KB\)`).ReplaceAllString(printed, "(25 KB)")
		printed = regexp.MustCompile(`(?m) +$`).ReplaceAllString(printed, "")
		return regexp.MustCompile(`process \d+`).ReplaceAllString(printed, "process 1234")
	}

	const first = "sudo lastpost deploy --login"
	c := startOnTerminal(t, shell(first))
	c.answer("Client ID: $", d.clientID)
	c.answer("Client secret .*: $", d.secret)
	returned, err := d.amazon.OperatorConsents(strings.TrimSpace(c.waitFor(`http://\S+/ap/oa\?\S+\n`)))
	require.NoError(t, err)
	c.answer("Paste it here and press Enter", returned)
	requireDeployDocumented(t, first, normalize(c.end(0)))
	require.Equal(t, 1, len(d.amazon.Skills()))
	require.True(t, d.skill().Enabled)

	run := func(command string, status int) {
		t.Helper()
		cmd := shell(command)
		printed, _ := cmd.CombinedOutput()
		require.Equal(t, status, cmd.ProcessState.ExitCode(), "%s: %s", command, printed)
		requireDeployDocumented(t, command, normalize(string(printed)))
	}
	run("sudo lastpost deploy", 0)
	run("sudo lastpost deploy --list", 0)
	d.amazon.EditManifest(d.skill().ID, func(manifest map[string]any) {
		locales := manifest["manifest"].(map[string]any)["publishingInformation"].(map[string]any)["locales"].(map[string]any)
		locales["en-US"].(map[string]any)["summary"] = "The posts of an elf."
	})
	run("sudo lastpost deploy --dry-run", 0)
	run("sudo lastpost deploy --logout", 0)
	require.NoFileExists(t, filepath.Join(d.home, ".config", "lastpost", "amazon.json"))
}

// requireDeployDocumented compares a command's output with docs/amazon.md. -update writes it into the page.
func requireDeployDocumented(t *testing.T, command, got string) {
	t.Helper()
	if *update {
		requireDocumented(t, amazonPage, command, got)
		return
	}
	golden.Equal(t, amazonPage, documentedOutput(t, amazonPage, command), strings.TrimSpace(joinLines(got)),
		"If this is intended, run go test ./cmd/skill -run TestManualsDeploy$ -update")
}
