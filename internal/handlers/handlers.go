// Package handlers holds the conversation: the table of intents and the answer to each request. It reads posts from the
// archive and never waits for the network. If a post is missing or a request is not understood, the answer says so. If
// the operator can fix the cause, the package also logs it.
//
// Package verify verifies requests, package alexa encodes responses, and package phrases chooses the wording. Package
// conversation has what every handler needs, and package episodes the handlers that are about the device's player.
package handlers

import (
	"context"
	"strings"
	"sync"

	"lastpost/internal/alexa"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/episodes"
	"lastpost/internal/handlers/session"
)

// A Responder answers Alexa's requests for one blog.
type Responder struct {
	conversation.Env

	once    sync.Once
	intents map[string]IntentSpec // by name
}

// A turn is one request, with the handlers of all intents. Handlers do not change it.
type turn struct {
	*episodes.Dialog
	responder *Responder
	opens     bool // a post of a series opens the answer, so it is not called the next one
}

func (s *Responder) newTurn(ctx context.Context, e *alexa.Envelope) *turn {
	return &turn{Dialog: &episodes.Dialog{Dialog: s.NewDialog(ctx, e)}, responder: s}
}

// Handle answers a verified request. Only a deletion can fail: Amazon sends SkillDisabled again, for up to an hour, until
// the answer is 200. So the answer waits until the deletion is on the disk. No other request waits for the disk's writes.
func (s *Responder) Handle(ctx context.Context, e *alexa.Envelope) (*alexa.Response, error) {
	if e.Request.Type == "AlexaSkillEvent.SkillDisabled" {
		return &alexa.Response{}, s.Visits.ForgetAccount(ctx, e.Context.System.User.UserID)
	}
	return s.respond(ctx, e), nil
}

// respond returns the response to a request. It is empty if Alexa does not speak it, because Alexa then accepts only an
// empty response. It is also empty for a request type that this version does not support.
func (s *Responder) respond(ctx context.Context, e *alexa.Envelope) *alexa.Response {
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
	case "SessionEndedRequest":
		t.endSession()
		s.LogSessionEnd(ctx, e.Request)
	default:
		if button, ok := strings.CutPrefix(kind, "PlaybackController."); ok {
			return &alexa.Response{Directives: t.HandleButton(button)}
		}
		if event, ok := strings.CutPrefix(kind, "AudioPlayer."); ok {
			return &alexa.Response{Directives: t.HandlePlayerReport(event)}
		}
	}
	return &alexa.Response{}
}

// runHandler calls the handler of a request whose answer Alexa speaks, and builds the response.
func (t *turn) runHandler(handle func(*turn) conversation.Answer) *alexa.Response {
	t.State.Since = t.recordVisit()
	if t.State.Key == "" && t.Listener().Account != "" {
		t.State.Key = t.Env.Visits.ListenerKey(t.Listener())
	}
	spoken := t.State.Spoken
	t.State = t.settledState()
	if spoken != nil {
		t.keepSettled(spoken, t.State)
	}
	a := handle(t)
	t.keepPosition(a)
	r, lexicon := t.BuildResponse(a), t.Env.Settings.Pronounce
	r.Speech, r.Reprompt = lexicon.Apply(r.Speech), lexicon.Apply(r.Reprompt)
	return r
}

// recordVisit records the listener's visit and returns the newest post of the previous visit. Within a session the
// result does not change, so that new posts stay new until the session ends.
func (t *turn) recordVisit() session.Ref {
	latest, ok := t.LatestPost()
	if session := t.Envelope.Session; session != nil && !session.New || !ok {
		return t.State.Since
	}
	if last, known := t.Env.Visits.Visit(t.Listener(), latest, t.Now); known {
		return session.RefOf(last)
	}
	return t.State.Since
}
