package handlers

import (
	"cmp"
	"context"
	"strings"
	"sync"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
	"lastpost/internal/speech"
)

// A renderedPost is a post whose content is ready to be spoken and shown.
type renderedPost struct {
	feed.Post
	shownTitle  string // title for screens and cards
	date        string // publication date with the year
	byline      string // "By Ada Lovelace", or ""
	audio       feed.Audio
	image       string
	excerpt     string // the first sentences as plain text
	opening     string // a shorter excerpt that names a post without a title
	fingerprint uint32 // fingerprint of the text
	turns       []speech.Turn
	readFailed  bool   // the archive has the post, but reading it failed
	voice       string // the locale of the voice that reads the post; "" means the listener's voice
}

// maxExcerpt limits the text on a card, and maxOpening the text that names an untitled post. Both count characters.
const (
	maxExcerpt = 300
	maxOpening = 80
)

// A renderCache holds recently rendered posts, because most listeners ask for the same post, and because parsing HTML
// is slow. The cache is emptied when a post changes or when it is full.
type renderCache struct {
	mu         sync.Mutex
	generation uint64
	posts      map[renderKey]*renderedPost
	size       int // sum of memorySize
}

type renderKey struct {
	id     string
	locale string // the listener's locale, which determines announcements and voices
}

// Limits of the cache. The number of posts alone is not enough, because a post of 256 KiB with 65,000 sentences of one
// letter takes 4 MiB.
const (
	maxCachedPosts = 32
	maxCachedBytes = 8 << 20
)

// memorySize estimates the memory that a rendered post takes, in bytes.
func (s *renderedPost) memorySize() int {
	const perSentence, base = 64, 4 << 10 // bytes per sentence, and bytes for the other fields
	size := base
	for _, turn := range s.turns {
		size += len(turn.String()) + perSentence*turn.SentenceCount()
	}
	return size
}

func (s *renderCache) get(generation uint64, key renderKey) (*renderedPost, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation {
		return nil, false
	}
	rendered, ok := s.posts[key]
	return rendered, ok
}

func (s *renderCache) put(generation uint64, key renderKey, rendered *renderedPost) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := rendered.memorySize()
	if s.posts == nil || s.generation != generation || len(s.posts) >= maxCachedPosts || s.size+size > maxCachedBytes {
		s.generation, s.posts, s.size = generation, map[renderKey]*renderedPost{}, 0
	}
	if _, again := s.posts[key]; !again { // two requests may render the same post concurrently
		s.size += size
	}
	s.posts[key] = rendered
}

// render returns a rendered post, from the cache if possible. If the content cannot be read, the result has only a
// title, and the error is logged.
func (t *turn) render(p feed.Post) *renderedPost {
	generation := t.responder.Posts.Generation() // before the read, so that a concurrent change invalidates the result
	key := renderKey{p.ID, t.envelope.Request.Locale}
	if rendered, ok := t.responder.cache.get(generation, key); ok {
		return rendered
	}
	e, ok, err := t.readEntry(p.ID, "render post")
	if err != nil || !ok {
		return &renderedPost{Post: p, shownTitle: t.shownTitle(p), date: t.fullDate(p), readFailed: err != nil}
	}
	rendered := t.renderEntry(e)
	t.responder.cache.put(generation, key, rendered)
	return rendered
}

func (t *turn) renderEntry(e feed.Entry) *renderedPost {
	text := speech.Parse(e.Content, t.speechAnnouncements()).WithoutTitle(e.Title)
	opening := text.Excerpt(maxOpening)
	return &renderedPost{
		Post: e.Post, shownTitle: cmp.Or(shortenTitle(e.Title), opening, t.shownTitle(e.Post)), date: t.fullDate(e.Post),
		byline: t.byline(e.Authors), audio: e.Audio, image: imageURL(e.Image), excerpt: text.Excerpt(maxExcerpt), opening: opening,
		fingerprint: text.Fingerprint(), turns: text.Turns(), voice: alexa.VoiceLocale(e.Language, t.envelope.Request.Locale),
	}
}

// byline names the authors of a post for screens and cards. It is empty if the blog is the only author, because many
// feeds repeat their title as the author of each post.
func (t *turn) byline(authors []string) string {
	if len(authors) == 0 || len(authors) == 1 && strings.EqualFold(authors[0], t.responder.Blog) {
		return ""
	}
	return t.language.Say(phrases.By, phrases.Params{Names: shortenTitle(strings.Join(authors, ", "))})
}

// speechAnnouncements returns the texts that replace content that cannot be read aloud.
func (t *turn) speechAnnouncements() speech.Announcements {
	return speech.Announcements{
		Quote: t.announcementText(phrases.Quote), Video: t.announcementText(phrases.Video),
		Audio: t.announcementText(phrases.Sound), Embed: t.announcementText(phrases.Embed), Formula: t.announcementText(phrases.Formula),
		Code: func(lines int) string { return t.language.Say(phrases.Code, phrases.Params{Count: lines}) },
		Table: func(rows, columns int) string {
			return t.language.Say(phrases.Table, phrases.Params{Count: rows, Number: columns})
		},
	}
}

// announcementText returns a message in its first wording, because the text of a post must be the same each time that
// it is rendered.
func (t *turn) announcementText(message phrases.Message) string {
	return t.language.Say(message, phrases.Params{})
}

// Preview returns what a listener hears if a post is read from beginning to end, turn by turn, without the prompts in
// between. It returns nil if the post does not have text.
func (s *Responder) Preview(ctx context.Context, e feed.Entry, locale string) (turns []string) {
	t := s.newTurn(ctx, &alexa.Envelope{Request: alexa.Request{Locale: locale}})
	for _, part := range t.renderEntry(e).turns {
		turns = append(turns, part.String())
	}
	if len(turns) > 0 {
		title := ""
		if name := speakableTitle(e.Post); name != "" {
			title = endSentence(name) + " "
		}
		if date := t.dateText(e.Post); date != "" {
			title += t.phraseText(phrases.From, phrases.Params{Date: date}) + " "
		}
		turns[0] = title + turns[0]
	}
	return turns
}
