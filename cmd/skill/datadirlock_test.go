package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// refusedSecondService runs "skill serve" with the harness's configuration and returns its message. It must exit with 1.
func (h *harness) refusedSecondService() string {
	h.t.Helper()
	second := exec.Command(h.program, "serve", "--config", filepath.Join(h.dir, "skill.yaml"))
	second.Env = h.env
	out, err := second.CombinedOutput()
	require.Error(h.t, err)
	require.Equal(h.t, exitFailure, second.ProcessState.ExitCode())
	return string(out)
}

// TestOneServiceForEachDataDir starts a second service with the data_dir of the first. It must be refused until the first has
// ended, even after a reload. Commands that use the archive must work meanwhile. SIGKILL must release the lock.
func TestOneServiceForEachDataDir(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	h.startAndWait()
	h.waitUntilReady()
	want := fmt.Sprintf("skill: data_dir %s is in use by process %d, which runs the service with it; stop that process, or set data_dir to another folder\n",
		filepath.Join(h.dir, "data"), h.process.Process.Pid)
	require.Equal(t, want, h.refusedSecondService())

	file := filepath.Join(h.dir, "old.jsonl")
	writeFile(t, file, []byte(`{"id":"old","title":"From the millennium","published":"1999-12-31T22:30:00Z"}`))
	require.Equal(t, "imported 1 post: 1 new, 0 changed, 0 already stored\n", h.runSkill("archive", "import", file))
	require.Equal(t, 11, strings.Count(h.runSkill("archive", "list"), "\n"))
	require.Contains(t, h.runSkill("ask", "what", "is", "new"), "Alexa")
	check := exec.Command(h.program, "check", "--config", filepath.Join(h.dir, "skill.yaml"))
	check.Env = h.env
	out, _ := check.Output() // its exit status is about the feed at a loopback address
	require.Contains(t, string(out), "ok    data directory   "+filepath.Join(h.dir, "data")+" is writable by this user")

	h.reloadAndWait(reloaded, "half elf", "half elf\n    greeting: Hello")
	require.Equal(t, want, h.refusedSecondService(), "a reload keeps the lock")
	require.Contains(t, h.reloadAndWait(notReloaded, "data_dir: ", "data_dir: /elsewhere")["error"], "data_dir: a reload cannot change this")
	h.reloadAndWait(reloaded, "data_dir: /elsewhere", "data_dir: ")
	require.Equal(t, want, h.refusedSecondService())

	h.kill()
	h.startAndWait()
	h.waitUntilReady()
	require.Contains(t, h.refusedSecondService(), fmt.Sprintf("in use by process %d,", h.process.Process.Pid))
	require.Equal(t, 0, h.stop())
}
