package dates

import "strings"

// maxOffset is the largest offset from UTC that a zone uses. Larger offsets are errors.
const maxOffset = 14 * 60 * 60

// scanOffset reads a numeric offset: +02, +2, +0200, +200, +02:00. It returns the number of tokens, and zero if the
// symbol is not the sign of an offset.
func (s *scanner) scanOffset(i int) int {
	sign, digits := s.at(i), s.at(i+1)
	if !sign.isSymbol("+-") || !digits.isNumber(1, 4) || !digits.glued || s.offset {
		return 0
	}
	length, hours, minutes := 2, int(digits.value), 0
	switch {
	case len(digits.word) > 2:
		hours, minutes = hours/100, hours%100
	case s.at(i+2).isSymbol(":") && s.at(i+3).isNumber(2, 2):
		length, minutes = 4, s.valueAt(i+3)
		if s.at(i+4).isSymbol(":") && s.at(i+5).isNumber(2, 2) {
			length = 6 // seconds of an offset
		}
	}
	switch afterTime := s.clock.known || s.zone.name != ""; {
	case afterTime && !s.isDateComplete() && sign.glued && s.partEnd == i: // 10:00 03-06-2026
		return 0
	case !afterTime && (!s.isDateComplete() || length == 2 && len(digits.word) != 4): // 2026-06-03+02:00 has an offset
		return 0
	}
	s.offset = true
	if seconds := 60 * (60*hours + minutes); seconds <= maxOffset && minutes < 60 {
		if sign.symbol == '-' {
			seconds = -seconds
		}
		s.zone.numeric, s.zone.seconds = true, seconds
	}
	return length
}

// zoneInComment returns the zone that a comment names, such as the one of "10:00:00 (PDT)".
func zoneInComment(comment string) zone {
	tokens, _ := splitText(comment)
	s := scanner{tokens: tokens, clock: clock{known: true}}
	if len(tokens) == 0 || len(tokens) > 5 || !s.scan() {
		return zone{}
	}
	return s.zone
}

// isZoneName reports whether a folded word is a zone: an abbreviation of the table, an IANA name such as
// "europe/berlin", or a military letter. The letters stand for UTC, because many programs wrote them wrongly (RFC 5322,
// section 4.3). J is not a zone.
func isZoneName(word string) bool {
	if len(word) == 1 {
		return word[0] >= 'a' && word[0] <= 'z' && word[0] != 'j'
	}
	_, isAbbreviation := abbreviationZone(word)
	return isAbbreviation || strings.Contains(word, "/")
}

// abbreviationZone returns the zone of a folded abbreviation.
func abbreviationZone(word string) (zone, bool) {
	z, ok := loadNames().zones[word]
	return z, ok
}
