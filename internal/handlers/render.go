package handlers

import (
	"context"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/phrases"
)

func (t *turn) renderer() rendering.Renderer {
	return rendering.Renderer{
		Language: t.language, Locale: t.envelope.Request.Locale, Blog: t.blog, Zone: t.responder.Zone,
		Pronounce: t.responder.Settings.Pronounce,
	}
}

// render returns a rendered post, from the cache if possible. If the content cannot be read, the result has only a
// title, and the error is logged.
func (t *turn) render(p feed.Post) *rendering.Rendered {
	generation := t.responder.Posts.Generation() // before the read, so that a concurrent change invalidates the result
	key := rendering.Key{ID: p.ID, Locale: t.envelope.Request.Locale}
	if rendered, ok := t.responder.cache.Get(generation, key); ok {
		return rendered
	}
	e, ok, err := t.readEntry(p.ID, "render post")
	if err != nil || !ok {
		return t.renderer().RenderTitle(p, err != nil)
	}
	rendered := t.renderer().Render(e)
	t.responder.cache.Put(generation, key, rendered)
	return rendered
}

// postName returns the title of a post for speech, or the first words of its text.
func (t *turn) postName(p feed.Post, rendered *rendering.Rendered) string {
	return t.renderer().Name(p, rendered)
}

// Preview returns what a listener hears if a post is read from beginning to end, turn by turn, without the prompts in
// between. It returns nil if the post does not have text.
func (s *Responder) Preview(ctx context.Context, e feed.Entry, locale string) (turns []string) {
	t := s.newTurn(ctx, &alexa.Envelope{Request: alexa.Request{Locale: locale}})
	for _, part := range t.renderer().Render(e).Turns {
		turns = append(turns, part.String())
	}
	if len(turns) > 0 {
		title := ""
		if name := rendering.SpeakableTitle(e.Post); name != "" {
			title = rendering.EndSentence(name) + " "
		}
		if date := t.dateText(e.Post); date != "" {
			title += t.phraseText(phrases.From, phrases.Params{Date: date}) + " "
		}
		turns[0] = title + turns[0]
	}
	return turns
}
