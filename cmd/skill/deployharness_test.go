package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/smapi/smapitest"
)

// A deployHarness runs "skill deploy" as a process of an operator with an empty home, against a fake of Amazon.
type deployHarness struct {
	*harness
	amazon   *smapitest.Amazon
	clientID string
	secret   string // of the client
	home     string
	file     string   // the configuration
	vars     []string // of the environment of deploy
}

const testVendor = "M0123456789ABC"

// newDeployHarness makes a vendor and a security profile at Amazon, and a configuration with an id of zeros. The operator is
// not signed in. more are lines at the end of the configuration.
func newDeployHarness(t *testing.T, more string) *deployHarness {
	t.Helper()
	return newDeployHarnessWith(t, more, smapitest.Options{})
}

func newDeployHarnessWith(t *testing.T, more string, o smapitest.Options) *deployHarness {
	t.Helper()
	d := &deployHarness{harness: newHarness(t, "{mode: off}"), amazon: smapitest.NewWith(t, o), home: t.TempDir()}
	d.amazon.AddVendor(testVendor, "Half Elf")
	d.clientID, d.secret = d.amazon.NewProfile()
	d.file = filepath.Join(d.dir, "skill.yaml")
	tls := "tls: {mode: off}\n"
	if strings.HasPrefix(more, "tls:") {
		tls = ""
	}
	writeFile(t, d.file, fmt.Appendf(nil, `# The blog of an elf.
public_url: https://skill.example.com
%sdata_dir: %s
listen: 127.0.0.1:0
admin: {listen: "127.0.0.1:0"}
skills:
  - name: halfelf
    application_id: %q # from Amazon
    invocation_name: half elf
    title: Half Elf
    feed: %s
%s`, tls, filepath.Join(d.dir, "data"), config.PlaceholderID, d.feed.url, more))
	d.vars = []string{"HOME=" + d.home, "XDG_CONFIG_HOME=", "SKILL_CONFIG=" + d.file, "SKILL_SMAPI_URL=" + d.amazon.URL,
		"SKILL_LWA_URL=" + d.amazon.LWAURL, "SKILL_TEST_AMAZON_PAUSE=2ms", "SKILL_TEST_AMAZON_SEARCH=1m"}
	return d
}

// signIn puts a sign-in into the environment, as in CI. Without scopes it has those that a deployment needs.
func (d *deployHarness) signIn(scopes ...string) {
	d.t.Helper()
	d.setVariables("SKILL_LWA_CLIENT_ID="+d.clientID, "SKILL_LWA_CLIENT_SECRET="+d.secret,
		"SKILL_LWA_REFRESH_TOKEN="+d.amazon.SignedInAs(d.clientID, scopes...))
}

// setVariables sets variables of the environment of deploy.
func (d *deployHarness) setVariables(vars ...string) { d.vars = append(d.vars, vars...) }

// command returns a command of the program that has not started yet.
func (d *deployHarness) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(d.t.Context(), os.Args[0], args...)
	cmd.Dir, cmd.Env = d.dir, append(slices.Clone(d.env), d.vars...)
	return cmd
}

// deploy runs the command to its end. It requires the exit status, and returns both outputs together.
func (d *deployHarness) deploy(status int, args ...string) string {
	d.t.Helper()
	cmd := d.command(append([]string{"deploy"}, args...)...)
	output, _ := cmd.CombinedOutput()
	require.Equal(d.t, status, cmd.ProcessState.ExitCode(), "skill deploy %s\n%s", strings.Join(args, " "), output)
	return string(output)
}

// skill returns the only skill at Amazon.
func (d *deployHarness) skill() smapitest.SkillView {
	d.t.Helper()
	skills := d.amazon.Skills()
	require.Equal(d.t, 1, len(skills), "skills at Amazon") // Len would print the skills
	return skills[0]
}

// requireID requires that the configuration has the id, and is otherwise as before.
func (d *deployHarness) requireID(before []byte, id string) {
	d.t.Helper()
	require.Equal(d.t, strings.Replace(string(before), config.PlaceholderID, id, 1), string(readFile(d.t, d.file)))
}

// killWhen starts the command, and kills it as soon as the condition holds.
func (d *deployHarness) killWhen(condition func() bool, args ...string) {
	d.t.Helper()
	cmd := d.command(append([]string{"deploy"}, args...)...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	require.NoError(d.t, cmd.Start())
	require.Eventually(d.t, condition, 30*time.Second, time.Millisecond)
	require.NoError(d.t, cmd.Process.Signal(syscall.SIGKILL))
	_ = cmd.Wait()
	require.False(d.t, cmd.ProcessState.Exited(), "it was killed and did not end by itself:\n%s", output.String())
}

// countCalls counts the requests that Amazon has answered.
func (d *deployHarness) countCalls(method, path string) (count int) {
	for _, call := range d.amazon.Requests() {
		if call.Method == method && strings.HasPrefix(call.Path, path) {
			count++
		}
	}
	return count
}
