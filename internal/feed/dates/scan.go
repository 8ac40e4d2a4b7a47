package dates

import (
	"strings"
	"time"
)

// scanner finds the parts of a date in its tokens. It goes through the tokens once.
type scanner struct {
	tokens []token

	numbers   []number // numbers of the date, in their order
	byUnit    [3]int   // year, month and day, as Chinese, Japanese and Korean mark them
	monthWord string   // the last word that names a month; a month's name before it is an abbreviated weekday
	monthAt   int      // how many numbers precede monthWord
	partEnd   int      // index after the last number or name of the date
	weekday   time.Weekday
	weekdayOK bool
	clock     clock
	zone      zone
	offset    bool // a numeric offset has been read, even an invalid one
}

// number is a number of a date.
type number struct {
	token
	first  bool // it is the first token of the text
	symbol rune // the symbol before it, if spaces do not separate it from the number before
}

// clock is the time of day.
type clock struct {
	known                bool
	hour, minute, second int
	pm, am               bool
}

// scan reads the tokens. It returns false if they cannot be a date.
func (s *scanner) scan() bool {
	for i := 0; i < len(s.tokens); {
		if s.at(i).isWord("m") && s.at(i+1).isSymbol("=") {
			break // Go's monotonic clock: m=+0.000000001
		}
		length := 1
		switch t := s.tokens[i]; t.kind {
		case numberToken:
			length = s.scanNumber(i)
		case wordToken:
			s.scanWord(i)
		default:
			length = max(1, s.scanOffset(i))
		}
		if length == 0 {
			return false
		}
		i += length
	}
	return len(s.numbers) <= 4
}

// at returns the token with an index. It returns the zero token beyond the ends.
func (s *scanner) at(i int) token {
	if i < 0 || i >= len(s.tokens) {
		return token{}
	}
	return s.tokens[i]
}

// scanNumber returns how many tokens it has read: the number with those that belong to it. Zero stands for an error.
func (s *scanner) scanNumber(i int) int {
	for _, read := range []func(int) int{s.scanClock, s.scanUnit, s.scanHour, s.scanCompact} {
		if length := read(i); length > 0 {
			return length
		}
	}
	t := s.tokens[i]
	if len(t.word) > maxDigits || s.at(i+1).isWord("w") || s.at(i-1).isWord("w") && t.glued { // ISO 8601's weeks are not read
		return 0
	}
	if t.word == "00" && s.clock.known && s.isDateComplete() {
		return 1 // 10:00:00:00, and an offset without a sign
	}
	n := number{token: t, first: i == 0}
	if before := s.at(i - 1); t.glued && before.isSymbol("-/.") && before.glued && s.at(i-2).kind == numberToken {
		n.symbol = before.symbol
	}
	s.numbers, s.partEnd = append(s.numbers, n), i+1
	return 1
}

// isDateComplete reports whether day, month and year have been read.
func (s *scanner) isDateComplete() bool {
	return len(s.numbers) >= 3 || s.monthWord != "" && len(s.numbers) >= 2 || s.byUnit[2] != 0
}

// scanClock reads 10:00, 10:00:30 and 10:00:30.123. After a date, it also reads 10.00 and 10.00.30. If the text has
// two times and the first is midnight, the second replaces it.
func (s *scanner) scanClock(i int) int {
	separator := ":"
	if s.isDateComplete() && !s.clock.known && s.at(i+1).glued && s.at(i+2).glued && s.at(i).isNumber(1, 2) && s.at(i+1).isSymbol(".") {
		separator = "."
	}
	if !s.at(i).isNumber(1, 2) || !s.at(i+1).isSymbol(separator) || !s.at(i+2).isNumber(1, 2) {
		return 0
	}
	read, length := clock{known: true, hour: s.valueAt(i), minute: s.valueAt(i + 2)}, 3
	if s.at(i+3).isSymbol(separator) && s.at(i+4).isNumber(1, 2) {
		read.second, length = s.valueAt(i+4), 5
		if s.at(i+5).isSymbol(".,") && s.at(i+6).kind == numberToken && s.at(i+6).glued {
			length = 7 // a fraction of a second
		}
	}
	if !s.clock.known || s.clock.hour+s.clock.minute+s.clock.second == 0 {
		read.am, read.pm = s.clock.am, s.clock.pm
		s.clock = read
	}
	return length + s.scanHalf(i+length)
}

// scanHalf reads "AM" or "PM" after a time.
func (s *scanner) scanHalf(i int) int {
	switch word := s.at(i).word; {
	case isAM(word):
		s.clock.am = true
	case isPM(word):
		s.clock.pm = true
	default:
		return 0
	}
	return 1
}

func (s *scanner) valueAt(i int) int { return int(s.at(i).value) }

