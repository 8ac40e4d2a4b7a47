package dates

import (
	"cmp"
	"time"
)

// date assembles the date from the parts that the scanner has found. It returns the zero Date if a part is missing or
// does not exist.
func (s *scanner) date() Date {
	d := Date{zone: s.zone}
	var year, month, day int
	switch {
	case s.byUnit[1] != 0 && s.monthWord == "":
		year, month, day = s.byUnit[0], s.byUnit[1], s.byUnit[2]
		if len(s.numbers) > 0 {
			return Date{}
		}
	case s.monthWord != "" && !s.isNumeric():
		year, month, day = s.withMonthWord()
		if s.byUnit[1] == 0 {
			d.word = s.monthWord
		}
	default:
		year, month, day, d.order = s.withoutMonthWord()
		if d.order != orderKnown {
			d.symbol = s.numbers[1].symbol
		}
	}
	at, ok := s.clock.on(year, month, day)
	if !ok {
		return Date{}
	}
	d.wall = at
	if d.order == orderOpen {
		s.decideByWeekday(&d)
	}
	return d
}

// isNumeric reports whether the text has a date of three numbers. Then a word that is a month's name is a weekday, such
// as the French "mar."
func (s *scanner) isNumeric() bool {
	return len(s.numbers) == 3 && (s.monthAt == 0 || s.monthAt == 3) &&
		(s.numbers[2].symbol != 0 || len(s.numbers[2].word) == 4 && s.numbers[1].isNumber(2, 2))
}

// withMonthWord returns the date with a month's name. The day is the number before the name, or else after it. The year
// is the number that remains. A number at the very start is a spoilt weekday: "026, 3 Jun 2026".
func (s *scanner) withMonthWord() (year, month, day int) {
	month = cmp.Or(s.byUnit[1], int(loadNames().months[s.monthWord]))
	rest := s.numbers
	if len(rest) == 3 && rest[0].first && s.monthAt > 1 {
		rest, s.monthAt = rest[1:], s.monthAt-1
	}
	switch {
	case len(rest) == 1 && len(rest[0].word) == 4 && !s.clock.known: // Nov. 2020
		return fullYear(rest[0].token), month, 1
	case len(rest) != 2:
		return 0, 0, 0
	}
	dayAt := 0
	if s.monthAt > 0 && rest[s.monthAt-1].isNumber(1, 2) {
		dayAt = s.monthAt - 1
	} else if s.monthAt < 2 {
		dayAt = s.monthAt
	}
	if !rest[dayAt].isNumber(1, 2) {
		return 0, 0, 0
	}
	return fullYear(rest[1-dayAt].token), month, int(rest[dayAt].value)
}

// withoutMonthWord returns a date of numbers: year, month and day, or day, month and year. If the order is open, it
// returns the day first.
func (s *scanner) withoutMonthWord() (year, month, day int, o order) {
	n := s.numbers
	switch {
	case len(n) == 3 && (len(n[0].word) == 4 || len(n[0].word) == 2 && n[0].value > 31):
		return fullYear(n[0].token), int(n[1].value), int(n[2].value), orderKnown
	case len(n) == 3:
		first, second := int(n[0].value), int(n[1].value)
		return withOrder(fullYear(n[2].token), first, second)
	case len(n) == 2 && !s.clock.known && n[1].symbol != 0:
		return s.yearAndPart()
	case len(n) == 1 && len(s.tokens) == 1 && len(n[0].word) == 4: // 2003
		return int(n[0].value), 1, 1, orderKnown
	}
	return 0, 0, 0, orderKnown
}

// withOrder returns a date of two parts whose order may be open.
func withOrder(year, first, second int) (int, int, int, order) {
	switch {
	case first > 12:
		return year, second, first, orderDayFirst
	case second > 12:
		return year, first, second, orderMonthFirst
	case first == second:
		return year, first, first, orderKnown
	}
	return year, second, first, orderOpen
}

// yearAndPart reads 2026-06, 06/2026 and the ordinal date 2026-154.
func (s *scanner) yearAndPart() (year, month, day int, o order) {
	first, second := s.numbers[0], s.numbers[1]
	switch {
	case len(first.word) == 4 && len(second.word) == 3 && second.value >= 1 && second.value <= 366:
		at := time.Date(int(first.value), 1, int(second.value), 0, 0, 0, 0, time.UTC)
		if at.Year() == int(first.value) {
			return at.Year(), int(at.Month()), at.Day(), orderKnown
		}
	case len(first.word) == 4 && len(second.word) == 2:
		return int(first.value), int(second.value), 1, orderKnown
	case len(second.word) == 4 && len(first.word) <= 2:
		return int(second.value), int(first.value), 1, orderKnown
	}
	return 0, 0, 0, orderKnown
}

// fullYear returns a year. Two digits are a year from 1950 to 2049, and three digits count from 1900 (RFC 5322, section
// 4.3). Years from 2400 on are Thai: their era began 543 years earlier.
func fullYear(t token) int {
	year := int(t.value)
	switch {
	case len(t.word) == 2 && year < 50:
		return year + 2000
	case len(t.word) == 2 || len(t.word) == 3:
		return year + 1900
	case len(t.word) == 4 && year > 2400 && year < 2700:
		return year - 543
	case len(t.word) == 4:
		return year
	}
	return 0
}

// on returns the time of day on a date. ok is false if the date or the time does not exist. 24:00 is the start of the
// next day, and a leap second is the start of the next minute.
func (c clock) on(year, month, day int) (at time.Time, ok bool) {
	hour := c.hour
	switch {
	case c.pm && hour < 12:
		hour += 12
	case c.am && hour == 12:
		hour = 0
	}
	at = time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	isDate := year >= minYear && year <= maxYear && month >= 1 && month <= 12 && day >= 1 && at.Day() == day
	isTime := hour < 24 && c.minute < 60 && c.second <= 60 || hour == 24 && c.minute == 0 && c.second == 0
	if !isDate || !isTime {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, c.minute, c.second, 0, time.UTC), true
}

// decideByWeekday decides an open order if the text names the weekday.
func (s *scanner) decideByWeekday(d *Date) {
	swapped := d.swapped()
	switch dayFirst, monthFirst := d.wall.Weekday() == s.weekday, swapped.Weekday() == s.weekday; {
	case !s.weekdayOK || dayFirst == monthFirst:
	case dayFirst:
		d.order = orderDayFirst
	case monthFirst:
		d.order, d.wall = orderMonthFirst, swapped
	}
}

// swapped returns the wall time with day and month exchanged. Both are at most 12.
func (d Date) swapped() time.Time {
	w := d.wall
	return time.Date(w.Year(), time.Month(w.Day()), int(w.Month()), w.Hour(), w.Minute(), w.Second(), 0, time.UTC)
}
