package handlers_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/feed"
	"lastpost/internal/handlers"
	"lastpost/internal/handlers/conversation"
)

// withPlayer adds the state of the device's player to a request.
func withPlayer(activity string, token string, offset time.Duration, e *alexa.Envelope) *alexa.Envelope {
	e.Context.AudioPlayer = alexa.Playback{Token: token, Offset: offset, Activity: activity}
	return onDevice(e, "AudioPlayer")
}

// button returns the request for a button on a remote control. It does not have a session.
func button(command string) *alexa.Envelope {
	return withoutSession(request("PlaybackController." + command))
}

const stream = "https://cdn.test/"

// podcastFixture returns a blog with five posts. Three have episodes that Alexa plays. One has an episode that Alexa
// does not play, and one is without an episode.
func podcastFixture(t testing.TB) *fixture {
	return newFixture(t, saturday,
		withText(postOn("2026-03-14", "Notes"), "<p>No sound at all.</p>"),
		withEpisode(withText(postOn("2026-03-13", "Third"), "<p>All of the third.</p>"), stream+"3.mp3"),
		withEpisode(withText(postOn("2026-03-12", "Plain"), "<p>Told in the clear.</p>"), "http://cdn.test/plain.mp3"),
		withEpisode(postOn("2026-03-11", "Second"), stream+"2.mp3"),
		withEpisode(postOn("2026-03-04", "Who goes there?"), stream+"1.mp3"))
}

// These are the ids of podcastFixture's posts with episodes. Alexa does not play the episode of plainID.
var third, plainID, second, first = postOn("2026-03-13", "Third").ID, postOn("2026-03-12", "Plain").ID, postOn("2026-03-11", "Second").ID, postOn("2026-03-04", "Who goes there?").ID

