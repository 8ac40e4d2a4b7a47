// Package phrases contains everything that the skill says, for each language: messages, spoken dates and periods, and
// the sample utterances of each intent. It does not know posts or requests: callers pass the values of placeholders as
// text. Package utterance matches typed requests against the samples.
package phrases

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Message is a message that the skill says, named by its key in the language files.
type Message string

// The messages. The placeholders in a message's text name the fields of [Params] that it needs.
const (
	Greeting        Message = "greeting"
	Latest          Message = "latest"
	Only            Message = "only"     // the newest of Count posts of a period
	OnlyDay         Message = "only-day" // the same for a single day, without repeating the date
	None            Message = "none"
	Before          Message = "before"
	NothingBefore   Message = "nothing-before"
	Untitled        Message = "untitled"
	NoPosts         Message = "no-posts"
	WhichDayWasThat Message = "which-day-was-that"

	// Reading.
	From      Message = "from" // after a title
	ThePost   Message = "the-post"
	By        Message = "by"          // shown with a post; Names are its authors
	EndOfPost Message = "end-of-post" // before the title of the next
	EndOfAll  Message = "end-of-all"  // at the end of the oldest post
	NoText    Message = "no-text"
	Edited    Message = "edited"
	Gone      Message = "gone"

	// Descriptions of content that cannot be read aloud.
	Quote Message = "quote"
	Code  Message = "code"  // Count is the number of lines
	Table Message = "table" // Count is the number of rows, Number of columns
	Video Message = "video"
	Sound Message = "sound"
	Embed Message = "embed"

	Formula Message = "formula" // instead of a formula within a sentence, so without a capital letter

	// Moving between posts.
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
	FoundMany     Message = "found-many" // at least Count
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

	// New episodes, and positions in an episode.
	PlayingNew       Message = "playing-new"     // the first of several new episodes
	PlayingOneNew    Message = "playing-one-new" // the only new episode
	PlayingOn        Message = "playing-on"      // from where the listener stopped
	NoNewEpisodes    Message = "no-new-episodes"
	FirstNewEpisode  Message = "first-new-episode"
	LastNewEpisode   Message = "last-new-episode"
	NoEpisodePlaying Message = "no-episode-playing"
	HowFar           Message = "how-far"
	WhichMinute      Message = "which-minute"
	StoppedAt        Message = "stopped-at"    // Number is the minute
	StoppedEarly     Message = "stopped-early" // in the first minute

	// Questions, and the reprompts after silence.
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
	AskWhere      Message = "ask-where" // after StoppedAt
	AskWhereAgain Message = "ask-where-again"
	AskElse       Message = "ask-else"
	WhatNow       Message = "what-now"
	WhatNowAgain  Message = "what-now-again"

	AllRight Message = "all-right"
	Help     Message = "help"
	Fallback Message = "fallback"
	// FallbackEpisode answers an unknown request while an episode is playing.
	FallbackEpisode Message = "fallback-episode"
	Trouble         Message = "trouble"
	Goodbye         Message = "goodbye"
)

// Params are the values of a message's placeholders. ${Blog} stands for the field Blog.
type Params struct {
	Blog   string // name of the blog
	Date   string // from [Language.Date]
	Period string // from [Language.Period]
	Month  string
	Year   int
	Count  int    // selects the plural form
	Number int    // position of a post in a list, or number of columns
	Title  string // title of a post; in store texts, of the skill
	Said   string // the listener's own words
	Names  string // names of categories or authors

	// Pick selects one of several wordings of a message. 0 selects the first. Any number is valid.
	Pick uint32
}

// Language holds the messages of one locale. It is safe for concurrent use.
type Language struct {
	name  string       // base name of its files
	tag   language.Tag // selects the plural rules
	texts map[Message]wordings
	dates dateLayouts

	undated map[Message]wordings // texts for posts without a date; see [Language.Say]
	names   *strings.Replacer    // translates months and weekdays; nil for English

	samples map[string][]string // by intent
	store   func() (*storeFile, error)
}

// Name returns the name of the language, for example "en". Locales that share files share it.
func (l *Language) Name() string { return l.name }

// dateLayouts are date formats that Alexa reads aloud the way people of the locale say them.
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

// Say returns the message with its placeholders replaced. A missing message is a bug in the language files, which the
// tests find. Say then returns the key. A message about a post names its date. Without params.Date, Say uses the text that
// the language file has for a post without a date, under the key with the suffix "-undated".
func (l *Language) Say(message Message, params Params) string {
	form := plural.Other
	if params.Count > 0 {
		form = plural.Cardinal.MatchPlural(l.tag, params.Count, 0, 0, 0, 0)
	}
	texts := l.texts[message]
	if undated, ok := l.undated[message]; ok && params.Date == "" {
		texts = undated
	}
	return cmp.Or(texts.pickWording(params.Pick).textFor(form).expand(&params), string(message))
}

// Date names the day of t in a form that can follow "from": "today", "last Tuesday", or a weekday and date. today and t
// are in the blog's time zone. Date includes the year if it differs from today's, or if withYear is set.
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

// relativeDay names today and the six days before it. It returns "" for other days.
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

// formatTime formats t in the language.
func (l *Language) formatTime(t time.Time, layout string) string {
	if l.names == nil {
		return t.Format(layout)
	}
	return l.names.Replace(t.Format(layout))
}

// midnightUTC returns midnight UTC of t's calendar day. Days cannot be counted in the local zone: if its clocks skipped
// midnight on a day, time.Date returns a time of the day before.
func midnightUTC(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Period describes a period that begins at from, as the end of a sentence: "today", "in March". The unit is day, week,
// weekend, month, quarter, season, year, decade or century. For the use of years see [Language.Date].
func (l *Language) Period(unit string, from, today time.Time, withYear bool) string {
	params := Params{Year: from.Year(), Month: l.formatTime(from, l.dates.month), Date: l.formatTime(from, l.dates.day)}
	if withYear || from.Year() != today.Year() {
		params.Month, params.Date = l.formatTime(from, l.dates.monthOfYear), l.formatTime(from, l.dates.dayOfYear)
	}
	message := Message(unit)
	switch unit {
	case "day":
		params.Date = l.Date(from, today, withYear)
		if !withYear && l.relativeDay(from, today) != "" {
			return params.Date // no "on" before "last Tuesday" or "yesterday"
		}
	case "quarter":
		message = Message(fmt.Sprintf("quarter-%d", (from.Month()+2)/3))
	case "season":
		message = l.seasonMessage(from.Month())
	}
	return l.Say(message, params)
}

// seasonMessage returns the name of a season by its first month, as in AMAZON.DATE.
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
