// Package phrases is all that is said and heard, language by language: the messages, how days and periods are spoken,
// and the ways to ask for each intent. It knows no posts and no requests: what goes into a message comes as words. Package
// utterance compares typed words with the ways to ask.
package phrases

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// A Message is something that the skill says, named by its key in the languages' files.
type Message string

// The messages. What each needs of [Words] stands in its text.
const (
	Greeting        Message = "greeting"
	Latest          Message = "latest"
	Only            Message = "only"     // the newest of Count posts of a period
	OnlyDay         Message = "only-day" // the same of a single day, whose date need not be said twice
	None            Message = "none"
	Before          Message = "before"
	NothingBefore   Message = "nothing-before"
	Untitled        Message = "untitled"
	NoPosts         Message = "no-posts"
	WhichDayWasThat Message = "which-day-was-that"

	// Reading.
	From      Message = "from" // after a title
	ThePost   Message = "the-post"
	EndOfPost Message = "end-of-post" // before the title of the next
	EndOfAll  Message = "end-of-all"  // of a post that is the oldest
	NoText    Message = "no-text"
	Edited    Message = "edited"
	Gone      Message = "gone"

	// What is said of that which cannot be read aloud.
	Quote Message = "quote"
	Code  Message = "code"  // Count is its lines
	Table Message = "table" // Count is its rows, Number its columns
	Video Message = "video"
	Sound Message = "sound"
	Embed Message = "embed"

	// Moving.
	Older   Message = "older"
	Newer   Message = "newer"
	NoOlder Message = "no-older"
	NoNewer Message = "no-newer"

	// Lists.
	ListNewest    Message = "list-newest"
	ListPeriod    Message = "list-period"
	ListCategory  Message = "list-category"
	ListNew       Message = "list-new"
	Number        Message = "number" // before a title
	EndOfList     Message = "end-of-list"
	StartOfList   Message = "start-of-list"
	NoList        Message = "no-list"
	WhichNumber   Message = "which-number"
	NoSuchNumber  Message = "no-such-number"
	SearchWhat    Message = "search-what"
	Found         Message = "found"
	FoundOne      Message = "found-one"
	FoundMany     Message = "found-many" // Count and more
	NothingFound  Message = "nothing-found"
	CategoryOne   Message = "category-one"
	NoCategory    Message = "no-category"
	Categories    Message = "categories"
	WhichCategory Message = "which-category"
	NoCategories  Message = "no-categories"
	FirstVisit    Message = "first-visit"
	NothingNew    Message = "nothing-new"
	OneNew        Message = "one-new"

	// Episodes.
	Playing         Message = "playing"
	LatestEpisode   Message = "latest-episode"
	NoEpisodeIn     Message = "no-episode-in"
	NoEpisodes      Message = "no-episodes"
	NoAudio         Message = "no-audio"
	NoPlayer        Message = "no-player"
	NotSecure       Message = "not-secure"
	NoOlderEpisode  Message = "no-older-episode"
	NoNewerEpisode  Message = "no-newer-episode"
	NothingToResume Message = "nothing-to-resume"

	// Questions, and what is said after a silence.
	AskRead       Message = "ask-read"
	AskReadAgain  Message = "ask-read-again"
	AskPlay       Message = "ask-play"
	AskPlayAgain  Message = "ask-play-again"
	AskOn         Message = "ask-on"
	AskOnAgain    Message = "ask-on-again"
	AskNext       Message = "ask-next"
	AskNextAgain  Message = "ask-next-again"
	AskOlder      Message = "ask-older"
	AskOlderAgain Message = "ask-older-again"
	AskWhich      Message = "ask-which"
	AskWhichAgain Message = "ask-which-again"
	AskLast       Message = "ask-last"
	AskLastAgain  Message = "ask-last-again"
	AskElse       Message = "ask-else"
	WhatNow       Message = "what-now"
	WhatNowAgain  Message = "what-now-again"

	AllRight Message = "all-right"
	Help     Message = "help"
	Fallback Message = "fallback"
	// FallbackEpisode is for what was not understood while an episode is played.
	FallbackEpisode Message = "fallback-episode"
	Trouble         Message = "trouble"
	Goodbye         Message = "goodbye"
)

// Params go into a message.
type Params struct {
	Blog   string // what the blog is called
	Date   string // from [Language.Date]
	Period string // from [Language.Period]
	Month  string
	Year   int
	Count  int    // by which the plural goes
	Number int    // of a post in a list, of columns
	Title  string // of a post; in the texts of the store, of the skill
	Said   string // what the listener said
	Names  string // of categories

	// Pick chooses among the wordings of a message that has several; 0 is the first of them. Any number will do.
	Pick uint32
}

