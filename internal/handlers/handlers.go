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
type Responder struct {
	Blog   string         // what the blog is called aloud
	Zone   *time.Location // the blog's days
	Posts  PostIndex
	Store  PostStore
	Visits VisitStore
	Book   *phrases.Catalog
	Now    func() time.Time
	Log    *slog.Logger

	cache   renderCache
	once    sync.Once
	intents map[string]IntentSpec // by name
}

// Handle answers a request that was verified. An empty response is an answer too: the only one that Alexa takes where
// nobody listens, and the right one to a request of a type that this version does not know.
func (s *Responder) Handle(ctx context.Context, e *alexa.Envelope) *alexa.Response {
	t := s.newTurn(ctx, e)
	switch kind := e.Request.Type; kind {
	case "LaunchRequest":
		return t.runHandler((*turn).handleLaunch)
	case "IntentRequest":
		return t.runHandler((*turn).handleIntent)
	case "Alexa.Presentation.APL.UserEvent":
		return t.runHandler((*turn).handleTouch)
	case "CanFulfillIntentRequest":
		return &alexa.Response{CanFulfill: t.handleCanFulfill()}
	case "AlexaSkillEvent.SkillDisabled":
		s.Visits.ForgetListener(e.Context.System.User.UserID)
	case "SessionEndedRequest", "System.ExceptionEncountered", "AudioPlayer.PlaybackFailed":
		s.logAmazonReport(ctx, e.Request)
	default:
		if button, ok := strings.CutPrefix(kind, "PlaybackController."); ok {
			return &alexa.Response{Directives: t.handleButton(button)}
		}
	}
	return &alexa.Response{}
}

// logAmazonReport writes down how a session ended, or that an episode could not be played. Where it ended in an error, these
// requests are the only place where Amazon says what was wrong with an answer; that much is to be seen even where it does
// not say what.
func (s *Responder) logAmazonReport(ctx context.Context, r alexa.Request) {
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
	ctx       context.Context
	responder *Responder
	envelope  *alexa.Envelope
	language  *phrases.Language
	now       time.Time    // in the blog's zone
	pick      uint32       // among the wordings of what is heard often: another with each request, the same within one
	state     sessionState // where the conversation stands
}

func (s *Responder) newTurn(ctx context.Context, e *alexa.Envelope) *turn {
	return &turn{
		ctx: ctx, responder: s, envelope: e, language: s.Book.Language(e.Request.Locale), now: s.Now().In(s.Zone),
		pick: hash32(e.Request.RequestID), state: decodeState(e),
	}
}

// runHandler answers somebody who hears it.
func (t *turn) runHandler(handle func(*turn) answer) *alexa.Response {
	t.state.Since = t.recordVisit()
	return t.buildResponse(handle(t))
}

// recordVisit notes who is here, and returns the newest post of the visit before. What is new to a listener is so for the whole
// session.
func (t *turn) recordVisit() ref {
	user := t.envelope.Context.System.User.UserID
	latest, ok := t.latestPost()
	if session := t.envelope.Session; session != nil && !session.New || user == "" || !ok {
		return t.state.Since
	}
	if last, known := t.responder.Visits.Visit(user, latest, t.now); known {
		return refOf(last)
	}
	return t.state.Since
}

// phraseText puts words into a message of the listener's language. The blog's name is always among them.
func (t *turn) phraseText(message phrases.Message, phraseText phrases.Params) string {
	phraseText.Blog = t.responder.Blog
	phraseText.Pick = t.pick
	return t.language.Say(message, phraseText)
}

// latestPost returns the newest post; false if there is none.
func (t *turn) latestPost() (feed.Post, bool) { return t.responder.Posts.Newest(feed.Filter{}) }

// currentPost gives the post that the conversation is about; false where there is none, or it is kept no more.
func (t *turn) currentPost() (feed.Post, bool) { return t.postByRef(t.state.Post) }

// archiveFailure is for what the archive could not do: the operator hears why, and the listener that it did not work.
func (t *turn) archiveFailure(what string, err error) answer {
	t.responder.logReadError(t.ctx, what, err)
	return t.sayReadFailed()
}

// readEntry reads a post with all that belongs to it; false where there is none. An error is logged.
func (t *turn) readEntry(id, what string) (feed.Entry, bool, error) {
	e, ok, err := t.responder.Store.Entry(t.ctx, id)
	if err != nil {
		t.responder.logReadError(t.ctx, what, err)
	}
	return e, ok, err
}

func (s *Responder) logReadError(ctx context.Context, what string, err error) {
	s.Log.WarnContext(ctx, "the archive cannot be read", "while", what, "error", err)
}
