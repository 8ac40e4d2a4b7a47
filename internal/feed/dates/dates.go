package dates

import (
	"strings"
	"time"
)

// The years that a date may have. They exclude dates without a year, and years of calendars that are not Gregorian.
const (
	minYear = 1800
	maxYear = 2199
)

// Date is a date that Parse has read. A Resolver turns it into a time, because the text may leave open the zone and the
// order of day and month. The zero Date stands for a missing date.
type Date struct {
	wall    time.Time // the clock's reading, as if it were UTC; in the order "day month" if the order is open
	order   order
	symbol  rune   // between the numbers of a date without a name of the month; 0 for others
	word    string // the name of the month, because it may mean another month in another language
	zone    zone
	instant bool // the text counts seconds since 1970
}

// order is the order of day and month in a date such as 06/03/2026.
type order int

const (
	orderKnown      order = iota // the date does not say anything about other dates
	orderOpen                    // both orders are possible
	orderDayFirst                // only this order is possible
	orderMonthFirst              // only this order is possible
)

// zone is the time zone in the text of a date. The zero zone stands for a text without one.
type zone struct {
	numeric bool   // seconds is valid
	seconds int    // east of UTC
	name    string // an IANA name or an abbreviation
}

// IsZero reports whether the date is missing.
func (d Date) IsZero() bool { return d.wall.IsZero() }

// Parse reads a date as feeds write it. It ignores words that it does not know, such as names of weekdays. It returns
// the zero Date if the text is not a date, and if it names a day or a time that does not exist.
func Parse(text string) Date {
	if d := parseTimestamp(strings.TrimSpace(text)); !d.IsZero() {
		return d
	}
	tokens, comment := splitText(text)
	s := scanner{tokens: tokens}
	if !s.scan() {
		return Date{}
	}
	if s.zone == (zone{}) && s.clock.known {
		s.zone = zoneInComment(comment)
	}
	return s.date()
}

// parseTimestamp reads the seconds or milliseconds since 1970, from the year 1973 on. Shorter numbers are not
// timestamps.
func parseTimestamp(text string) Date {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(whole) < 9 || len(whole) > 13 || strings.Trim(whole, "0123456789") != "" || strings.Trim(fraction, "0123456789") != "" {
		return Date{}
	}
	var number int64
	for _, digit := range whole {
		number = 10*number + int64(digit-'0')
	}
	var at time.Time
	switch len(whole) {
	case 9, 10:
		at = time.Unix(number, 0)
	case 13:
		at = time.UnixMilli(number)
	}
	if at = at.UTC(); at.Year() < 1973 || at.Year() > maxYear {
		return Date{}
	}
	return Date{wall: at.Truncate(time.Second), instant: true}
}
