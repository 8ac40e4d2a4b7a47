package handlers_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/feed"
)

func TestConversation(t *testing.T) {
	const (
		latest   = "The latest post is from yesterday: Dates lean to the future."
		ofDay    = "There was one post last Tuesday: Salt & Pepper."
		help     = "I can read you the posts on half elf. Ask “what's new”, or say “read the latest post”. You can also name a day, like “yesterday's post”, or look for something, like “search for music”."
		fallback = "Sorry, I didn't get that. Try “what's new”, or “read the latest post”."
	)
	for _, row := range []struct {
		claim   string
		request *alexa.Envelope
		want    string // without the prompt
		asks    string // "" means that the session ends
	}{
		{"a launch greets, announces the latest post and offers it", launch(), "Welcome to half elf. " + latest + " Text.", asksRead},
		{"a launch within a session does the same", inSession(launch()), "Welcome to half elf. " + latest + " Text.", asksRead},
		{"a launch without a session does the same", withoutSession(launch()), "Welcome to half elf. " + latest + " Text.", asksRead},
		{"the last post without a session is announced and offered", lastPost(""), latest, asksRead},
		{"the last post outside a session is announced and offered", withoutSession(lastPost("")), latest, asksRead},
		{"the last post within a session is announced and offered", inSession(lastPost("")), latest, asksRead},
		{"a missing slot is not a date", intent("LastPostIntent"), latest, asksRead},
		{"a post without a text offers the one before it", lastPost("2026-03-03"), ofDay, asksOlder},
		{"without an older post the prompt is open", lastPost("2026-02-01"), "There was one post on Sunday, February 1: Oldest.", asksElse},
		{"help explains and asks", intent("AMAZON.HelpIntent"), help, asksWhat},
		{"help within a session explains and asks", inSession(intent("AMAZON.HelpIntent")), help, asksWhat},
		{"help without a session explains and asks", withoutSession(intent("AMAZON.HelpIntent")), help, asksWhat},
		{"fallback says what is possible and asks", intent("AMAZON.FallbackIntent"), fallback, asksWhat},
		{"fallback within a session says what is possible and asks", inSession(intent("AMAZON.FallbackIntent")), fallback, asksWhat},
		{"an intent of another version falls back", intent("DancePostIntent"), fallback, asksWhat},
		{"an intent without a name falls back", inSession(intent("")), fallback, asksWhat},
		{"an intent name with other upper and lower case falls back", intent("lastpostintent"), fallback, asksWhat},
		{"stop ends the session", inSession(intent("AMAZON.StopIntent")), "Goodbye.", ""},
		{"stop without a session ends", withoutSession(intent("AMAZON.StopIntent")), "Goodbye.", ""},
		{"cancel ends the session", inSession(intent("AMAZON.CancelIntent")), "Goodbye.", ""},
		{"home ends the session", inSession(intent("AMAZON.NavigateHomeIntent")), "Goodbye.", ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := newFixture(t, saturday, withText(postOn("2026-03-13", "Dates lean to the future"), "<p>Text.</p>"), postOn("2026-03-03", "Salt & Pepper"), postOn("2026-02-01", "Oldest"))
			a := s.send(t, row.request)
			require.Equal(t, strings.TrimSpace(row.want+" "+row.asks), a.SpokenText())
			require.Equal(t, row.asks != "", a.IsOpen())
			require.Empty(t, s.log.String(), "no log line")
		})
	}
}

func TestReadsDateFromSlotValue(t *testing.T) {
	e := intent("LastPostIntent")
	e.Request.Intent.Slots = map[string]alexa.Slot{"Date": {Name: "Date", Values: []string{"2026-03-03"}}}
	a := newFixture(t, saturday, postOn("2026-03-13", "New"), postOn("2026-03-03", "Old")).send(t, e)
	require.Equal(t, "There was one post last Tuesday: Old.", a.statement())
}

// TestNoPosts requires that the answer for a blog without posts says so and ends the session.
func TestNoPosts(t *testing.T) {
	const none = "I don't have any posts from half elf yet. Try again in a few minutes."
	for _, row := range []struct {
		claim   string
		request *alexa.Envelope
		want    string
	}{
		{"a launch also greets", launch(), "Welcome to half elf. " + none},
		{"the last post", lastPost(""), none},
		{"the last post within a session ends it", inSession(lastPost("")), none},
		{"a date", lastPost("2026-03-03"), none},
		{"a date within a session ends it", inSession(lastPost("2026-03")), none},
		{"a date that lies ahead", lastPost("2026-12-25"), none},
		{"a date that is not understood", inSession(lastPost("?")), "I didn't catch which day you meant. " + none},
		{"another language", inLocale("xx-YY", launch()), "Welcome to half elf. " + none},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := newFixture(t, saturday)
			a := s.send(t, row.request)
			require.Equal(t, row.want, a.statement())
			require.True(t, a.HasEnded())
			require.Nil(t, a.Body.Card)
			require.Empty(t, s.log.String(), "the refresher logs feed errors")
		})
	}
}

// TestAnswersNothingWithoutListener requires an empty response to requests for which Amazon accepts only that.
func TestAnswersNothingWithoutListener(t *testing.T) {
	for _, kind := range []string{
		"SessionEndedRequest", "System.ExceptionEncountered", "AudioPlayer.PlaybackStarted", "AudioPlayer.PlaybackFailed",
		"PlaybackController.PlayCommandIssued", "AlexaSkillEvent.SkillEnabled", "AlexaSkillEvent.SkillDisabled",
		"Connections.Response", "SessionResumedRequest", "launchrequest", "Something.New",
	} {
		t.Run(kind, func(t *testing.T) {
			s := newFixture(t, saturday, postOn("2026-03-13", "Friday"))
			for _, e := range []*alexa.Envelope{request(kind), inSession(request(kind)), withoutSession(request(kind))} {
				e.Request.Intent = lastPost("2026-03-13").Request.Intent
				require.Empty(t, s.send(t, e).SpokenText())
			}
		})
	}
}

