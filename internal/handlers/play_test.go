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
)

// at is a request from a device with a player, which plays or played an episode.
func at(activity string, token string, offset time.Duration, e *alexa.Envelope) *alexa.Envelope {
	e.Context.AudioPlayer = alexa.Playback{Token: token, Offset: offset, Activity: activity}
	return to(e, "AudioPlayer")
}

// button is one of a remote control, which has no session.
func button(command string) *alexa.Envelope { return alone(request("PlaybackController." + command)) }

const stream = "https://cdn.test/"

// podcast is a blog of five posts, of which three have episodes that Alexa plays, and one has another.
func podcast(t testing.TB) *scene {
	return newScene(t, saturday,
		of(on("2026-03-14", "Notes"), "<p>No sound at all.</p>"),
		with(of(on("2026-03-13", "Third"), "<p>All of the third.</p>"), stream+"3.mp3"),
		with(of(on("2026-03-12", "Plain"), "<p>Told in the clear.</p>"), "http://cdn.test/plain.mp3"),
		with(on("2026-03-11", "Second"), stream+"2.mp3"),
		with(on("2026-03-04", "Who goes there?"), stream+"1.mp3"))
}

// The ids of its episodes.
var third, escapeMarkup, second, first = on("2026-03-13", "Third").ID, on("2026-03-12", "Plain").ID, on("2026-03-11", "Second").ID, on("2026-03-04", "Who goes there?").ID

