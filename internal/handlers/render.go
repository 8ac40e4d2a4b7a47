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
type renderedPost struct {
	feed.Post
	shownTitle  string // its title as it is shown
	date        string // on which it was published, with the year
	audio       feed.Audio
	image       string
	excerpt     string // plain text: the first sentences
	opening     string // of those, what a post without a title is known by
	fingerprint uint32 // fingerprint
	turns       []speech.Turn
	readFailed  bool   // the archive has it, and did not give it
	voice       string // of a voice that reads it; "": the listener's own
}

// maxExcerpt is how much of a post a card shows, in characters, and maxOpening how much stands for a title.
const (
	maxExcerpt = 300
	maxOpening = 80
)

// renderCache are the posts that were told last, so that taking a post's HTML apart is not a part of every answer: most
// listeners want the same one. They are forgotten together when any post has changed, or when there are too many.
type renderCache struct {
	mu         sync.Mutex
	generation uint64
	posts      map[renderKey]*renderedPost
	size       int // of all of them: see story.size
}

type renderKey struct {
	id     string
	locale string // of the listener: what cannot be read is described in its language, and others' are read by its voices
}

// Bounds of what is remembered. A post of 256 KiB may be 65,000 sentences of a letter, which take 4 MiB: it is the bytes
// that count.
const (
	maxCachedPosts = 32
	maxCachedBytes = 8 << 20
)

// memorySize is about how much memory a story takes, in bytes.
func (s *renderedPost) memorySize() int {
	const sentence, rest = 64, 4 << 10 // an entry in the list of sentences, and what is not of the text
	size := rest
	for _, turn := range s.turns {
		size += len(turn.String()) + sentence*turn.SentenceCount()
	}
	return size
}

func (s *renderCache) get(generation uint64, key renderKey) (*renderedPost, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation {
		return nil, false
	}
	told, ok := s.posts[key]
	return told, ok
}

func (s *renderCache) put(generation uint64, key renderKey, told *renderedPost) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := told.memorySize()
	if s.posts == nil || s.generation != generation || len(s.posts) >= maxCachedPosts || s.size+size > maxCachedBytes {
		s.generation, s.posts, s.size = generation, map[renderKey]*renderedPost{}, 0
	}
	if _, again := s.posts[key]; !again { // two may have read it at a time
		s.size += size
	}
	s.posts[key] = told
}

// render gives what there is to tell of a post. Where it cannot be read it is a title, and the operator hears why.
func (t *turn) render(p feed.Post) *renderedPost {
	generation := t.responder.Posts.Generation() // before the reading: what changes meanwhile is read again
	key := renderKey{p.ID, t.envelope.Request.Locale}
	if told, ok := t.responder.cache.get(generation, key); ok {
		return told
	}
	e, ok, err := t.readEntry(p.ID, "telling a post")
	if err != nil || !ok {
		return &renderedPost{Post: p, shownTitle: t.shownTitle(p), date: t.fullDate(p), readFailed: err != nil}
	}
	told := t.renderEntry(e)
	t.responder.cache.put(generation, key, told)
	return told
}

func (t *turn) renderEntry(e feed.Entry) *renderedPost {
	text := speech.Parse(e.Content, t.speechAnnouncements())
	return &renderedPost{
		Post: e.Post, shownTitle: t.shownTitle(e.Post), date: t.fullDate(e.Post), audio: e.Audio, image: imageURL(e.Image),
		excerpt: text.Excerpt(maxExcerpt), opening: text.Excerpt(maxOpening), fingerprint: text.Fingerprint(), turns: text.Turns(),
		voice: alexa.VoiceLocale(e.Language, t.envelope.Request.Locale),
	}
}

// speechAnnouncements are what is said about that which cannot be read aloud.
func (t *turn) speechAnnouncements() speech.Announcements {
	return speech.Announcements{
		Quote: t.announcementText(phrases.Quote), Video: t.announcementText(phrases.Video), Audio: t.announcementText(phrases.Sound), Embed: t.announcementText(phrases.Embed),
		Code: func(lines int) string { return t.language.Say(phrases.Code, phrases.Params{Count: lines}) },
		Table: func(rows, columns int) string {
			return t.language.Say(phrases.Table, phrases.Params{Count: rows, Number: columns})
		},
	}
}

// announcementText gives a message in its first wording: what is read must be the same each time.
func (t *turn) announcementText(message phrases.Message) string {
	return t.language.Say(message, phrases.Params{})
}

// Preview gives what is said of a post that is read from its beginning to its end, a turn at a time, without the questions
// in between: for who wants to know how it sounds. It is nothing where the post has no text.
func (s *Responder) Preview(ctx context.Context, e feed.Entry, locale string) (turns []string) {
	t := s.newTurn(ctx, &alexa.Envelope{Request: alexa.Request{Locale: locale}})
	for _, part := range t.renderEntry(e).turns {
		turns = append(turns, part.String())
	}
	if len(turns) > 0 {
		turns[0] = endSentence(t.titleText(e.Post)) + " " + t.phraseText(phrases.From, phrases.Params{Date: t.dateText(e.Post)}) + " " + turns[0]
	}
	return turns
}
