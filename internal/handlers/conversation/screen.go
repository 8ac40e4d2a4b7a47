package conversation

import (
	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/screen"
	"lastpost/internal/handlers/session"
)

// hasScreen reports whether the device supports documents. A device without this support rejects a response with a
// document.
func (t *Dialog) hasScreen() bool {
	return t.Envelope.Context.System.Device.Supports("Alexa.Presentation.APL")
}

// ShowPost shows a post with its beginning or the part being read, if the device has a screen.
func (t *Dialog) ShowPost(s *rendering.Rendered, text string) []alexa.Directive {
	if !t.hasScreen() {
		return nil
	}
	return []alexa.Directive{screen.Post(string(session.RefOf(s.Post)), s, text)}
}

// ShowList shows a page of a list with touchable titles, if the device has a screen.
func (t *Dialog) ShowList(posts []feed.Post, titles []string) []alexa.Directive {
	if !t.hasScreen() {
		return nil
	}
	shown := make([]screen.Title, 0, len(posts))
	for i, post := range posts {
		shown = append(shown, screen.Title{Ref: string(session.RefOf(post)), Title: titles[i], Date: t.DateText(post)})
	}
	return []alexa.Directive{screen.List(shown)}
}