// TestPlays requires the expected speech, directive and offset for each request that starts, stops or changes an
// episode. A resume in the middle of an episode must be silent.
func TestPlays(t *testing.T) {
	const minute = time.Minute
	for _, row := range []struct {
		claim   string
		request *alexa.Envelope
		want    string // spoken text
		plays   string // token of the started episode; "stop" for a stop directive; "" for no directive
		from    time.Duration
	}{
		{"without a date the newest episode is played", withPlayer("", "", 0, intent("PlayEpisodeIntent")), "Here's Third, from yesterday.", third, 0},
		{"the episode of a day is played", withPlayer("", "", 0, intent("PlayEpisodeIntent", "Date", "2026-03-11")), "Here's Second, from Wednesday.", second, 0},
		{"the newest of a period is played", withPlayer("", "", 0, intent("PlayEpisodeIntent", "Date", "2026-W10")), "Here's Who goes there?, from last Wednesday.", first, 0},
		{"with a day that is not understood, the newest episode is played", withPlayer("", "", 0, intent("PlayEpisodeIntent", "Date", "?")), "I didn't catch which day you meant. Here's Third, from yesterday.", third, 0},

		{"next plays the older episode", withPlayer("PLAYING", second, minute, intent("AMAZON.NextIntent")), "Here's Who goes there?, from last Wednesday.", first, 0},
		{"next skips an episode that cannot be played", withPlayer("STOPPED", third, minute, intent("AMAZON.NextIntent")), "Here's Second, from Wednesday.", second, 0},
		{"previous plays the newer episode and skips one that cannot be played", withPlayer("PAUSED", second, minute, intent("AMAZON.PreviousIntent")), "Here's Third, from yesterday.", third, 0},
		{"next after the oldest episode lets it go on", withPlayer("PLAYING", first, minute, intent("AMAZON.NextIntent")), "That's the oldest episode I have.", "", 0},
		{"previous before the newest episode lets it go on", withPlayer("PLAYING", third, minute, intent("AMAZON.PreviousIntent")), "That's the newest episode.", "", 0},
		{"next after an episode's end plays the older episode", withPlayer("FINISHED", third, 0, intent("AMAZON.NextIntent")), "Here's Second, from Wednesday.", second, 0},
		{"start over plays from the beginning", withPlayer("PLAYING", second, minute, intent("AMAZON.StartOverIntent")), "Here's Second, from Wednesday.", second, 0},
		{"repeat plays from the beginning", withPlayer("STOPPED", second, minute, intent("AMAZON.RepeatIntent")), "Here's Second, from Wednesday.", second, 0},

		{"pause stops the player", withPlayer("PLAYING", second, minute, intent("AMAZON.PauseIntent")), "", "stop", 0},
		{"pause stops a player that reports STOPPED", withPlayer("STOPPED", second, minute, intent("AMAZON.PauseIntent")), "", "stop", 0},
		{"pause of a removed episode stops the player", withPlayer("PLAYING", "forgotten", minute, intent("AMAZON.PauseIntent")), "", "stop", 0},
		{"resume plays from the position of the player", withPlayer("STOPPED", second, 90*minute+1500*time.Millisecond, intent("AMAZON.ResumeIntent")), "", second, 90*minute + 1500*time.Millisecond},
		{"resume without a session plays from the position of the player", withPlayer("STOPPED", second, minute, withoutSession(intent("AMAZON.ResumeIntent"))), "", second, minute},
		{"resume of an ended episode plays from the beginning", withPlayer("FINISHED", second, minute, intent("AMAZON.ResumeIntent")), "Here's Second, from Wednesday.", second, 0},
		{"resume at position 0 names the episode", withPlayer("STOPPED", second, 0, intent("AMAZON.ResumeIntent")), "Here's Second, from Wednesday.", second, 0},

		{"stop stops the player", withPlayer("PLAYING", second, minute, intent("AMAZON.StopIntent")), "", "stop", 0},
		{"cancel stops the player", withPlayer("STOPPED", second, minute, intent("AMAZON.CancelIntent")), "", "stop", 0},
		{"home stops the player", withPlayer("PAUSED", second, minute, intent("AMAZON.NavigateHomeIntent")), "", "stop", 0},
		{"stop within a conversation says goodbye", withPlayer("STOPPED", second, minute, inSession(intent("AMAZON.StopIntent"))), "Goodbye.", "stop", 0},
		{"stop after the end says goodbye", withPlayer("FINISHED", second, minute, intent("AMAZON.StopIntent")), "Goodbye.", "", 0},
		{"stop before any episode says goodbye", withPlayer("IDLE", "", 0, intent("AMAZON.StopIntent")), "Goodbye.", "", 0},
		{"stop on a device without a player says goodbye", onDevice(withPlayer("PLAYING", second, 0, intent("AMAZON.StopIntent"))), "Goodbye.", "", 0},
		{"pause in a conversation, long after an episode, ends it", withPlayer("STOPPED", second, minute, inSession(intent("AMAZON.PauseIntent"))), "Goodbye.", "stop", 0},
		{"pause before any episode ends the session", withPlayer("IDLE", "", 0, intent("AMAZON.PauseIntent")), "Goodbye.", "", 0},

		{"loop on lets the episode go on", withPlayer("PLAYING", second, minute, intent("AMAZON.LoopOnIntent")), onlyThis, "", 0},
		{"loop off lets the episode go on", withPlayer("STOPPED", second, minute, intent("AMAZON.LoopOffIntent")), onlyThis, "", 0},
		{"shuffle on lets the episode go on", withPlayer("FINISHED", second, minute, intent("AMAZON.ShuffleOnIntent")), onlyThis, "", 0},
		{"shuffle off lets the episode go on", withPlayer("STOPPED", second, minute, withoutSession(intent("AMAZON.ShuffleOffIntent"))), onlyThis, "", 0},
		{"a request that was not understood lets the episode go on", withPlayer("PLAYING", second, minute, intent("AMAZON.FallbackIntent")), onlyThis, "", 0},
		{"an intent of another version lets the episode go on", withPlayer("PAUSED", second, minute, intent("DancePostIntent")), onlyThis, "", 0},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := podcastFixture(t).send(t, row.request)
			require.Equal(t, row.want, a.SpokenText())
			require.True(t, a.HasEnded())
			require.Equal(t, row.plays == "stop", a.StopsPlayer())
			if row.plays == "stop" || row.plays == "" {
				require.Nil(t, a.Play())
				return
			}
			require.Equal(t, row.plays, a.Play().Token)
			require.Equal(t, row.from, a.Play().Offset)
		})
	}
}

const onlyThis = "During an episode, you can say “pause”, “next” or “start over”."

