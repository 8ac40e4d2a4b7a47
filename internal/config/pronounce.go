package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/alexa"
)

// PronouncedWord is a word and how Alexa says it: with Alias or with Phoneme.
type PronouncedWord struct {
	// Word is the word as the posts write it, at most 60 characters. Case matters. Several words are allowed, such as "New
	// York". Only whole words count: "Go" is also in "Go's" and "Go-based", but not in "Gopher" and "go.dev". Required.
	Word string `yaml:"word" need:"write the word as the posts write it, for example halfelf"`

	// Alias is what Alexa says instead, in ordinary spelling, at most 100 characters. Default: none.
	Alias string `yaml:"alias"`

	// Phoneme is how the word sounds, in the International Phonetic Alphabet, at most 100 characters. Prefer it for words
	// that voices of several languages read. Default: none.
	Phoneme string `yaml:"phoneme"`
}

// The limits of pronounce. The markup of a word must be a small part of what Alexa accepts for a whole answer.
const (
	maxPronounced     = 200 // words
	maxPronouncedWord = 60  // characters
	maxPronunciation  = 100 // characters
)

func (r *problemCollector) checkPronounce(words []PronouncedWord, at string) {
	r.applyRule(at, messageIf(len(words) > maxPronounced, fmt.Sprintf("must have at most %d words", maxPronounced)))
	seen := map[string]string{}
	for i, w := range words {
		at := itemPath(at, i)
		r.applyRule(at+".word", checkSpokenForm(w.Word, maxPronouncedWord))
		r.checkUnique(seen, at+".word", w.Word, "remove one of the two")
		switch {
		case w.Alias != "" && w.Phoneme != "":
			r.applyRule(at+".phoneme", "must not be beside alias: remove one of the two")
		case w.Alias != "":
			r.applyRule(at+".alias", checkSpokenForm(w.Alias, maxPronunciation))
		case w.Phoneme != "":
			r.applyRule(at+".phoneme", checkLength(w.Phoneme, maxPronunciation))
			r.applyRule(at+".phoneme", alexa.CheckPhoneme(w.Phoneme))
		case !r.hasFault(at+".alias") && !r.hasFault(at+".phoneme"):
			r.applyRule(at, "needs alias or phoneme: write how Alexa says the word, for example alias: half elf")
		}
	}
}

// checkSpokenForm accepts a text that Alexa can say, without characters that Alexa would leave out.
func checkSpokenForm(value string, longest int) string {
	switch {
	case !strings.ContainsFunc(value, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) }):
		return "must have a letter or a digit, for example halfelf"
	case alexa.Say(value).Plain() != value:
		return "must have one space between words, none at its ends, and no emoji or invisible characters"
	}
	return checkLength(value, longest)
}

func checkLength(value string, longest int) string {
	return messageIf(utf8.RuneCountInString(value) > longest, fmt.Sprintf("must be at most %d characters", longest))
}
