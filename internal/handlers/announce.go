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

// handleLaunch greets the listener and announces the latest post in the same answer, because newer devices send only
// "open Half Elf" to a skill.
func (t *turn) handleLaunch() answer {
	a := t.say(phrases.Greeting, phrases.Params{}).followedBy(t.announceLatest())
	a.state.List = nil // a launch begins a new conversation
	return a
}

// handleLastPost announces the latest post, or the latest post of the requested period.
func (t *turn) handleLastPost() answer { return t.withPeriod(t.announcePeriod, t.announceLatest) }

// withPeriod calls about with the period that the listener named. If the listener named none, it calls without. If the
// date is not understood, the answer says this first, and then continues with the result of without.
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

// dateSlot returns the value of the slot Date. Alexa resolves "the post of Tuesday" to the coming Tuesday and does not
// show that only a weekday was said. So for a date in the next six days, dateSlot returns the date one week earlier if
// there is a post on it. Otherwise ParseDate takes the future date for the same date one year ago.
func (t *turn) dateSlot() string {
	const day = 24 * time.Hour
	value := t.slotValue("Date")
	if len(value) != len(time.DateOnly) {
		return value
	}
	coming, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return value
	}
	today, _ := time.Parse(time.DateOnly, t.now.Format(time.DateOnly)) // the layout is valid
	if ahead := coming.Sub(today); ahead < day || ahead > 6*day {
		return value
	}
	week := coming.AddDate(0, 0, -7).Format(time.DateOnly)
	if period, err := alexa.ParseDate(week, t.now, t.responder.Zone); err == nil {
		if _, ok := t.responder.Posts.Newest(periodFilter(period)); ok {
			return week
		}
	}
	return value
}

// periodFilter returns the filter for the posts of a period. An estimated date is good enough for a month, but not for a
// shorter period.
func periodFilter(p alexa.Period) feed.Filter {
	return feed.Filter{From: p.From, To: p.To, Exact: p.Unit < alexa.Month}
}

// newestBefore returns the newest post, or episode, before a period. It returns false for a period that starts at the
// zero time, because a filter treats the zero time as no limit.
func (t *turn) newestBefore(p alexa.Period, episode bool) (feed.Post, bool) {
	if p.From.IsZero() {
		return feed.Post{}, false
	}
	return t.responder.Posts.Newest(feed.Filter{To: p.From, Episodes: episode, Exact: true})
}

// periodText returns a period in words.
func (t *turn) periodText(p alexa.Period) string {
	return t.language.Period(p.Unit.String(), p.From, t.now, p.YearBack)
}

// announceLatest announces the latest post, or says that the blog does not have posts.
func (t *turn) announceLatest() answer {
	if post, ok := t.latestPost(); ok {
		return t.announce(phrases.Latest, post, phrases.Params{})
	}
	return t.sayNoPosts()
}

// sayNoPosts answers for a blog without posts. The answer has no prompt, because the listener has nothing to choose.
func (t *turn) sayNoPosts() answer { return t.say(phrases.NoPosts, phrases.Params{}) }

// announcePeriod announces the newest post of a period and says how many posts the period has. If the period has none,
// it announces the nearest earlier post.
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

// announceBefore answers for a period without posts.
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
	case before.ID == latest.ID: // the last post before today is the latest post
		return none.followedBy(t.announce(phrases.Latest, latest, phrases.Params{}))
	}
	return none.followedBy(t.announce(phrases.Before, before, phrases.Params{}))
}

// announce says a message with a post's date and title, shows the post, and asks the most useful question.
func (t *turn) announce(message phrases.Message, post feed.Post, params phrases.Params) answer {
	rendered := t.render(post)
	params.Date = t.dateText(post)
	a := t.newAnswer().say(message, params).quoteText(rendered.voice, endSentence(t.postName(post, rendered))).
		focusOn(post, focusPost).ask(t.choosePrompt(rendered))
	a.card, a.directives = t.postCard(rendered), t.showPost(rendered, rendered.excerpt)
	return a
}

// choosePrompt returns the most useful question about a post: play its episode, read its text, or go to another post.
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

// dateText returns a post's date for speech, or "" if the date is not exact. Then the messages do not contain a date.
func (t *turn) dateText(p feed.Post) string {
	if !p.DateKind.IsExact() {
		return ""
	}
	return t.language.Date(p.Published.In(t.responder.Zone), t.now, false)
}

// titleText returns a post's title for speech.
func (t *turn) titleText(p feed.Post) string {
	if title := speakableTitle(p); title != "" {
		return title
	}
	return t.phraseText(phrases.Untitled, phrases.Params{})
}

// speakableTitle returns the speakable part of a post's title, or "" if the title is empty or consists of emoji.
func speakableTitle(p feed.Post) string { return shortenTitle(alexa.Say(p.Title).Plain()) }

// postName returns the title of a post. For a post without a title, such as a short note, it returns the first words of
// the text. The title comes from p, because the rendered post may be newer.
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

// shownTitle returns a post's title for screens and cards, including characters that cannot be spoken.
func (t *turn) shownTitle(p feed.Post) string {
	if title := shortenTitle(p.Title); title != "" {
		return title
	}
	return t.titleText(p)
}

// postCard returns a post's card for the Alexa app.
func (t *turn) postCard(s *renderedPost) *alexa.Card {
	return &alexa.Card{
		Title: s.shownTitle, Text: joinLines(s.date, s.byline, s.excerpt, s.Link), SmallImageURL: s.image, LargeImageURL: s.image,
	}
}

// fullDate returns a post's date with the year, or "" if the date is not exact. Cards need the year, because listeners
// often read them much later.
func (t *turn) fullDate(p feed.Post) string {
	if !p.DateKind.IsExact() {
		return ""
	}
	return t.language.Date(p.Published.In(t.responder.Zone), t.now, true)
}

// joinLines joins the texts that are not blank, one per line.
func joinLines(lines ...string) string {
	var kept []string
	for _, text := range lines {
		if text = strings.TrimSpace(text); text != "" {
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, "\n")
}

// maxTitle limits a spoken or shown title, in characters. Encode cuts speech at its end. So without this limit, a long
// title would push the prompt out of the response.
const maxTitle = 300

// shortenTitle cuts a title between words, or within a single long word.
func shortenTitle(title string) string {
	if len(title) <= maxTitle { // bytes are at least as many as characters
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

// endSentence adds a full stop to a title without a final punctuation mark, so that the next text sounds like a new
// sentence.
func endSentence(title string) string {
	if endsWithMark(title, ".!…।۔。！?؟？") {
		return title
	}
	return title + "."
}

// endsWithMark reports whether a text ends with one of the marks. Closing quotes and brackets after the mark are
// ignored.
func endsWithMark(text, marks string) bool {
	text = strings.TrimRightFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi) || r == '"' || r == '\''
	})
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(marks, last)
}
