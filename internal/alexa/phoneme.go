package alexa

import (
	"fmt"
	"strings"
	"unicode"
)

// CheckPhoneme returns the fault of a text that should be in the International Phonetic Alphabet, and its remedy, as the
// end of a sentence. It returns "" if the text does not have a fault. The fault does not quote the text. Alexa refuses a
// response with other characters in <phoneme>. Which sounds a voice can speak depends on its language, and is not checked.
func CheckPhoneme(text string) string {
	if strings.Join(strings.Fields(text), " ") != text && !strings.ContainsAny(text, "\t\n") {
		return "must have one space between its words, and none at the ends"
	}
	letters, position := 0, 0
	for _, r := range text {
		position++
		switch {
		case isPhoneticLetter(r):
			letters++
		case isPhoneticMark(r):
		case r == '/' || r == '[' || r == ']':
			return "must be without slashes and brackets, for example ˈɡoʊfɚ"
		case r == ':':
			return "must not have a colon: the sign for a long sound is ː (U+02D0)"
		case r == '\'' || r == '’':
			return "must not have an apostrophe: the sign for stress is ˈ (U+02C8)"
		case 'A' <= r && r <= 'Z':
			return "must be in lower case: the International Phonetic Alphabet does not have capital letters"
		default:
			return fmt.Sprintf("must be in the International Phonetic Alphabet, for example ˈɡoʊfɚ: character %d is not in it", position)
		}
	}
	if letters == 0 {
		return "has no letter of the International Phonetic Alphabet: write the sounds, for example ˈɡoʊfɚ"
	}
	return ""
}

// isPhoneticLetter reports whether r is a letter of the International Phonetic Alphabet: a small Latin letter, some more
// Latin and Greek letters, or a letter of Unicode's blocks for phonetics.
func isPhoneticLetter(r rune) bool {
	return 'a' <= r && r <= 'z' || strings.ContainsRune("æçðøħŋœβθχⱱãẽĩõũ", r) ||
		0x01C0 <= r && r <= 0x01C3 || // clicks
		0x0250 <= r && r <= 0x02AF || 0x1D00 <= r && r <= 0x1DBF
}

// isPhoneticMark reports whether r modifies a letter or separates sounds: a diacritic, a tone, stress, length, a break
// or a linking sign.
func isPhoneticMark(r rune) bool {
	return 0x02B0 <= r && r <= 0x02FF || 0x0300 <= r && r <= 0x036F || r >= 0x1DC0 && unicode.Is(unicode.Mn, r) ||
		strings.ContainsRune(" .|‖‿ⁿ↗↘↑↓ꜛꜜ", r)
}
