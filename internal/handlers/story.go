package handlers

import (
	"sync"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
	"lastpost/internal/speech"
)

// A story is a post as it is told: what there is beside its title, ready to be said.
type story struct {
	feed.Post
	audio   feed.Audio
	image   string
	excerpt string // plain text: the first sentences
	opening string // of those, what a post without a title is known by
	text    uint32 // fingerprint
	turns   []speech.Turn
	unread  bool   // the archive has it, and did not give it
	locale  string // of a voice that reads it; "": the listener's own
}

// maxExcerpt is how much of a post a card shows, in characters, and maxOpening how much stands for a title.
const (
	maxExcerpt = 300
	maxOpening = 80
)

// stories are the posts that were told last, so that taking a post's HTML apart is not a part of every answer: most
// listeners want the same one. They are forgotten together when any post has changed, or when there are too many.
type stories struct {
	mu         sync.Mutex
	generation uint64
	told       map[storyKey]*story
}

type storyKey struct {
	id     string
	locale string // of the listener: what cannot be read is described in its language
}

// maxStories bounds what is remembered: of a post's 256 KiB at the most, so some 8 MiB.
const maxStories = 32

func (s *stories) get(generation uint64, key storyKey) (*story, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation {
		return nil, false
	}
	told, ok := s.told[key]
	return told, ok
}

func (s *stories) put(generation uint64, key storyKey, told *story) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told == nil || s.generation != generation || len(s.told) >= maxStories {
		s.generation, s.told = generation, map[storyKey]*story{}
	}
	s.told[key] = told
}

// story gives what there is to tell of a post. Where it cannot be read it is a title, and the operator hears why.
func (t *turn) story(p feed.Post) *story {
	generation := t.skill.Posts.Generation() // before the reading: what changes meanwhile is read again
	key := storyKey{p.ID, t.envelope.Request.Locale}
	if told, ok := t.skill.stories.get(generation, key); ok {
		return told
	}
	e, ok, err := t.skill.Posts.Entry(t.ctx, p.ID)
	if err != nil {
		t.skill.Log.WarnContext(t.ctx, "the archive cannot be read", "while", "telling a post", "error", err)
	}
	if err != nil || !ok {
		return &story{Post: p, unread: err != nil}
	}
	told := t.tale(e)
	t.skill.stories.put(generation, key, told)
	return told
}

func (t *turn) tale(e feed.Entry) *story {
	text := speech.Parse(e.Content, t.asides())
	return &story{
		Post: e.Post, audio: e.Audio, image: picture(e.Image), excerpt: text.Excerpt(maxExcerpt), text: text.Fingerprint(),
		opening: text.Excerpt(maxOpening), turns: text.Turns(), locale: alexa.Voice(e.Language, t.envelope.Request.Locale),
	}
}

// asides are what is said about that which cannot be read aloud.
func (t *turn) asides() speech.Asides {
	return speech.Asides{
		Quote: t.aside(phrases.Quote), Video: t.aside(phrases.Video), Audio: t.aside(phrases.Sound), Embed: t.aside(phrases.Embed),
		Code: func(lines int) string { return t.language.Say(phrases.Code, phrases.Words{Count: lines}) },
		Table: func(rows, columns int) string {
			return t.language.Say(phrases.Table, phrases.Words{Count: rows, Number: columns})
		},
	}
}

// aside gives a message in its first wording: what is read must be the same each time.
func (t *turn) aside(message phrases.Message) string { return t.language.Say(message, phrases.Words{}) }
