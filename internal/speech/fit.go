package speech

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/speech/prose"
)

// sentenceStops are the characters that end a sentence, in the scripts of Alexa's locales.
const sentenceStops = ".!?…।॥؟۔。！？．｡"

// withStop adds a stop to a text that does not end with one, so that Alexa also pauses after a heading or list item.
func withStop(text string) string {
	bare := strings.TrimRightFunc(text, isClosingMark)
	last, _ := utf8.DecodeLastRuneInString(bare)
	switch {
	case strings.ContainsRune(sentenceStops, last), strings.ContainsRune(":：", last):
		return text
	case last >= 0x3000 && prose.IsWord(last):
		return text + "。"
	case 0x3000 <= last && last <= 0xFFFF && len(bare) == len(text): // 、 and other marks that are a pause already
		return text
	case len(bare) == len(text):
		return strings.TrimRight(text, " ,;،؛–—-") + "."
	}
	return text + "."
}

// isClosingMark reports whether a character may follow a sentence's last stop and still belong to the sentence.
func isClosingMark(r rune) bool {
	return r == '"' || r == '\'' || r == ' ' || unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi) // “ is a closing mark in German
}

// splitToFit splits a sentence that is too long for a turn. The parameter measure returns the length of a piece. The
// result for most sentences is a single piece.
func splitToFit(words string, measure func(string) int) []string {
	const limit = maxTurn - frameLength - langTagLength
	var pieces []string
	for len(words) > limit/6 { // an escaped character has at most six characters: &quot;
		if len(words) <= 3*limit && measure(words) <= limit { // a unit has at most three bytes
			break
		}
		at := splitPoint(words, limit, measure)
		if piece := strings.TrimSpace(words[:at]); isSpeakable(piece) {
			pieces = append(pieces, piece)
		}
		words = strings.TrimSpace(words[at:])
	}
	if isSpeakable(words) {
		pieces = append(pieces, words)
	}
	return pieces
}

// splitPoint returns the place to split a sentence of more than limit characters: after the last stop, or else the last
// punctuation mark, or else the last word. Stops and marks in the first half are ignored, because the piece would be
// too short. A single long word is split between characters.
func splitPoint(words string, limit int, measure func(string) int) int {
	room := prefixLength(words, limit)
	for size := measure(words[:room]); size > limit; size = measure(words[:room]) {
		// Calculate in UTF-16 units. In bytes, this loop would not end for a text outside of ASCII.
		room = max(prefixLength(words[:room], countUnits(words[:room])*limit/size-1), 1)
	}
	window := words[:room]
	for _, marks := range []string{sentenceStops, ";:,–—；：，、"} {
		if at := lastMarkEnd(window, words[room:], marks); at > room/2 {
			return at
		}
	}
	if words[room] == ' ' {
		return room
	}
	if at := strings.LastIndexByte(window, ' '); at > 0 {
		return at
	}
	return room
}

// lastMarkEnd returns the position after the last mark in a text, where marks lists the possible marks. The text more
// follows the text. Only a mark before a space counts, except CJK marks.
func lastMarkEnd(text, more, marks string) int {
	for end := len(text); end > 0; {
		at := strings.LastIndexAny(text[:end], marks)
		if at < 0 {
			return 0
		}
		r, size := utf8.DecodeRuneInString(text[at:])
		if rest := text[at+size:]; r >= 0x3000 || strings.HasPrefix(rest+more[:min(1, len(more))], " ") {
			return at + size
		}
		end = at
	}
	return 0
}