// TestExplainsWhyNotPlaying requires that an answer that cannot play an episode says why and offers something else.
func TestExplainsWhyNotPlaying(t *testing.T) {
	const fallback = "Sorry, I didn't get that. Try “what's new”, or “read the latest post”. "
	for _, row := range []struct {
		claim   string
		request *alexa.Envelope
		want    string
	}{
		{"a device without a player", intent("PlayEpisodeIntent"), "This one is from yesterday: Third. This device can't play episodes. " + asksRead},
		{"a device without a player, and no text", intent("PlayEpisodeIntent", "Date", "2026-03-11"), "This one is from Wednesday: Second. This device can't play episodes. " + asksOlder},
		{"a stream without TLS", withPlayer("", "", 0, intent("PlayEpisodeIntent", "Date", "2026-03-12")), "This one is from Thursday: Plain. I can't play this episode, because its connection isn't secure. " + asksRead},
		{"a day without an episode offers the episode before it", withPlayer("", "", 0, intent("PlayEpisodeIntent", "Date", "2026-03-14")), "There haven't been any episodes today. The last one before that is from yesterday: Third. " + asksPlay},
		{"a period before all episodes", withPlayer("", "", 0, intent("PlayEpisodeIntent", "Date", "2020")), "There weren't any episodes in 2020. " + asksElse},
		{"resume before any episode", withPlayer("", "", 0, intent("AMAZON.ResumeIntent")), "There's nothing to pick up from last time. The latest post is from today: Notes. " + asksRead},
		{"resume of a removed episode", withPlayer("STOPPED", "forgotten", time.Minute, intent("AMAZON.ResumeIntent")), "There's nothing to pick up from last time. The latest post is from today: Notes. " + asksRead},
		{"next after a removed episode", withPlayer("STOPPED", "forgotten", time.Minute, intent("AMAZON.NextIntent")), "That post isn't there anymore. The latest post is from today: Notes. " + asksRead},
		{"repeat of a removed episode", withPlayer("STOPPED", "forgotten", time.Minute, intent("AMAZON.RepeatIntent")), "That post isn't there anymore. The latest post is from today: Notes. " + asksRead},
		{"loop within a conversation", withPlayer("STOPPED", second, time.Minute, inSession(intent("AMAZON.LoopOnIntent"))), fallback + asksWhat},
		{"loop before any episode", withPlayer("", "", 0, intent("AMAZON.LoopOnIntent")), fallback + asksWhat},
		{"a request that was not understood, long after an episode", withPlayer("STOPPED", second, time.Minute, intent("AMAZON.FallbackIntent")), fallback + asksWhat},
		{"next in a conversation, long after an episode", withPlayer("STOPPED", second, time.Minute, inSession(intent("AMAZON.NextIntent"))), "The latest post is from today: Notes. " + asksRead},
		{"next on a device without a player", onDevice(withPlayer("PLAYING", second, 0, intent("AMAZON.NextIntent"))), "The latest post is from today: Notes. " + asksRead},
		{"a request that was not understood, in a conversation", withPlayer("PLAYING", second, time.Minute, inSession(intent("AMAZON.FallbackIntent"))), fallback + asksWhat},
		{"next in a conversation, after the oldest episode", withPlayer("PLAYING", first, time.Minute, inSession(intent("AMAZON.NextIntent"))), "That's the oldest episode I have. " + asksElse},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := podcastFixture(t).send(t, row.request)
			require.Equal(t, row.want, a.SpokenText())
			require.Nil(t, a.Play())
			require.False(t, a.StopsPlayer())
		})
	}
}

// TestOffersPlayAndResumes pauses an episode and resumes it in another session. That session knows the episode only
// from the state of the player.
func TestOffersPlayAndResumes(t *testing.T) {
	k := podcastFixture(t).newSession(t, "AudioPlayer")
	k.expect("There was one post yesterday: Third. "+asksPlay, "LastPostIntent", "Date", "2026-03-13")
	a := k.expect("Here's Third, from yesterday.", "AMAZON.YesIntent")
	require.Equal(t, &alexatest.Play{
		Behavior: "REPLACE_ALL", URL: stream + "3.mp3", Token: third, Title: "Third", Subtitle: "half elf",
	}, a.Play())
	require.Empty(t, a.Body.Card)

	k.send(launch())
	k.expect("There was one post yesterday: Third. "+asksPlay, "LastPostIntent", "Date", "2026-03-13")
	a = k.send(withPlayer("STOPPED", third, time.Hour, intent("AMAZON.ResumeIntent")))
	require.Equal(t, time.Hour, a.Play().Offset, "a paused episode does not restart")
	k.expect("There was one post yesterday: Third. "+asksPlay, "LastPostIntent", "Date", "2026-03-13")
	a = k.send(withPlayer("STOPPED", second, time.Hour, intent("AMAZON.ResumeIntent")))
	require.Equal(t, third, a.Play().Token, "resume means yes to another episode")
	require.Zero(t, a.Play().Offset)
}

