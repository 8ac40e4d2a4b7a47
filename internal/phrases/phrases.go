// Package phrases contains everything that the skill says, for each language: messages, spoken dates and periods, and
// the sample utterances of each intent. It does not know posts or requests: callers pass the values of placeholders as
// text. Package utterance matches typed requests against the samples.
package phrases

import (
	"cmp"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Message is a message that the skill says, named by its key in the language files.
type Message string

// The messages. The placeholders in a message's text name the fields of [Params] that it needs.
const (
	Greeting        Message = "greeting"
	WelcomeBack     Message = "welcome-back"
	LaunchNew       Message = "launch-new" // the newest of Count new posts
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

	// Reading several posts, and going on later.
	SeriesNew       Message = "series-new"        // before the first of Count new posts
	SeriesNext      Message = "series-next"       // before the title of the next post
	SeriesNoText    Message = "series-no-text"    // after a title
	SeriesStart     Message = "series-start"      // there is nothing before the first post
	SeriesEnd       Message = "series-end"        // after the last of Count posts
	SeriesEndSearch Message = "series-end-search" // after as many posts as a search finds
	GoingOn         Message = "going-on"          // before the title of the post that was interrupted
	Paused          Message = "paused"            // ends the session

	AskSeries      Message = "ask-series"
	AskSeriesAgain Message = "ask-series-again"

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
	ListNewest     Message = "list-newest"
	ListPeriod     Message = "list-period"
	ListCategory   Message = "list-category"
	ListNew        Message = "list-new"
	Number         Message = "number" // before a title
	EndOfList      Message = "end-of-list"
	StartOfList    Message = "start-of-list"
	NoList         Message = "no-list"
	WhichNumber    Message = "which-number"
	NoSuchNumber   Message = "no-such-number"
	SearchWhat     Message = "search-what"
	Found          Message = "found"
	FoundOne       Message = "found-one"
	FoundMany      Message = "found-many" // at least Count
	NothingFound   Message = "nothing-found"
	CategoryOne    Message = "category-one"
	NoCategory     Message = "no-category"
	Categories     Message = "categories"
	SomeCategories Message = "some-categories"
	WhichCategory  Message = "which-category"
	NoCategories   Message = "no-categories"
	FirstVisit     Message = "first-visit"
	NothingNew     Message = "nothing-new"
	OneNew         Message = "one-new"

	FoundInstead Message = "found-instead" // after NoCategory
	StopWords    Message = "stop-words"    // not spoken: words that a search ignores, if it has no others

	// Questions about a post.
	Author        Message = "author"
	AuthorUnknown Message = "author-unknown"
	PostDate      Message = "post-date"
	Summary       Message = "summary"    // before the first sentences
	OnlyTitle     Message = "only-title" // there is no text
	Length        Message = "length"
	LengthShort   Message = "length-short"
	MinutesLeft   Message = "minutes-left"
	LittleLeft    Message = "little-left" // less than a minute
	EpisodeLength Message = "episode-length"
	TextLength    Message = "text-length" // after EpisodeLength
	PickFirst     Message = "pick-first"  // before the question which post of the list

	// Questions about the blog.
	CountAll      Message = "count-all"
	CountCategory Message = "count-category"
	Oldest        Message = "oldest"
	Random        Message = "random"

	// Requests that only Alexa can fulfill, or that no skill can.
	Volume       Message = "volume"
	Speed        Message = "speed"
	EpisodeSpeed Message = "episode-speed"
	Clock        Message = "clock"
	MultiRoom    Message = "multi-room"

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
	AskList       Message = "ask-list"
	AskListAgain  Message = "ask-list-again"
	AskElse       Message = "ask-else"
	WhatNow       Message = "what-now"
	WhatNowAgain  Message = "what-now-again"

	AskSearch      Message = "ask-search"
	AskSearchAgain Message = "ask-search-again"

	// Answers to requests that were not understood, and to requests for help, in general and after each question.
	Fallback       Message = "fallback"
	FallbackRead   Message = "fallback-read"
	FallbackPlay   Message = "fallback-play"
	FallbackWhere  Message = "fallback-where"
	FallbackOn     Message = "fallback-on"
	FallbackNext   Message = "fallback-next"
	FallbackOlder  Message = "fallback-older"
	FallbackWhich  Message = "fallback-which"
	FallbackLast   Message = "fallback-last"
	FallbackList   Message = "fallback-list"
	FallbackSearch Message = "fallback-search"
	FallbackHelp   Message = "fallback-help" // after several in a row
	Help           Message = "help"
	HelpRead       Message = "help-read"
	HelpPlay       Message = "help-play"
	HelpWhere      Message = "help-where"
	HelpOn         Message = "help-on"
	HelpNext       Message = "help-next"
	HelpOlder      Message = "help-older"
	HelpWhich      Message = "help-which"
	HelpLast       Message = "help-last"
	HelpList       Message = "help-list"
	HelpSearch     Message = "help-search"

	AllRight Message = "all-right"
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
	Count  int    // selects the plural form
	Number int    // position of a post in a list, or number of columns
	Title  string // title of a post; in store texts, of the skill
	Said   string // the listener's own words
	Names  string // names of categories or authors

	// The parts of dates and periods. Only the texts of dates and periods have them.
	Day, Weekday, Month string
	Year                int

	// Ongoing says that Period is not over, as today. It selects texts such as "there have been" instead of "there were".
	Ongoing bool

	// Pick selects one of several wordings of a message. 0 selects the first. Any number is valid.
	Pick uint32
}

// Language holds the messages of one locale. It is safe for concurrent use.
type Language struct {
	name  string       // base name of its files
	tag   language.Tag // selects the plural rules
	texts map[Message]wordings

	undated          map[Message]wordings // texts for posts without a date; see [Language.Say]
	cardinals        []string             // the numbers from one up, in words
	months, weekdays []string             // from January, and from Sunday

	samples map[string][]string // by intent
	store   func() (*storeFile, error)
}

// Name returns the name of the language, for example "en". Locales that share files share it.
func (l *Language) Name() string { return l.name }

// Say returns the message with its placeholders replaced. A missing message is a bug in the language files, which the
// tests find. Say then returns the key.
//
// A message about a post names its date. Without params.Date, Say uses the text that the language file has for a post
// without a date, under the key with the suffix "-undated". For an ongoing period it uses the text with the suffix
// "-ongoing", if there is one. Small numbers are words, and a text that begins with a placeholder gets a capital letter.
func (l *Language) Say(message Message, params Params) string {
	form := plural.Other
	if params.Count > 0 {
		form = plural.Cardinal.MatchPlural(l.tag, params.Count, 0, 0, 0, 0)
	}
	if ongoing := message + ongoingSuffix; params.Ongoing && l.hasText(ongoing) {
		message = ongoing
	}
	texts := l.texts[message]
	if undated, ok := l.undated[message]; ok && params.Date == "" {
		texts = undated
	}
	text := texts.pickWording(params.Pick).textFor(form)
	return cmp.Or(text.expand(&params, l.cardinals), string(message))
}

// fragment returns the text of a part of a sentence. Unlike the text of Say, it does not begin with a capital letter if it begins
// with a placeholder.
func (l *Language) fragment(message Message, params Params) string {
	text := l.texts[message].pickWording(0).textFor(plural.Other)
	return cmp.Or(text.replacePlaceholders(&params, l.cardinals), string(message))
}

// wordsOf returns the words of a message that is a list, or nil if the language does not have it. In a word, "_" stands for a
// space.
func (l *Language) wordsOf(message Message) []string {
	if !l.hasText(message) {
		return nil
	}
	list := strings.Fields(l.fragment(message, Params{}))
	for i, word := range list {
		list[i] = strings.ReplaceAll(word, "_", " ")
	}
	return list
}

// ongoingSuffix ends the key of a text that replaces another text for a period that is not over.
const ongoingSuffix = "-ongoing"

// hasText reports whether the language has the message.
func (l *Language) hasText(message Message) bool { return l.texts[message] != nil }

// List joins names to a list: "salt, pepper, and bread".
func (l *Language) List(names []string) string {
	switch n := len(names); n {
	case 0, 1:
		return strings.Join(names, "")
	case 2:
		return l.Say("list-of-two", Params{Names: names[0], Said: names[1]})
	default:
		return l.Say("list-of-many", Params{Names: strings.Join(names[:n-1], ", "), Said: names[n-1]})
	}
}