// A Language says things in one locale. It may be used from any number of goroutines.
type Language struct {
	name  string       // of its files
	tag   language.Tag // whose plural rules hold
	texts map[Message]wordings
	dates dateLayouts
	names *strings.Replacer // of months and weekdays; nil leaves them English

	samples map[string][]string // by intent
	store   func() (*storeFile, error)
}

// Name is the language's own, for example "en". Locales that share their files share it.
func (l *Language) Name() string { return l.name }

// dateLayouts are the ways to write a date that Alexa reads out as people of the locale say it.
type dateLayouts struct {
	day, dayOfYear, weekday, month, monthOfYear string
	autumnMessage                               Message
}

var (
	monthFirst = dateLayouts{
		day: "January 2", dayOfYear: "January 2, 2006", weekday: "Monday, January 2", month: "January", monthOfYear: "January 2006",
		autumnMessage: "fall",
	}
	dayFirst = dateLayouts{
		day: "2 January", dayOfYear: "2 January 2006", weekday: "Monday, 2 January", month: "January", monthOfYear: "January 2006",
		autumnMessage: "autumn",
	}
)

// Say puts the words into the message. A message that the languages' files do not have as it should be is a fault of
// the binary, which its tests find; the key stands for it then.
func (l *Language) Say(message Message, words Params) string {
	form := plural.Other
	if words.Count > 0 {
		form = plural.Cardinal.MatchPlural(l.tag, words.Count, 0, 0, 0, 0)
	}
	return cmp.Or(l.texts[message].variant(words.Pick).textFor(form).expand(&words), string(message))
}

// Date says which day t is, seen from today; both in the blog's time zone. What can follow "from" comes out: "today",
// "last Tuesday", a weekday and a date. The year is said where it is another than today's, or where withYear asks for it.
func (l *Language) Date(t, today time.Time, withYear bool) string {
	if withYear {
		return l.formatTime(t, l.dates.dayOfYear)
	}
	if near := l.relativeDay(t, today); near != "" {
		return near
	}
	if t.Year() != today.Year() {
		return l.formatTime(t, l.dates.dayOfYear)
	}
	return l.formatTime(t, l.dates.weekday)
}

// relativeDay names the days that need no date, today and the six before it; "" for all others.
func (l *Language) relativeDay(t, today time.Time) string {
	switch daysAgo := midnightUTC(today).Sub(midnightUTC(t)).Hours() / 24; {
	case daysAgo == 0:
		return l.Say("today", Params{})
	case daysAgo == 1:
		return l.Say("yesterday", Params{})
	case 2 <= daysAgo && daysAgo <= 6:
		return l.Say("last-weekday", Params{Date: l.formatTime(t, "Monday")})
	}
	return ""
}

// formatTime writes t in the words of the language.
func (l *Language) formatTime(t time.Time, layout string) string {
	if l.names == nil {
		return t.Format(layout)
	}
	return l.names.Replace(t.Format(layout))
}

// midnightUTC gives t's day as its midnight in UTC. Days are not counted in their own zone: where its clocks have skipped this
// hour of yesterday, time.Date gives one of the day before.
func midnightUTC(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Period says when a period is that begins at from, as the end of a sentence: "today", "in March". The unit is day,
// week, weekend, month, quarter, season, year, decade or century. For the year see [Language.Date].
func (l *Language) Period(unit string, from, today time.Time, withYear bool) string {
	words := Params{Year: from.Year(), Month: l.formatTime(from, l.dates.month), Date: l.formatTime(from, l.dates.day)}
	if withYear || from.Year() != today.Year() {
		words.Month, words.Date = l.formatTime(from, l.dates.monthOfYear), l.formatTime(from, l.dates.dayOfYear)
	}
	message := Message(unit)
	switch unit {
	case "day":
		words.Date = l.Date(from, today, withYear)
		if !withYear && l.relativeDay(from, today) != "" {
			return words.Date // "last Tuesday" takes no "on", as little as "yesterday" does
		}
	case "quarter":
		message = Message(fmt.Sprintf("quarter-%d", (from.Month()+2)/3))
	case "season":
		message = l.seasonMessage(from.Month())
	}
	return l.Say(message, words)
}

// seasonMessage names a season by the month that it begins with, as AMAZON.DATE has it.
func (l *Language) seasonMessage(firstMonth time.Month) Message {
	switch firstMonth {
	case time.March:
		return "spring"
	case time.June:
		return "summer"
	case time.September:
		return l.dates.autumnMessage
	}
	return "winter"
}
