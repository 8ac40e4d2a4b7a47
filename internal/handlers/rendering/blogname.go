package rendering

import (
	"strings"
	"unicode"

	"lastpost/internal/alexa"
)

// maxBlogName limits the spoken name of a blog, in characters. It is short, because Alexa says it often.
const maxBlogName = 50

// BlogName returns the name of a blog for speech and cards: the title of its feed, without characters that Alexa cannot
// say and without a final punctuation mark. A long title is cut, if possible before a motto, such as after "Half Elf" in
// "Half Elf – …". BlogName returns "" for a title without words.
func BlogName(title string) string {
	name := []rune(alexa.Say(title).Plain())
	cut := string(name)
	if len(name) > maxBlogName {
		cut = cutBlogName(string(name[:maxBlogName]))
	}
	cut = strings.TrimRight(cut, " .!?…,;:|–—-")
	if !strings.ContainsFunc(cut, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		return ""
	}
	return cut
}

// cutBlogName cuts the beginning of a long title before a motto, or between words, or within a single word.
func cutBlogName(start string) string {
	for _, mark := range []string{" | ", " – ", " — ", " - ", " » ", " :: ", ": ", "; ", ", "} {
		if at := strings.LastIndex(start, mark); at > 0 {
			return start[:at]
		}
	}
	if space := strings.LastIndexByte(start, ' '); space > 0 {
		return start[:space]
	}
	return start
}
