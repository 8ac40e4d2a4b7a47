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

// TestEpisodesThatArePassedOverAreNotRead goes on from an episode to the next, between which there are ten that cannot be
// played, each with a text that takes long to take apart.
func TestEpisodesThatArePassedOverAreNotRead(t *testing.T) {
	var posts []feed.Entry
	for i := range 11 {
		p := of(post("Episode", saturday.Add(-time.Duration(i)*time.Hour).Format(time.RFC3339)), strings.Repeat("<sup>1", 40_000))
		posts = append(posts, with(p, "http://blog.test/a.mp3"))
	}
	s := newScene(t, saturday, posts...)
	k := s.talk(t, "AudioPlayer")
	k.player = alexa.Playback{Token: posts[0].ID, Activity: "PLAYING"}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.NotEmpty(t, k.say(intent("AMAZON.NextIntent")).SpokenText())
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(50<<20))
}
