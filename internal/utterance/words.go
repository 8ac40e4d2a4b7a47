package utterance

import (
	"strings"
	"unicode"
)

// A request that is heard has at most this many words, and so many bytes: nobody says more in one breath, and the work
// that matching takes stays small.
const (
	mostWords = 100
	mostBytes = 8 << 10
)

// A word of a request.
type word struct {
	text string // what is compared
	said string // what goes into a slot: as it was typed, in lower case; "" where the word before has it
}

// split makes words of what was typed: in lower case and without punctuation, and what is short for two words as two.
// It gives none where there are too many.
func (v *vocabulary) split(typed string) []word {
	if len(typed) > mostBytes {
		return nil
	}
	var words []word
	for field := range strings.FieldsSeq(strings.ToLower(typed)) {
		for _, text := range pieces(field) {
			words = v.add(words, text)
		}
		if len(words) > mostWords {
			return nil
		}
	}
	return words
}

// pieces takes a field apart at its punctuation. A date such as 2026-03-14 stays whole.
func pieces(field string) []string {
	if trimmed := strings.Trim(field, ".,;:!?\"'()"); isDate(strings.ToUpper(trimmed)) {
		return []string{trimmed}
	}
	field = strings.ReplaceAll(strings.ReplaceAll(field, "’", "'"), "&", " & ")
	var kept []string
	for piece := range strings.FieldsFuncSeq(field, silent) {
		if piece = strings.Trim(piece, "'"); piece != "" {
			kept = append(kept, piece)
		}
	}
	return kept
}

// silent tells what stands between words.
func silent(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '\'' && r != '&'
}

// add appends a word, which is two where it is short for them.
func (v *vocabulary) add(words []word, text string) []word {
	long, ok := v.Expand[text]
	if !ok {
		return append(words, word{text: text, said: text})
	}
	said := text
	for part := range strings.FieldsSeq(long) {
		words = append(words, word{text: part, said: said})
		said = ""
	}
	return words
}

// joined joins words for a look into the vocabulary.
func joined(words []word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

// said joins words for a slot.
func said(words []word) string {
	var all []string
	for _, w := range words {
		if w.said != "" {
			all = append(all, w.said)
		}
	}
	return strings.Join(all, " ")
}

// begins counts the words at the beginning that are one of the phrases, the longest where several are; 0 for none.
func begins(words []word, phrases []string) int {
	return longest(words, phrases, func(n int) []word { return words[:n] })
}

// ends is begins at the end.
func ends(words []word, phrases []string) int {
	return longest(words, phrases, func(n int) []word { return words[len(words)-n:] })
}

func longest(words []word, phrases []string, part func(n int) []word) (most int) {
	for _, phrase := range phrases {
		if n := strings.Count(phrase, " ") + 1; n > most && n <= len(words) && joined(part(n)) == phrase {
			most = n
		}
	}
	return most
}