// TestPlaying has everything that begins, ends or moves an episode. Who goes on hears nothing but the episode.
func TestPlaying(t *testing.T) {
	const minute = time.Minute
	for _, row := range []struct {
		claim   string
		request *alexa.Envelope
		want    string // what is heard
		plays   string // the token; "stop", or "" for no directive
		from    time.Duration
	}{
		{"the newest episode is played where none is named", at("", "", 0, intent("PlayEpisodeIntent")), "Here is Third, from yesterday.", third, 0},
		{"the episode of a day is played", at("", "", 0, intent("PlayEpisodeIntent", "Date", "2026-03-11")), "Here is Second, from last Wednesday.", second, 0},
		{"the newest of a period is played", at("", "", 0, intent("PlayEpisodeIntent", "Date", "2026-W10")), "Here is Who goes there?, from Wednesday, March 4.", first, 0},
		{"a day that is not understood costs the day", at("", "", 0, intent("PlayEpisodeIntent", "Date", "?")), "I did not understand which day you mean. Here is Third, from yesterday.", third, 0},

		{"next is the older one", at("PLAYING", second, minute, intent("AMAZON.NextIntent")), "Here is Who goes there?, from Wednesday, March 4.", first, 0},
		{"and passes over what cannot be played", at("STOPPED", third, minute, intent("AMAZON.NextIntent")), "Here is Second, from last Wednesday.", second, 0},
		{"previous is the newer one, likewise", at("PAUSED", second, minute, intent("AMAZON.PreviousIntent")), "Here is Third, from yesterday.", third, 0},
		{"behind the oldest the episode goes on", at("PLAYING", first, minute, intent("AMAZON.NextIntent")), "That is the oldest episode that I know of.", "", 0},
		{"before the newest too", at("PLAYING", third, minute, intent("AMAZON.PreviousIntent")), "That is the newest episode.", "", 0},
		{"next after an episode's end", at("FINISHED", third, 0, intent("AMAZON.NextIntent")), "Here is Second, from last Wednesday.", second, 0},
		{"start over begins anew", at("PLAYING", second, minute, intent("AMAZON.StartOverIntent")), "Here is Second, from last Wednesday.", second, 0},
		{"repeat does, too", at("STOPPED", second, minute, intent("AMAZON.RepeatIntent")), "Here is Second, from last Wednesday.", second, 0},

		{"pause stops the player", at("PLAYING", second, minute, intent("AMAZON.PauseIntent")), "", "stop", 0},
		{"also where it says that it has stopped", at("STOPPED", second, minute, intent("AMAZON.PauseIntent")), "", "stop", 0},
		{"also an episode that is kept no more", at("PLAYING", "forgotten", minute, intent("AMAZON.PauseIntent")), "", "stop", 0},
		{"resume goes on where it was", at("STOPPED", second, 90*minute+1500*time.Millisecond, intent("AMAZON.ResumeIntent")), "", second, 90*minute + 1500*time.Millisecond},
		{"resume without a session", at("STOPPED", second, minute, alone(intent("AMAZON.ResumeIntent"))), "", second, minute},
		{"resume of what was heard to its end begins anew", at("FINISHED", second, minute, intent("AMAZON.ResumeIntent")), "Here is Second, from last Wednesday.", second, 0},
		{"resume of what had only begun says which it is", at("STOPPED", second, 0, intent("AMAZON.ResumeIntent")), "Here is Second, from last Wednesday.", second, 0},

		{"stop stops the player", at("PLAYING", second, minute, intent("AMAZON.StopIntent")), "", "stop", 0},
		{"cancel does", at("STOPPED", second, minute, intent("AMAZON.CancelIntent")), "", "stop", 0},
		{"home does", at("PAUSED", second, minute, intent("AMAZON.NavigateHomeIntent")), "", "stop", 0},
		{"stop within a conversation says goodbye", at("STOPPED", second, minute, periodFilter(intent("AMAZON.StopIntent"))), "Goodbye.", "stop", 0},
		{"stop after the end says goodbye", at("FINISHED", second, minute, intent("AMAZON.StopIntent")), "Goodbye.", "", 0},
		{"stop where nothing was ever played says goodbye", at("IDLE", "", 0, intent("AMAZON.StopIntent")), "Goodbye.", "", 0},
		{"stop on a device without a player", to(at("PLAYING", second, 0, intent("AMAZON.StopIntent"))), "Goodbye.", "", 0},
		{"pause in a conversation, long after an episode, ends it", at("STOPPED", second, minute, periodFilter(intent("AMAZON.PauseIntent"))), "Goodbye.", "stop", 0},
		{"pause where nothing was ever played ends", at("IDLE", "", 0, intent("AMAZON.PauseIntent")), "Goodbye.", "", 0},

		{"loop on lets the episode go on", at("PLAYING", second, minute, intent("AMAZON.LoopOnIntent")), onlyThis, "", 0},
		{"loop off too, whatever the player says", at("STOPPED", second, minute, intent("AMAZON.LoopOffIntent")), onlyThis, "", 0},
		{"shuffle on too", at("FINISHED", second, minute, intent("AMAZON.ShuffleOnIntent")), onlyThis, "", 0},
		{"shuffle off too", at("STOPPED", second, minute, alone(intent("AMAZON.ShuffleOffIntent"))), onlyThis, "", 0},
		{"what is not understood lets the episode go on", at("PLAYING", second, minute, intent("AMAZON.FallbackIntent")), onlyThis, "", 0},
		{"an intent of another version too", at("PAUSED", second, minute, intent("DancePostIntent")), onlyThis, "", 0},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := podcast(t).ask(t, row.request)
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

const onlyThis = "With an episode I can pause, go on, start over, or skip to another."

// TestNotPlaying has what cannot be played: the listener hears why, and which post it is, and is offered its text.
func TestNotPlaying(t *testing.T) {
	const fallback = "I cannot do that, but I can tell you about the posts of half elf. "
	for _, row := range []struct {
		claim   string
		request *alexa.Envelope
		want    string
	}{
		{"a device without a player", intent("PlayEpisodeIntent"), "The post, from yesterday, is: Third. This device cannot play episodes. " + asksRead},
		{"a device without a player, and no text", intent("PlayEpisodeIntent", "Date", "2026-03-11"), "The post, from last Wednesday, is: Second. This device cannot play episodes. " + asksOlder},
		{"a stream in the clear", at("", "", 0, intent("PlayEpisodeIntent", "Date", "2026-03-12")), "The post, from last Thursday, is: Plain. This episode is not offered over a secure connection, so I cannot play it. " + asksRead},
		{"a day without an episode offers the one before", at("", "", 0, intent("PlayEpisodeIntent", "Date", "2026-03-14")), "There was no episode today. The last one before that, from yesterday, is: Third. " + asksPlay},
		{"a period before all of them", at("", "", 0, intent("PlayEpisodeIntent", "Date", "2020")), "There was no episode in 2020. " + asksElse},
		{"resume of nothing", at("", "", 0, intent("AMAZON.ResumeIntent")), "There is nothing to go on with. The latest post, from today, is: Notes. " + asksRead},
		{"resume of what is kept no more", at("STOPPED", "forgotten", time.Minute, intent("AMAZON.ResumeIntent")), "There is nothing to go on with. The latest post, from today, is: Notes. " + asksRead},
		{"next of what is kept no more", at("STOPPED", "forgotten", time.Minute, intent("AMAZON.NextIntent")), "That post is not there any more. The latest post, from today, is: Notes. " + asksRead},
		{"repeat of what is kept no more", at("STOPPED", "forgotten", time.Minute, intent("AMAZON.RepeatIntent")), "That post is not there any more. The latest post, from today, is: Notes. " + asksRead},
		{"loop within a conversation", at("STOPPED", second, time.Minute, periodFilter(intent("AMAZON.LoopOnIntent"))), fallback + asksWhat},
		{"loop where nothing was ever played", at("", "", 0, intent("AMAZON.LoopOnIntent")), fallback + asksWhat},
		{"what is not understood, long after an episode", at("STOPPED", second, time.Minute, intent("AMAZON.FallbackIntent")), fallback + asksWhat},
		{"next in a conversation, long after an episode", at("STOPPED", second, time.Minute, periodFilter(intent("AMAZON.NextIntent"))), "The latest post, from today, is: Notes. " + asksRead},
		{"next on a device without a player", to(at("PLAYING", second, 0, intent("AMAZON.NextIntent"))), "The latest post, from today, is: Notes. " + asksRead},
		{"what is not understood in a conversation", at("PLAYING", second, time.Minute, periodFilter(intent("AMAZON.FallbackIntent"))), fallback + asksWhat},
		{"next in a conversation, behind the oldest episode", at("PLAYING", first, time.Minute, periodFilter(intent("AMAZON.NextIntent"))), "That is the oldest episode that I know of. " + asksElse},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := podcast(t).ask(t, row.request)
			require.Equal(t, row.want, a.SpokenText())
			require.Nil(t, a.Play())
			require.False(t, a.StopsPlayer())
		})
	}
}

