// Package handlers is the conversation: which requests there are, and what is answered to each. It reads posts from
// memory and never waits for anything. Every request gets an answer: what is missing or not understood is a sentence
// to the listener, and a line in the log where the operator can do something about it.
package handlers

import (
	"context"
	"log/slog"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// Posts is what the conversation is about.
type Posts interface {
	// Latest gives the newest post; false where there is none.
	Latest() (feed.Post, bool)
	// Between gives the newest post of [from, to), and how many there are.
	Between(from, to time.Time) (newest feed.Post, count int)
	// Before gives the newest post before t; false where there is none.
	Before(t time.Time) (feed.Post, bool)
}

// A Skill answers for one blog. All fields are required.
type Skill struct {
	Blog  string         // what the blog is called aloud
	Zone  *time.Location // the blog's days
	Posts Posts
	Book  *phrases.Book
	Now   func() time.Time
	Log   *slog.Logger
}

// Handle answers a request that was verified. An empty response is an answer too: the only one that Alexa takes where
// nobody listens, and the right one to a request of a type that this version does not know.
func (s *Skill) Handle(ctx context.Context, e *alexa.Envelope) *alexa.Response {
	t := &turn{skill: s, envelope: e, language: s.Book.Language(e.Request.Locale), now: s.Now().In(s.Zone)}
	switch e.Request.Type {
	case "LaunchRequest":
		return t.launch()
	case "IntentRequest":
		return t.intent()
	case "CanFulfillIntentRequest":
		return t.canFulfill()
	case "SessionEndedRequest", "System.ExceptionEncountered":
		s.logComplaint(ctx, e.Request)
	}
	return &alexa.Response{}
}

// logComplaint writes down how a session ended. Where it ended in an error, these requests are the only place where
// Amazon says what was wrong with an answer; that much is to be seen even where it does not say what.
func (s *Skill) logComplaint(ctx context.Context, r alexa.Request) {
	level := slog.LevelInfo
	if r.Error != (alexa.Error{}) || r.Reason == "ERROR" || r.Type == "System.ExceptionEncountered" {
		level = slog.LevelWarn
	}
	s.Log.LogAttrs(ctx, level, "session ended",
		slog.String("request_id", r.RequestID), slog.String("type", r.Type), slog.String("reason", r.Reason),
		slog.String("amazon_error", r.Error.Type), slog.String("amazon_message", r.Error.Message),
		slog.String("cause_request_id", r.Cause.RequestID))
}

// A turn is one request, and what its answer needs.
type turn struct {
	skill    *Skill
	envelope *alexa.Envelope
	language *phrases.Language
	now      time.Time // in the blog's zone
}

// say puts words into a message of the listener's language. The blog's name is always among them.
func (t *turn) say(message phrases.Message, words phrases.Words) string {
	words.Blog = t.skill.Blog
	return t.language.Say(message, words)
}

// oneShot tells whether the listener asked and went in one breath ("ask Half Elf for the last post"), and so expects no
// question back.
func (t *turn) oneShot() bool {
	return t.envelope.Session == nil || t.envelope.Session.New
}

// ask appends a question, and listens. A session that stays open has a reprompt.
func ask(r *alexa.Response, question, reprompt string) *alexa.Response {
	r.Speech.Text(question)
	r.Reprompt = alexa.Say(reprompt)
	r.ShouldEndSession = new(false)
	return r
}

// end closes the session. A title that is a question would be taken for one of Alexa's, which nobody waits to hear
// answered: there it is said what it was.
func (t *turn) end(r *alexa.Response) *alexa.Response {
	if endsIn(r.Speech.Plain(), questionMarks) {
		r.Speech.Text(t.say(phrases.WasTheTitle, phrases.Words{}))
	}
	r.ShouldEndSession = new(true)
	return r
}
