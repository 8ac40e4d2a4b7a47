package alexa

import (
	"errors"
	"fmt"
	"sort"
	"time"
)

// ErrDate is wrapped by every error of [ParseDate].
var ErrDate = errors.New("alexa: not an AMAZON.DATE")

// Unit is the kind of a Period.
type Unit int

// The units that an AMAZON.DATE comes in, from small to large.
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

// String gives the unit's English name, for logs.
func (u Unit) String() string {
	names := [...]string{"day", "week", "weekend", "month", "quarter", "season", "year", "decade", "century"}
	if u < 0 || int(u) >= len(names) {
		return fmt.Sprintf("Unit(%d)", int(u))
	}
	return names[u]
}

// Period is the time that an AMAZON.DATE means: from the first instant of a day
// up to, and without, the first instant of another.
type Period struct {
	From, To time.Time
	Unit     Unit

	// YearBack says that the value lay ahead, and that the Period is the same one
	// of the year before it: the listener should hear which year that is.
	YearBack bool
}

// ParseDate reads the value of an AMAZON.DATE slot (Amazon: "Slot Type Reference") as days of a time zone; nil is UTC.
// It takes what Amazon sends, to the letter, and of all else says [ErrDate], also of the empty value and the "?" for
// nothing understood. Years go from 1 to 9999.
//
// Where a date is said without a year, Alexa guesses one that lies ahead, and does not say that it guessed. The service
// looks for what has been, so a period that begins after the day of now is taken one year back, once: a leap day
// becomes the 28th, and an ISO week 53 becomes week 52 where that year has no more. A decade or a century that lies
// ahead stays, since nobody says them without their year.
//
// From is before To, but for a day that the zone has skipped by moving across the
// date line (Apia's 30 December 2011): that one is empty.
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

// calendarPeriod is a period of the calendar, which belongs to no zone. Its days are told by their midnights in UTC.
type calendarPeriod struct {
	unit  Unit
	year  int // the first of a decade or century
	month int // of a day or month; of a quarter or season its first
	day   int // of a day
	week  int // of a week or weekend, by ISO 8601
}

// oneYearEarlier gives the same period of the year before.
func (c calendarPeriod) oneYearEarlier() (calendarPeriod, bool) {
	c.year--
	if c.month == 2 && c.day == 29 {
		c.day = 28
	}
	c.week = min(c.week, isoWeeks(c.year))
	return c, c.year > 0
}

// dayBounds gives the period's first day, and the day after its last.
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

// isoMonday gives the day that an ISO week begins with. Week 1 is the one with 4 January in it.
func isoMonday(year, week int) time.Time {
	fourth := utcMidnight(year, time.January, 4)
	sinceMonday := (int(fourth.Weekday()) + 6) % 7
	return fourth.AddDate(0, 0, 7*(week-1)-sinceMonday)
}

// isoWeeks gives the number of an ISO year's last week, which is the one with 28 December in it.
func isoWeeks(year int) int {
	_, week := utcMidnight(year, time.December, 28).ISOWeek()
	return week
}

// firstInstant gives the first instant at which it is this day, or a later one, in a zone. It is not always midnight:
// clocks that go forward at midnight skip it, those that go back make it twice, and a zone that crosses the date line
// can skip a day; of these time.Date says only that it gives one of the choices.
//
// It walks from one offset to the next. Time.ZoneBounds would name the steps, but where a zone goes on by rule, on the
// 31 December of leap years, Go 1.26 gives an end that is past already, and a walk along it never ends.
func firstInstant(day time.Time, loc *time.Location) time.Time {
	at := day.AddDate(0, 0, -2).In(loc) // no clock is two days ahead of UTC
	for {
		offset := utcOffset(at)
		first := day.Add(-time.Duration(offset) * time.Second).In(loc)
		if first.Before(at) {
			first = at
		}
		if utcOffset(first) == offset {
			return first
		}
		// The clocks change in between, at a whole second.
		seconds := sort.Search(int(first.Unix()-at.Unix()), func(i int) bool {
			return utcOffset(at.Add(time.Duration(i)*time.Second)) != offset
		})
		at = at.Add(time.Duration(seconds) * time.Second)
	}
}

// utcOffset gives how far a zone's clocks are ahead of UTC, in seconds.
func utcOffset(t time.Time) int {
	_, offset := t.Zone()
	return offset
}
