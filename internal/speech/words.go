package speech

import (
	_ "embed"
	"strings"
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
	return wordSet(strings.Join(linesOfKind(kind), " "))
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
