// Package handlers is the conversation: which requests there are, and what is answered to each. It reads posts from the
// archive and never waits for the network. Every request gets an answer: what is missing or not understood is a sentence
// to the listener, and a line in the log where the operator can do something about it.
package handlers

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// A Skill answers for one blog. All exported fields are required.
type Skill struct {
	Blog      string         // what the blog is called aloud
	Zone      *time.Location // the blog's days
	Posts     Shelf
	Texts     Texts
	Listeners Listeners
	Book      *phrases.Book
	Now       func() time.Time
	Log       *slog.Logger

	stories stories
	once    sync.Once
	intents map[string]Intent // by name
}

// Handle answers a request that was verified. An empty response is an answer too: the only one that Alexa takes where
// nobody listens, and the right one to a request of a type that this version does not know.
func (s *Skill) Handle(ctx context.Context, e *alexa.Envelope) *alexa.Response {
	t := &turn{
		ctx: ctx, skill: s, envelope: e, language: s.Book.Language(e.Request.Locale), now: s.Now().In(s.Zone),
		pick: hash(e.Request.RequestID), place: placeOf(e), response: &alexa.Response{},
	}
	switch kind := e.Request.Type; kind {
	case "LaunchRequest":
		t.listen((*turn).launch)
	case "IntentRequest":
		t.listen((*turn).intent)
	case "Alexa.Presentation.APL.UserEvent":
		t.listen((*turn).touched)
	case "CanFulfillIntentRequest":
		t.canFulfill()
	case "AlexaSkillEvent.SkillDisabled":
		s.Listeners.ForgetListener(e.Context.System.User.UserID)
	case "SessionEndedRequest", "System.ExceptionEncountered", "AudioPlayer.PlaybackFailed":
		s.logComplaint(ctx, e.Request)
	default:
		if button, ok := strings.CutPrefix(kind, "PlaybackController."); ok {
			t.button(button)
		}
	}
	return t.response
}

// logComplaint writes down how a session ended, or that an episode could not be played. Where it ended in an error, these
// requests are the only place where Amazon says what was wrong with an answer; that much is to be seen even where it does
// not say what.
func (s *Skill) logComplaint(ctx context.Context, r alexa.Request) {
	level, message := slog.LevelInfo, "session ended"
	if r.Error != (alexa.Error{}) || r.Reason == "ERROR" || r.Type != "SessionEndedRequest" {
		level = slog.LevelWarn
	}
	if r.Type == "AudioPlayer.PlaybackFailed" {
		message = "an episode cannot be played"
	}
	s.Log.LogAttrs(ctx, level, message,
		slog.String("request_id", r.RequestID), slog.String("type", r.Type), slog.String("reason", r.Reason),
		slog.String("amazon_error", r.Error.Type), slog.String("amazon_message", r.Error.Message),
		slog.String("cause_request_id", r.Cause.RequestID), slog.String("post", r.Token))
}

// A turn is one request and its answer.
type turn struct {
	ctx      context.Context
	skill    *Skill
	envelope *alexa.Envelope
	language *phrases.Language
	now      time.Time // in the blog's zone
	pick     uint32    // among the wordings of what is heard often: another with each request, the same within one

	place    place // where the conversation stands, and then where it will stand
	response *alexa.Response
}

// listen answers somebody who hears it: with what answer says, and then the question that it leaves, or the end.
func (t *turn) listen(answer func(*turn)) {
	t.greetVisitor()
	answer(t)
	r := t.response
	form, _ := t.place.Asked.form()
	r.ShouldEndSession = new(t.place.Asked == askNothing)
	if *r.ShouldEndSession {
		return
	}
	t.say(form.question, phrases.Words{})
	r.Reprompt = alexa.Say(t.words(form.reprompt, phrases.Words{}))
	t.place.Version = placeVersion
	r.Attributes = map[string]any{placeAttribute: t.place}
}

// greetVisitor notes who is here. What is new to a listener is so for the whole session.
func (t *turn) greetVisitor() {
	user := t.envelope.Context.System.User.UserID
	latest, ok := t.latest()
	if session := t.envelope.Session; session != nil && !session.New || user == "" || !ok {
		return
	}
	if last, known := t.skill.Listeners.Visit(user, latest, t.now); known {
		t.place.Since = refOf(last)
	}
}

// words puts words into a message of the listener's language. The blog's name is always among them.
func (t *turn) words(message phrases.Message, words phrases.Words) string {
	words.Blog = t.skill.Blog
	words.Pick = t.pick
	return t.language.Say(message, words)
}

// say says a message.
func (t *turn) say(message phrases.Message, words phrases.Words) {
	t.response.Speech.Text(t.words(message, words))
}

// ask leaves a question, which is said when all else is; askNothing ends the session.
func (t *turn) ask(q question) { t.place.Asked = q }

// about makes a post the one that the conversation is about.
func (t *turn) about(p feed.Post, as topic) {
	t.place.Post, t.place.Topic, t.place.Part, t.place.Text = refOf(p), as, 0, 0
}

// latest returns the newest post; false if there is none.
func (t *turn) latest() (feed.Post, bool) { return t.skill.Posts.Newest(feed.Filter{}) }

// current gives the post that the conversation is about; false where there is none, or it is kept no more.
func (t *turn) current() (feed.Post, bool) {
	if t.place.Post == "" {
		return feed.Post{}, false
	}
	return t.find(t.place.Post)
}

// trouble is for what the archive could not do: the operator hears why, and the listener that it did not work.
func (t *turn) trouble(what string, err error) {
	t.skill.Log.WarnContext(t.ctx, "the archive cannot be read", "while", what, "error", err)
	t.say(phrases.Trouble, phrases.Words{})
	t.ask(askElse)
}
