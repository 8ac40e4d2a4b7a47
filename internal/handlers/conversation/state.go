package conversation

import (
	"encoding/json"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/session"
)

// Bookmarked returns the state at which the listener stopped reading, perhaps in an earlier session.
func (t *Dialog) Bookmarked() (session.State, bool) {
	var s session.State
	raw := t.Env.Visits.Bookmark(t.Listener()).Reading
	if json.Unmarshal([]byte(raw), &s) != nil || !isValidState(s) || s.Focus != session.FocusText {
		return session.State{}, false
	}
	s.Spoken, s.Since, s.Key = nil, t.State.Since, t.State.Key
	return s, true
}

// IsReading reports whether the listener has more to hear of the post or the series that is being read.
func (t *Dialog) IsReading() bool {
	_, ok := t.Bookmarked()
	return ok && t.State.Focus == session.FocusText && t.State.Prompt != PromptReadNext // otherwise the post was read to its end
}

// StateAttribute is the session attribute that holds the state.
const StateAttribute = "lastpost"

// DecodeState returns the state of a request. It returns the zero state if the request does not contain a valid state.
func DecodeState(e *alexa.Envelope) session.State {
	var state session.State
	if e.Session == nil || e.Session.New {
		return state
	}
	raw := e.Session.Attributes[StateAttribute]
	if json.Unmarshal(raw, &state) != nil || !isValidState(state) {
		return session.State{}
	}
	return state
}

// isValidState reports whether this service could have written a state.
func isValidState(s session.State) bool { return s.IsValid(promptFits) }

// promptFits reports whether a state has what its prompt is about.
func promptFits(s session.State) bool {
	spec, known := specOf(s.Prompt)
	return known && (spec.focus == session.FocusNone || spec.focus == s.Focus) && (s.Prompt != PromptList || s.List != nil)
}

// Selector finds the posts of the conversation's lists.
func (t *Dialog) Selector() session.Selector {
	return session.Selector{
		Context: t.Ctx, Posts: t.Env.Posts, Store: t.Env.Store, Now: t.Now, Zone: t.Env.Zone, Since: t.State.Since,
	}
}

// PostByRef returns the post that a ref identifies, or false if the archive has removed it.
func (t *Dialog) PostByRef(r session.Ref) (feed.Post, bool) { return t.Selector().Post(r) }

// ListedPosts returns at most limit posts of a list, beginning at l.Offset.
func (t *Dialog) ListedPosts(l session.PostList, limit int) ([]feed.Post, error) {
	return t.Selector().Listed(l, limit)
}

// CountNew returns the number of posts that are new to the listener.
func (t *Dialog) CountNew() int { return t.Selector().CountNew() }