func TestPlayCurrentPost(t *testing.T) {
	s := podcastFixture(t)
	s.publish(t, withEpisode(withText(postOn("2026-03-10", "Long"), longText(8)), "http://cdn.test/long.mp3"))
	k := s.newSession(t, "AudioPlayer")
	k.send(launch())
	k.expect("This post doesn't have an episode to play. The latest episode is from yesterday: Third. "+asksPlay, "PlayEpisodeIntent")
	require.Equal(t, third, k.send(intent("AMAZON.YesIntent")).Play().Token)
	k.send(launch())
	k.expect("Here's Third, from yesterday.", "PlayLatestIntent")
	withoutPlayer := s.newSession(t)
	withoutPlayer.send(launch())
	withoutPlayer.expect("This post doesn't have an episode to play. "+asksRead, "PlayEpisodeIntent")
	require.Contains(t, withoutPlayer.send(intent("AMAZON.YesIntent")).SpokenText(), "No sound at all.")

	k.send(intent("ReadPostIntent", "Date", "2026-03-10"))
	require.Equal(t, "I can't play this episode, because its connection isn't secure. "+asksOn, k.send(intent("PlayEpisodeIntent")).SpokenText())
	readOn := k.send(intent("AMAZON.YesIntent")).SpokenText()
	require.Contains(t, readOn, "begins here.")
	require.NotContains(t, readOn, "Paragraph 1 ", "the reading goes on at the same part")
	require.Equal(t, "Here's Third, from yesterday.", k.send(intent("PlayEpisodeIntent", "Date", "2026-03-13")).SpokenText())

	k = s.newSession(t)
	k.send(intent("ReadPostIntent", "Date", "2026-03-12"))
	k.expect("This device can't play episodes. "+asksOlder, "PlayEpisodeIntent") // the post offered at the end
	k.send(intent("LastPostIntent", "Date", "2026-03-13"))
	k.send(intent("ListPostsIntent"))
	k.expect("This one is from yesterday: Third. This device can't play episodes. "+asksRead, "PlayEpisodeIntent")
}

// TestResumeGoesOnReading requires that resume continues the reading of a post, even if the post's episode was played
// before.
func TestResumeGoesOnReading(t *testing.T) {
	k := newFixture(t, saturday, withEpisode(withText(postOn("2026-03-13", "Third"), longText(8)), stream+"3.mp3")).newSession(t, "AudioPlayer")
	k.send(intent("ReadPostIntent"))
	a := k.send(withPlayer("STOPPED", third, time.Minute, intent("AMAZON.ResumeIntent")))
	require.Nil(t, a.Play())
	require.Contains(t, a.SpokenText(), "begins here.")
}

func TestNoEpisodes(t *testing.T) {
	s := newFixture(t, saturday)
	require.Contains(t, s.send(t, withPlayer("", "", 0, intent("PlayEpisodeIntent"))).SpokenText(), "I don't have any posts from half elf yet.")
	s.publish(t, postOn("2026-03-13", "Friday"))
	require.Equal(t, "I don't have any episodes from half elf. "+asksElse, s.send(t, withPlayer("", "", 0, intent("PlayEpisodeIntent"))).SpokenText())
}

