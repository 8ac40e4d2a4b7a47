package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/simulator"
)

// TestInitLeadsToAnAnswer writes a configuration with "skill init", starts the service with it, and sends a signed request.
func TestInitLeadsToAnAnswer(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	file := filepath.Join(h.dir, "skill.yaml")
	require.NoError(t, os.Remove(file))
	var stdout strings.Builder
	env := testEnvironment(time.Millisecond)
	env.stdin, env.stdout, env.stderr = strings.NewReader(""), &stdout, &stdout
	status := run(t.Context(), []string{"init", "--config", file, "--host", "skill.example.com", "--feed", h.feed.url, "--id", testSkillID,
		"--port-443", "caddy", "--yes"}, env)
	require.Equal(t, exitOK, status, stdout.String())
	require.NotContains(t, stdout.String(), "FAIL")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o644), info.Mode().Perm(), "the service's own user reads the file")

	h.useFreePorts(file)
	h.startAndWait()
	h.url = strings.Replace(h.url, "/alexa/halfelf", "/alexa/blog", 1)
	h.waitUntilReady()
	status, answer := h.sendSigned(h.lastPostRequest(""))
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, answer, "Dates lean to the future")
	require.Empty(t, h.log.withMessage("skill id missing; requests of Alexa are refused"))
}

// useFreePorts lets the service of a written configuration listen on any free ports.
func (h *harness) useFreePorts(file string) {
	h.t.Helper()
	written, err := os.ReadFile(file)
	require.NoError(h.t, err)
	requirePart(h.t, file, string(written), `listen: "127.0.0.1:80`)
	text := strings.Replace(string(written), `listen: "127.0.0.1:80`, `listen: "127.0.0.1:0" # 80`, 1)
	require.NoError(h.t, os.WriteFile(file, []byte(text+"admin: {listen: \"127.0.0.1:0\"}\n"), 0o600))
}

// TestServiceReportsMissingID starts the service with the id of zeros that "skill init" writes for "later".
func TestServiceReportsMissingID(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	file := filepath.Join(h.dir, "skill.yaml")
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, bytes.Replace(written, []byte(testSkillID), []byte(config.PlaceholderID), 1), 0o600))
	h.startAndWait()
	line := h.log.waitFor(t, "skill id missing; requests of Alexa are refused")
	require.Equal(t, "halfelf", line["skill"])
	require.Contains(t, line["remedy"], "application_id")
	require.NotContains(t, line["remedy"], "skill deploy", "our packages install the program under another name")
}

// TestInitInterrupted stops the command while it waits for an answer, and while the feed does not answer.
func TestInitInterrupted(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{}, 1)
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(hanging.Close)
	for claim, args := range map[string][]string{
		"at a question":  {"init"},
		"during a fetch": {"init", "--host", "skill.example.com", "--feed", hanging.URL},
	} {
		file := filepath.Join(t.TempDir(), "skill.yaml")
		cmd := exec.Command(os.Args[0], append(args, "--config", file)...)
		cmd.Env = append(os.Environ(), "SKILL_TEST_ROLE=skill")
		stdin, err := cmd.StdinPipe() // open and silent
		require.NoError(t, err)
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		require.NoError(t, cmd.Start())
		if len(args) > 1 {
			<-reached
		} else {
			readUntil(t, stdout, "1 of 7. The host name that Alexa calls, such as skill.example.com: ")
		}
		require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
		_, _ = io.Copy(io.Discard, stdout)
		require.Error(t, cmd.Wait())
		_ = stdin.Close() // the end of the process has closed it
		require.Equal(t, exitFailure, cmd.ProcessState.ExitCode(), claim)
		require.Equal(t, "skill: interrupted; no file was written\n", stderr.String(), claim)
		require.NoFileExists(t, file)
	}
}

// readUntil reads until the text.
func readUntil(t *testing.T, from io.Reader, text string) {
	t.Helper()
	var got []byte
	for !bytes.Contains(got, []byte(text)) {
		part := make([]byte, 4096)
		n, err := from.Read(part)
		require.NoError(t, err, string(got))
		got = append(got, part[:n]...)
	}
}

// startInitOnTerminal starts init with arguments on a terminal of util-linux's script, in the zone Europe/Berlin.
func startInitOnTerminal(t *testing.T, arguments string) (cmd *exec.Cmd, stdin io.WriteCloser, stdout io.Reader) {
	t.Helper()
	terminal, err := exec.LookPath("script")
	if err != nil {
		t.Skip("needs script of util-linux")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, terminal, "-qec", os.Args[0]+" init "+arguments, "/dev/null")
	cmd.Env = append(os.Environ(), "SKILL_TEST_ROLE=skill", "SKILL_TEST_ZONE=Europe/Berlin")
	stdin, err = cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err = cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, stdin, stdout
}

// TestInitOnATerminal answers the questions on a terminal of util-linux's script. The output has lines only: no colors and no
// cursor movement.
func TestInitOnATerminal(t *testing.T) {
	t.Parallel()
	publisher := httptest.NewServer(http.HandlerFunc(simulator.ServeSampleFeed))
	t.Cleanup(publisher.Close)
	file := filepath.Join(t.TempDir(), "skill.yaml")
	cmd, stdin, stdout := startInitOnTerminal(t, "--config "+file)
	for _, dialogue := range [][2]string{
		{"1 of 7. The host name that Alexa calls, such as skill.example.com: ", "skill.example.com"},
		{"2 of 7. The address of the blog or of its feed: ", publisher.URL}, {"[later]: ", ""}, {"[half elf]: ", "my half elf"},
		{"[Europe/Berlin]: ", ""}, {"[en-US]: ", "en-GB"}, {"[lastpost]: ", ""},
	} {
		readUntil(t, stdout, dialogue[0])
		_, err := io.WriteString(stdin, dialogue[1]+"\n")
		require.NoError(t, err)
	}
	rest, err := io.ReadAll(stdout)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait(), string(rest))
	require.Contains(t, string(rest), "Next:\r\n1. Start the service: skill serve --config "+file)
	require.NotContains(t, string(rest), "\x1b")
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, part := range []string{`invocation_name: "my half elf"`, `timezone: "Europe/Berlin"`, `locales: ["en-GB"]`} {
		requirePart(t, file, string(written), part)
	}
}

// TestInitEndOfInputOnATerminal presses Ctrl-D at a question that has a proposal.
func TestInitEndOfInputOnATerminal(t *testing.T) {
	t.Parallel()
	publisher := httptest.NewServer(http.HandlerFunc(simulator.ServeSampleFeed))
	t.Cleanup(publisher.Close)
	file := filepath.Join(t.TempDir(), "skill.yaml")
	cmd, stdin, stdout := startInitOnTerminal(t, "--host skill.example.com --feed "+publisher.URL+" --config "+file)
	readUntil(t, stdout, "[later]: ")
	_, err := io.WriteString(stdin, "\x04")
	require.NoError(t, err)
	rest, err := io.ReadAll(stdout)
	require.NoError(t, err)
	require.Error(t, cmd.Wait())
	require.Contains(t, string(rest), "\r\nskill: the input ended before the last answer; no file was written")
	require.NoFileExists(t, file)
}
