package handlers

import (
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/screen"
	"lastpost/internal/handlers/session"
)

// handleTouch answers a touch on a post.
func (t *turn) handleTouch() conversation.Answer {
	arguments := t.Envelope.Request.Arguments
	if len(arguments) != 2 {
		return t.SayPostGone()
	}
	post, ok := t.PostByRef(session.Ref(arguments[1]))
	switch {
	case ok && arguments[0] == screen.TouchChoose:
		return t.choosePost(post)
	case ok && arguments[0] == screen.TouchRead:
		return t.startReading(post)
	}
	return t.SayPostGone()
}
