package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// whatsNew asks in one breath, in a session that ends with the answer.
func (s *scene) whatsNew(t *testing.T, user string) string {
	t.Helper()
	return s.ask(t, by(user, intent("WhatsNewIntent"))).SpokenText()
}

const (
	firstVisit = "I do not know of an earlier visit of yours. "
	nothingNew = "There is nothing new since your last visit. "
	latestOld  = "The latest post, from last Tuesday, is: Old. "
)

// TestWhatsNew follows a listener through some sessions.
func TestWhatsNew(t *testing.T) {
	s := newScene(t, saturday, on("2026-03-10", "Old"), on("2026-03-01", "Older"))
	require.Equal(t, firstVisit+latestOld+asksOlder, s.whatsNew(t, "ann"))
	require.Equal(t, nothingNew+latestOld+asksOlder, s.whatsNew(t, "ann"))
	s.publish(t, on("2026-03-12", "One"))
	require.Equal(t, "There is one new post since your last visit, from last Thursday: One. "+asksOlder, s.whatsNew(t, "ann"))
	s.publish(t, on("2026-03-13", "Two"), on("2026-03-14", "Three"))
	require.Equal(t, "There are 2 new posts since your last visit. The newest are: 1: Three. 2: Two. "+asksLast, s.whatsNew(t, "ann"))
	require.Equal(t, nothingNew+"The latest post, from today, is: Three. "+asksOlder, s.whatsNew(t, "ann"))
	require.Equal(t, firstVisit+"The latest post, from today, is: Three. "+asksOlder, s.whatsNew(t, "ben"), "another listener is new")
}

// TestAnyVisitCounts also where the listener heard of something else.
func TestAnyVisitCounts(t *testing.T) {
	for name, e := range map[string]*alexa.Envelope{
		"a launch": launch(), "a stop": intent("AMAZON.StopIntent"), "help": intent("AMAZON.HelpIntent"), "one without a session": alone(lastPost("")),
	} {
		s := newScene(t, saturday, on("2026-03-10", "Old"))
		s.ask(t, by("ann", e))
		require.Equal(t, nothingNew+latestOld+asksElse, s.whatsNew(t, "ann"), name)
	}
}

// TestWhatNobodyHearsIsNoVisit as Alexa sends it without anybody there.
func TestWhatNobodyHearsIsNoVisit(t *testing.T) {
	s := newScene(t, saturday, on("2026-03-10", "Old"))
	for _, kind := range []string{"CanFulfillIntentRequest", "SessionEndedRequest", "AudioPlayer.PlaybackStarted", "PlaybackController.PlayCommandIssued", "AlexaSkillEvent.SkillEnabled"} {
		s.ask(t, by("ann", request(kind)))
	}
	require.Equal(t, firstVisit+latestOld+asksElse, s.whatsNew(t, "ann"))
}

// TestNewsStaysNewForTheSession however often it is asked for, and whatever comes in between.
func TestNewsStaysNewForTheSession(t *testing.T) {
	s := newScene(t, saturday, of(on("2026-03-10", "Old"), "<p>Text.</p>"))
	s.ask(t, by("ann", launch()))
	s.publish(t, of(on("2026-03-12", "One"), "<p>Text.</p>"))
	k := s.talk(t)
	k.user = "ann"
	spoken(k, "launch", "AMAZON.YesIntent", "AMAZON.HelpIntent", "ListPostsIntent:", "AMAZON.NoIntent")
	k.hears("There is one new post since your last visit, from last Thursday: One. "+asksRead, "WhatsNewIntent")
	spoken(k, "launch")
	k.hears("There is one new post since your last visit, from last Thursday: One. "+asksRead, "WhatsNewIntent")
	s.publish(t, on("2026-03-13", "Two"))
	k.hears("There are 2 new posts since your last visit. The newest are: 1: Two. 2: One. "+asksLast, "WhatsNewIntent")
	require.True(t, k.hears("Goodbye.", "AMAZON.StopIntent").HasEnded())
	k.hears("There is one new post since your last visit, from yesterday: Two. "+asksOlder, "WhatsNewIntent")
}

func TestTheFirstVisitIsFirstForTheSession(t *testing.T) {
	s := newScene(t, saturday, on("2026-03-10", "Old"))
	k := s.talk(t)
	k.user = "ann"
	spoken(k, "launch")
	k.hears(firstVisit+latestOld+asksElse, "WhatsNewIntent")
	k.hears(firstVisit+latestOld+asksElse, "WhatsNewIntent")
}

// TestNewsSinceAPostThatIsForgotten are those that came after its instant.
func TestNewsSinceAPostThatIsForgotten(t *testing.T) {
	s := newScene(t, saturday, on("2026-03-10", "Old"), on("2026-03-01", "Older"))
	s.whatsNew(t, "ann")
	s.publish(t, on("2026-03-12", "One"))
	_, _, err := s.archive.Forget(t.Context(), on("2026-03-10", "Old").ID)
	require.NoError(t, err)
	require.Equal(t, "There is one new post since your last visit, from last Thursday: One. "+asksOlder, s.whatsNew(t, "ann"))
}

// TestNewsOfTheSameSecond are new all the same.
func TestNewsOfTheSameSecond(t *testing.T) {
	s := newScene(t, saturday, on("2026-03-10", "Old"))
	s.whatsNew(t, "ann")
	another := on("2026-03-10", "As old")
	another.Link = "https://blog.test/another"
	s.publish(t, another)
	require.Equal(t, "There is one new post since your last visit, from last Tuesday: As old. "+asksOlder, s.whatsNew(t, "ann"))
}

func TestWhoDisablesTheSkillIsForgotten(t *testing.T) {
	s := newScene(t, saturday, on("2026-03-10", "Old"))
	s.whatsNew(t, "ann")
	s.whatsNew(t, "ben")
	s.ask(t, by("ann", alone(request("AlexaSkillEvent.SkillDisabled"))))
	require.Equal(t, firstVisit+latestOld+asksElse, s.whatsNew(t, "ann"))
	require.Equal(t, nothingNew+latestOld+asksElse, s.whatsNew(t, "ben"), "nobody else is")
}

func TestWhoHasNoIDIsNotRemembered(t *testing.T) {
	s := newScene(t, saturday, on("2026-03-10", "Old"))
	require.Equal(t, firstVisit+latestOld+asksElse, s.whatsNew(t, ""))
	require.Equal(t, firstVisit+latestOld+asksElse, s.whatsNew(t, ""))
}

func TestNoPostsAreNoNews(t *testing.T) {
	s := newScene(t, saturday)
	const none = "I do not have any posts of half elf yet. Please try again in a few minutes."
	require.Equal(t, none, s.whatsNew(t, "ann"))
	s.publish(t, on("2026-03-10", "Old"))
	require.Equal(t, firstVisit+latestOld+asksElse, s.whatsNew(t, "ann"), "there was nothing to remember")
}
