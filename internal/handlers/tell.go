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

// launch greets and gives the latest post itself: on newer devices "open Half Elf" is all that reaches a skill.
func (t *turn) launch() answer {
	a := t.say(phrases.Greeting, phrases.Words{}).then(t.tellLatest())
	a.state.List = nil // another conversation begins
	return a
}

// lastPost gives the latest post, or the latest one of the period that was asked for.
func (t *turn) lastPost() answer { return t.dated(t.tellPeriod, t.tellLatest) }

// dated answers about the period that the listener named, or without one. A date that is not understood costs the listener
// the date, not the post.
func (t *turn) dated(about func(alexa.Period) answer, without func() answer) answer {
	date := t.dateSaid()
	if date == "" {
		return without()
	}
	period, err := alexa.ParseDate(date, t.now, t.skill.Zone)
	if err != nil {
		return t.say(phrases.WhichDayWasThat, phrases.Words{}).then(without())
	}
	return about(period)
}

// dateSaid gives the slot Date. Of the next six days Alexa does not tell whether it was the weekday alone that was said:
// "the post of Tuesday" is the coming one to her. Where there was a post a week before that, it is the one; else the date
// is what all dates ahead are, that of a year ago.
func (t *turn) dateSaid() string {
	const day = 24 * time.Hour
	said := t.slot("Date")
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
	if period, err := alexa.ParseDate(week, t.now, t.skill.Zone); err == nil {
		if _, ok := t.skill.Posts.Newest(within(period)); ok {
			return week
		}
	}
	return said
}

// within selects the posts of a period.
func within(p alexa.Period) feed.Filter { return feed.Filter{From: p.From, To: p.To} }

// newestBefore returns the newest post, or episode, before a period. A period that begins with the calendar has none: its
// start is the zero time, which a filter takes for no bound.
func (t *turn) newestBefore(p alexa.Period, episode bool) (feed.Post, bool) {
	if p.From.IsZero() {
		return feed.Post{}, false
	}
	return t.skill.Posts.Newest(feed.Filter{To: p.From, Episodes: episode})
}

// spoken gives a period in words.
func (t *turn) spoken(p alexa.Period) string {
	return t.language.Period(p.Unit.String(), p.From, t.now, p.YearBack)
}

// tellLatest gives the latest post, or says that there is none.
func (t *turn) tellLatest() answer {
	if post, ok := t.latest(); ok {
		return t.tell(phrases.Latest, post, phrases.Words{})
	}
	return t.noPosts()
}

// noPosts is for a blog without posts, or whose feed was never reached: there is nothing to ask.
func (t *turn) noPosts() answer { return t.say(phrases.NoPosts, phrases.Words{}) }

// tellPeriod gives the newest post of a period and says how many there were. Of a period without one it says so, and
// gives the nearest before it.
func (t *turn) tellPeriod(period alexa.Period) answer {
	count, post := t.skill.Posts.Count(within(period))
	if count == 0 {
		return t.tellBefore(period)
	}
	message := phrases.Only
	if period.Unit == alexa.Day {
		message = phrases.OnlyDay
	}
	return t.tell(message, post, phrases.Words{Period: t.spoken(period), Count: count})
}

// tellBefore is for a period without a post.
func (t *turn) tellBefore(period alexa.Period) answer {
	latest, ok := t.latest()
	if !ok {
		return t.noPosts()
	}
	none := t.say(phrases.None, phrases.Words{Period: t.spoken(period)})
	before, ok := t.newestBefore(period, false)
	switch {
	case !ok:
		return none.say(phrases.NothingBefore, phrases.Words{}).ask(askWhat)
	case latest.Published.Before(period.From): // "the last one before today" is the latest
		return none.then(t.tell(phrases.Latest, latest, phrases.Words{}))
	}
	return none.then(t.tell(phrases.Before, before, phrases.Words{}))
}

// tell says a post's date and title after a message that leads to it, shows it, and offers what can be done with it.
func (t *turn) tell(message phrases.Message, post feed.Post, words phrases.Words) answer {
	story := t.story(post)
	words.Date = t.date(post)
	a := t.answer().add(part{message: message, words: words}, quotation(story.locale, sentence(t.name(post, story)))).
		about(post, onPost).ask(t.offer(story))
	a.card, a.directives = t.card(story), t.screenPost(story, story.excerpt)
	return a
}

// offer returns the question for the best that can be done with a post: its episode played, its text read, or another post.
func (t *turn) offer(s *story) question {
	switch {
	case s.playable() && t.plays():
		return askPlay
	case len(s.turns) > 0:
		return askRead
	}
	if _, ok := t.skill.Posts.Older(s.Post, feed.Filter{}); ok {
		return askOlder
	}
	return askElse
}

// date gives a post's day as it is said.
func (t *turn) date(p feed.Post) string {
	return t.language.Date(p.Published.In(t.skill.Zone), t.now, false)
}

// title gives a post's title as it is said.
func (t *turn) title(p feed.Post) string {
	if title := sayable(p); title != "" {
		return title
	}
	return t.words(phrases.Untitled, phrases.Words{})
}

// sayable gives what can be said of a title: "" of none, and of one of emoji alone.
func sayable(p feed.Post) string { return shorten(alexa.Say(p.Title).Plain()) }

// name tells a post from others: by its title, or by how it begins where it has none, as short notes mostly have not.
// The title is that of the post, as its story may have been read a moment later.
func (t *turn) name(p feed.Post, s *story) string {
	title := sayable(p)
	switch {
	case title != "":
		return title
	case s.opening != "":
		return s.opening
	}
	return t.words(phrases.Untitled, phrases.Words{})
}

// heading gives a post's title as it is shown, with all that cannot be said.
func (t *turn) heading(p feed.Post) string {
	if title := shorten(p.Title); title != "" {
		return title
	}
	return t.title(p)
}

// card is a post's card in the app.
func (t *turn) card(s *story) *alexa.Card {
	return &alexa.Card{
		Title: s.heading, Text: lines(s.day, s.excerpt, s.Link), SmallImageURL: s.image, LargeImageURL: s.image,
	}
}

// day gives a post's day with its year, as what is shown is looked at later, too.
func (t *turn) day(p feed.Post) string {
	return t.language.Date(p.Published.In(t.skill.Zone), t.now, true)
}

// lines are the texts that say something, a line each.
func lines(texts ...string) string {
	var said []string
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			said = append(said, text)
		}
	}
	return strings.Join(said, "\n")
}

// longestTitle is how much of a title is said and shown, in characters. What makes an answer longer than Alexa takes is
// cut off at its end, and there the question stands that keeps the session open.
const longestTitle = 300

// shorten cuts a title between words, or within one that is too long by itself.
func shorten(title string) string {
	if len(title) <= longestTitle { // in bytes, and so in characters
		return title
	}
	characters := []rune(title)
	if len(characters) <= longestTitle {
		return title
	}
	start := string(characters[:longestTitle])
	if space := strings.LastIndexByte(start, ' '); space > 0 {
		start = start[:space]
	}
	return start + "…"
}

// sentence ends a title with a full stop where nothing else ends it, so that what follows is heard as a new sentence.
func sentence(title string) string {
	if endsIn(title, ".!…।۔。！?؟？") {
		return title
	}
	return title + "."
}

// endsIn tells whether one of the marks ends a text, quotes and brackets behind it aside.
func endsIn(text, marks string) bool {
	text = strings.TrimRightFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi) || r == '"' || r == '\''
	})
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(marks, last)
}
