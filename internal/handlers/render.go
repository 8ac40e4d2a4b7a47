package handlers

import (
	"context"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/phrases"
)

// Preview returns what a listener hears if a post is read from beginning to end, turn by turn, without the prompts in
// between. It returns nil if the post does not have text.
func (s *Responder) Preview(ctx context.Context, e feed.Entry, locale string) (turns []string) {
	t := s.newTurn(ctx, &alexa.Envelope{Request: alexa.Request{Locale: locale}})
	for _, part := range t.Renderer().Render(e).Turns {
		turns = append(turns, part.String())
	}
	if len(turns) > 0 {
		title := ""
		if name := rendering.SpeakableTitle(e.Post); name != "" {
			title = rendering.EndSentence(name) + " "
		}
		if date := t.DateText(e.Post); date != "" {
			title += t.PhraseText(phrases.From, phrases.Params{Date: date}) + " "
		}
		turns[0] = title + turns[0]
	}
	return turns
}
