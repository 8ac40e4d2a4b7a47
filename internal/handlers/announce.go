package handlers

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// handleLaunch greets and gives the latest post itself: on newer devices "open Half Elf" is all that reaches a skill.
func (t *turn) handleLaunch() answer {
	a := t.say(phrases.Greeting, phrases.Params{}).followedBy(t.announceLatest())
	a.state.List = nil // another conversation begins
	return a
}

// handleLastPost gives the latest post, or the latest one of the period that was asked for.
func (t *turn) handleLastPost() answer { return t.withPeriod(t.announcePeriod, t.announceLatest) }

// withPeriod answers about the period that the listener named, or without one. A date that is not understood costs the listener
// the date, not the post.
func (t *turn) withPeriod(about func(alexa.Period) answer, without func() answer) answer {
	date := t.dateSlot()
	if date == "" {
		return without()
	}
	period, err := alexa.ParseDate(date, t.now, t.responder.Zone)
	if err != nil {
		return t.say(phrases.WhichDayWasThat, phrases.Params{}).followedBy(without())
	}
	return about(period)
}

// dateSlot gives the slot Date. Of the next six days Alexa does not tell whether it was the weekday alone that was said:
// "the post of Tuesday" is the coming one to her. Where there was a post a week before that, it is the one; else the date
// is what all dates ahead are, that of a year ago.
func (t *turn) dateSlot() string {
	const day = 24 * time.Hour
	said := t.slotValue("Date")
	if len(said) != len(time.DateOnly) {
		return said
	}
	coming, err := time.Parse(time.DateOnly, said)
	if err != nil {
		return said
	}
	today, _ := time.Parse(time.DateOnly, t.now.Format(time.DateOnly)) // it is one
	if ahead := coming.Sub(today); ahead < day || ahead > 6*day {
		return said
	}
	week := coming.AddDate(0, 0, -7).Format(time.DateOnly)
	if period, err := alexa.ParseDate(week, t.now, t.responder.Zone); err == nil {
		if _, ok := t.responder.Posts.Newest(periodFilter(period)); ok {
			return week
		}
	}
	return said
}

// periodFilter selects the posts of a period.
func periodFilter(p alexa.Period) feed.Filter { return feed.Filter{From: p.From, To: p.To} }

// newestBefore returns the newest post, or episode, before a period. A period that begins with the calendar has none: its
// start is the zero time, which a filter takes for no bound.
func (t *turn) newestBefore(p alexa.Period, episode bool) (feed.Post, bool) {
	if p.From.IsZero() {
		return feed.Post{}, false
	}
	return t.responder.Posts.Newest(feed.Filter{To: p.From, Episodes: episode})
}

// periodText gives a period in words.
func (t *turn) periodText(p alexa.Period) string {
	return t.language.Period(p.Unit.String(), p.From, t.now, p.YearBack)
}

// announceLatest gives the latest post, or says that there is none.
func (t *turn) announceLatest() answer {
	if post, ok := t.latestPost(); ok {
		return t.announce(phrases.Latest, post, phrases.Params{})
	}
	return t.sayNoPosts()
}

// sayNoPosts is for a blog without posts, or whose feed was never reached: there is nothing to ask.
func (t *turn) sayNoPosts() answer { return t.say(phrases.NoPosts, phrases.Params{}) }

// announcePeriod gives the newest post of a period and says how many there were. Of a period without one it says so, and
// gives the nearest before it.
func (t *turn) announcePeriod(period alexa.Period) answer {
	count, post := t.responder.Posts.Count(periodFilter(period))
	if count == 0 {
		return t.announceBefore(period)
	}
	message := phrases.Only
	if period.Unit == alexa.Day {
		message = phrases.OnlyDay
	}
	return t.announce(message, post, phrases.Params{Period: t.periodText(period), Count: count})
}

// announceBefore is for a period without a post.
func (t *turn) announceBefore(period alexa.Period) answer {
	latest, ok := t.latestPost()
	if !ok {
		return t.sayNoPosts()
	}
	none := t.say(phrases.None, phrases.Params{Period: t.periodText(period)})
	before, ok := t.newestBefore(period, false)
	switch {
	case !ok:
		return none.say(phrases.NothingBefore, phrases.Params{}).ask(promptOpen)
	case latest.Published.Before(period.From): // "the last one before today" is the latest
		return none.followedBy(t.announce(phrases.Latest, latest, phrases.Params{}))
	}
	return none.followedBy(t.announce(phrases.Before, before, phrases.Params{}))
}

