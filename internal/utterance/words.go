package utterance

import (
	"strings"
	"unicode"
)

// Maximum number of words and bytes in a request. The limits bound the work for matching.
const (
	maxWords = 100
	maxBytes = 8 << 10
)

// A word is a word of a request.
type word struct {
	text     string // normalized, for comparisons
	slotText string // for slot values: as typed, in lower case; "" if the previous word contains it
}

// splitWords splits a typed request into words: in lower case, without punctuation, and with short forms expanded. It
// returns nil if the request is too long.
func (v *vocabulary) splitWords(typed string) []word {
	if len(typed) > maxBytes {
		return nil
	}
	var words []word
	for field := range strings.FieldsSeq(strings.ToLower(typed)) {
		for _, text := range splitField(field) {
			words = v.appendWord(words, text)
		}
		if len(words) > maxWords {
			return nil
		}
	}
	return words
}

// splitField splits a field at its punctuation. A date such as 2026-03-14 stays unchanged.
func splitField(field string) []string {
	if trimmed := strings.Trim(field, ".,;:!?\"'()"); isAmazonDate(strings.ToUpper(trimmed)) {
		return []string{trimmed}
	}
	field = strings.ReplaceAll(strings.ReplaceAll(field, "’", "'"), "&", " & ")
	var kept []string
	for piece := range strings.FieldsFuncSeq(field, isSeparator) {
		if piece = strings.Trim(piece, "'"); piece != "" {
			kept = append(kept, piece)
		}
	}
	return kept
}

// isSeparator reports whether a character separates words.
func isSeparator(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '\'' && r != '&'
}

// appendWord appends a word. It expands a short form to several words.
func (v *vocabulary) appendWord(words []word, text string) []word {
	long, ok := v.Expand[text]
	if !ok {
		return append(words, word{text: text, slotText: text})
	}
	slotText := text
	for part := range strings.FieldsSeq(long) {
		words = append(words, word{text: part, slotText: slotText})
		slotText = ""
	}
	return words
}

// joinTexts joins words for a lookup in the vocabulary.
func joinTexts(words []word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

// joinSlotTexts joins words for a slot value.
func joinSlotTexts(words []word) string {
	var all []string
	for _, w := range words {
		if w.slotText != "" {
			all = append(all, w.slotText)
		}
	}
	return strings.Join(all, " ")
}

// prefixLength returns the number of words of the longest phrase at the beginning, or 0.
func prefixLength(words []word, phrases []string) int {
	return longestPhrase(words, phrases, func(n int) []word { return words[:n] })
}

// suffixLength returns the number of words of the longest phrase at the end, or 0.
func suffixLength(words []word, phrases []string) int {
	return longestPhrase(words, phrases, func(n int) []word { return words[len(words)-n:] })
}

func longestPhrase(words []word, phrases []string, part func(n int) []word) (length int) {
	for _, phrase := range phrases {
		if n := strings.Count(phrase, " ") + 1; n > length && n <= len(words) && joinTexts(part(n)) == phrase {
			length = n
		}
	}
	return length
}
