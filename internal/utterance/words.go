package utterance

import (
	"slices"
	"strings"
	"unicode"
)

// Maximum number of words and bytes in a request. The limits bound the work for matching.
const (
	maxWords = 100
	maxBytes = 8 << 10
)

// A token is a word of a request.
type token struct {
	text     string // normalized, for comparisons
	slotText string // for slot values: as typed, in lower case; "" if the previous word contains it
}

// splitWords splits a typed request into words: in lower case, without punctuation, and with short forms expanded. It
// returns nil if the request is too long.
func (v *vocabulary) splitWords(typed string) []token {
	if len(typed) > maxBytes {
		return nil
	}
	var tokens []token
	for field := range strings.FieldsSeq(strings.ToLower(typed)) {
		for _, text := range splitField(field) {
			tokens = v.appendWord(tokens, text)
		}
		if len(tokens) > maxWords {
			return nil
		}
	}
	return tokens
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
func (v *vocabulary) appendWord(tokens []token, text string) []token {
	long, ok := v.Expand[text]
	if !ok {
		return append(tokens, token{text: text, slotText: text})
	}
	slotText := text
	for part := range strings.FieldsSeq(long) {
		tokens = append(tokens, token{text: part, slotText: slotText})
		slotText = ""
	}
	return tokens
}

// dropArticles returns the words without articles.
func (v *vocabulary) dropArticles(tokens []token) []token {
	return slices.DeleteFunc(slices.Clone(tokens), func(w token) bool { return slices.Contains(v.Articles, w.text) })
}

// joinTexts joins words for a lookup in the vocabulary.
func joinTexts(tokens []token) string {
	texts := make([]string, len(tokens))
	for i, w := range tokens {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

// joinSlotTexts joins words for a slot value.
func joinSlotTexts(tokens []token) string {
	var all []string
	for _, w := range tokens {
		if w.slotText != "" {
			all = append(all, w.slotText)
		}
	}
	return strings.Join(all, " ")
}

// prefixLength returns the number of words of the longest phrase at the beginning, or 0.
func prefixLength(tokens []token, phrases []string) int {
	return longestPhrase(tokens, phrases, func(n int) []token { return tokens[:n] })
}

// suffixLength returns the number of words of the longest phrase at the end, or 0.
func suffixLength(tokens []token, phrases []string) int {
	return longestPhrase(tokens, phrases, func(n int) []token { return tokens[len(tokens)-n:] })
}

func longestPhrase(tokens []token, phrases []string, part func(n int) []token) (length int) {
	for _, phrase := range phrases {
		if n := strings.Count(phrase, " ") + 1; n > length && n <= len(tokens) && equalsPhrase(part(n), phrase) {
			length = n
		}
	}
	return length
}

// equalsPhrase reports whether the words are the words of a phrase. It does not allocate, because most phrases differ.
func equalsPhrase(tokens []token, phrase string) bool {
	for _, w := range tokens {
		rest, ok := strings.CutPrefix(phrase, w.text)
		if !ok || (rest != "" && rest[0] != ' ') {
			return false
		}
		phrase = strings.TrimPrefix(rest, " ")
	}
	return phrase == ""
}
