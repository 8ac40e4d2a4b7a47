package utterance

import (
	"strings"
	"unicode"
)

// A request that is heard has at most this many words, and so many bytes: nobody says more in one breath, and the work
// that matching takes stays small.
const (
	maxWords = 100
	maxBytes = 8 << 10
)

// A word of a request.
type word struct {
	text     string // what is compared
	slotText string // what goes into a slot: as it was typed, in lower case; "" where the word before has it
}

// splitWords makes words of what was typed: in lower case and without punctuation, and what is short for two words as two.
// It gives none where there are too many.
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

// splitField takes a field apart at its punctuation. A date such as 2026-03-14 stays whole.
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

// isSeparator tells what stands between words.
func isSeparator(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '\'' && r != '&'
}

// appendWord appends a word, which is two where it is short for them.
func (v *vocabulary) appendWord(words []word, text string) []word {
	long, ok := v.Expand[text]
	if !ok {
		return append(words, word{text: text, slotText: text})
	}
	said := text
	for part := range strings.FieldsSeq(long) {
		words = append(words, word{text: part, slotText: said})
		said = ""
	}
	return words
}

// joinTexts joins words for a look into the vocabulary.
func joinTexts(words []word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

// joinSlotTexts joins words for a slot.
func joinSlotTexts(words []word) string {
	var all []string
	for _, w := range words {
		if w.slotText != "" {
			all = append(all, w.slotText)
		}
	}
	return strings.Join(all, " ")
}

// prefixLength counts the words at the beginning that are one of the phrases, the longest where several are; 0 for none.
func prefixLength(words []word, phrases []string) int {
	return longestPhrase(words, phrases, func(n int) []word { return words[:n] })
}

// suffixLength is begins at the end.
func suffixLength(words []word, phrases []string) int {
	return longestPhrase(words, phrases, func(n int) []word { return words[len(words)-n:] })
}

func longestPhrase(words []word, phrases []string, part func(n int) []word) (most int) {
	for _, phrase := range phrases {
		if n := strings.Count(phrase, " ") + 1; n > most && n <= len(words) && joinTexts(part(n)) == phrase {
			most = n
		}
	}
	return most
}
