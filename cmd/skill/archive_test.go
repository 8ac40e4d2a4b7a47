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

// skill runs the program beside the service, and gives what it prints.
func (r *rig) skill(args ...string) string {
	r.t.Helper()
	command := exec.Command(r.program, append(args, "--config", filepath.Join(r.dir, "skill.yaml"))...)
	command.Env = r.env
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	require.NoError(r.t, err, "%s", &stderr)
	return string(out)
}

// answers waits until the service answers with a text.
func (r *rig) answers(date, text string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		status, answer := r.send(r.lastPost(date))
		return status == http.StatusOK && strings.Contains(answer, text)
	}, 10*time.Second, 50*time.Millisecond, "no answer has %q", text)
}

// TestArchiveBesideTheService changes the archive of a service that runs, which answers accordingly.
func TestArchiveBesideTheService(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	r := newRig(t, "{mode: off}")
	r.start()
	r.ready()
	r.answers("", "Dates lean to the future")
	require.Equal(t, 10, strings.Count(r.skill("archive", "list"), "\n"))
	exported := r.skill("archive", "export")

	const id = "https://blog.example/?p=112"
	require.Equal(t, "2026-03-13 08:30\t"+id+"\tDates lean to the future\n", r.skill("archive", "forget", id))
	r.answers("", "Salt")

	file := filepath.Join(r.dir, "old.jsonl")
	write(t, file, []byte(`{"id":"old","title":"From the millennium","published":"1999-12-31T22:30:00Z"}`))
	require.Equal(t, "imported 1 post: 1 new, 0 changed, 0 known already\n", r.skill("archive", "import", file))
	r.answers("1999-12-31", "From the millennium")
	require.Contains(t, r.skill("archive", "search", "millennium"), "\told\t")

	// The feed has the post still: that does not bring it back, but the operator does.
	polls := r.feed.count()
	r.hangUp()
	require.Eventually(t, func() bool {
		_, metrics := r.get("/metrics")
		return r.feed.count() > polls && strings.Contains(metrics, `lastpost_feed_polls_total{skill="halfelf"} 2`)
	}, 30*time.Second, 100*time.Millisecond)
	_, answer := r.send(r.lastPost(""))
	require.Contains(t, answer, "Salt")
	require.NotContains(t, r.skill("archive", "list"), id)
	write(t, file, []byte(exported))
	require.Equal(t, "imported 10 posts: 1 new, 0 changed, 9 known already\n", r.skill("archive", "import", file))
	r.answers("", "Dates lean to the future")
	require.Equal(t, 0, r.stop())
	require.Equal(t, 11, strings.Count(r.skill("archive", "list"), "\n"), "also without the service")
}

// TestArchiveBeforeTheService makes the archive before the service does, which goes on with it.
func TestArchiveBeforeTheService(t *testing.T) {
	t.Parallel()
	r := newRig(t, "{mode: off}")
	file := filepath.Join(r.dir, "old.xml")
	write(t, file, []byte(`<rss><channel><item><title>From the millennium</title><link>/old</link><pubDate>Fri, 31 Dec 1999 22:30:00 GMT</pubDate></item></channel></rss>`))
	require.Equal(t, "imported 1 post: 1 new, 0 changed, 0 known already\n", r.skill("archive", "import", file))
	r.start()
	r.answers("1999-12-31", "From the millennium")
	r.answers("", "Dates lean to the future")
	require.Equal(t, 11, strings.Count(r.skill("archive", "list"), "\n"))
	require.Equal(t, 0, r.stop())
}
