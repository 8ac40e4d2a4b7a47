package alexa

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckInvocationName returns the fault of a skill's invocation name and its remedy, as the end of a sentence. It
// returns "" if the name does not have a fault. It applies the rules of Amazon's "Choose the Invocation Name for a
// Custom Skill" that a program can check. Amazon's word lists are English and apply in every locale.
func CheckInvocationName(name string) string {
	words := strings.Split(name, " ")
	for _, word := range words {
		if message := checkInvocationWord(word); message != "" {
			return message
		}
	}
	switch {
	case len(words) < 2:
		return "must be two words or more, for example half elf: Amazon leaves single words to brands"
	case len(words) == 2 && (isArticleOrPreposition(words[0]) || isArticleOrPreposition(words[1])):
		return "must not be an article or preposition and one more word: add a third"
	}
	return ""
}

// checkInvocationWord returns the fault of one word of the name, or "".
func checkInvocationWord(word string) string {
	stem, _, _ := strings.Cut(word, "'")
	other := func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsMark(c) && c != '\'' && c != '.' }
	switch {
	case word == "":
		return "must be words with one space between them, for example half elf"
	case strings.ContainsFunc(word, unicode.IsUpper):
		return "must be in lower case, for example half elf"
	case strings.ContainsFunc(word, unicode.IsNumber):
		return "must have its numbers spelt out, for example forty two tales"
	case strings.ContainsFunc(word, other) || !strings.ContainsFunc(word, unicode.IsLetter):
		return "may have letters, spaces, apostrophes and the periods of abbreviations only, for example half elf"
	case strings.Contains(stem, ".") && !isInitial(stem) || strings.Contains(word[len(stem):], "."):
		return "must have periods only after single letters, for example b. b. c. tales"
	case isReservedWord(stem):
		return "must not have Alexa's own words in it, such as alexa, echo, ask, open, play: choose another word"
	}
	return ""
}

// isInitial reports whether stem is one letter and a period.
func isInitial(stem string) bool {
	return utf8.RuneCountInString(stem) == 2 && strings.HasSuffix(stem, ".") && stem != ".."
}

// isReservedWord reports whether a word is a wake word or a launch word such as "open".
func isReservedWord(word string) bool {
	return slices.Contains([]string{"alexa", "amazon", "computer", "echo",
		"ask", "begin", "enable", "launch", "load", "open", "play", "run", "start", "tell"}, word)
}

func isArticleOrPreposition(word string) bool {
	return slices.Contains([]string{"a", "an", "the", "about", "at", "by", "for", "of", "off", "to", "up", "with"}, word)
}
