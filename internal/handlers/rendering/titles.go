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
