package alexa

import (
	"errors"
	"fmt"
	"sort"
	"time"
)

// ErrDate is wrapped by every error of [ParseDate].
var ErrDate = errors.New("alexa: not an AMAZON.DATE")

// Unit is the calendar unit of a Period, such as Day or Month.
type Unit int

// These are the units of an AMAZON.DATE, from small to large.
const (
	Day Unit = iota
	Week
	Weekend
	Month
	Quarter
	Season
	Year
	Decade
	Century
)

// String returns the unit's English name, for logs.
func (u Unit) String() string {
	names := [...]string{"day", "week", "weekend", "month", "quarter", "season", "year", "decade", "century"}
	if u < 0 || int(u) >= len(names) {
		return fmt.Sprintf("Unit(%d)", int(u))
	}
	return names[u]
}

// Period is the time span that an AMAZON.DATE means. From is the first instant of its first day. To is the first
// instant of the day after its last day, and does not belong to the period.
type Period struct {
	From, To time.Time
	Unit     Unit

	// YearBack reports that the value was in the future and ParseDate moved it one year back. The answer should then
	// name the year.
	YearBack bool
}

// ParseDate parses the value of an AMAZON.DATE slot (Amazon: "Slot Type Reference") as days of a time zone. A nil loc
// means UTC. ParseDate accepts exactly the forms that Amazon sends, and returns [ErrDate] for all other values. The
// empty value and "?" are errors too; "?" means that Alexa did not understand the date. Years range from 1 to 9999.
//
// If the listener names a date without a year, Alexa guesses a future year and does not report the guess. But posts
// have past dates. So ParseDate moves a period that begins after today back by one year, but never by more. A leap day
// becomes February 28. ISO week 53 becomes week 52 if the earlier year has only 52 weeks. A future decade or century is
// not moved, because listeners always say its year.
//
// From is before To, except for a day that the zone skipped when it crossed the date line, such as December 30, 2011 in
// Apia. That period is empty.
func ParseDate(value string, now time.Time, loc *time.Location) (Period, error) {
	if loc == nil {
		loc = time.UTC
	}
	today := utcMidnight(now.In(loc).Date())
	period, ok := parseDate(value, today)
	if !ok {
		return Period{}, fmt.Errorf("%w: %.40q", ErrDate, value)
	}
	from, to := period.dayBounds()
	back := from.After(today) && period.unit <= Year
	if back {
		if period, ok = period.oneYearEarlier(); !ok {
			return Period{}, fmt.Errorf("%w: %.40q lies before the year 1", ErrDate, value)
		}
		from, to = period.dayBounds()
	}
	return Period{From: firstInstant(from, loc), To: firstInstant(to, loc), Unit: period.unit, YearBack: back}, nil
}

// calendarPeriod is a period without a time zone. Its days are midnights in UTC.
type calendarPeriod struct {
	unit  Unit
	year  int // for a decade or century, its first year
	month int // for a day or month; for a quarter or season, its first month
	day   int // for a day
	week  int // for a week or weekend, by ISO 8601
}

// oneYearEarlier returns the same period of the previous year, or false before the year 1.
func (c calendarPeriod) oneYearEarlier() (calendarPeriod, bool) {
	c.year--
	if c.month == 2 && c.day == 29 {
		c.day = 28
	}
	c.week = min(c.week, isoWeeks(c.year))
	return c, c.year > 0
}

// dayBounds returns the period's first day and the day after its last day.
func (c calendarPeriod) dayBounds() (from, to time.Time) {
	first := utcMidnight(c.year, time.Month(max(c.month, 1)), max(c.day, 1))
	switch c.unit {
	case Day:
		return first, first.AddDate(0, 0, 1)
	case Week:
		monday := isoMonday(c.year, c.week)
		return monday, monday.AddDate(0, 0, 7)
	case Weekend:
		monday := isoMonday(c.year, c.week)
		return monday.AddDate(0, 0, 5), monday.AddDate(0, 0, 7)
	case Month:
		return first, first.AddDate(0, 1, 0)
	case Quarter, Season:
		return first, first.AddDate(0, 3, 0)
	case Year:
		return first, first.AddDate(1, 0, 0)
	case Decade:
		return first, first.AddDate(10, 0, 0)
	default:
		return first, first.AddDate(100, 0, 0)
	}
}

func utcMidnight(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// isoMonday returns the first day of an ISO week. Week 1 contains January 4.
func isoMonday(year, week int) time.Time {
	fourth := utcMidnight(year, time.January, 4)
	sinceMonday := (int(fourth.Weekday()) + 6) % 7
	return fourth.AddDate(0, 0, 7*(week-1)-sinceMonday)
}

// isoWeeks returns the number of weeks in an ISO year. December 28 is always in the last week.
func isoWeeks(year int) int {
	_, week := utcMidnight(year, time.December, 28).ISOWeek()
	return week
}

// firstInstant returns the first instant at which a zone's date is this day or later. This instant is not always
// midnight. Clocks that go forward at midnight skip midnight, and clocks that go back can repeat it. A zone that
// crosses the date line can skip a day. time.Date does not define its result in these cases.
//
// firstInstant steps from one UTC offset to the next. It does not use Time.ZoneBounds: for zones with a recurring rule,
// Go 1.26 returns an end in the past on December 31 of leap years, so a loop over it never ends.
func firstInstant(day time.Time, loc *time.Location) time.Time {
	at := day.AddDate(0, 0, -2).In(loc) // no zone is two days ahead of UTC
	for {
		offset := utcOffset(at)
		first := day.Add(-time.Duration(offset) * time.Second).In(loc)
		if first.Before(at) {
			first = at
		}
		if utcOffset(first) == offset {
			return first
		}
		// The offset changes between at and first, at a whole second. Find this second.
		seconds := sort.Search(int(first.Unix()-at.Unix()), func(i int) bool {
			return utcOffset(at.Add(time.Duration(i)*time.Second)) != offset
		})
		at = at.Add(time.Duration(seconds) * time.Second)
	}
}

// utcOffset returns the zone's offset from UTC in seconds.
func utcOffset(t time.Time) int {
	_, offset := t.Zone()
	return offset
}
