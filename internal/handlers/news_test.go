package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// whatsNew returns the answer to "what's new" in a new session of the user.
func (s *fixture) whatsNew(t *testing.T, user string) string {
	t.Helper()
	return s.send(t, fromUser(user, intent("WhatsNewIntent"))).SpokenText()
}

const (
	firstVisit = "This looks like your first visit, so it's all new. "
	nothingNew = "There's nothing new since your last visit. "
	latestOld  = "The latest post is from Tuesday: Old. "
)

// TestWhatsNew requires that each session of a listener names the posts since the session before.
func TestWhatsNew(t *testing.T) {
	s := newFixture(t, saturday, postOn("2026-03-10", "Old"), postOn("2026-03-01", "Older"))
	require.Equal(t, firstVisit+latestOld+asksOlder, s.whatsNew(t, "ann"))
	require.Equal(t, nothingNew+latestOld+asksOlder, s.whatsNew(t, "ann"))
	s.publish(t, postOn("2026-03-12", "One"))
	require.Equal(t, "There's one new post since your last visit, from Thursday: One. "+asksOlder, s.whatsNew(t, "ann"))
	s.publish(t, postOn("2026-03-13", "Two"), postOn("2026-03-14", "Three"))
	require.Equal(t, "There are two new posts since your last visit. Number one: Three. Number two: Two. "+asksLast, s.whatsNew(t, "ann"))
	require.Equal(t, nothingNew+"The latest post is from today: Three. "+asksOlder, s.whatsNew(t, "ann"))
	require.Equal(t, firstVisit+"The latest post is from today: Three. "+asksOlder, s.whatsNew(t, "ben"), "another listener is new")
}

// TestEveryRequestCountsAsVisit requires that requests that are not about new posts count as visits too.
func TestEveryRequestCountsAsVisit(t *testing.T) {
	for name, e := range map[string]*alexa.Envelope{
		"a launch": launch(), "a stop": intent("AMAZON.StopIntent"), "help": intent("AMAZON.HelpIntent"), "a request without a session": withoutSession(lastPost("")),
	} {
		s := newFixture(t, saturday, postOn("2026-03-10", "Old"))
		s.send(t, fromUser("ann", e))
		require.Equal(t, nothingNew+latestOld+asksElse, s.whatsNew(t, "ann"), name)
	}
}

// TestSilentRequestsAreNotVisits requires that requests without a listener, such as reports of the player, do not count
// as visits.
func TestSilentRequestsAreNotVisits(t *testing.T) {
	s := newFixture(t, saturday, postOn("2026-03-10", "Old"))
	for _, kind := range []string{"CanFulfillIntentRequest", "SessionEndedRequest", "AudioPlayer.PlaybackStarted", "PlaybackController.PlayCommandIssued", "AlexaSkillEvent.SkillEnabled"} {
		s.send(t, fromUser("ann", request(kind)))
	}
	require.Equal(t, firstVisit+latestOld+asksElse, s.whatsNew(t, "ann"))
}

// TestNewPostsStayNewWithinSession asks for new posts several times in one session. Each answer must name all posts
// since the previous session.
func TestNewPostsStayNewWithinSession(t *testing.T) {
	s := newFixture(t, saturday, withText(postOn("2026-03-10", "Old"), "<p>Text.</p>"))
	s.send(t, fromUser("ann", launch()))
	s.publish(t, withText(postOn("2026-03-12", "One"), "<p>Text.</p>"))
	k := s.newSession(t)
	k.user = "ann"
	sendAll(k, "launch", "AMAZON.YesIntent", "AMAZON.HelpIntent", "ListPostsIntent:", "AMAZON.NoIntent")
	k.expect("There's one new post since your last visit, from Thursday: One. "+asksRead, "WhatsNewIntent")
	sendAll(k, "launch")
	k.expect("There's one new post since your last visit, from Thursday: One. "+asksRead, "WhatsNewIntent")
	s.publish(t, postOn("2026-03-13", "Two"))
	k.expect("There are two new posts since your last visit. Number one: Two. Number two: One. "+asksLast, "WhatsNewIntent")
	require.True(t, k.expect("Goodbye.", "AMAZON.StopIntent").HasEnded())
	k.expect("There's one new post since your last visit, from yesterday: Two. "+asksOlder, "WhatsNewIntent")
}

func TestFirstVisitLastsForSession(t *testing.T) {
	s := newFixture(t, saturday, postOn("2026-03-10", "Old"))
	k := s.newSession(t)
	k.user = "ann"
	sendAll(k, "launch")
	k.expect(firstVisit+latestOld+asksElse, "WhatsNewIntent")
	k.expect(firstVisit+latestOld+asksElse, "WhatsNewIntent")
}

// TestNewPostsSinceRemovedPost removes the newest post of the previous visit. The answer must count the posts since
// that post's publication time.
func TestNewPostsSinceRemovedPost(t *testing.T) {
	s := newFixture(t, saturday, postOn("2026-03-10", "Old"), postOn("2026-03-01", "Older"))
	s.whatsNew(t, "ann")
	s.publish(t, postOn("2026-03-12", "One"))
	_, _, err := s.archive.Forget(t.Context(), postOn("2026-03-10", "Old").ID)
	require.NoError(t, err)
	require.Equal(t, "There's one new post since your last visit, from Thursday: One. "+asksOlder, s.whatsNew(t, "ann"))
}

func TestNewPostsOfSameSecond(t *testing.T) {
	s := newFixture(t, saturday, postOn("2026-03-10", "Old"))
	s.whatsNew(t, "ann")
	another := postOn("2026-03-10", "As old")
	another.Link = "https://blog.test/another"
	s.publish(t, another)
	require.Equal(t, "There's one new post since your last visit, from Tuesday: As old. "+asksOlder, s.whatsNew(t, "ann"))
}

func TestDisablingSkillForgetsListener(t *testing.T) {
	s := newFixture(t, saturday, postOn("2026-03-10", "Old"))
	s.whatsNew(t, "ann")
	s.whatsNew(t, "ben")
	s.send(t, fromUser("ann", withoutSession(request("AlexaSkillEvent.SkillDisabled"))))
	require.Equal(t, firstVisit+latestOld+asksElse, s.whatsNew(t, "ann"))
	require.Equal(t, nothingNew+latestOld+asksElse, s.whatsNew(t, "ben"), "other listeners are kept")
}

func TestListenerWithoutIDIsNotRecorded(t *testing.T) {
	s := newFixture(t, saturday, postOn("2026-03-10", "Old"))
	require.Equal(t, firstVisit+latestOld+asksElse, s.whatsNew(t, ""))
	require.Equal(t, firstVisit+latestOld+asksElse, s.whatsNew(t, ""))
}

func TestWhatsNewWithoutPosts(t *testing.T) {
	s := newFixture(t, saturday)
	const none = "I don't have any posts from half elf yet. Try again in a few minutes."
	require.Equal(t, none, s.whatsNew(t, "ann"))
	s.publish(t, postOn("2026-03-10", "Old"))
	require.Equal(t, firstVisit+latestOld+asksElse, s.whatsNew(t, "ann"), "there was nothing to remember")
}
