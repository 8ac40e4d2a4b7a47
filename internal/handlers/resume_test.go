package handlers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

const (
	asksWhere  = "Would you like to go on from there?"
	playsThird = "Here's Third, from yesterday."
)

// anotherDevice returns another device of the same listener. It has not played anything yet.
func (d *device) anotherDevice() *device {
	other := &device{session: d.newSession(d.t, "AudioPlayer")}
	other.user = d.user
	return other
}

// stopAt stops the player at a position.
func (d *device) stopAt(offset time.Duration) {
	d.player.Offset = offset
	d.say("AMAZON.PauseIntent")
}

// TestResumesDaysLaterOnAnotherDevice requires that an explicit "resume" goes on at once, at the place of the last stop.
func TestResumesDaysLaterOnAnotherDevice(t *testing.T) {
	s := podcastFixture(t)
	d := s.newDevice(t, postOn("2026-03-04", "Who goes there?"))
	d.say("PlayNewIntent")
	d.stopAt(12 * time.Minute)
	s.Now = func() time.Time { return saturday.AddDate(0, 0, 5) }

	other := d.anotherDevice()
	a := other.say("AMAZON.ResumeIntent")
	require.Equal(t, "Here's Second, from where you left off.", a.SpokenText())
	require.Equal(t, second, other.playing())
	require.Equal(t, 12*time.Minute, other.player.Offset)
	require.True(t, other.finish())
	require.Equal(t, third, other.playing(), "the queue goes on")

	other.stopAt(time.Minute)
	require.Equal(t, "Here's Third, from where you left off.", d.anotherDevice().say("AMAZON.ResumeIntent").SpokenText())
	require.False(t, other.finish())
	require.Contains(t, d.anotherDevice().say("AMAZON.ResumeIntent").SpokenText(), "There's nothing to pick up from last time.", "the end removes the place")
}

// TestResumesWhereListenerStoppedLast requires the last place of an episode, on whichever device it was.
func TestResumesWhereListenerStoppedLast(t *testing.T) {
	d := podcastFixture(t).newDevice(t, postOn("2026-03-04", "Who goes there?"))
	d.say("PlayEpisodeIntent")
	d.stopAt(5 * time.Minute)
	other := d.anotherDevice()
	other.say("AMAZON.ResumeIntent")
	other.stopAt(30 * time.Minute)
	require.Empty(t, d.say("AMAZON.ResumeIntent").SpokenText())
	require.Equal(t, 30*time.Minute, d.player.Offset)
	d.say("AMAZON.PauseIntent")

	other.say("PlayEpisodeIntent", "Date", "2026-03-11")
	other.stopAt(time.Minute)
	d.say("AMAZON.ResumeIntent")
	require.Equal(t, third, d.player.Token, "another device does not change what this one resumes")
	d.finish()
	other.say("AMAZON.ResumeIntent")
	other.stopAt(2 * time.Minute)
	require.Equal(t, "Here's Second, from where you left off.", d.say("AMAZON.ResumeIntent").SpokenText())
}

// TestAsksWhereToBegin requires the question for an episode that was left in the middle, and its two answers.
func TestAsksWhereToBegin(t *testing.T) {
	for _, row := range []struct {
		claim   string
		stop    time.Duration
		request *alexa.Envelope
		want    string
	}{
		{"the latest episode", 12*time.Minute + 40*time.Second, intent("PlayEpisodeIntent"), "You stopped Third at minute twelve. " + asksWhere},
		{"an episode of a day", 12 * time.Minute, intent("PlayEpisodeIntent", "Date", "2026-03-13"), "You stopped Third at minute twelve. " + asksWhere},
		{"after an hour", 61 * time.Minute, intent("PlayEpisodeIntent"), "You stopped Third at minute 61. " + asksWhere},
		{"in the first minute", 40 * time.Second, intent("PlayEpisodeIntent"), "You stopped Third in the first minute. " + asksWhere},
		{"at its very beginning", 14 * time.Second, intent("PlayEpisodeIntent"), playsThird},
		{"another episode", 12 * time.Minute, intent("PlayEpisodeIntent", "Date", "2026-03-11"), "Here's Second, from Wednesday."},
		{"an explicit resume", 12 * time.Minute, intent("AMAZON.ResumeIntent"), ""},
		{"start over", 12 * time.Minute, intent("AMAZON.StartOverIntent"), playsThird},
	} {
		t.Run(row.claim, func(t *testing.T) {
			d := podcastFixture(t).newDevice(t, postOn("2026-03-04", "Who goes there?"))
			d.say("PlayEpisodeIntent")
			d.stopAt(row.stop)
			d.last = answer{}
			require.Equal(t, row.want, withoutLast(d.send(row.request).SpokenText()))
		})
	}
	d := podcastFixture(t).newDevice(t, postOn("2026-03-04", "Who goes there?"))
	d.say("PlayEpisodeIntent")
	d.stopAt(12 * time.Minute)
	for _, row := range []struct {
		reply  string
		spoken string
		from   time.Duration
	}{
		{"AMAZON.YesIntent", "", 12 * time.Minute},
		{"AMAZON.ResumeIntent", "", 12 * time.Minute},
		{"PlayEpisodeIntent", "", 12 * time.Minute},
		{"AMAZON.NoIntent", playsThird, 0},
		{"AMAZON.StartOverIntent", playsThird, 0},
	} {
		for _, asked := range []*device{d, d.anotherDevice()} {
			asked.last = answer{}
			asked.send(intent("PlayEpisodeIntent"))
			a := asked.send(intent(row.reply))
			require.Equal(t, row.spoken, a.SpokenText(), row.reply)
			require.Equal(t, row.from, a.Play().Offset, row.reply)
			require.Equal(t, third, a.Play().Token, row.reply)
		}
	}
}

