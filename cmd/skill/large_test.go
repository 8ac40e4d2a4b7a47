package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// largeArchivePosts is the number of posts in a large archive.
const largeArchivePosts = 100_000

// TestMemoryWithLargeArchive limits the peak memory of the program with 100,000 posts. Meanwhile the program answers,
// reloads an archive that another process changes, and polls.
func TestMemoryWithLargeArchive(t *testing.T) {
	requireE2E(t)
	const limit = 100 << 10 // KiB
	h := newHarness(t, "{mode: self-signed}")
	h.env = append(h.env, "SKILL_TEST_PACE=1ms")
	h.feed.setHandler(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	h.useReleaseBuild()
	h.importManyPosts()
	h.startAndWait()
	h.waitUntilReady()
	ask := func(date, want string) {
		status, answer := h.sendSigned(h.lastPostRequest(date))
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, answer, want)
	}
	for range 100 {
		ask("", "Post number 0")
		ask("2019-06", "In June 2019 there were 720 posts")
	}
	extra := filepath.Join(h.dir, "extra.jsonl")
	for year := 2001; year < 2004; year++ { // each import makes the service read the whole archive again
		line := fmt.Sprintf(`{"id":"extra-%d","title":"Found in the attic","link":"https://blog.example/attic/%[1]d/","published":"%[1]d-02-03T04:05:06Z"}`, year)
		writeFile(t, extra, []byte(line+"\n"))
		h.runSkill("archive", "import", extra)
		h.waitForResponse(fmt.Sprintf("%d-02-03", year), "Found in the attic")
	}
	h.sendHUP()
	peak := h.peakMemoryKiB()
	t.Logf("%d posts: %d KiB at the most", largeArchivePosts, peak)
	require.Less(t, peak, limit)
	require.Equal(t, 0, h.stop())
}

// importManyPosts imports largeArchivePosts posts, one an hour back from the end of 2025.
func (h *harness) importManyPosts() {
	h.t.Helper()
	file := filepath.Join(h.dir, "posts.jsonl")
	lines, err := os.Create(file)
	require.NoError(h.t, err)
	newest := time.Date(2025, time.December, 31, 23, 0, 0, 0, time.UTC)
	for n := range largeArchivePosts {
		_, err := fmt.Fprintf(lines, `{"id":"https://blog.example/?p=%d","title":"Post number %[1]d","link":"https://blog.example/2020/01/post-number-%[1]d/","published":"%[2]s"}`+"\n",
			n, newest.Add(-time.Duration(n)*time.Hour).Format(time.RFC3339))
		require.NoError(h.t, err)
	}
	require.NoError(h.t, lines.Close())
	require.Equal(h.t, "imported 100000 posts: 100000 new, 0 changed, 0 already stored\n", h.runSkill("archive", "import", file))
}

// BenchmarkStart measures the time from the program's start until it is ready, with 100,000 posts. The limit is 2 s:
//
//	go test -run '^$' -bench Start -benchtime 5x ./cmd/skill
func BenchmarkStart(b *testing.B) {
	h := newHarness(b, "{mode: self-signed}")
	h.feed.setHandler(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	h.useReleaseBuild()
	h.importManyPosts()
	for b.Loop() {
		h.startAndWait()
		h.waitUntilReady()
		b.StopTimer()
		require.Equal(b, 0, h.stop())
		b.StartTimer()
	}
}
