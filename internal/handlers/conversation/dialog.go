// Package conversation has what every handler needs to answer a request: the state of the session, the posts of the
// archive, and answers with their prompts. It does not know intents. Package episodes adds the device's player, and
// package handlers the intents.
package conversation

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// An Env is what the conversation about one blog needs. All exported fields are required, unless they are optional.
type Env struct {
	Blog     string         // the blog's name as it is spoken, unless Title returns one
	Title    func() string  // optional: returns the current title of the feed, or ""
	Zone     *time.Location // determines on which day a post was published
	Posts    PostIndex
	Store    PostStore
	Visits   VisitStore
	Catalog  *phrases.Catalog
	Settings Preferences // optional
	Now      func() time.Time
	Log      *slog.Logger

	cache rendering.RenderCache
}

// Preferences are the operator's choices. The zero Preferences are the defaults.
type Preferences struct {
	Launch            string         // what "open" does: "" or "offer", "read", "play" or "list"
	Resume            string         // how an interrupted episode goes on: "" or "ask", or "at_once"
	Greeting, Goodbye string         // spoken instead of the skill's own words; "" for those
	Pronounce         *alexa.Lexicon // how Alexa says words; nil if none
}

// LogSessionEnd logs why a session ended without an error. The server reports errors.
func (s *Env) LogSessionEnd(ctx context.Context, r alexa.Request) {
	if r.Error == (alexa.Error{}) && r.Reason != "ERROR" {
		s.Log.LogAttrs(ctx, slog.LevelInfo, "session ended", slog.String("request_id", r.RequestID), slog.String("reason", r.Reason))
	}
}

// A Dialog is one request and the data that handlers need to answer it. Handlers do not change it.
type Dialog struct {
	Ctx      context.Context
	Env      *Env
	Envelope *alexa.Envelope
	Language *phrases.Language
	Blog     string        // the blog's name
	Now      time.Time     // in the blog's time zone
	Pick     uint32        // chooses among alternative wordings; constant within one request
	State    session.State // the conversation so far

	FallbacksInRow int // number of requests directly before this one that were not understood
}

// NewDialog returns the dialog of a request.
func (s *Env) NewDialog(ctx context.Context, e *alexa.Envelope) *Dialog {
	state := DecodeState(e)
	inRow := state.FallbacksInRow
	state.FallbacksInRow = 0 // only handleFallback keeps it
	return &Dialog{
		Ctx: ctx, Env: s, Envelope: e, Language: s.Catalog.Language(e.Request.Locale), Now: s.Now().In(s.Zone),
		Pick: session.Hash32(e.Request.RequestID), State: state, Blog: s.blogName(), FallbacksInRow: inRow,
	}
}

// withPick returns a copy of the dialog with other wordings.
func (t *Dialog) withPick(pick uint32) *Dialog {
	other := *t
	other.Pick = pick
	return &other
}

// blogName returns the blog's name for speech and cards.
func (s *Env) blogName() string {
	if s.Title == nil {
		return s.Blog
	}
	return cmp.Or(rendering.BlogName(s.Title()), s.Blog)
}

// Listener returns the person with whom the session began.
func (t *Dialog) Listener() feed.Listener {
	system := t.Envelope.Context.System
	return feed.Listener{Account: system.User.UserID, Person: system.Person.PersonID, Key: t.State.Key}
}

// PhraseText returns a message in the listener's language. It adds the blog's name to the parameters.
func (t *Dialog) PhraseText(message phrases.Message, params phrases.Params) string {
	params.Blog = t.Blog
	params.Pick = t.Pick
	return t.Language.Say(message, params)
}

// LatestPost returns the newest post. It returns false if the blog does not have posts.
func (t *Dialog) LatestPost() (feed.Post, bool) { return t.Env.Posts.Newest(feed.Filter{}) }

// CurrentPost returns the post that the conversation is about. It returns false if the conversation is not about a
// post, or if the archive has removed the post.
func (t *Dialog) CurrentPost() (feed.Post, bool) { return t.PostByRef(t.State.Post) }

// ArchiveFailure logs a failed archive read and tells the listener that the request failed.
func (t *Dialog) ArchiveFailure(operation string, err error) Answer {
	t.Env.logReadError(t.Ctx, operation, err)
	return t.SayReadFailed()
}

// ReadEntry reads a post with its content. It returns false if the archive does not have the post. An error is logged.
func (t *Dialog) ReadEntry(id, operation string) (feed.Entry, bool, error) {
	e, ok, err := t.Env.Store.Entry(t.Ctx, id)
	if err != nil {
		t.Env.logReadError(t.Ctx, operation, err)
	}
	return e, ok, err
}

func (s *Env) logReadError(ctx context.Context, operation string, err error) {
	s.Log.WarnContext(ctx, "archive read failed", "operation", operation, "error", err)
}

// SlotValue returns the words that the listener said for a slot. It returns "" if the slot is empty, and "?" if Alexa
// did not understand the words.
func (t *Dialog) SlotValue(name string) string { return t.Envelope.Request.Intent.Slot(name) }

// SupportsAudio reports whether the device can play audio.
func (t *Dialog) SupportsAudio() bool {
	return t.Envelope.Context.System.Device.Supports("AudioPlayer")
}

// StopPlayer adds a directive that stops the player.
func (a Answer) StopPlayer() Answer {
	a.Directives = []alexa.Directive{alexa.Stop{}}
	return a
}