// TestPlayIsOffered, taken, paused, and gone on with in another session, which knows of it from the player alone.
func TestPlayIsOffered(t *testing.T) {
	k := podcast(t).talk(t, "AudioPlayer")
	k.hears("There was one post yesterday: Third. "+asksPlay, "LastPostIntent", "Date", "2026-03-13")
	a := k.hears("Here is Third, from yesterday.", "AMAZON.YesIntent")
	require.Equal(t, &alexatest.Play{
		Behavior: "REPLACE_ALL", URL: stream + "3.mp3", Token: third, Title: "Third", Subtitle: "half elf",
	}, a.Play())
	require.Empty(t, a.Body.Card)

	k.say(launch())
	k.hears("There was one post yesterday: Third. "+asksPlay, "LastPostIntent", "Date", "2026-03-13")
	a = k.say(at("STOPPED", third, time.Hour, intent("AMAZON.ResumeIntent")))
	require.Equal(t, time.Hour, a.Play().Offset, "what was paused is not begun anew")
	k.hears("There was one post yesterday: Third. "+asksPlay, "LastPostIntent", "Date", "2026-03-13")
	a = k.say(at("STOPPED", second, time.Hour, intent("AMAZON.ResumeIntent")))
	require.Equal(t, third, a.Play().Token, "go on is a yes to another one")
	require.Zero(t, a.Play().Offset)
}

