// Package handlers holds the conversation: the table of intents and the answer to each request. It reads posts from the
// archive and never waits for the network. If a post is missing or a request is not understood, the answer says so. If
// the operator can fix the cause, the package also logs it.
//
// Package verify verifies requests, package alexa encodes responses, and package phrases chooses the wording.
package handlers

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/playback"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/phrases"
)

// A Responder answers Alexa's requests for one blog. All exported fields are required, unless they are
// optional.
type Responder struct {
	Blog     string         // the blog's name as it is spoken, unless Title returns one
	Title    func() string  // optional: returns the current title of the feed, or ""
	Zone     *time.Location // determines on which day a post was published
	Posts    PostIndex
	Store    PostStore
	Visits   VisitStore
	Catalog  *phrases.Catalog
	Settings ConversationSettings // optional
	Now      func() time.Time
	Log      *slog.Logger

	cache   rendering.RenderCache
	once    sync.Once
	intents map[string]IntentSpec // by name
}

// ConversationSettings are the operator's choices. The zero ConversationSettings are the defaults.
type ConversationSettings struct {
	Launch            string         // what "open" does: "" or "offer", "read", "play" or "list"
	Resume            string         // how an interrupted episode goes on: "" or "ask", or "at_once"
	Greeting, Goodbye string         // spoken instead of the skill's own words; "" for those
	Pronounce         *alexa.Lexicon // how Alexa says words; nil if none
}

// Handle answers a verified request. The response is empty if Alexa does not speak it, because Alexa then accepts only
// an empty response. It is also empty for a request type that this version does not support.
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
		s.Visits.ForgetAccount(e.Context.System.User.UserID)
	case "SessionEndedRequest":
		t.endSession()
		s.logAmazonReport(ctx, e.Request)
	case "System.ExceptionEncountered":
		s.logAmazonReport(ctx, e.Request)
	default:
		if button, ok := strings.CutPrefix(kind, "PlaybackController."); ok {
			return &alexa.Response{Directives: t.handleButton(button)}
		}
		if event, ok := strings.CutPrefix(kind, "AudioPlayer."); ok {
			return &alexa.Response{Directives: t.handlePlayerReport(event)}
		}
	}
	return &alexa.Response{}
}

// logAmazonReport logs the end of a session, an exception or a failed playback. Only these requests say what was wrong
// with an earlier response. An error is logged at level warn even if the request does not describe it.
func (s *Responder) logAmazonReport(ctx context.Context, r alexa.Request) {
	level, message := slog.LevelInfo, "session ended"
	if r.Error != (alexa.Error{}) || r.Reason == "ERROR" || r.Type != "SessionEndedRequest" {
		level = slog.LevelWarn
	}
	if r.Type == "AudioPlayer.PlaybackFailed" {
		message = "episode playback failed"
	}
	s.Log.LogAttrs(ctx, level, message,
		slog.String("request_id", r.RequestID), slog.String("type", r.Type), slog.String("reason", r.Reason),
		slog.String("amazon_error", r.Error.Type), slog.String("amazon_message", r.Error.Message),
		slog.String("cause_request_id", r.Cause.RequestID), slog.String("post", playback.ParseToken(r.Token).PostID))
}

// A turn is one request and the data that handlers need to answer it. Handlers do not change it.
type turn struct {
	ctx       context.Context
	responder *Responder
	envelope  *alexa.Envelope
	language  *phrases.Language
	blog      string       // the blog's name
	now       time.Time    // in the blog's time zone
	pick      uint32       // chooses among alternative wordings; constant within one request
	state     sessionState // the conversation so far

	fallbacksInRow int // number of requests directly before this one that were not understood
}

func (s *Responder) newTurn(ctx context.Context, e *alexa.Envelope) *turn {
	state := decodeState(e)
	inRow := state.FallbacksInRow
	state.FallbacksInRow = 0 // only handleFallback keeps it
	return &turn{
		ctx: ctx, responder: s, envelope: e, language: s.Catalog.Language(e.Request.Locale), now: s.Now().In(s.Zone),
		pick: hash32(e.Request.RequestID), state: state, blog: s.blogName(), fallbacksInRow: inRow,
	}
}

// withPick returns a copy of the turn with other wordings.
func (t *turn) withPick(pick uint32) *turn {
	other := *t
	other.pick = pick
	return &other
}

// blogName returns the blog's name for speech and cards.
func (s *Responder) blogName() string {
	if s.Title == nil {
		return s.Blog
	}
	return cmp.Or(rendering.BlogName(s.Title()), s.Blog)
}

// runHandler calls the handler of a request whose answer Alexa speaks, and builds the response.
func (t *turn) runHandler(handle func(*turn) answer) *alexa.Response {
	t.state.Since = t.recordVisit()
	if t.state.Key == "" && t.listener().Account != "" {
		t.state.Key = t.responder.Visits.ListenerKey(t.listener())
	}
	spoken := t.state.Spoken
	t.state = t.settledState()
	a := handle(t)
	t.keepPosition(spoken, a)
	r, lexicon := t.buildResponse(a), t.responder.Settings.Pronounce
	r.Speech, r.Reprompt = lexicon.Apply(r.Speech), lexicon.Apply(r.Reprompt)
	return r
}

// recordVisit records the listener's visit and returns the newest post of the previous visit. Within a session the
// result does not change, so that new posts stay new until the session ends.
func (t *turn) recordVisit() ref {
	latest, ok := t.latestPost()
	if session := t.envelope.Session; session != nil && !session.New || !ok {
		return t.state.Since
	}
	if last, known := t.responder.Visits.Visit(t.listener(), latest, t.now); known {
		return refOf(last)
	}
	return t.state.Since
}

// listener returns the person with whom the session began.
func (t *turn) listener() feed.Listener {
	system := t.envelope.Context.System
	return feed.Listener{Account: system.User.UserID, Person: system.Person.PersonID, Key: t.state.Key}
}

// phraseText returns a message in the listener's language. It adds the blog's name to the parameters.
func (t *turn) phraseText(message phrases.Message, params phrases.Params) string {
	params.Blog = t.blog
	params.Pick = t.pick
	return t.language.Say(message, params)
}

// latestPost returns the newest post. It returns false if the blog does not have posts.
func (t *turn) latestPost() (feed.Post, bool) { return t.responder.Posts.Newest(feed.Filter{}) }

// currentPost returns the post that the conversation is about. It returns false if the conversation is not about a
// post, or if the archive has removed the post.
func (t *turn) currentPost() (feed.Post, bool) { return t.postByRef(t.state.Post) }

// archiveFailure logs a failed archive read and tells the listener that the request failed.
func (t *turn) archiveFailure(operation string, err error) answer {
	t.responder.logReadError(t.ctx, operation, err)
	return t.sayReadFailed()
}

// readEntry reads a post with its content. It returns false if the archive does not have the post. An error is logged.
func (t *turn) readEntry(id, operation string) (feed.Entry, bool, error) {
	e, ok, err := t.responder.Store.Entry(t.ctx, id)
	if err != nil {
		t.responder.logReadError(t.ctx, operation, err)
	}
	return e, ok, err
}

func (s *Responder) logReadError(ctx context.Context, operation string, err error) {
	s.Log.WarnContext(ctx, "archive read failed", "operation", operation, "error", err)
}
