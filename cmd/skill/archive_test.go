package main

import (
	"bytes"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// runSkill runs a command with the service's configuration and returns its standard output.
func (h *harness) runSkill(args ...string) string {
	h.t.Helper()
	command := exec.Command(h.program, append(args, "--config", filepath.Join(h.dir, "skill.yaml"))...)
	command.Env = h.env
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	require.NoError(h.t, err, "%s", &stderr)
	return string(out)
}

// waitForResponse waits until the post of date has an answer that contains text.
func (h *harness) waitForResponse(date, text string) {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		status, answer := h.sendSigned(h.lastPostRequest(date))
		return status == http.StatusOK && strings.Contains(answer, text)
	}, 10*time.Second, 50*time.Millisecond, "no answer has %q", text)
}

// TestArchiveCommandsWhileServiceRuns changes the archive of a running service. The answers must follow.
func TestArchiveCommandsWhileServiceRuns(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	h.startAndWait()
	h.waitUntilReady()
	h.waitForResponse("", "Dates lean to the future")
	require.Equal(t, 10, strings.Count(h.runSkill("archive", "list"), "\n"))
	exported := h.runSkill("archive", "export")

	const id = "https://blog.example/?p=112"
	require.Equal(t, "2026-03-13 08:30\t"+id+"\tDates lean to the future\n", h.runSkill("archive", "forget", id))
	h.waitForResponse("", "Salt")

	file := filepath.Join(h.dir, "old.jsonl")
	writeFile(t, file, []byte(`{"id":"old","title":"From the millennium","published":"1999-12-31T22:30:00Z"}`))
	require.Equal(t, "imported 1 post: 1 new, 0 changed, 0 already stored\n", h.runSkill("archive", "import", file))
	h.waitForResponse("1999-12-31", "From the millennium")
	require.Contains(t, h.runSkill("archive", "search", "millennium"), "\told\t")

	// The feed still contains the post. A poll must not restore it; an import by the operator must.
	polls := h.feed.requestCount()
	h.sendHUP()
	require.Eventually(t, func() bool {
		_, metrics := h.getPrivate("/metrics")
		return h.feed.requestCount() > polls && strings.Contains(metrics, `lastpost_feed_polls_total{skill="halfelf"} 2`)
	}, 30*time.Second, 100*time.Millisecond)
	_, answer := h.sendSigned(h.lastPostRequest(""))
	require.Contains(t, answer, "Salt")
	require.NotContains(t, h.runSkill("archive", "list"), id)
	writeFile(t, file, []byte(exported))
	require.Equal(t, "imported 10 posts: 1 new, 0 changed, 9 already stored\n", h.runSkill("archive", "import", file))
	h.waitForResponse("", "Dates lean to the future")
	require.Equal(t, 0, h.stop())
	require.Equal(t, 11, strings.Count(h.runSkill("archive", "list"), "\n"), "the commands also work without the service")
}

// TestServiceOpensImportedArchive imports posts before the first start. The service must keep them.
func TestServiceOpensImportedArchive(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	file := filepath.Join(h.dir, "old.xml")
	writeFile(t, file, []byte(`<rss><channel><item><title>From the millennium</title><link>/old</link><pubDate>Fri, 31 Dec 1999 22:30:00 GMT</pubDate></item></channel></rss>`))
	require.Equal(t, "imported 1 post: 1 new, 0 changed, 0 already stored\n", h.runSkill("archive", "import", file))
	h.startAndWait()
	h.waitForResponse("1999-12-31", "From the millennium")
	h.waitForResponse("", "Dates lean to the future")
	require.Equal(t, 11, strings.Count(h.runSkill("archive", "list"), "\n"))
	require.Equal(t, 0, h.stop())
}
