package conversation

import (
	"lastpost/internal/feed"
	"lastpost/internal/handlers/rendering"
)

// Renderer returns the renderer for the listener.
func (t *Dialog) Renderer() rendering.Renderer {
	return rendering.Renderer{
		Language: t.Language, Locale: t.Envelope.Request.Locale, Blog: t.Blog, Zone: t.Env.Zone,
		Pronounce: t.Env.Settings.Pronounce,
	}
}

// Render returns a rendered post, from the cache if possible. If the content cannot be read, the result has only a
// title, and the error is logged.
func (t *Dialog) Render(p feed.Post) *rendering.Rendered {
	generation := t.Env.Posts.Generation() // before the read, so that a concurrent change invalidates the result
	key := rendering.Key{ID: p.ID, Locale: t.Envelope.Request.Locale}
	if rendered, ok := t.Env.cache.Get(generation, key); ok {
		return rendered
	}
	e, ok, err := t.ReadEntry(p.ID, "render post")
	if err != nil || !ok {
		return t.Renderer().RenderTitle(p, err != nil)
	}
	rendered := t.Renderer().Render(e)
	t.Env.cache.Put(generation, key, rendered)
	return rendered
}

// PostName returns the title of a post for speech, or the first words of its text.
func (t *Dialog) PostName(p feed.Post, rendered *rendering.Rendered) string {
	return t.Renderer().Name(p, rendered)
}
