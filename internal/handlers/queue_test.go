package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/playback"
)

// A device plays streams as an Echo does: it reports what the player does, and plays the enqueued stream next.
type device struct {
	*session
	next *alexatest.Play // the enqueued stream
}

// newDevice returns a device of a listener whose newest post at the last visit was seen.
func (s *fixture) newDevice(t testing.TB, seen feed.Entry) *device {
	s.Visits.Visit(feed.Listener{Account: "somebody"}, seen.Post, s.Now())
	d := &device{session: s.newSession(t, "AudioPlayer")}
	d.user = "somebody"
	return d
}

// say sends an intent of a new session and starts the stream of the answer.
func (d *device) say(name string, slots ...string) answer {
	d.last = answer{}
	if d.player.Activity == "PLAYING" {
		d.report("PlaybackStopped") // while the listener speaks
		d.player.Activity = "STOPPED"
	}
	a := d.send(intent(name, slots...))
	d.apply(a.Play())
	return a
}

func (d *device) apply(play *alexatest.Play) {
	switch {
	case play == nil:
	case play.Behavior == "REPLACE_ALL":
		d.player, d.next = alexa.Playback{Token: play.Token, Offset: play.Offset, Activity: "PLAYING"}, nil
		d.report("PlaybackStarted")
	case play.ExpectedPreviousToken == d.player.Token:
		d.next = play
	}
}

// report sends a request of the player, without a session.
func (d *device) report(event string) answer {
	e := withoutSession(request("AudioPlayer." + event))
	e.Request.Token, e.Request.Offset = d.player.Token, d.player.Offset
	last := d.last
	a := d.send(e)
	d.last = last
	return a
}

// finish plays the stream to its end. It reports whether another stream follows.
func (d *device) finish() bool {
	d.apply(d.report("PlaybackNearlyFinished").Play())
	return d.playEnqueued()
}

// playEnqueued ends the stream and plays the enqueued one. It reports whether there is one.
func (d *device) playEnqueued() bool {
	d.player.Activity = "FINISHED"
	d.apply(d.report("PlaybackFinished").Play())
	if d.next == nil {
		return false
	}
	d.player, d.next = alexa.Playback{Token: d.next.Token, Activity: "PLAYING"}, nil
	d.report("PlaybackStarted")
	return true
}

// playing returns the id of the post that the device plays.
func (d *device) playing() string { return playback.ParseToken(d.player.Token).PostID }

// TestPlaysNewEpisodesInOrder plays a queue to its end: the oldest of the new episodes first, without the episode that
// Alexa does not play. An episode that is published meanwhile comes last.
func TestPlaysNewEpisodesInOrder(t *testing.T) {
	s := podcastFixture(t)
	d := s.newDevice(t, postOn("2026-03-04", "Who goes there?"))
	a := d.say("PlayNewIntent")
	require.Equal(t, "Here are the new episodes, starting with Second, from Wednesday.", withoutLast(a.SpokenText()))
	require.Equal(t, second, d.playing())
	require.True(t, a.HasEnded())

	late := withEpisode(postOn("2026-03-14", "Late"), stream+"4.mp3")
	late.Link = "https://blog.test/late"
	require.True(t, d.finish())
	require.Equal(t, third, d.playing(), "the episode in between cannot be played")
	s.publish(t, late)
	require.True(t, d.finish())
	require.Equal(t, late.ID, d.playing())
	require.False(t, d.finish())
	require.Equal(t, "FINISHED", d.player.Activity)
}

// withoutLast removes the word "last" before a weekday of the last six days.
func withoutLast(text string) string { return strings.ReplaceAll(text, "from last ", "from ") }

