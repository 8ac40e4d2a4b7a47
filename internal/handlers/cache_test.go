package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// TestRepeatedRequestsDoNotReadStore requires that only the first of several requests for the same post reads the
// store. This is the most common case, because most listeners ask for the latest post.
func TestRepeatedRequestsDoNotReadStore(t *testing.T) {
	s := newFixture(t, saturday, magazinePosts()...)
	counter := &readCounter{PostStore: s.Store}
	s.Store = counter
	reads := func(e *alexa.Envelope) int {
		counter.reads = 0
		s.send(t, fromUser("somebody", onDevice(e, "AudioPlayer")))
		return counter.reads
	}
	require.Equal(t, 1, reads(launch()), "first request")
	played := launch()
	played.Context.AudioPlayer = alexa.Playback{Token: magazinePosts()[2].ID, Activity: "PAUSED"}
	for claim, e := range map[string]*alexa.Envelope{
		"a launch": launch(), "within a session": inSession(launch()), "the last post": lastPost(""), "its day": lastPost("2026-03-13"),
		"reading": intent("ReadPostIntent"), "the news": intent("WhatsNewIntent"), "a date that was not understood": lastPost("?"),
		"help": intent("AMAZON.HelpIntent"), "stop": intent("AMAZON.StopIntent"), "after an episode": played,
	} {
		require.Zero(t, reads(e), claim)
	}
	require.Equal(t, 1, reads(inLocale("en-GB", launch())), "announcements may differ between locales")
	require.Zero(t, reads(inLocale("en-GB", launch())))

	s.publish(t, postOn("2026-03-01", "Another"))
	require.Equal(t, 1, reads(launch()), "a change empties the cache")
	require.Zero(t, reads(launch()))
}

func TestReadingOnDoesNotReadStore(t *testing.T) {
	s := newFixture(t, saturday, magazinePosts()...)
	counter := &readCounter{PostStore: s.Store}
	s.Store = counter
	k := s.newSession(t)
	sendAll(k, "ReadPostIntent:")
	counter.reads = 0
	sendAll(k, "AMAZON.YesIntent", "AMAZON.RepeatIntent", "AMAZON.HelpIntent", "AMAZON.StartOverIntent", "AMAZON.ResumeIntent")
	require.Zero(t, counter.reads)
}

// TestCacheEvictsOldPosts requests more posts than the cache holds. The answers must be correct although the cache
// evicts posts.
func TestCacheEvictsOldPosts(t *testing.T) {
	s := newFixture(t, saturday, gardenPosts(40)...)
	counter := &readCounter{PostStore: s.Store}
	s.Store = counter
	for range 2 {
		for _, p := range gardenPosts(40) {
			require.Contains(t, s.send(t, intent("ReadPostIntent", "Date", p.Published.Format("2006-01-02"))).SpokenText(), p.Title+". From ")
		}
	}
	require.Greater(t, counter.reads, 40)
	require.Less(t, counter.reads, 2*2*40, "each post and the next one")
}
