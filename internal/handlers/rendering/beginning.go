package rendering

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/speech"
)

// maxBeginning limits the sentence that follows the title of an offered post, in characters: about ten seconds. A
// sentence of less than minBeginning characters, such as "Hi!", does not say what the post is about.
const (
	minBeginning = 24
	maxBeginning = 160
)

// maxInspected limits the sentences that beginning looks at.
const maxInspected = 20

// beginning returns the first sentence of a text in at most maxBeginning characters, without the words of the title. A
// very short sentence is followed by the next one. A sentence that is too long is cut, after a clause if possible, and
// ends with "…". The result is "" if the text begins with the words of its title.
func beginning(text speech.Text, title string) string {
	title, inspected, said := foldWords(title), 0, ""
	rest := title // the words of the title that the sentences so far have not repeated
	for sentence := range text.Sentences() {
		words := foldWords(sentence)
		if inspected++; inspected > maxInspected {
			break
		}
		switch {
		case words == "":
		case strings.Contains(" "+title+" ", " "+words+" "):
			rest = strings.TrimSpace(strings.TrimPrefix(rest, words))
		case said == "" && strings.Contains(rest, " ") && strings.HasPrefix(words+" ", rest+" "):
			return ""
		case said == "" && utf8.RuneCountInString(sentence) > maxBeginning:
			return clipSentence(sentence)
		case utf8.RuneCountInString(said)+1+utf8.RuneCountInString(sentence) > maxBeginning:
			return said
		default:
			if said = strings.TrimSpace(said + " " + sentence); utf8.RuneCountInString(said) >= minBeginning {
				return said
			}
		}
	}
	return said
}

// foldWords returns the words of a text in lower case, with one space between them.
func foldWords(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r)
	}), " ")
}

// clipSentence cuts a long sentence after a clause, if that leaves at least a third of maxBeginning, or else after a
// word or within a single word.
func clipSentence(sentence string) string {
	head := string([]rune(sentence)[:maxBeginning-1])
	for _, mark := range []string{"; ", ": ", " – ", " — ", ", "} {
		if at := strings.LastIndex(head, mark); at > maxBeginning/3 {
			return head[:at] + "…"
		}
	}
	if at := strings.LastIndexByte(head, ' '); at > 0 {
		head = head[:at]
	}
	return strings.TrimRight(head, " ,;:–—-") + "…"
}