// TestAsksAfterOffer requires the question also after a yes to the offer of an episode.
func TestAsksAfterOffer(t *testing.T) {
	d := podcastFixture(t).newDevice(t, postOn("2026-03-04", "Who goes there?"))
	d.say("PlayEpisodeIntent")
	d.stopAt(12 * time.Minute)
	other := d.anotherDevice()
	other.send(intent("LastPostIntent", "Date", "2026-03-13"))
	require.Equal(t, "You stopped Third at minute twelve. "+asksWhere, other.send(intent("AMAZON.YesIntent")).SpokenText())
	require.Equal(t, 12*time.Minute, other.send(intent("AMAZON.YesIntent")).Play().Offset)
}

// TestRepeatsTheQuestion requires that "repeat" asks again, and that the question outlives a request that was not understood.
func TestRepeatsTheQuestion(t *testing.T) {
	d := podcastFixture(t).newDevice(t, postOn("2026-03-04", "Who goes there?"))
	d.say("PlayEpisodeIntent")
	d.stopAt(12 * time.Minute)
	other := d.anotherDevice()
	asked := other.send(intent("PlayEpisodeIntent")).SpokenText()
	require.Equal(t, asked, other.send(intent("AMAZON.RepeatIntent")).SpokenText())
	other.send(intent("AMAZON.FallbackIntent"))
	require.Equal(t, 12*time.Minute, other.send(intent("AMAZON.YesIntent")).Play().Offset)
}

// TestGoesOnAtOnce requires that the setting at_once replaces the question.
func TestGoesOnAtOnce(t *testing.T) {
	s := podcastFixture(t)
	s.Settings.Resume = "at_once"
	d := s.newDevice(t, postOn("2026-03-04", "Who goes there?"))
	d.say("PlayEpisodeIntent")
	d.stopAt(12 * time.Minute)
	a := d.anotherDevice().say("PlayEpisodeIntent")
	require.Equal(t, "Here's Third, from where you left off.", a.SpokenText())
	require.Equal(t, 12*time.Minute, a.Play().Offset)
	require.Zero(t, d.say("AMAZON.StartOverIntent").Play().Offset)
}

// TestPlaceBelongsToPerson requires that a person whose voice Alexa knows does not get the place of another person, although
// the player's reports do not name the person.
func TestPlaceBelongsToPerson(t *testing.T) {
	s := podcastFixture(t)
	say := func(d *device, person, name string) answer {
		e := intent(name)
		e.Context.System.Person.PersonID = person
		d.last = answer{}
		a := d.send(e)
		d.apply(a.Play())
		return a
	}
	for _, person := range []string{"ann", "ben", ""} {
		s.Visits.Visit(feed.Listener{Account: "somebody", Person: person}, postOn("2026-03-04", "Who goes there?").Post, s.Now())
	}
	d := s.newDevice(t, postOn("2026-03-04", "Who goes there?"))
	say(d, "ann", "PlayEpisodeIntent")
	require.Equal(t, third, d.playing())
	d.stopAt(12 * time.Minute)
	require.Equal(t, playsThird, say(d.anotherDevice(), "ben", "PlayEpisodeIntent").SpokenText())
	require.Equal(t, playsThird, say(d.anotherDevice(), "", "PlayEpisodeIntent").SpokenText())
	a := say(d.anotherDevice(), "ann", "AMAZON.ResumeIntent")
	require.Equal(t, 12*time.Minute, a.Play().Offset)
}

