package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// manyPosts is how many posts a large archive has.
const manyPosts = 100_000

// TestLargeArchive starts the program that users build with 100,000 posts, has it answer, take over what another process
// imports, and poll, and asks the kernel what that took at the most.
func TestLargeArchive(t *testing.T) {
	const limit = 100 << 10 // KiB
	r := newRig(t, "{mode: self-signed}")
	r.env = append(r.env, "SKILL_TEST_PACE=1ms")
	r.feed.set(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	fillArchive(t, r.archive(), "")
	r.build()
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

// fillArchive makes an archive of a post an hour, back from 2025-12-31, each with a text.
func fillArchive(t testing.TB, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
	posts, err := archive.Open(t.Context(), file)
	require.NoError(t, err)
	newest := time.Date(2025, time.December, 31, 23, 0, 0, 0, time.UTC)
	for from := 0; from < manyPosts; from += 5000 {
		var entries []feed.Entry
		for n := from; n < from+5000; n++ {
			entries = append(entries, feed.Entry{Content: text, Post: feed.Post{
				ID: fmt.Sprintf("https://blog.example/?p=%d", n), Title: fmt.Sprintf("Post number %d", n),
				Link: fmt.Sprintf("https://blog.example/2020/01/post-number-%d/", n), Published: newest.Add(-time.Duration(n) * time.Hour),
			}})
		}
		_, err := posts.Keep(t.Context(), feed.Batch{Entries: entries, Now: newest, Older: true})
		require.NoError(t, err)
	}
	require.NoError(t, posts.Close())
}

// BenchmarkStart measures the time from the start of the program that users build to its being ready, with 100,000 posts.
// It is to stay below 2 s:
//
//	go test -run '^$' -bench Start -benchtime 5x ./cmd/skill
func BenchmarkStart(b *testing.B) {
	r := newRig(b, "{mode: self-signed}")
	r.feed.set(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	fillArchive(b, r.archive(), "")
	r.build()
	for b.Loop() {
		r.start()
		r.ready()
		b.StopTimer()
		require.Equal(b, 0, r.stop())
		b.StartTimer()
	}
}