// TestPlayIt is said of the post that the conversation is about.
func TestPlayIt(t *testing.T) {
	s := podcast(t)
	s.publish(t, with(of(on("2026-03-10", "Long"), long(8)), "http://cdn.test/long.mp3"))
	k := s.talk(t, "AudioPlayer")
	k.say(launch())
	k.hears("There is no episode to play in this post. The latest episode, from yesterday, is: Third. "+asksPlay, "PlayEpisodeIntent")
	require.Equal(t, third, k.say(intent("AMAZON.YesIntent")).Play().Token)
	mute := s.talk(t)
	mute.say(launch())
	mute.hears("There is no episode to play in this post. "+asksRead, "PlayEpisodeIntent")
	require.Contains(t, mute.say(intent("AMAZON.YesIntent")).SpokenText(), "No sound at all.")

	k.say(intent("ReadPostIntent", "Date", "2026-03-10"))
	require.Equal(t, "This episode is not offered over a secure connection, so I cannot play it. "+asksOn, k.say(intent("PlayEpisodeIntent")).SpokenText())
	readOn := k.say(intent("AMAZON.YesIntent")).SpokenText()
	require.Contains(t, readOn, "begins here.")
	require.NotContains(t, readOn, "Paragraph 1 ", "it is read on where it was")
	require.Equal(t, "Here is Third, from yesterday.", k.say(intent("PlayEpisodeIntent", "Date", "2026-03-13")).SpokenText())

	k = s.talk(t)
	k.say(intent("ReadPostIntent", "Date", "2026-03-12"))
	k.hears("This device cannot play episodes. "+asksOlder, "PlayEpisodeIntent") // the one that was offered at the end
	k.say(intent("LastPostIntent", "Date", "2026-03-13"))
	k.say(intent("ListPostsIntent"))
	k.hears("The post, from yesterday, is: Third. This device cannot play episodes. "+asksRead, "PlayEpisodeIntent")
}

// TestGoOnReading is what "go on" is while a post is read, whatever was played of it.
func TestGoOnReading(t *testing.T) {
	k := newScene(t, saturday, with(of(on("2026-03-13", "Third"), long(8)), stream+"3.mp3")).talk(t, "AudioPlayer")
	k.say(intent("ReadPostIntent"))
	a := k.say(at("STOPPED", third, time.Minute, intent("AMAZON.ResumeIntent")))
	require.Nil(t, a.Play())
	require.Contains(t, a.SpokenText(), "begins here.")
}

// TestNoEpisodes is of a blog that has none.
func TestNoEpisodes(t *testing.T) {
	s := newScene(t, saturday)
	require.Contains(t, s.ask(t, at("", "", 0, intent("PlayEpisodeIntent"))).SpokenText(), "I do not have any posts of half elf yet.")
	s.publish(t, on("2026-03-13", "Friday"))
	require.Equal(t, "I know of no episodes of half elf. "+asksElse, s.ask(t, at("", "", 0, intent("PlayEpisodeIntent"))).SpokenText())
}

