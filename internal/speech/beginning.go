package speech

import (
	"strings"

	"lastpost/internal/speech/prose"
)

// minBeginning is the least number of characters that say something about a post: "Hi!" alone does not.
const minBeginning = 24

// maxSkipped limits the sentences that Beginning looks at.
const maxSkipped = 20

// Beginning returns the first sentence of the post in at most limit characters, without headings, announcements and
// words of its title. A very short sentence is followed by the next one. A sentence that is too long is cut, after a
// clause if possible, and ends with "…". Beginning returns "" if the post begins with the words of its title.
func (t Text) Beginning(title string, limit int) string {
	title, beginning := foldWords(title), ""
	rest := title // the words of the title that the sentences so far have not repeated
	for _, s := range t.sentences[:min(len(t.sentences), maxSkipped)] {
		words := foldWords(s.words)
		switch {
		case s.isAnnouncement || s.leadsIn || words == "":
			continue
		case containsWords(title, words):
			rest = strings.TrimSpace(strings.TrimPrefix(rest, words))
			continue
		case beginning != "" && countUnits(beginning)+1+s.plainLength > limit:
			return beginning
		case beginning == "" && strings.Contains(rest, " ") && strings.HasPrefix(words+" ", rest+" "):
			return ""
		case s.plainLength > limit:
			return clipClause(s.words, limit)
		}
		if beginning = strings.TrimSpace(beginning + " " + s.words); countUnits(beginning) >= minBeginning {
			return beginning
		}
	}
	return beginning
}

// foldWords returns the words of a text in lower case, with one space between them.
func foldWords(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !prose.IsWord(r) }), " ")
}

// containsWords reports whether folded words occur in another folded text.
func containsWords(text, words string) bool { return strings.Contains(" "+text+" ", " "+words+" ") }

// clipClause works like clipSentence, but cuts after a clause if that leaves at least a third of the limit.
func clipClause(words string, limit int) string {
	head := words[:prefixLength(words, limit-1)]
	for _, mark := range []string{"; ", ": ", " – ", " — ", ", "} {
		if at := strings.LastIndex(head, mark); at > limit/3 {
			return head[:at] + "…"
		}
	}
	return clipSentence(words, limit)
}
