package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"

	"lastpost/internal/freeport"
)

// A conversation is the standard input and output of a command that runs.
type conversation struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.Writer

	mu     sync.Mutex
	output strings.Builder
	ended  chan struct{} // the output has ended
}

// startOnPipes starts a command whose input and output are pipes.
func startOnPipes(t *testing.T, cmd *exec.Cmd) *conversation {
	t.Helper()
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, write, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr = write, write
	require.NoError(t, cmd.Start())
	require.NoError(t, write.Close())
	return newConversation(t, cmd, in, out)
}

// startOnTerminal starts a command on a terminal of its own.
func startOnTerminal(t *testing.T, cmd *exec.Cmd) *conversation {
	t.Helper()
	terminal, err := pty.Start(cmd)
	require.NoError(t, err)
	return newConversation(t, cmd, terminal, terminal)
}

func newConversation(t *testing.T, cmd *exec.Cmd, in io.Writer, out io.ReadCloser) *conversation {
	c := &conversation{t: t, cmd: cmd, in: in, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		_, _ = io.Copy(c, out) // the end of a process ends the read of its terminal with an error
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-c.ended
		_ = out.Close()
	})
	return c
}

// Write receives a part of the output.
func (c *conversation) Write(part []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.output.Write(part)
}

// text returns the output so far.
func (c *conversation) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.ReplaceAll(c.output.String(), "\r\n", "\n")
}

// waitFor waits for a text in the output, and returns what the pattern finds.
func (c *conversation) waitFor(pattern string) string {
	c.t.Helper()
	wanted := regexp.MustCompile(pattern)
	require.Eventually(c.t, func() bool { return wanted.MatchString(c.text()) }, 30*time.Second, 5*time.Millisecond, "no %q", pattern)
	return wanted.FindString(c.text())
}

// answer types a line at a prompt.
func (c *conversation) answer(prompt, line string) {
	c.t.Helper()
	c.waitFor(prompt)
	_, err := fmt.Fprintln(c.in, line)
	require.NoError(c.t, err)
}

// end waits for the end of the command, and requires its exit status.
func (c *conversation) end(status int) string {
	c.t.Helper()
	select {
	case <-c.ended:
	case <-time.After(time.Minute):
		require.Fail(c.t, "the command does not end", c.text())
	}
	_ = c.cmd.Wait()
	require.Equal(c.t, status, c.cmd.ProcessState.ExitCode(), c.text())
	return c.text()
}

// TestSignInAndDeploy signs in on a machine with a browser, and later over SSH, where the operator pastes the address of the
// browser. Each time, the command then deploys the skill. The sign-in is stored for later commands, and deleted at the end.
func TestSignInAndDeploy(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	port := freeport.Port(t)
	d.setVariables(fmt.Sprintf("SKILL_TEST_LOGIN_PORT=%d", port))
	d.amazon.AllowReturnURL(d.clientID, fmt.Sprintf("http://127.0.0.1:%d/cb", port))
	require.Contains(t, d.deploy(1), "deploy --login")
	address := regexp.QuoteMeta(d.amazon.LWAURL) + `/ap/oa\?\S+\n`

	browser := startOnPipes(t, d.command("deploy", "--login"))
	browser.answer("Client ID: $", d.clientID)
	browser.answer("Client secret .*: $", d.secret)
	opened := strings.TrimSpace(browser.waitFor(address))
	require.Contains(t, opened, "code_challenge_method=S256")
	require.NotContains(t, opened, "skills%3Atest", "the scope for tests is asked for when it is needed")
	returned, err := d.amazon.OperatorConsents(opened)
	require.NoError(t, err)
	require.Zero(t, len(d.amazon.Skills()), "nothing is deployed before")
	page, err := http.Get(returned)
	require.NoError(t, err)
	require.NoError(t, page.Body.Close())
	require.Equal(t, http.StatusOK, page.StatusCode)
	require.Equal(t, "no-referrer", page.Header.Get("Referrer-Policy"))
	output := browser.end(0)
	require.Contains(t, output, "Signed in.")
	require.Contains(t, output, `Say: "Alexa, open half elf"`)
	require.True(t, d.skill().Enabled)

	stored := filepath.Join(d.home, ".config", "lastpost", "amazon.json")
	info, err := os.Stat(stored)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	info, err = os.Stat(filepath.Dir(stored))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())

	d.deploy(0)
	refused := d.deploy(1, "--try", "open half elf")
	require.Contains(t, refused, `skill deploy --login --try "open half elf"`)

	remote := startOnTerminal(t, d.command("deploy", "--login", "--no-pkce", "--try", "open half elf"))
	opened = strings.TrimSpace(remote.waitFor(address))
	require.NotContains(t, opened, "code_challenge")
	require.Contains(t, opened, "skills%3Atest")
	returned, err = d.amazon.OperatorConsents(opened)
	require.NoError(t, err)
	remote.answer("Paste it here and press Enter", returned)
	output = remote.end(0)
	require.Contains(t, output, "Signed in.")
	require.Contains(t, output, "simulation: ")
	d.skill()
	for _, secret := range d.amazon.Secrets() {
		require.False(t, strings.Contains(browser.text()+output, secret), "a secret is in the output")
	}

	require.Contains(t, d.deploy(0, "--logout"), "Deleted the client and the tokens")
	require.NoFileExists(t, stored)
	require.Contains(t, d.deploy(1), "deploy --login")
}

// TestDeployAsksForTheVendorOnATerminal has two vendors. A wrong answer is asked for again.
func TestDeployAsksForTheVendorOnATerminal(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	d.signIn()
	d.amazon.AddVendor("M2", "Company")
	c := startOnTerminal(t, d.command("deploy"))
	c.answer("Vendor 2: Company \\(M2\\)\nThe number of the vendor .*: $", "3")
	c.answer("\"3\" must be a number from 1 to 2\\.\nThe number of the vendor .*: $", "2")
	c.end(0)
	require.Equal(t, "M2", d.skill().VendorID)
}

// TestSignInInterrupted presses Ctrl-C while the command waits for the browser.
func TestSignInInterrupted(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	d.setVariables(fmt.Sprintf("SKILL_TEST_LOGIN_PORT=%d", freeport.Port(t)), "SKILL_LWA_CLIENT_ID="+d.clientID, "SKILL_LWA_CLIENT_SECRET="+d.secret)
	c := startOnTerminal(t, d.command("deploy", "--login"))
	c.waitFor("Paste it here and press Enter")
	_, err := c.in.Write([]byte{3})
	require.NoError(t, err)
	require.Contains(t, c.end(1), "interrupted: run the same command again")
	require.Zero(t, len(d.amazon.Skills()))
}
