// Package prose contains rules for plain text, in all languages of Alexa: where sentences end, which lines platforms add
// at the end of a post, and how to read addresses. It does not know HTML.
package prose

import (
	_ "embed"
	"strings"
	"unicode"

	"lastpost/internal/alexa"
)

//go:embed words.txt
var wordsFile string

// These words help to find the ends of sentences. The file explains each kind.
var (
	titleAbbreviations       = wordsOfKind("title")
	midSentenceAbbreviations = wordsOfKind("mid-sentence")
	numberAbbreviations      = wordsOfKind("number")
	nameAbbreviations        = wordsOfKind("name")
	sentenceStarters         = wordsOfKind("starter")
	articles                 = wordsOfKind("article")
	ordinalFollowers         = wordsOfKind("ordinal")
)

// wordsOfKind returns the words of all languages.
func wordsOfKind(kind string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(strings.Join(linesOfKind(kind), " ")) {
		set[word] = true
	}
	return set
}

// phrasesOfKind returns the phrases of all languages.
func phrasesOfKind(kind string) []string {
	return strings.Split(strings.Join(linesOfKind(kind), "|"), "|")
}

func linesOfKind(kind string) (lists []string) {
	for line := range strings.Lines(wordsFile) {
		if rest, ok := strings.CutPrefix(line, kind+" "); ok {
			_, list, _ := strings.Cut(rest, ":")
			lists = append(lists, strings.TrimSpace(list))
		}
	}
	return lists
}

// IsWord reports whether a character is part of a word: a letter or a number.
func IsWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// cleanText returns the text that alexa.Speech speaks.
func cleanText(text string) string { return alexa.Say(text).Plain() }
