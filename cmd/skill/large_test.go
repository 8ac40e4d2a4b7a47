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

// manyPosts is how many posts a large archive has.
const manyPosts = 100_000

// TestLargeArchive starts the program that users build with 100,000 posts, has it answer, take over what another process
// imports, and poll, and asks the kernel what that took at the most.
func TestLargeArchive(t *testing.T) {
	requireE2E(t)
	const limit = 100 << 10 // KiB
	r := newRig(t, "{mode: self-signed}")
	r.env = append(r.env, "SKILL_TEST_PACE=1ms")
	r.feed.set(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	r.build()
	r.fill()
	r.start()
	r.ready()
	ask := func(date, want string) {
		status, answer := r.send(r.lastPost(date))
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, answer, want)
	}
	for range 100 {
		ask("", "Post number 0")
		ask("2019-06", "There were 720 posts in June 2019")
	}
	extra := filepath.Join(r.dir, "extra.jsonl")
	for year := 2001; year < 2004; year++ { // each of which makes the service read all of it again
		line := fmt.Sprintf(`{"id":"extra-%d","title":"Found in the attic","link":"https://blog.example/attic/%[1]d/","published":"%[1]d-02-03T04:05:06Z"}`, year)
		write(t, extra, []byte(line+"\n"))
		r.skill("archive", "import", extra)
		r.answers(fmt.Sprintf("%d-02-03", year), "Found in the attic")
	}
	r.hangUp()
	most := r.memory("VmHWM")
	t.Logf("%d posts: %d KiB at the most", manyPosts, most)
	require.Less(t, most, limit)
	require.Equal(t, 0, r.stop())
}

// fill makes an archive of a post an hour, back from the end of 2025, as an operator would who has his posts from elsewhere.
func (r *rig) fill() {
	r.t.Helper()
	file := filepath.Join(r.dir, "posts.jsonl")
	lines, err := os.Create(file)
	require.NoError(r.t, err)
	newest := time.Date(2025, time.December, 31, 23, 0, 0, 0, time.UTC)
	for n := range manyPosts {
		_, err := fmt.Fprintf(lines, `{"id":"https://blog.example/?p=%d","title":"Post number %[1]d","link":"https://blog.example/2020/01/post-number-%[1]d/","published":"%[2]s"}`+"\n",
			n, newest.Add(-time.Duration(n)*time.Hour).Format(time.RFC3339))
		require.NoError(r.t, err)
	}
	require.NoError(r.t, lines.Close())
	require.Equal(r.t, "imported 100000 posts: 100000 new, 0 changed, 0 known already\n", r.skill("archive", "import", file))
}

// BenchmarkStart measures the time from the start of the program that users build to its being ready, with 100,000 posts.
// It is to stay below 2 s:
//
//	go test -run '^$' -bench Start -benchtime 5x ./cmd/skill
func BenchmarkStart(b *testing.B) {
	r := newRig(b, "{mode: self-signed}")
	r.feed.set(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	r.build()
	r.fill()
	for b.Loop() {
		r.start()
		r.ready()
		b.StopTimer()
		require.Equal(b, 0, r.stop())
		b.StartTimer()
	}
}