// TestLocales requires English answers for locales that the phrases do not support.
func TestLocales(t *testing.T) {
	const american, british = "There was one post last Tuesday: T.", "There was one post last Tuesday: T."
	for _, row := range []struct{ locale, want string }{
		{"en-US", american}, {"en-CA", american}, {"en-GB", british}, {"en-AU", british}, {"en-IN", british},
		{"xx-YY", american}, {"en", american}, {"", american}, {"en-gb", american}, {"../../etc", american}, {"\x00", american},
	} {
		t.Run(row.locale, func(t *testing.T) {
			s := newFixture(t, saturday, postOn("2026-03-03", "T"))
			require.Equal(t, row.want, s.send(t, inLocale(row.locale, lastPost("2026-03-03"))).statement())
			require.Empty(t, s.log.String())
		})
	}
}

func TestCardUsesLocale(t *testing.T) {
	a := newFixture(t, saturday, postOn("2026-03-14", "T")).send(t, inLocale("en-GB", lastPost("")))
	require.Equal(t, &alexatest.Card{Type: "Simple", Title: "T", Content: "14 March 2026\nhttps://blog.test/2026-03-14"}, a.Body.Card)
}

// TestPostsChangeBetweenRequests publishes posts during a conversation. Each answer must use the posts at the time of
// its request.
func TestPostsChangeBetweenRequests(t *testing.T) {
	s := newFixture(t, saturday)
	for _, row := range []struct {
		published []feed.Entry
		want      string
	}{
		{nil, "I don't have any posts from half elf yet. Try again in a few minutes."},
		{[]feed.Entry{postOn("2026-03-03", "Old")}, "There haven't been any posts today. The latest post is from last Tuesday: Old."},
		{[]feed.Entry{postOn("2026-03-14", "New")}, "There's been one post today: New."},
		{[]feed.Entry{{Post: feed.Post{ID: postOn("2026-03-14", "New").ID, Title: "New, now renamed", Published: saturday}}}, "There's been one post today: New, now renamed."},
	} {
		s.publish(t, row.published...)
		require.Equal(t, row.want, s.send(t, inSession(lastPost("PRESENT_REF"))).statement())
	}
}

// TestReprompts requires the expected reprompt and session state for each prompt.
func TestReprompts(t *testing.T) {
	const free = "You can ask “what's new”, say “list the newest posts”, name a day, like “yesterday's post”, or say “stop”."
	for _, row := range []struct{ prompt, sent, asks, reprompt string }{
		{"read", "launch", asksRead, "Say “yes” to hear it, or “next” for the one before it."},
		{"play", "LastPostIntent:2026-03-11", asksPlay, "Say “yes” to hear the episode, “read it” for the text, or “next” for another post."},
		{"on", "ReadPostIntent:", asksOn, "Say “yes” to hear more, “next” for another post, or “stop”."},
		{"next", "ReadPostIntent:2026-03-09", asksNext, "Say “yes” to hear that one, or name a day, like “yesterday's post”."},
		{"older", "LastPostIntent:2026-03-12", asksOlder, "Say “yes” for the one before that, or name a day, like “yesterday's post”."},
		{"which", "ListPostsIntent:", asksWhich, "Say a number, like “number two”, or “next” for more."},
		{"last", "ListPostsIntent:2026-02", asksLast, "Say a number, like “number one”, or ask for something else, like “what's new”."},
		{"else", "PlayEpisodeIntent:2019", asksElse, free},
		{"what", "AMAZON.HelpIntent", asksWhat, free},
		{"find", "SearchPostsIntent:nowhere", asksSearch, "Say “search for”, and then a word or two. Or ask “what's new”."},
	} {
		t.Run(row.prompt, func(t *testing.T) {
			a := newFixture(t, saturday, magazinePosts()...).newSession(t, "AudioPlayer").send(parseRequest(row.sent))
			require.True(t, strings.HasSuffix(a.SpokenText(), " "+row.asks), a.SpokenText())
			require.Equal(t, row.reprompt, a.RepromptText())
			state, _ := a.Attributes["lastpost"].(map[string]any)
			require.Equal(t, row.prompt, state["q"])
		})
	}
}

// TestLaunchForgetsList requires that a number does not refer to a list from before the launch.
func TestLaunchForgetsList(t *testing.T) {
	k := newFixture(t, saturday, magazinePosts()...).newSession(t)
	sendAll(k, "ListPostsIntent:2026-02", "launch")
	require.Contains(t, k.send(parseRequest("SelectPostIntent:2")).SpokenText(), "Here are the newest posts. Number one: Fresh bread.")
}

// TestPlayWithoutPlayerAtEndOfPost requires that the answer offers the next post if the device cannot play the episode
// of the post that was just read.
func TestPlayWithoutPlayerAtEndOfPost(t *testing.T) {
	k := newFixture(t, saturday, magazinePosts()...).newSession(t)
	sendAll(k, "ReadPostIntent:2026-03-11")
	require.Contains(t, k.send(parseRequest("PlayEpisodeIntent:")).SpokenText(), "That's the end. The one before it is from Monday: Garden plans.")
}
