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
	t := s.turn(ctx, e)
	switch kind := e.Request.Type; kind {
	case "LaunchRequest":
		return t.converse((*turn).launch)
	case "IntentRequest":
		return t.converse((*turn).intent)
	case "Alexa.Presentation.APL.UserEvent":
		return t.converse((*turn).touched)
	case "CanFulfillIntentRequest":
		return &alexa.Response{CanFulfill: t.canFulfill()}
	case "AlexaSkillEvent.SkillDisabled":
		s.Listeners.ForgetListener(e.Context.System.User.UserID)
	case "SessionEndedRequest", "System.ExceptionEncountered", "AudioPlayer.PlaybackFailed":
		s.logComplaint(ctx, e.Request)
	default:
		if button, ok := strings.CutPrefix(kind, "PlaybackController."); ok {
			return &alexa.Response{Directives: t.button(button)}
		}
	}
	return &alexa.Response{}
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

// A turn is one request, as handlers read it. They do not change it.
type turn struct {
	ctx      context.Context
	skill    *Skill
	envelope *alexa.Envelope
	language *phrases.Language
	now      time.Time // in the blog's zone
	pick     uint32    // among the wordings of what is heard often: another with each request, the same within one
	place    place     // where the conversation stands
}

func (s *Skill) turn(ctx context.Context, e *alexa.Envelope) *turn {
	return &turn{
		ctx: ctx, skill: s, envelope: e, language: s.Book.Language(e.Request.Locale), now: s.Now().In(s.Zone),
		pick: hash(e.Request.RequestID), place: placeOf(e),
	}
}

// converse answers somebody who hears it.
func (t *turn) converse(handle func(*turn) answer) *alexa.Response {
	t.place.Since = t.since()
	return t.respond(handle(t))
}

// since notes who is here, and returns the newest post of the visit before. What is new to a listener is so for the whole
// session.
func (t *turn) since() ref {
	user := t.envelope.Context.System.User.UserID
	latest, ok := t.latest()
	if session := t.envelope.Session; session != nil && !session.New || user == "" || !ok {
		return t.place.Since
	}
	if last, known := t.skill.Listeners.Visit(user, latest, t.now); known {
		return refOf(last)
	}
	return t.place.Since
}

// words puts words into a message of the listener's language. The blog's name is always among them.
func (t *turn) words(message phrases.Message, words phrases.Words) string {
	words.Blog = t.skill.Blog
	words.Pick = t.pick
	return t.language.Say(message, words)
}

// latest returns the newest post; false if there is none.
func (t *turn) latest() (feed.Post, bool) { return t.skill.Posts.Newest(feed.Filter{}) }

// current gives the post that the conversation is about; false where there is none, or it is kept no more.
func (t *turn) current() (feed.Post, bool) { return t.find(t.place.Post) }

// trouble is for what the archive could not do: the operator hears why, and the listener that it did not work.
func (t *turn) trouble(what string, err error) answer {
	t.skill.logUnread(t.ctx, what, err)
	return t.unread()
}

// entry reads a post with all that belongs to it; false where there is none. An error is logged.
func (t *turn) entry(id, what string) (feed.Entry, bool, error) {
	e, ok, err := t.skill.Texts.Entry(t.ctx, id)
	if err != nil {
		t.skill.logUnread(t.ctx, what, err)
	}
	return e, ok, err
}

func (s *Skill) logUnread(ctx context.Context, what string, err error) {
	s.Log.WarnContext(ctx, "the archive cannot be read", "while", what, "error", err)
}
