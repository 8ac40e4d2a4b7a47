package handlers

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// launch greets and gives the latest post itself: on newer devices "open Half Elf" is all that reaches a skill.
func (t *turn) launch() *alexa.Response {
	r := &alexa.Response{Speech: alexa.Say(t.say(phrases.Greeting, phrases.Words{}))}
	if !t.tellLatest(r) {
		return t.end(r)
	}
	return t.askDay(r)
}

// lastPost gives the latest post, or the latest one of the period that was asked for.
func (t *turn) lastPost() *alexa.Response {
	r := &alexa.Response{}
	if !t.tell(r, t.envelope.Request.Intent.Slot("Date")) || t.oneShot() {
		return t.end(r)
	}
	return t.askDay(r)
}

func (t *turn) askDay(r *alexa.Response) *alexa.Response {
	return ask(r, t.say(phrases.AskDay, phrases.Words{}), t.say(phrases.AskDayAgain, phrases.Words{}))
}

// tell gives a post for what the listener said of a date. A date that nobody can make sense of costs the listener the
// date, not the post.
func (t *turn) tell(r *alexa.Response, date string) (told bool) {
	if date == "" {
		return t.tellLatest(r)
	}
	period, err := alexa.ParseDate(date, t.now, t.skill.Zone)
	if err != nil {
		r.Speech.Text(t.say(phrases.WhichDayWasThat, phrases.Words{}))
		return t.tellLatest(r)
	}
	return t.tellPeriod(r, period)
}

// tellLatest gives the latest post, or says that there is none: no post yet, or a feed that was never reached.
func (t *turn) tellLatest(r *alexa.Response) (told bool) {
	post, ok := t.skill.Posts.Latest()
	if !ok {
		r.Speech.Text(t.say(phrases.NoPosts, phrases.Words{}))
		return false
	}
	t.name(r, phrases.Latest, post, phrases.Words{})
	return true
}

// tellPeriod gives the newest post of a period and says how many there were. Of a period without one it says so, and
// gives the nearest before it.
func (t *turn) tellPeriod(r *alexa.Response, period alexa.Period) (told bool) {
	words := phrases.Words{Period: t.language.Period(period.Unit.String(), period.From, t.now, period.YearBack)}
	if post, count := t.skill.Posts.Between(period.From, period.To); count > 0 {
		words.Count = count
		t.name(r, counted(period.Unit), post, words)
		return true
	}
	latest, ok := t.skill.Posts.Latest()
	if !ok {
		return t.tellLatest(r)
	}
	r.Speech.Text(t.say(phrases.None, words))
	before, ok := t.skill.Posts.Before(period.From)
	switch {
	case !ok:
		r.Speech.Text(t.say(phrases.NothingBefore, phrases.Words{}))
	case latest.Published.Before(period.From): // "the last one before today" is the latest
		t.name(r, phrases.Latest, latest, phrases.Words{})
	default:
		t.name(r, phrases.Before, before, phrases.Words{})
	}
	return true
}

// counted gives the message that counts the posts of a period.
func counted(unit alexa.Unit) phrases.Message {
	if unit == alexa.Day {
		return phrases.OnlyDay
	}
	return phrases.Only
}

// name says a post's date and title after a message that leads to it, and shows it on a card.
func (t *turn) name(r *alexa.Response, message phrases.Message, post feed.Post, words phrases.Words) {
	published := post.Published.In(t.skill.Zone)
	words.Date = t.language.Date(published, t.now, false)
	title := shorten(alexa.Say(post.Title).Plain())
	if title == "" { // no title, or one of emoji alone, which nobody can say
		title = t.say(phrases.Untitled, phrases.Words{})
	}
	r.Speech.Text(t.say(message, words))
	r.Speech.Text(sentence(title))
	date := t.language.Date(published, t.now, true)
	r.Card = &alexa.Card{Title: cmp.Or(shorten(post.Title), title), Text: strings.TrimSpace(date + "\n" + post.Link)}
}

// longestTitle is how much of a title is said and shown, in characters. What makes an answer longer than Alexa takes is
// cut off at its end, and there the question stands that keeps the session open.
const longestTitle = 300

// shorten cuts a title between words, or within one that is too long by itself.
func shorten(title string) string {
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
	if endsIn(title, ".!…।۔。！"+questionMarks) {
		return title
	}
	return title + "."
}

const questionMarks = "?؟？"

// endsIn tells whether one of the marks ends a text, quotes and brackets behind it aside.
func endsIn(text, marks string) bool {
	text = strings.TrimRightFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi) || r == '"' || r == '\''
	})
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(marks, last)
}
