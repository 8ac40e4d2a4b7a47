// Package phrases is all that the skill says, language by language: the messages, and how days and periods are spoken.
// It knows no posts and no requests: what goes into a message comes as words.
package phrases

import (
	"cmp"
	_ "embed"
	"fmt"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
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
	WasTheTitle     Message = "was-the-title" // after a title that sounds like a question, where nobody listens
	NoPosts         Message = "no-posts"
	WhichDayWasThat Message = "which-day-was-that"
	AskDay          Message = "ask-day"
	AskDayAgain     Message = "ask-day-again"
	Help            Message = "help"
	Fallback        Message = "fallback"
	WhatNow         Message = "what-now"
	Goodbye         Message = "goodbye"
)

// Words go into a message.
type Words struct {
	Blog   string // what the blog is called
	Date   string // from [Language.Date]
	Period string // from [Language.Period]
	Month  string
	Year   int
	Count  int
}

//go:embed en.json
var english []byte

// Book holds every language.
type Book struct {
	languages map[string]*Language // by locale
}

// Load reads the languages that the binary carries.
func Load() (*Book, error) {
	bundle := i18n.NewBundle(language.English)
	file, err := bundle.ParseMessageFileBytes(english, "en.json")
	if err != nil {
		return nil, fmt.Errorf("read the language file en.json: %w", err)
	}
	texts := make(map[Message]forms, len(file.Messages))
	for _, m := range file.Messages {
		if texts[Message(m.ID)], err = parseForms(m); err != nil {
			return nil, fmt.Errorf("language file en.json: %s: %w", m.ID, err)
		}
	}
	b := &Book{languages: map[string]*Language{}}
	for _, locale := range []string{"en-US", "en-CA"} {
		b.languages[locale] = &Language{tag: file.Tag, texts: texts, dates: monthFirst}
	}
	for _, locale := range []string{"en-GB", "en-AU", "en-IN"} {
		b.languages[locale] = &Language{tag: file.Tag, texts: texts, dates: dayFirst}
	}
	return b, nil
}

// Language gives what is said in a locale of Alexa's, such as en-GB; American English where the book has no better.
func (b *Book) Language(locale string) *Language {
	if l, ok := b.languages[locale]; ok {
		return l
	}
	return b.languages["en-US"]
}

// Speaks tells whether the locale is answered in its own language.
func (b *Book) Speaks(locale string) bool {
	_, ok := b.languages[locale]
	return ok
}

// A Language says things in one locale. It may be used from any number of goroutines.
type Language struct {
	tag   language.Tag // whose plural rules hold
	texts map[Message]forms
	dates layouts
}

// layouts are the ways to write a date that Alexa reads out as people of the locale say it.
type layouts struct {
	day, dayOfYear, weekday, month, monthOfYear string
	autumn                                      Message
}

var (
	monthFirst = layouts{day: "January 2", dayOfYear: "January 2, 2006", weekday: "Monday, January 2", month: "January", monthOfYear: "January 2006", autumn: "fall"}
	dayFirst   = layouts{day: "2 January", dayOfYear: "2 January 2006", weekday: "Monday, 2 January", month: "January", monthOfYear: "January 2006", autumn: "autumn"}
)

// Say puts the words into the message. A message that the languages' files do not have as it should be is a fault of
// the binary, which its tests find; the key stands for it then.
func (l *Language) Say(message Message, words Words) string {
	form := plural.Other
	if words.Count > 0 {
		form = plural.Cardinal.MatchPlural(l.tag, words.Count, 0, 0, 0, 0)
	}
	return cmp.Or(l.texts[message].of(form).with(&words), string(message))
}

// Date says which day t is, seen from today; both in the blog's time zone. The year is said where it is another than
// today's, or where withYear asks for it.
func (l *Language) Date(t, today time.Time, withYear bool) string {
	near := relative(t, today)
	switch {
	case near != "" && !withYear:
		return l.Say(near, Words{})
	case withYear || t.Year() != today.Year():
		return t.Format(l.dates.dayOfYear)
	}
	return t.Format(l.dates.weekday)
}

// relative names the days that have a word of their own; "" for all others.
func relative(t, today time.Time) Message {
	switch date(t) {
	case date(today):
		return "today"
	case date(today).AddDate(0, 0, -1):
		return "yesterday"
	}
	return ""
}

// date gives t's day as its midnight in UTC. Days are not counted in their own zone: where its clocks have skipped this
// hour of yesterday, time.Date gives one of the day before.
func date(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Period says when a period is that begins at from, as the end of a sentence: "today", "in March". The unit is day,
// week, weekend, month, quarter, season, year, decade or century. For the year see [Language.Date].
func (l *Language) Period(unit string, from, today time.Time, withYear bool) string {
	words := Words{Year: from.Year(), Month: from.Format(l.dates.month), Date: from.Format(l.dates.day)}
	if withYear || from.Year() != today.Year() {
		words.Month, words.Date = from.Format(l.dates.monthOfYear), from.Format(l.dates.dayOfYear)
	}
	message := Message(unit)
	switch unit {
	case "day":
		words.Date = l.Date(from, today, withYear)
		if near := relative(from, today); near != "" && !withYear {
			return words.Date
		}
	case "quarter":
		message = Message(fmt.Sprintf("quarter-%d", (from.Month()+2)/3))
	case "season":
		message = l.season(from.Month())
	}
	return l.Say(message, words)
}

// season names a season by the month that it begins with, as AMAZON.DATE has it.
func (l *Language) season(first time.Month) Message {
	switch first {
	case time.March:
		return "spring"
	case time.June:
		return "summer"
	case time.September:
		return l.dates.autumn
	}
	return "winter"
}
