package handlers

import (
	"context"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// Recital gives what is said of a post that is read from its beginning to its end, a turn at a time, without the questions
// in between: for who wants to know how it sounds. It is nothing where the post has no text.
func (s *Skill) Recital(ctx context.Context, e feed.Entry, locale string) (turns []string) {
	t := s.turn(ctx, &alexa.Envelope{Request: alexa.Request{Locale: locale}})
	for _, part := range t.tale(e).turns {
		turns = append(turns, part.String())
	}
	if len(turns) > 0 {
		turns[0] = sentence(t.title(e.Post)) + " " + t.words(phrases.From, phrases.Words{Date: t.date(e.Post)}) + " " + turns[0]
	}
	return turns
}