// TestForgedPlaces requires that a place that this service did not write is not a place.
func TestForgedPlaces(t *testing.T) {
	s := podcastFixture(t)
	d := s.newDevice(t, postOn("2026-03-04", "Who goes there?"))
	for _, place := range []string{"x", "60000", "60000 ", "-60000 " + third, "60000.5 " + third, "99999999999999999999 " + third, " 60000 " + third, "60000 forgotten"} {
		s.Visits.KeepEpisode(feed.Listener{Account: "somebody"}, place)
		require.Contains(t, d.anotherDevice().say("AMAZON.ResumeIntent").SpokenText(), "There's nothing to pick up from last time.", place)
		require.Equal(t, playsThird, d.anotherDevice().say("PlayEpisodeIntent").SpokenText(), place)
	}
	s.Visits.KeepEpisode(feed.Listener{Account: "somebody"}, "9000000000000000 "+third)
	require.Equal(t, 1000*time.Hour, d.anotherDevice().say("AMAZON.ResumeIntent").Play().Offset)
	stop := withPlayer("STOPPED", "", 0, withoutSession(request("AudioPlayer.PlaybackStopped")))
	stop.Request.Offset = time.Hour
	require.Empty(t, s.send(t, fromUser("somebody", stop)).Body)
}

// TestSeeksFromPlaceOnAnotherDevice requires that a request about a position finds the episode that was stopped elsewhere.
func TestSeeksFromPlaceOnAnotherDevice(t *testing.T) {
	d := podcastFixture(t).newDevice(t, postOn("2026-03-04", "Who goes there?"))
	d.say("PlayEpisodeIntent")
	d.stopAt(12 * time.Minute)
	a := d.anotherDevice().say("SkipBackIntent", "Duration", "PT2M")
	require.Equal(t, third, a.Play().Token)
	require.Equal(t, 10*time.Minute, a.Play().Offset)
	other := d.anotherDevice()
	other.send(intent("LastPostIntent", "Date", "2026-03-13"))
	require.Equal(t, 11*time.Minute, other.send(intent("SkipForwardIntent", "Duration", "PT1M")).Play().Offset, "the announced episode has a place")
}

// TestResumesWhatWasLast requires that "resume" goes on with the episode if it was started after the reading, even if it was
// stopped at once, and with the reading after the end of the episode.
func TestResumesWhatWasLast(t *testing.T) {
	s := newFixture(t, saturday, withText(postOn("2026-03-14", "Long"), longText(8)), withEpisode(postOn("2026-03-13", "Third"), stream+"3.mp3"))
	d := s.newDevice(t, postOn("2026-03-04", "Old"))
	d.send(intent("ReadPostIntent"))
	d.send(intent("AMAZON.PauseIntent"))
	d.say("PlayEpisodeIntent")
	d.player.Offset = 5 * time.Second
	d.say("AMAZON.PauseIntent")
	require.Equal(t, 5*time.Second, d.say("AMAZON.ResumeIntent").Play().Offset)
	require.Equal(t, playsThird, d.anotherDevice().say("AMAZON.ResumeIntent").SpokenText())
	d.finish()
	a := d.say("AMAZON.ResumeIntent")
	require.Contains(t, a.SpokenText(), "begins here.")
	require.Nil(t, a.Play())
}

// TestIgnoresInvalidBookmarks stores bookmarks that this version cannot have written. "Resume" must not use them.
func TestIgnoresInvalidBookmarks(t *testing.T) {
	for claim, raw := range map[string]string{
		"another version":     `{"v":99,"q":"on","t":"text","p":"th4k00.1","n":1}`,
		"an unknown prompt":   `{"v":1,"q":"x","t":"text","p":"th4k00.1","n":1}`,
		"a malformed ref":     `{"v":1,"q":"on","t":"text","p":"!","n":1}`,
		"a part before 1":     `{"v":1,"q":"on","t":"text","p":"th4k00.1","n":-1}`,
		"another focus":       `{"v":1,"q":"read","t":"post","p":"th4k00.1"}`,
		"text without JSON":   `resume`,
		"a list with no page": `{"v":1,"q":"row","t":"text","p":"th4k00.1","n":1,"l":{"o":"newest","p":[]}}`,
	} {
		k := newFixture(t, saturday, magazinePosts()...).newSession(t)
		k.user = "somebody"
		k.Visits.Visit(feed.Listener{Account: "somebody"}, magazinePosts()[0].Post, saturday)
		k.Visits.KeepReading(feed.Listener{Account: "somebody"}, raw)
		sendAll(k, "AMAZON.ResumeIntent")
		require.Contains(t, k.last.SpokenText(), "nothing to pick up", claim)
	}
}
