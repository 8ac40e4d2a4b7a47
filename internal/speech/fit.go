package speech

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentenceStops are what a sentence ends with, in the scripts of Alexa's locales.
const sentenceStops = ".!?…।॥؟۔。！？．｡"

// withStop gives a text that ends as a sentence does, so that Alexa pauses behind a heading or an item of a list, too.
func withStop(text string) string {
	bare := strings.TrimRightFunc(text, isClosingMark)
	last, _ := utf8.DecodeLastRuneInString(bare)
	switch {
	case strings.ContainsRune(sentenceStops, last), strings.ContainsRune(":：", last):
		return text
	case last >= 0x3000 && unicode.IsLetter(last):
		return text + "。"
	case len(bare) == len(text):
		return strings.TrimRight(text, " ,;–—-") + "."
	}
	return text + "."
}

// isClosingMark tells what may stand between a sentence's last stop and its end.
func isClosingMark(r rune) bool {
	return r == '"' || r == '\'' || r == ' ' || unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi) // “ closes in German
}

// splitToFit gives a sentence in pieces of which each fits into a turn, as measured. Most are one.
func splitToFit(words string, measure func(string) int) []string {
	const most = maxTurn - frameLength - langTagLength
	var pieces []string
	for len(words) > most/6 { // nothing is escaped as more than six characters: &quot;
		if len(words) <= 3*most && measure(words) <= most { // three bytes are one unit at least
			break
		}
		at := splitPoint(words, most, measure)
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

// splitPoint gives the place where a sentence of more than most characters is parted: behind the last stop, else the last
// mark, else the last word, as long as that makes good use of the room; in a single word between characters.
func splitPoint(words string, most int, measure func(string) int) int {
	room := prefixLength(words, most)
	for size := measure(words[:room]); size > most; size = measure(words[:room]) {
		// Units of units: with bytes for either, what is not ASCII would never get shorter.
		room = max(prefixLength(words[:room], countUnits(words[:room])*most/size-1), 1)
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

// lastMarkEnd gives the place behind the last of some marks in a text that goes on
// with more: one that a space follows, or that needs none.
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