func TestSaysWhichEpisodesAreNew(t *testing.T) {
	for _, row := range []struct {
		claim string
		seen  feed.Entry
		want  string
		plays string
	}{
		{"one is new", postOn("2026-03-12", "Plain"), "There's one new episode. Here's Third, from yesterday.", third},
		{"none is new", postOn("2026-03-13", "Third"), "There haven't been any new episodes since your last visit. The latest episode is from yesterday: Third. ", ""},
		{"a removed post was seen last", postOn("2026-03-10", "Removed"), "Here are the new episodes, starting with Second, from Wednesday.", second},
	} {
		t.Run(row.claim, func(t *testing.T) {
			d := podcastFixture(t).newDevice(t, row.seen)
			require.True(t, strings.HasPrefix(withoutLast(d.say("PlayNewIntent").SpokenText()), row.want), d.last.SpokenText())
			require.Equal(t, row.plays, d.playing())
		})
	}
	k := podcastFixture(t).newSession(t, "AudioPlayer")
	require.Contains(t, k.send(intent("PlayNewIntent")).SpokenText(), "The latest episode is from yesterday: Third.", "a listener who was not here before")
	require.Contains(t, newFixture(t, saturday).send(t, intent("PlayNewIntent")).SpokenText(), "any posts from half elf yet")
	require.Contains(t, newFixture(t, saturday, postOn("2026-03-13", "Text")).newDevice(t, postOn("2026-03-10", "Old")).say("PlayNewIntent").SpokenText(), "any episodes from half elf")
	d := podcastFixture(t).newDevice(t, postOn("2026-03-10", "Old"))
	d.to = nil
	require.Contains(t, d.say("PlayNewIntent").SpokenText(), "This device can't play episodes.")
}

// TestMovesWithinQueue requires that next, previous, repeat, a pause and a skip stay in the queue.
func TestMovesWithinQueue(t *testing.T) {
	s := podcastFixture(t)
	d := s.newDevice(t, postOn("2026-03-04", "Who goes there?"))
	d.say("PlayNewIntent")
	a := d.say("AMAZON.PreviousIntent")
	require.Equal(t, "That's the first of the new episodes.", a.SpokenText())
	require.Nil(t, a.Play())
	require.Equal(t, "Here's Third, from yesterday.", d.say("AMAZON.NextIntent").SpokenText())
	require.Equal(t, third, d.playing())
	require.Equal(t, "That's the last of the new episodes.", d.say("AMAZON.NextIntent").SpokenText())
	d.say("AMAZON.PreviousIntent")
	require.Equal(t, second, d.playing())
	d.player.Offset = 10 * time.Minute
	d.say("AMAZON.PauseIntent")
	require.Empty(t, d.say("AMAZON.ResumeIntent").SpokenText())
	require.Equal(t, 10*time.Minute, d.player.Offset)
	d.say("SkipBackIntent", "Duration", "PT1M")
	require.Equal(t, 9*time.Minute, d.player.Offset)
	d.say("AMAZON.RepeatIntent")
	require.Equal(t, alexa.Playback{Token: d.player.Token, Activity: "PLAYING"}, d.player)
	d.apply(d.send(button("NextCommandIssued")).Play())
	require.Equal(t, third, d.playing())
	d.apply(d.send(button("PreviousCommandIssued")).Play())
	require.Equal(t, second, d.playing())
	require.Nil(t, d.send(button("PreviousCommandIssued")).Play())
}

// TestQueueGoesOnAfterFailure requires that an episode that the device cannot play does not end the queue.
func TestQueueGoesOnAfterFailure(t *testing.T) {
	d := podcastFixture(t).newDevice(t, postOn("2026-03-01", "Old"))
	d.say("PlayNewIntent")
	require.Equal(t, first, d.playing())
	d.player.Activity = "STOPPED"
	d.apply(d.report("PlaybackFailed").Play())
	require.Equal(t, second, d.playing(), "the first failed")

	d.say("AMAZON.PreviousIntent")
	playing := d.player
	d.apply(d.report("PlaybackNearlyFinished").Play())
	failed := withoutSession(request("AudioPlayer.PlaybackFailed"))
	failed.Request.Token = d.next.Token
	d.apply(d.send(failed).Play())
	require.Equal(t, playing, d.player, "the first still plays")
	require.True(t, d.playEnqueued())
	require.Equal(t, third, d.playing(), "the second failed while the first was playing")
	require.Nil(t, d.report("PlaybackFailed").Play(), "the last failed")
}

