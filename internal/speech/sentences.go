package speech

import (
	"strings"
	"unicode"
	"unicode/utf8"

	segment "github.com/clipperhouse/uax29/v2/sentences"
)

// splitSentences gives the sentences of a clean text. Unicode says where they end but
// for what only a reader knows: that "Dr." is no end, nor "J. R. R.".
func splitSentences(text string) []string {
	var found []string
	start, end := 0, 0 // of the sentence that is open
	for segments := segment.FromString(text); segments.Next(); end = segments.End() {
		if isSentenceEnd(text[start:end], text[end:], segments.End()-end) {
			found = append(found, strings.TrimSpace(text[start:end]))
			start = end
		}
	}
	if rest := strings.TrimSpace(text[start:]); rest != "" {
		found = append(found, rest)
	}
	return found
}

// isSentenceEnd reports whether a sentence really ends where the next segment, of so many bytes, begins.
func isSentenceEnd(sentence, after string, next int) bool {
	if last, _ := utf8.DecodeLastRuneInString(sentence); last != ' ' && last < 0x3000 {
		return false // Yahoo!Mail
	}
	sentence = strings.TrimSpace(sentence)
	first := strings.IndexFunc(after[:next], isWord)
	if first < 0 || sentence == "" || isEnumerator(sentence) {
		return false
	}
	if r, _ := utf8.DecodeRuneInString(after[first:]); unicode.IsLower(r) {
		return false // “Really?” he said
	}
	return !strings.HasSuffix(sentence, ".") || !endsWithAbbreviation(sentence, after[first:])
}

// isEnumerator reports whether a sentence has no word, or is a number that belongs to what follows: "1." or "(3)".
func isEnumerator(sentence string) bool {
	return len(sentence) < 8 && !strings.ContainsFunc(sentence, unicode.IsLetter)
}

// endsWithAbbreviation reports whether the stop at a sentence's end belongs to its last
// word, and what follows goes on with the sentence.
func endsWithAbbreviation(sentence, after string) bool {
	const maxAbbreviation = 64 // bytes, for what is no abbreviation if it is longer
	sentence = sentence[max(0, len(sentence)-maxAbbreviation):]
	head, last := lastWord(strings.TrimSuffix(sentence, "."))
	if strings.ContainsFunc(last, unicode.IsDigit) {
		return len(last) <= 2 && strings.Trim(last, "0123456789") == "" && ordinalFollowers[firstWord(after)]
	}
	lower := strings.ToLower(last)
	switch part := lower[strings.LastIndexByte(lower, '.')+1:]; {
	case titleAbbreviations[last], midSentenceAbbreviations[lower]:
		return true
	case numberAbbreviations[lower]:
		r, _ := utf8.DecodeRuneInString(after)
		return unicode.IsDigit(r)
	case utf8.RuneCountInString(part) == 1:
		return isInitial(head, last, after)
	case lower == "st", lower == "mt", lower == "ph.d", lower == "al":
		return !sentenceStarters[firstWord(after)]
	}
	return false
}

// isInitial reports whether a single letter and its stop, behind head, stand for a word and not at a sentence's end:
// "J. R. R. Tolkien", "the U.S. Senate", "z. B. Brot"; but "So did I. Then" and "Plan B. The next day".
func isInitial(head, last, after string) bool {
	if _, before := lastWord(strings.TrimSuffix(strings.TrimSpace(head), ".")); strings.HasSuffix(strings.TrimSpace(head), ".") &&
		midSentenceAbbreviations[strings.ToLower(before+"."+last)] {
		return true
	}
	return last != "I" && !sentenceStarters[firstWord(after)]
}

// lastWord parts a text before its last word, whose opening quotes and brackets are left out.
func lastWord(text string) (head, word string) {
	at := strings.LastIndexByte(text, ' ') + 1
	return text[:at], strings.TrimLeft(text[at:], `("'“”„‘’‚«»[{`)
}

func firstWord(text string) string {
	if end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' }); end >= 0 {
		return text[:end]
	}
	return text
}