// TestButtons are answered with the player's directives alone, and with nothing where there is nothing.
func TestButtons(t *testing.T) {
	for _, row := range []struct {
		claim   string
		request *alexa.Envelope
		plays   string
		from    time.Duration
	}{
		{"play goes on", at("STOPPED", second, time.Minute, button("PlayCommandIssued")), second, time.Minute},
		{"play after the end begins anew", at("FINISHED", second, time.Minute, button("PlayCommandIssued")), second, 0},
		{"pause stops", at("PLAYING", second, time.Minute, button("PauseCommandIssued")), "stop", 0},
		{"pause stops what is kept no more", at("PLAYING", "forgotten", time.Minute, button("PauseCommandIssued")), "stop", 0},
		{"next is older", at("PLAYING", third, time.Minute, button("NextCommandIssued")), second, 0},
		{"previous is newer", at("PLAYING", first, time.Minute, button("PreviousCommandIssued")), second, 0},
		{"next behind the oldest", at("PLAYING", first, time.Minute, button("NextCommandIssued")), "", 0},
		{"previous before the newest", at("PLAYING", third, time.Minute, button("PreviousCommandIssued")), "", 0},
		{"play of what cannot be played any more", at("STOPPED", escapeMarkup, time.Minute, button("PlayCommandIssued")), "", 0},
		{"play of what is kept no more", at("STOPPED", "forgotten", 0, button("PlayCommandIssued")), "", 0},
		{"play of nothing", at("IDLE", "", 0, button("PlayCommandIssued")), "", 0},
		{"pause of nothing", at("IDLE", "", 0, button("PauseCommandIssued")), "", 0},
		{"next of nothing", at("IDLE", "", 0, button("NextCommandIssued")), "", 0},
		{"a button of another version", at("PLAYING", second, 0, button("LikeCommandIssued")), "", 0},
		{"on a device without a player", to(at("PLAYING", second, 0, button("PauseCommandIssued"))), "", 0},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := podcast(t).ask(t, row.request)
			require.Equal(t, row.plays == "stop", a.StopsPlayer())
			require.Equal(t, row.plays != "" && row.plays != "stop", a.Play() != nil)
			if a.Play() != nil {
				require.Equal(t, row.plays, a.Play().Token)
				require.Equal(t, row.from, a.Play().Offset)
			}
		})
	}
}

// TestThePlayerReports what becomes of an episode, which takes no answer; a failure is logged, and survived.
func TestThePlayerReports(t *testing.T) {
	s := podcast(t)
	for _, kind := range []string{"Started", "NearlyFinished", "Stopped", "Finished"} {
		a := s.ask(t, at("PLAYING", second, 0, alone(request("AudioPlayer.Playback"+kind))))
		require.Empty(t, a.Body, kind)
	}
	require.Empty(t, s.lines(t))
	failed := at("STOPPED", second, time.Minute, alone(request("AudioPlayer.PlaybackFailed")))
	failed.Request.Token = second
	require.Empty(t, s.ask(t, failed).Body)
	require.Equal(t, second, s.lines(t)[0]["post"])
	require.Equal(t, second, s.ask(t, at("STOPPED", second, time.Minute, intent("AMAZON.ResumeIntent"))).Play().Token)
	require.Equal(t, first, s.ask(t, at("STOPPED", second, time.Minute, intent("AMAZON.NextIntent"))).Play().Token)
}

// TestMetadata is what a screen shows while an episode is played: the title with all that cannot be said, and an image
// where there is one that Alexa takes.
func TestMetadata(t *testing.T) {
	for _, row := range []struct{ title, image, shown, art string }{
		{"Salt & <b>Pepper</b> 🎉", "https://cdn.test/i.png", "Salt & <b>Pepper</b> 🎉", "https://cdn.test/i.png"},
		{"", "http://cdn.test/i.png", "Untitled", ""},
		{"🎉", "https://me:secret@cdn.test/i.png", "🎉", ""},
		{strings.Repeat("word ", 100), "https://cdn.test/" + strings.Repeat("i", 2000), strings.TrimSpace(strings.Repeat("word ", 60)) + "…", ""},
	} {
		e := with(on("2026-03-13", row.title), stream+"1.mp3")
		e.Image = row.image
		a := newScene(t, saturday, e).ask(t, to(intent("PlayEpisodeIntent"), "AudioPlayer")).Play()
		require.Equal(t, row.shown, a.Title)
		require.Equal(t, "half elf", a.Subtitle)
		require.Equal(t, row.art != "", len(a.Art) == 1)
		require.Equal(t, row.art, strings.Join(a.Art, ""))
	}
}