// TestButtons requires that a button gets a player directive or an empty response, and never speech.
func TestButtons(t *testing.T) {
	for _, row := range []struct {
		claim   string
		request *alexa.Envelope
		plays   string
		from    time.Duration
	}{
		{"play starts at the position of the player", withPlayer("STOPPED", second, time.Minute, button("PlayCommandIssued")), second, time.Minute},
		{"play after the end of an episode starts at its beginning", withPlayer("FINISHED", second, time.Minute, button("PlayCommandIssued")), second, 0},
		{"pause stops the player", withPlayer("PLAYING", second, time.Minute, button("PauseCommandIssued")), "stop", 0},
		{"pause stops a removed episode", withPlayer("PLAYING", "forgotten", time.Minute, button("PauseCommandIssued")), "stop", 0},
		{"next plays the older episode", withPlayer("PLAYING", third, time.Minute, button("NextCommandIssued")), second, 0},
		{"previous plays the newer episode", withPlayer("PLAYING", first, time.Minute, button("PreviousCommandIssued")), second, 0},
		{"next after the oldest episode does nothing", withPlayer("PLAYING", first, time.Minute, button("NextCommandIssued")), "", 0},
		{"previous before the newest episode does nothing", withPlayer("PLAYING", third, time.Minute, button("PreviousCommandIssued")), "", 0},
		{"play of an unplayable episode does nothing", withPlayer("STOPPED", plainID, time.Minute, button("PlayCommandIssued")), "", 0},
		{"play of a removed episode does nothing", withPlayer("STOPPED", "forgotten", 0, button("PlayCommandIssued")), "", 0},
		{"play before any episode does nothing", withPlayer("IDLE", "", 0, button("PlayCommandIssued")), "", 0},
		{"pause before any episode does nothing", withPlayer("IDLE", "", 0, button("PauseCommandIssued")), "", 0},
		{"next before any episode does nothing", withPlayer("IDLE", "", 0, button("NextCommandIssued")), "", 0},
		{"an unknown button does nothing", withPlayer("PLAYING", second, 0, button("LikeCommandIssued")), "", 0},
		{"pause on a device without a player does nothing", onDevice(withPlayer("PLAYING", second, 0, button("PauseCommandIssued"))), "", 0},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := podcastFixture(t).send(t, row.request)
			require.Equal(t, row.plays == "stop", a.StopsPlayer())
			require.Equal(t, row.plays != "" && row.plays != "stop", a.Play() != nil)
			if a.Play() != nil {
				require.Equal(t, row.plays, a.Play().Token)
				require.Equal(t, row.from, a.Play().Offset)
			}
		})
	}
}

// TestPlayerReports requires that reports of the player get empty answers. The server reports failures, so they are not
// logged here.
func TestPlayerReports(t *testing.T) {
	s := podcastFixture(t)
	for _, kind := range []string{"Started", "NearlyFinished", "Stopped", "Finished"} {
		a := s.send(t, withPlayer("PLAYING", second, 0, withoutSession(request("AudioPlayer.Playback"+kind))))
		require.Empty(t, a.Body, kind)
	}
	failed := withPlayer("STOPPED", second, time.Minute, withoutSession(request("AudioPlayer.PlaybackFailed")))
	failed.Request.Token = second
	require.Empty(t, s.send(t, failed).Body)
	require.Empty(t, s.logLines(t))
	require.Equal(t, second, s.send(t, withPlayer("STOPPED", second, time.Minute, intent("AMAZON.ResumeIntent"))).Play().Token)
	require.Equal(t, first, s.send(t, withPlayer("STOPPED", second, time.Minute, intent("AMAZON.NextIntent"))).Play().Token)
}

// TestMetadata requires that the device shows the full title of an episode, and its image only if Alexa accepts the
// image.
func TestMetadata(t *testing.T) {
	for _, row := range []struct{ title, image, shown, art string }{
		{"Salt & <b>Pepper</b> 🎉", "https://cdn.test/i.png", "Salt & <b>Pepper</b> 🎉", "https://cdn.test/i.png"},
		{"", "http://cdn.test/i.png", "Untitled", ""},
		{"🎉", "https://me:secret@cdn.test/i.png", "🎉", ""},
		{strings.Repeat("word ", 100), "https://cdn.test/" + strings.Repeat("i", 2000), strings.TrimSpace(strings.Repeat("word ", 60)) + "…", ""},
	} {
		e := withEpisode(postOn("2026-03-13", row.title), stream+"1.mp3")
		e.Image = row.image
		a := newFixture(t, saturday, e).send(t, onDevice(intent("PlayEpisodeIntent"), "AudioPlayer")).Play()
		require.Equal(t, row.shown, a.Title)
		require.Equal(t, "half elf", a.Subtitle)
		require.Equal(t, row.art != "", len(a.Art) == 1)
		require.Equal(t, row.art, strings.Join(a.Art, ""))
	}
}