// scanHour reads "3 pm", "14 h", "14h30", "14 Uhr", and the hour in "2 Jan 2006 15 -0700".
func (s *scanner) scanHour(i int) int {
	after := s.at(i + 1)
	if s.clock.known || !s.at(i).isNumber(1, 2) {
		return 0
	}
	read := clock{known: true, hour: s.valueAt(i)}
	if s.isDateComplete() && after.isSymbol("+-") && s.at(i+2).isNumber(4, 4) {
		s.clock = read
		return 1
	}
	if after.isWord("h", "uhr") {
		s.clock = read
		if s.at(i+2).isNumber(2, 2) {
			s.clock.minute = s.valueAt(i + 2)
			return 3
		}
		return 2
	}
	if half := s.scanHalf(i + 1); half > 0 && s.at(i+1).isWord("am", "pm") {
		read.am, read.pm = s.clock.am, s.clock.pm
		s.clock = read
		return 1 + half
	}
	return 0
}

// scanUnit reads a number with its unit: 2026年, 6月, 3日, 15時, 30分, and the Vietnamese tháng 6.
func (s *scanner) scanUnit(i int) int {
	if s.at(i-1).isWord("thang", "thg") && s.at(i).isNumber(1, 2) {
		s.byUnit[1] = s.valueAt(i)
		s.monthWord, s.monthAt = "thang", len(s.numbers)
		return 1
	}
	if !s.at(i).isNumber(1, 4) || s.at(i+1).kind != wordToken {
		return 0
	}
	value := s.valueAt(i)
	switch s.at(i + 1).word {
	case "年", "년":
		s.byUnit[0] = value
	case "月", "월":
		s.byUnit[1] = value
	case "日", "일":
		s.byUnit[2] = value
	case "時", "时", "点", "시":
		s.clock.known, s.clock.hour = true, value
	case "分", "분":
		s.clock.minute = value
	case "秒", "초":
		s.clock.second = value
	default:
		return 0
	}
	return 2
}

// scanCompact reads 20260603, 202606031000, 20260603100000, and the time in 20260603T100000.
func (s *scanner) scanCompact(i int) int {
	t := s.tokens[i]
	timeAfterT := t.glued && s.at(i-1).isWord("t") && s.at(i-1).glued && !s.clock.known && t.isNumber(2, 6)
	switch {
	case timeAfterT && len(t.word)%2 == 0:
		s.clock = compactClock(t.word)
		if s.at(i+1).isSymbol(".,") && s.at(i+2).kind == numberToken {
			return 3
		}
		return 1
	case len(s.numbers) == 0 && s.monthWord == "" && (len(t.word) == 8 || len(t.word) == 12 || len(t.word) == 14):
		for _, part := range []string{t.word[:4], t.word[4:6], t.word[6:8]} {
			s.numbers = append(s.numbers, number{token: token{kind: numberToken, word: part, value: int64(twoDigits(part))}, symbol: '-'})
		}
		if len(t.word) > 8 {
			s.clock = compactClock(t.word[8:])
		}
		return 1
	}
	return 0
}

// compactClock reads HH, HHMM or HHMMSS.
func compactClock(digits string) clock {
	padded := (digits + "0000")[:6]
	return clock{known: true, hour: twoDigits(padded[:2]), minute: twoDigits(padded[2:4]), second: twoDigits(padded[4:])}
}

func twoDigits(digits string) (value int) {
	for _, digit := range digits {
		value = 10*value + int(digit-'0')
	}
	return value
}

// scanWord reads the name of a month, a weekday or a zone. It skips other words.
func (s *scanner) scanWord(i int) {
	t := s.tokens[i]
	n := loadNames()
	if s.scanZoneName(i) {
		return
	}
	if month := n.months[t.word]; month != 0 {
		s.monthWord, s.monthAt, s.partEnd = t.word, len(s.numbers), i+1
		return
	}
	if weekday, ok := n.weekdays[t.word]; ok && !s.weekdayOK {
		s.weekday, s.weekdayOK = weekday, true
	}
	if !isASCII(t.word) { // in Chinese, Japanese and Korean, the half of the day precedes the time
		s.clock.am, s.clock.pm = s.clock.am || isAM(t.word), s.clock.pm || isPM(t.word)
	}
}

// scanZoneName reads the name of a zone. It must come after the time, or after the date in a text without a time.
func (s *scanner) scanZoneName(i int) bool {
	t := s.tokens[i]
	isUpper := t.raw == strings.ToUpper(t.raw)
	switch {
	case s.zone.name != "" || !isZoneName(t.word):
		return false
	case len(t.word) == 1 && t.word != "z" && !isUpper: // 14:30 h
		return false
	case !s.clock.known && (!s.isDateComplete() || !isUpper && !strings.Contains(t.raw, "/") || t.isWord("t")):
		return false
	}
	s.zone.name = t.raw
	return true
}