// TestTokens are posts' ids, which may be anything that a publisher writes, and come back as they went.
func TestTokens(t *testing.T) {
	for _, id := range []string{
		strings.Repeat("x", 512), strings.Repeat("𝐀", 128), strings.Repeat("\u2028", 170), strings.Repeat(`"`, 512),
		`' OR 1=1 --`, `</speak>`, "${payload}", "%s%n", " ", "../../etc/passwd", "https://blog.test/?p=1&q=ü",
	} {
		e := with(on("2026-03-13", "Friday"), stream+"1.mp3")
		e.ID = id
		s := newScene(t, saturday, e)
		a := s.ask(t, to(intent("PlayEpisodeIntent"), "AudioPlayer"))
		require.Equal(t, id, a.Play().Token)
		require.Equal(t, id, s.ask(t, at("STOPPED", id, time.Minute, intent("AMAZON.ResumeIntent"))).Play().Token)
	}
	s := podcast(t)
	for _, token := range []string{"\x00", "\xff\xfe", "' OR 1=1 --", strings.Repeat("x", 60_000), "%", "*", `{"id":1}`} {
		for _, name := range []string{"AMAZON.ResumeIntent", "AMAZON.NextIntent", "AMAZON.RepeatIntent", "AMAZON.PauseIntent"} {
			require.Nil(t, s.ask(t, at("STOPPED", token, time.Minute, intent(name))).Play())
		}
		require.Nil(t, s.ask(t, at("STOPPED", token, time.Minute, button("PlayCommandIssued"))).Play())
	}
	require.Empty(t, s.lines(t))
}

// TestStreams that Alexa would refuse are no episodes: with one of them she would refuse the whole answer.
func TestStreams(t *testing.T) {
	for _, address := range []string{
		"http://cdn.test/1.mp3", "https://me:secret@cdn.test/1.mp3", "https://cdn.test/?a|b", "https://cdn.test/ä.mp3", "https:///1.mp3",
	} {
		s := newScene(t, saturday, with(of(on("2026-03-13", "Friday"), "<p>Text.</p>"), address))
		a := s.ask(t, to(intent("PlayEpisodeIntent"), "AudioPlayer"))
		require.Equal(t, "The post, from yesterday, is: Friday. This episode is not offered over a secure connection, so I cannot play it. "+asksRead, a.SpokenText(), address)
	}
}

// spied tells which entries are read from the disk.
type spied struct {
	handlers.PostStore
	read []string
}

func (s *spied) Entry(ctx context.Context, id string) (feed.Entry, bool, error) {
	s.read = append(s.read, id)
	return s.PostStore.Entry(ctx, id)
}

// TestTheEpisodeIsLookedUp only where it is moved from: for all else the token, which comes with each request of who has
// ever played an episode, costs nothing.
func TestTheEpisodeIsLookedUp(t *testing.T) {
	moved := map[string]bool{
		"AMAZON.NextIntent": true, "AMAZON.PreviousIntent": true, "AMAZON.RepeatIntent": true, "AMAZON.StartOverIntent": true, "AMAZON.ResumeIntent": true,
	}
	s := podcast(t)
	for _, intended := range handlers.Intents() {
		spy := &spied{PostStore: s.archive}
		s.Store = spy
		s.ask(t, at("PLAYING", "token", 0, intent(intended.Name)))
		require.Equal(t, moved[intended.Name], strings.Contains(strings.Join(spy.read, "\n"), "token"), intended.Name)
	}
	for _, e := range []*alexa.Envelope{launch(), button("PauseCommandIssued"), alone(request("AudioPlayer.PlaybackFinished"))} {
		spy := &spied{PostStore: s.archive}
		s.Store = spy
		s.ask(t, at("PLAYING", "token", 0, e))
		require.NotContains(t, spy.read, "token", e.Request.Type)
	}
}