// TestQueueOutlivesItsPosts requires that the queue goes on after the archive has removed the played episode.
func TestQueueOutlivesItsPosts(t *testing.T) {
	s := podcastFixture(t)
	d := s.newDevice(t, postOn("2026-03-01", "Old"))
	d.say("PlayNewIntent")
	_, _, err := s.archive.Forget(t.Context(), first)
	require.NoError(t, err)
	for _, event := range []string{"PlaybackStarted", "PlaybackStopped", "PlaybackFailed"} {
		d.report(event)
	}
	require.True(t, d.finish())
	require.Equal(t, second, d.playing())
	require.Equal(t, "That's the first of the new episodes.", d.say("AMAZON.PreviousIntent").SpokenText(), "the removed one was the first")
}

// TestReportsOutsideOfQueue requires that an episode without a queue ends in silence, also on a device without a player.
func TestReportsOutsideOfQueue(t *testing.T) {
	d := podcastFixture(t).newDevice(t, postOn("2026-03-04", "Who goes there?"))
	d.say("PlayEpisodeIntent", "Date", "2026-03-11")
	require.Equal(t, second, d.player.Token, "tokens of single episodes are those of older versions")
	require.False(t, d.finish())
	d.say("PlayNewIntent")
	d.to = nil
	require.Empty(t, d.report("PlaybackNearlyFinished").Body)
	require.Empty(t, d.report("PlaybackFailed").Body)
}

// TestPlaysOneOfSeveralAtTheSameTime requires that episodes of the same second do not hold the queue up.
func TestPlaysOneOfSeveralAtTheSameTime(t *testing.T) {
	var posts []feed.Entry
	for _, title := range []string{"One", "Two", "Three"} {
		posts = append(posts, withEpisode(postOn("2026-03-11", title), stream+title))
	}
	d := newFixture(t, saturday, posts...).newDevice(t, postOn("2026-03-01", "Old"))
	d.say("PlayNewIntent")
	heard := map[string]bool{d.playing(): true}
	for d.finish() {
		require.False(t, heard[d.playing()])
		heard[d.playing()] = true
	}
	require.Len(t, heard, 3)
	for range 2 {
		d.say("AMAZON.PreviousIntent")
		require.NotNil(t, d.last.Play())
	}
	require.Equal(t, "That's the first of the new episodes.", d.say("AMAZON.PreviousIntent").SpokenText())
}

// TestGoesOnWithUnfinishedQueue requires that a second "play all new episodes" loses nothing and repeats nothing, although no
// episode is new since the last visit.
func TestGoesOnWithUnfinishedQueue(t *testing.T) {
	s := podcastFixture(t)
	d := s.newDevice(t, postOn("2026-03-01", "Old"))
	d.say("PlayNewIntent")
	require.True(t, d.finish())
	require.Equal(t, second, d.playing())
	d.player.Offset = 3 * time.Minute
	require.Empty(t, d.say("PlayNewIntent").SpokenText(), "the queue is playing")
	require.Equal(t, 3*time.Minute, d.player.Offset)
	d.say("AMAZON.PauseIntent")

	other := d.anotherDevice()
	require.Equal(t, "Here's Second, from where you left off.", other.say("PlayNewIntent").SpokenText())
	require.Equal(t, 3*time.Minute, other.player.Offset)
	other.player.Offset = 5 * time.Minute
	other.say("AMAZON.NextIntent")
	require.Equal(t, third, other.playing())
	require.Equal(t, playsThird, d.anotherDevice().say("AMAZON.ResumeIntent").SpokenText(), "the listener skipped the second")
	other.player.Offset = 5 * time.Second
	other.say("AMAZON.PauseIntent")
	require.Equal(t, playsThird, d.anotherDevice().say("PlayNewIntent").SpokenText(), "the queue outlives a stop at the beginning of an episode")
	require.False(t, other.finish())
	require.Contains(t, d.anotherDevice().say("PlayNewIntent").SpokenText(), "There haven't been any new episodes since your last visit.")
}
