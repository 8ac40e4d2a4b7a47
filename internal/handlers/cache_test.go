package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// TestRepeatedRequestsDoNotReadStore is of what nearly every listener asks for: the post that the listener before asked for.
func TestRepeatedRequestsDoNotReadStore(t *testing.T) {
	s := newFixture(t, saturday, magazinePosts()...)
	shelf := &readCounter{PostStore: s.Store}
	s.Store = shelf
	reads := func(e *alexa.Envelope) int {
		shelf.reads = 0
		s.send(t, fromUser("somebody", onDevice(e, "AudioPlayer")))
		return shelf.reads
	}
	require.Equal(t, 1, reads(launch()), "the first to hear it")
	played := launch()
	played.Context.AudioPlayer = alexa.Playback{Token: magazinePosts()[2].ID, Activity: "PAUSED"}
	for claim, e := range map[string]*alexa.Envelope{
		"a launch": launch(), "within a session": inSession(launch()), "the last post": lastPost(""), "its day": lastPost("2026-03-13"),
		"reading": intent("ReadPostIntent"), "the news": intent("WhatsNewIntent"), "no words at all": lastPost("?"),
		"help": intent("AMAZON.HelpIntent"), "stop": intent("AMAZON.StopIntent"), "who heard an episode": played,
	} {
		require.Zero(t, reads(e), claim)
	}
	require.Equal(t, 1, reads(inLocale("en-GB", launch())), "what is said of a picture may be other words there")
	require.Zero(t, reads(inLocale("en-GB", launch())))

	s.publish(t, postOn("2026-03-01", "Another"))
	require.Equal(t, 1, reads(launch()), "any post may have changed")
	require.Zero(t, reads(launch()))
}

func TestReadingOnDoesNotReadStore(t *testing.T) {
	s := newFixture(t, saturday, magazinePosts()...)
	shelf := &readCounter{PostStore: s.Store}
	s.Store = shelf
	k := s.newSession(t)
	sendAll(k, "ReadPostIntent:")
	shelf.reads = 0
	sendAll(k, "AMAZON.YesIntent", "AMAZON.RepeatIntent", "AMAZON.HelpIntent", "AMAZON.StartOverIntent", "AMAZON.ResumeIntent")
	require.Zero(t, shelf.reads)
}

// TestCacheEvictsOldPosts forgets what was told long ago, and tells it again.
func TestCacheEvictsOldPosts(t *testing.T) {
	s := newFixture(t, saturday, gardenPosts(40)...)
	shelf := &readCounter{PostStore: s.Store}
	s.Store = shelf
	for range 2 {
		for _, p := range gardenPosts(40) {
			require.Contains(t, s.send(t, intent("ReadPostIntent", "Date", p.Published.Format("2006-01-02"))).SpokenText(), p.Title+". From ")
		}
	}
	require.Greater(t, shelf.reads, 40)
	require.Less(t, shelf.reads, 2*2*40, "a post, and the one that is offered after it")
}
