package handlers

import (
	"encoding/json"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/session"
)

type (
	sessionState = session.State
	prompt       = session.Prompt
	focus        = session.Focus
	postList     = session.PostList
	listSource   = session.ListSource
	series       = session.Series
	reading      = session.Reading
	ref          = session.Ref
)

const (
	focusNone = session.FocusNone
	focusPost = session.FocusPost
	focusText = session.FocusText
	focusList = session.FocusList

	sourceNewest   = session.SourceNewest
	sourcePeriod   = session.SourcePeriod
	sourceSearch   = session.SourceSearch
	sourceCategory = session.SourceCategory
	sourceNew      = session.SourceNew

	stateVersion = session.Version
	maxOffset    = session.MaxOffset
)

// stateAttribute is the session attribute that holds the state.
const stateAttribute = "lastpost"

// decodeState returns the state of a request. It returns the zero state if the request does not contain a valid state.
func decodeState(e *alexa.Envelope) sessionState {
	var state sessionState
	if e.Session == nil || e.Session.New {
		return state
	}
	raw := e.Session.Attributes[stateAttribute]
	if json.Unmarshal(raw, &state) != nil || !isValidState(state) {
		return sessionState{}
	}
	return state
}

// isValidState reports whether this service could have written a state.
func isValidState(s sessionState) bool { return s.IsValid(promptFits) }

// promptFits reports whether a state has what its prompt is about.
func promptFits(s sessionState) bool {
	spec, known := specOf(s.Prompt)
	return known && (spec.focus == focusNone || spec.focus == s.Focus) && (s.Prompt != promptList || s.List != nil)
}

func refOf(p feed.Post) ref { return session.RefOf(p) }

func hash32(id string) uint32 { return session.Hash32(id) }

func sanitizeText(words string) string { return session.SanitizeText(words) }

// selector finds the posts of the conversation's lists.
func (t *turn) selector() session.Selector {
	return session.Selector{
		Context: t.ctx, Posts: t.responder.Posts, Store: t.responder.Store, Now: t.now, Zone: t.responder.Zone, Since: t.state.Since,
	}
}

// postByRef returns the post that a ref identifies, or false if the archive has removed it.
func (t *turn) postByRef(r ref) (feed.Post, bool) { return t.selector().Post(r) }

// listedPosts returns at most limit posts of a list, beginning at l.Offset.
func (t *turn) listedPosts(l postList, limit int) ([]feed.Post, error) {
	return t.selector().Listed(l, limit)
}

// countNew returns the number of posts that are new to the listener.
func (t *turn) countNew() int { return t.selector().CountNew() }
