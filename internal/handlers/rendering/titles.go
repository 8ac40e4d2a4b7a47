package rendering

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// SpeakableTitle returns the speakable part of a post's title, or "" if the title is empty or consists of emoji.
func SpeakableTitle(p feed.Post) string { return ShortenTitle(alexa.Say(p.Title).Plain()) }

// JoinLines joins the texts that are not blank, one per line.
func JoinLines(lines ...string) string {
	var kept []string
	for _, text := range lines {
		if text = strings.TrimSpace(text); text != "" {
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, "\n")
}

// maxTitle limits a spoken or shown title, in characters. Encode cuts speech at its end. So without this limit, a long
// title would push the prompt out of the response.
const maxTitle = 300

// ShortenTitle cuts a title between words, or within a single long word.
func ShortenTitle(title string) string {
	if len(title) <= maxTitle { // bytes are at least as many as characters
		return title
	}
	characters := []rune(title)
	if len(characters) <= maxTitle {
		return title
	}
	start := string(characters[:maxTitle])
	if space := strings.LastIndexByte(start, ' '); space > 0 {
		start = start[:space]
	}
	return start + "…"
}

// maxListTitle limits a title that is spoken in a list, in characters. A listener does not remember more. minClause is the
// shortest beginning of a title that can stand for the title.
const (
	maxListTitle = 60
	minClause    = 10
)

// ListTitle shortens a title for a spoken list. It cuts a long title at the last end of a clause: a colon, a dash, a
// comma, a semicolon or a bracket. It does not cut within quotes or brackets, or within a number. A title without such
// an end is cut between words.
func ListTitle(title string) string {
	characters := []rune(title)
	if len(characters) <= maxListTitle {
		return title
	}
	for end := maxListTitle; end >= minClause; end-- {
		clause := strings.TrimRight(string(characters[:end]), " ,;:–—-|")
		if len(clause) >= minClause && endsClause(characters, end) && !isWithinQuotes(characters[:end]) {
			return clause
		}
	}
	start := string(characters[:maxListTitle])
	if space := strings.LastIndexByte(start, ' '); space > 0 {
		start = start[:space]
	}
	return start + "…"
}

// endsClause reports whether a clause of the title ends before the character at a position.
func endsClause(title []rune, at int) bool {
	before, here, after := title[at-1], title[at], ' '
	if at+1 < len(title) {
		after = title[at+1]
	}
	switch {
	case strings.ContainsRune("—：；，、（", here):
		return true
	case strings.ContainsRune(",;:", here):
		return after == ' '
	case strings.ContainsRune("–-|", here):
		return before == ' ' && after == ' '
	case strings.ContainsRune("([", here):
		return before == ' '
	}
	return here == ' ' && strings.ContainsRune("?!", before)
}

// isWithinQuotes reports whether a text ends within quotes or brackets.
func isWithinQuotes(text []rune) bool {
	open := 0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Ps, unicode.Pi):
			open++
		case unicode.Is(unicode.Pe, r), r == '”', r == '»':
			open--
		case r == '"' && open > 0:
			open--
		case r == '"':
			open++
		}
	}
	return open > 0
}

// EndSentence adds a full stop to a title without a final punctuation mark, so that the next text sounds like a new
// sentence.
func EndSentence(title string) string {
	if endsWithMark(title, ".!…।۔。！?؟？") {
		return title
	}
	return title + "."
}

// endsWithMark reports whether a text ends with one of the marks. Closing quotes and brackets after the mark are
// ignored.
func endsWithMark(text, marks string) bool {
	text = strings.TrimRightFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi) || r == '"' || r == '\''
	})
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(marks, last)
}
