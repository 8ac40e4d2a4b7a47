package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// TestWhatIsToldAgainReadsNoDisk is of what nearly every listener asks for: the post that the listener before asked for.
func TestWhatIsToldAgainReadsNoDisk(t *testing.T) {
	s := newScene(t, saturday, magazine()...)
	shelf := &watched{PostStore: s.Store}
	s.Store = shelf
	reads := func(e *alexa.Envelope) int {
		shelf.reads = 0
		s.ask(t, by("somebody", to(e, "AudioPlayer")))
		return shelf.reads
	}
	require.Equal(t, 1, reads(launch()), "the first to hear it")
	played := launch()
	played.Context.AudioPlayer = alexa.Playback{Token: magazine()[2].ID, Activity: "PAUSED"}
	for claim, e := range map[string]*alexa.Envelope{
		"a launch": launch(), "within a session": periodFilter(launch()), "the last post": lastPost(""), "its day": lastPost("2026-03-13"),
		"reading": intent("ReadPostIntent"), "the news": intent("WhatsNewIntent"), "no words at all": lastPost("?"),
		"help": intent("AMAZON.HelpIntent"), "stop": intent("AMAZON.StopIntent"), "who heard an episode": played,
	} {
		require.Zero(t, reads(e), claim)
	}
	require.Equal(t, 1, reads(in("en-GB", launch())), "what is said of a picture may be other words there")
	require.Zero(t, reads(in("en-GB", launch())))

	s.publish(t, on("2026-03-01", "Another"))
	require.Equal(t, 1, reads(launch()), "any post may have changed")
	require.Zero(t, reads(launch()))
}

func TestReadingOnReadsNoDisk(t *testing.T) {
	s := newScene(t, saturday, magazine()...)
	shelf := &watched{PostStore: s.Store}
	s.Store = shelf
	k := s.talk(t)
	spoken(k, "ReadPostIntent:")
	shelf.reads = 0
	spoken(k, "AMAZON.YesIntent", "AMAZON.RepeatIntent", "AMAZON.HelpIntent", "AMAZON.StartOverIntent", "AMAZON.ResumeIntent")
	require.Zero(t, shelf.reads)
}

// TestManyPostsAreTold forgets what was told long ago, and tells it again.
func TestManyPostsAreTold(t *testing.T) {
	s := newScene(t, saturday, garden(40)...)
	shelf := &watched{PostStore: s.Store}
	s.Store = shelf
	for range 2 {
		for _, p := range garden(40) {
			require.Contains(t, s.ask(t, intent("ReadPostIntent", "Date", p.Published.Format("2006-01-02"))).SpokenText(), p.Title+". From ")
		}
	}
	require.Greater(t, shelf.reads, 40)
	require.Less(t, shelf.reads, 2*2*40, "a post, and the one that is offered after it")
}