// TestTokens requires that an episode can be resumed whatever characters the post's id contains, because the id is the
// token.
func TestTokens(t *testing.T) {
	for _, id := range []string{
		strings.Repeat("x", 512), strings.Repeat("𝐀", 128), strings.Repeat("\u2028", 170), strings.Repeat(`"`, 512),
		`' OR 1=1 --`, `</speak>`, "${payload}", "%s%n", " ", "../../etc/passwd", "https://blog.test/?p=1&q=ü",
	} {
		e := withEpisode(postOn("2026-03-13", "Friday"), stream+"1.mp3")
		e.ID = id
		s := newFixture(t, saturday, e)
		a := s.send(t, onDevice(intent("PlayEpisodeIntent"), "AudioPlayer"))
		require.Equal(t, id, a.Play().Token)
		require.Equal(t, id, s.send(t, withPlayer("STOPPED", id, time.Minute, intent("AMAZON.ResumeIntent"))).Play().Token)
	}
	s := podcastFixture(t)
	for _, token := range []string{"\x00", "\xff\xfe", "' OR 1=1 --", strings.Repeat("x", 60_000), "%", "*", `{"id":1}`} {
		for _, name := range []string{"AMAZON.ResumeIntent", "AMAZON.NextIntent", "AMAZON.RepeatIntent", "AMAZON.PauseIntent"} {
			require.Nil(t, s.send(t, withPlayer("STOPPED", token, time.Minute, intent(name))).Play())
		}
		require.Nil(t, s.send(t, withPlayer("STOPPED", token, time.Minute, button("PlayCommandIssued"))).Play())
	}
	require.Empty(t, s.logLines(t))
}

// TestStreams requires that the skill does not play a stream that Alexa refuses, because Alexa would then refuse the
// whole response.
func TestStreams(t *testing.T) {
	for _, address := range []string{
		"http://cdn.test/1.mp3", "https://me:secret@cdn.test/1.mp3", "https://cdn.test/?a|b", "https://cdn.test/ä.mp3", "https:///1.mp3",
	} {
		s := newFixture(t, saturday, withEpisode(withText(postOn("2026-03-13", "Friday"), "<p>Text.</p>"), address))
		a := s.send(t, onDevice(intent("PlayEpisodeIntent"), "AudioPlayer"))
		require.Equal(t, "This one is from yesterday: Friday. I can't play this episode, because its connection isn't secure. "+asksRead, a.SpokenText(), address)
	}
}

// An entryRecorder is a store that records which entries are read.
type entryRecorder struct {
	conversation.PostStore
	ids []string
}

func (s *entryRecorder) Entry(ctx context.Context, id string) (feed.Entry, bool, error) {
	s.ids = append(s.ids, id)
	return s.PostStore.Entry(ctx, id)
}

// TestLooksUpEpisodeOnlyIfNeeded requires that only requests about an episode read its entry. Most other requests of a
// listener who has played an episode contain its token too.
func TestLooksUpEpisodeOnlyIfNeeded(t *testing.T) {
	moved := map[string]bool{
		"AMAZON.NextIntent": true, "AMAZON.PreviousIntent": true, "AMAZON.RepeatIntent": true, "AMAZON.StartOverIntent": true, "AMAZON.ResumeIntent": true,
		"SkipForwardIntent": true, "SkipBackIntent": true, "SeekIntent": true,
		"AuthorIntent": true, "PostDateIntent": true, "SummaryIntent": true, "LengthIntent": true,
	}
	s := podcastFixture(t)
	for _, intended := range handlers.Intents() {
		recorder := &entryRecorder{PostStore: s.archive}
		s.Store = recorder
		s.send(t, withPlayer("PLAYING", "token", 0, intent(intended.Name)))
		require.Equal(t, moved[intended.Name], strings.Contains(strings.Join(recorder.ids, "\n"), "token"), intended.Name)
	}
	for _, e := range []*alexa.Envelope{launch(), button("PauseCommandIssued"), withoutSession(request("AudioPlayer.PlaybackFinished"))} {
		recorder := &entryRecorder{PostStore: s.archive}
		s.Store = recorder
		s.send(t, withPlayer("PLAYING", "token", 0, e))
		require.NotContains(t, recorder.ids, "token", e.Request.Type)
	}
}
