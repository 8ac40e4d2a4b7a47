package handlers

import (
	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/screen"
)

// hasScreen reports whether the device supports documents. A device without this support rejects a response with a
// document.
func (t *turn) hasScreen() bool {
	return t.envelope.Context.System.Device.Supports("Alexa.Presentation.APL")
}

// showPost shows a post with its beginning or the part being read, if the device has a screen.
func (t *turn) showPost(s *rendering.Rendered, text string) []alexa.Directive {
	if !t.hasScreen() {
		return nil
	}
	return []alexa.Directive{screen.Post(string(refOf(s.Post)), s, text)}
}

// showList shows a page of a list with touchable titles, if the device has a screen.
func (t *turn) showList(posts []feed.Post, titles []string) []alexa.Directive {
	if !t.hasScreen() {
		return nil
	}
	shown := make([]screen.Title, 0, len(posts))
	for i, post := range posts {
		shown = append(shown, screen.Title{Ref: string(refOf(post)), Title: titles[i], Date: t.dateText(post)})
	}
	return []alexa.Directive{screen.List(shown)}
}

// handleTouch answers a touch on a post.
func (t *turn) handleTouch() answer {
	arguments := t.envelope.Request.Arguments
	if len(arguments) != 2 {
		return t.sayPostGone()
	}
	post, ok := t.postByRef(ref(arguments[1]))
	switch {
	case ok && arguments[0] == screen.TouchChoose:
		return t.choosePost(post)
	case ok && arguments[0] == screen.TouchRead:
		return t.startReading(post)
	}
	return t.sayPostGone()
}