// announce says a post's date and title after a message that leads to it, shows it, and offers what can be done with it.
func (t *turn) announce(message phrases.Message, post feed.Post, words phrases.Params) answer {
	story := t.render(post)
	words.Date = t.dateText(post)
	a := t.newAnswer().addParts(speechPart{message: message, values: words}, quotePart(story.voice, endSentence(t.postName(post, story)))).
		focusOn(post, focusPost).ask(t.choosePrompt(story))
	a.card, a.directives = t.postCard(story), t.showPost(story, story.excerpt)
	return a
}

// choosePrompt returns the question for the best that can be done with a post: its episode played, its text read, or another post.
func (t *turn) choosePrompt(s *renderedPost) prompt {
	switch {
	case s.isPlayable() && t.supportsAudio():
		return promptPlay
	case len(s.turns) > 0:
		return promptRead
	}
	if _, ok := t.responder.Posts.Older(s.Post, feed.Filter{}); ok {
		return promptOlder
	}
	return promptAnythingElse
}

// dateText gives a post's day as it is said.
func (t *turn) dateText(p feed.Post) string {
	return t.language.Date(p.Published.In(t.responder.Zone), t.now, false)
}

// titleText gives a post's title as it is said.
func (t *turn) titleText(p feed.Post) string {
	if title := speakableTitle(p); title != "" {
		return title
	}
	return t.phraseText(phrases.Untitled, phrases.Params{})
}

// speakableTitle gives what can be said of a title: "" of none, and of one of emoji alone.
func speakableTitle(p feed.Post) string { return shortenTitle(alexa.Say(p.Title).Plain()) }

// postName tells a post from others: by its title, or by how it begins where it has none, as short notes mostly have not.
// The title is that of the post, as its story may have been read a moment later.
func (t *turn) postName(p feed.Post, s *renderedPost) string {
	title := speakableTitle(p)
	switch {
	case title != "":
		return title
	case s.opening != "":
		return s.opening
	}
	return t.phraseText(phrases.Untitled, phrases.Params{})
}

// shownTitle gives a post's title as it is shown, with all that cannot be said.
func (t *turn) shownTitle(p feed.Post) string {
	if title := shortenTitle(p.Title); title != "" {
		return title
	}
	return t.titleText(p)
}

// postCard is a post's card in the app.
func (t *turn) postCard(s *renderedPost) *alexa.Card {
	return &alexa.Card{
		Title: s.shownTitle, Text: joinLines(s.date, s.excerpt, s.Link), SmallImageURL: s.image, LargeImageURL: s.image,
	}
}

// fullDate gives a post's day with its year, as what is shown is looked at later, too.
func (t *turn) fullDate(p feed.Post) string {
	return t.language.Date(p.Published.In(t.responder.Zone), t.now, true)
}

// joinLines are the texts that say something, a line each.
func joinLines(texts ...string) string {
	var said []string
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			said = append(said, text)
		}
	}
	return strings.Join(said, "\n")
}

// maxTitle is how much of a title is said and shown, in characters. What makes an answer longer than Alexa takes is
// cut off at its end, and there the question stands that keeps the session open.
const maxTitle = 300

// shortenTitle cuts a title between words, or within one that is too long by itself.
func shortenTitle(title string) string {
	if len(title) <= maxTitle { // in bytes, and so in characters
		return title
	}
	characters := []rune(title)
	if len(characters) <= maxTitle {
		return title
	}
	start := string(characters[:maxTitle])
	if space := strings.LastIndexByte(start, ' '); space > 0 {
		start = start[:space]
	}
	return start + "…"
}

// endSentence ends a title with a full stop where nothing else ends it, so that what follows is heard as a new sentence.
func endSentence(title string) string {
	if endsWithMark(title, ".!…।۔。！?؟？") {
		return title
	}
	return title + "."
}

// endsWithMark tells whether one of the marks ends a text, quotes and brackets behind it aside.
func endsWithMark(text, marks string) bool {
	text = strings.TrimRightFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi) || r == '"' || r == '\''
	})
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(marks, last)
}
