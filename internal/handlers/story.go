package handlers

import (
	"context"
	"sync"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
	"lastpost/internal/speech"
)

// A story is a post as it is told: what there is beside its title, ready to be said.
type story struct {
	feed.Post
	heading string // its title as it is shown
	day     string // on which it was published, with the year
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
	size       int // of all of them: see story.size
}

type storyKey struct {
	id     string
	locale string // of the listener: what cannot be read is described in its language, and others' are read by its voices
}

// Bounds of what is remembered. A post of 256 KiB may be 65,000 sentences of a letter, which take 4 MiB: it is the bytes
// that count.
const (
	maxStories = 32
	maxTold    = 8 << 20
)

// size is about how much memory a story takes, in bytes.
func (s *story) size() int {
	const sentence, rest = 64, 4 << 10 // an entry in the list of sentences, and what is not of the text
	size := rest
	for _, turn := range s.turns {
		size += len(turn.String()) + sentence*turn.SentenceCount()
	}
	return size
}

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
	size := told.size()
	if s.told == nil || s.generation != generation || len(s.told) >= maxStories || s.size+size > maxTold {
		s.generation, s.told, s.size = generation, map[storyKey]*story{}, 0
	}
	if _, again := s.told[key]; !again { // two may have read it at a time
		s.size += size
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
	e, ok, err := t.entry(p.ID, "telling a post")
	if err != nil || !ok {
		return &story{Post: p, heading: t.heading(p), day: t.day(p), unread: err != nil}
	}
	told := t.tale(e)
	t.skill.stories.put(generation, key, told)
	return told
}

func (t *turn) tale(e feed.Entry) *story {
	text := speech.Parse(e.Content, t.asides())
	return &story{
		Post: e.Post, heading: t.heading(e.Post), day: t.day(e.Post), audio: e.Audio, image: picture(e.Image),
		excerpt: text.Excerpt(maxExcerpt), opening: text.Excerpt(maxOpening), text: text.Fingerprint(), turns: text.Turns(),
		locale: alexa.Voice(e.Language, t.envelope.Request.Locale),
	}
}

// asides are what is said about that which cannot be read aloud.
func (t *turn) asides() speech.Announcements {
	return speech.Announcements{
		Quote: t.aside(phrases.Quote), Video: t.aside(phrases.Video), Audio: t.aside(phrases.Sound), Embed: t.aside(phrases.Embed),
		Code: func(lines int) string { return t.language.Say(phrases.Code, phrases.Words{Count: lines}) },
		Table: func(rows, columns int) string {
			return t.language.Say(phrases.Table, phrases.Words{Count: rows, Number: columns})
		},
	}
}

// aside gives a message in its first wording: what is read must be the same each time.
func (t *turn) aside(message phrases.Message) string { return t.language.Say(message, phrases.Words{}) }

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
