package prose

import (
	"strings"
	"unicode"
	"unicode/utf8"

	segment "github.com/clipperhouse/uax29/v2/sentences"
)

// SplitSentences splits a clean text into sentences. It applies the Unicode rules and then joins parts that the rules
// split wrongly: after abbreviations such as "Dr." and initials such as "J. R. R.".
func SplitSentences(text string) []string {
	var found []string
	start, end := 0, 0 // start and end of the current sentence
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

// isSentenceEnd reports whether a sentence ends before the next segment, at the beginning of after. The segment has
// next bytes.
func isSentenceEnd(sentence, after string, next int) bool {
	if last, _ := utf8.DecodeLastRuneInString(sentence); last != ' ' && last < 0x3000 {
		return false // Yahoo!Mail
	}
	sentence = strings.TrimSpace(sentence)
	first := strings.IndexFunc(after[:next], IsWord)
	if first < 0 || sentence == "" || isEnumerator(sentence) {
		return false
	}
	if r, _ := utf8.DecodeRuneInString(after[first:]); unicode.IsLower(r) {
		return false // “Really?” he said
	}
	return !strings.HasSuffix(sentence, ".") || !endsWithAbbreviation(sentence, after[first:])
}

// isEnumerator reports whether a sentence is only the number of the next sentence, such as "1." or "(3)", or does not
// contain a word at all.
func isEnumerator(sentence string) bool {
	return len(sentence) < 8 && !strings.ContainsFunc(sentence, unicode.IsLetter)
}

// endsWithAbbreviation reports whether the last stop belongs to an abbreviation and the sentence continues after it.
func endsWithAbbreviation(sentence, after string) bool {
	const maxAbbreviation = 64 // bytes; a longer word is not an abbreviation
	sentence = sentence[max(0, len(sentence)-maxAbbreviation):]
	head, last := lastWord(strings.TrimSuffix(sentence, "."))
	if strings.ContainsFunc(last, unicode.IsDigit) {
		return len(last) <= 2 && strings.Trim(last, "0123456789") == "" && ordinalFollowers[firstWord(after)]
	}
	lower := strings.ToLower(last)
	pair := wordPair(head, lower)
	// A single letter is an initial, as in "J. R. R. Tolkien", unless the next word starts a sentence, as in "Plan B. The".
	switch next, part := firstWord(after), lower[strings.LastIndexByte(lower, '.')+1:]; {
	case titleAbbreviations[last], midSentenceAbbreviations[lower], midSentenceAbbreviations[pair], next == "Chr":
		return true
	case numberAbbreviations[lower], strings.HasSuffix(lower, "str"): // Hauptstr. 5
		r, _ := utf8.DecodeRuneInString(after)
		return unicode.IsDigit(r)
	case isDoubled(last):
		return isDoubled(next) || !sentenceStarters[next] && !articles[next]
	case utf8.RuneCountInString(part) == 1:
		return last != "I" && (!sentenceStarters[next] || len(next) == 1 && strings.HasPrefix(after, next+".")) // S. A.
	case nameAbbreviations[lower]:
		return !sentenceStarters[next]
	}
	return false
}

// wordPair returns the word before an abbreviation and the abbreviation, as in "z.b" for "z. B." and "ad_es" for
// "ad es.". lower is the abbreviation in lower case without its last stop, and head the text before.
func wordPair(head, lower string) string {
	head = strings.TrimSpace(head)
	_, before := lastWord(strings.TrimSuffix(head, "."))
	if strings.HasSuffix(head, ".") {
		return strings.ToLower(before) + "." + lower
	}
	return strings.ToLower(before) + "_" + lower
}

// isDoubled reports whether a word is a capital letter twice, as in the Spanish plural "EE. UU.".
func isDoubled(word string) bool {
	r, size := utf8.DecodeRuneInString(word)
	return unicode.IsUpper(r) && word[size:] == string(r)
}

// lastWord splits a text into its last word and the text before. It removes opening quotes and brackets, and an elided
// article ("l'Ing"), from the word.
func lastWord(text string) (head, word string) {
	at := strings.LastIndexByte(text, ' ') + 1
	word = strings.TrimLeft(text[at:], `("'“”„‘’‚«»[{`)
	if _, rest, ok := strings.Cut(strings.ReplaceAll(word, "’", "'"), "'"); ok {
		word = rest
	}
	return text[:at], word
}

func firstWord(text string) string {
	if end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' }); end >= 0 {
		return text[:end]
	}
	return text
}
