// Package rendering prepares posts for speech, screens and cards: titles, dates, texts and voices. It keeps recently
// rendered posts in memory. It does not read the archive and does not know the conversation.
package rendering

import (
	"cmp"
	"strings"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
	"lastpost/internal/speech"
)

// A Rendered is a post whose content is ready to be spoken and shown.
type Rendered struct {
	feed.Post
	ShownTitle  string // title for screens and cards
	Date        string // publication date with the year
	Byline      string // "By Ada Lovelace", or ""
	Authors     []string
	Audio       feed.Audio
	Image       string // URL, or ""
	Excerpt     string // the first sentences as plain text
	Beginning   string // the first sentence of the text, or "" if it only repeats the title
	Opening     string // a shorter excerpt that names a post without a title
	Fingerprint uint32 // fingerprint of the text
	Turns       []speech.Turn
	ReadFailed  bool   // the archive has the post, but reading it failed
	Voice       string // the locale of the voice that reads the post; "" means the listener's voice
}

// IsPlayable reports whether Alexa accepts the post's audio.
func (r *Rendered) IsPlayable() bool { return alexa.Playable(r.Audio.URL) }

// MaxOpening limits the text that names an untitled post, in characters.
const MaxOpening = 80

// maxExcerpt limits the text on a card, in characters.
const maxExcerpt = 300

// A Renderer renders posts for a listener.
type Renderer struct {
	Language *phrases.Language
	Locale   string         // the listener's locale, which determines announcements and voices
	Blog     string         // the blog's name
	Zone     *time.Location // the blog's time zone

	Pronounce *alexa.Lexicon // turns leave room for its markup; nil if none
}

// Render returns a post with its content.
func (r Renderer) Render(e feed.Entry) *Rendered {
	text := speech.Parse(e.Content, r.announcements()).WithoutTitle(e.Title)
	opening := text.Excerpt(MaxOpening)
	return &Rendered{
		Post: e.Post, ShownTitle: cmp.Or(ShortenTitle(e.Title), opening, r.shownTitle(e.Post)), Date: r.fullDate(e.Post),
		Byline: r.byline(e.Authors), Authors: e.Authors, Audio: e.Audio, Image: imageURL(e.Image), Excerpt: text.Excerpt(maxExcerpt),
		Beginning: beginning(text, cmp.Or(SpeakableTitle(e.Post), opening)), Opening: opening,
		Fingerprint: text.Fingerprint(), Turns: text.MarkedTurns(r.Pronounce), Voice: alexa.VoiceLocale(e.Language, r.Locale),
	}
}

// RenderTitle returns a post without its content. readFailed means that the archive has the content.
func (r Renderer) RenderTitle(p feed.Post, readFailed bool) *Rendered {
	return &Rendered{Post: p, ShownTitle: r.shownTitle(p), Date: r.fullDate(p), ReadFailed: readFailed}
}

// Name returns the title of a post for speech. For a post without a title, such as a short note, it returns the first
// words of the text. The title comes from p, because the rendered post may be newer.
func (r Renderer) Name(p feed.Post, rendered *Rendered) string {
	return cmp.Or(SpeakableTitle(p), rendered.Opening, r.Language.Say(phrases.Untitled, phrases.Params{}))
}

// shownTitle returns a post's title for screens and cards, including characters that cannot be spoken.
func (r Renderer) shownTitle(p feed.Post) string {
	return cmp.Or(ShortenTitle(p.Title), SpeakableTitle(p), r.Language.Say(phrases.Untitled, phrases.Params{}))
}

// fullDate returns a post's date with the year, or "" if the date is not exact. Cards need the year, because listeners
// often read them much later.
func (r Renderer) fullDate(p feed.Post) string {
	if !p.DateKind.IsExact() {
		return ""
	}
	return r.Language.FullDate(p.Published.In(r.Zone))
}

// byline names the authors of a post for screens and cards. It is empty if the blog is the only author, because many
// feeds repeat their title as the author of each post.
func (r Renderer) byline(authors []string) string {
	if len(authors) == 0 || len(authors) == 1 && strings.EqualFold(authors[0], r.Blog) {
		return ""
	}
	return r.Language.Say(phrases.By, phrases.Params{Names: ShortenTitle(strings.Join(authors, ", "))})
}

// announcements returns the texts that replace content that cannot be read aloud. They use the first wording, because
// the text of a post must be the same each time that it is rendered.
func (r Renderer) announcements() speech.Announcements {
	say := func(message phrases.Message) string { return r.Language.Say(message, phrases.Params{}) }
	return speech.Announcements{
		Quote: say(phrases.Quote), Video: say(phrases.Video), Audio: say(phrases.Sound), Embed: say(phrases.Embed),
		Formula: say(phrases.Formula),
		Code:    func(lines int) string { return r.Language.Say(phrases.Code, phrases.Params{Count: lines}) },
		Table: func(rows, columns int) string {
			return r.Language.Say(phrases.Table, phrases.Params{Count: rows, Number: columns})
		},
	}
}

// maxImageURL is Amazon's limit for the URL of an image on a card, on a screen or with a stream.
const maxImageURL = 2000

// imageURL returns an image's URL if Alexa can load it, else "". As for streams, the URL must use HTTPS and must not
// contain a user name or password.
func imageURL(address string) string {
	if len(address) > maxImageURL || !alexa.Playable(address) {
		return ""
	}
	return address
}
