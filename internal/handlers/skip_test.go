package handlers_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// TestSkippedEpisodesAreNotRendered requires a fast answer that skips ten unplayable episodes, although the text of
// each is slow to parse.
func TestSkippedEpisodesAreNotRendered(t *testing.T) {
	var posts []feed.Entry
	for i := range 11 {
		p := withText(newPost("Episode", saturday.Add(-time.Duration(i)*time.Hour).Format(time.RFC3339)), strings.Repeat("<sup>1", 40_000))
		posts = append(posts, withEpisode(p, "http://blog.test/a.mp3"))
	}
	s := newFixture(t, saturday, posts...)
	k := s.newSession(t, "AudioPlayer")
	k.player = alexa.Playback{Token: posts[0].ID, Activity: "PLAYING"}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.NotEmpty(t, k.send(intent("AMAZON.NextIntent")).SpokenText())
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(50<<20))
}
