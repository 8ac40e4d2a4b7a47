package utterance

import (
	"fmt"
	"time"
)

// A recurring is what comes back once a year: a month, a day of one, a season, a quarter.
type recurring struct {
	format string // of its value, with a place for the year
	month  int    // with which it begins
	day    int    // of a day
	months int    // that it lasts; 0 is a day
}

func recurringDay(month, day int) recurring {
	return recurring{format: fmt.Sprintf("%%04d-%02d-%02d", month, day), month: month, day: day}
}

func (r recurring) in(year int) string {
	return fmt.Sprintf(r.format, year)
}

// bounds gives its first day in a year, and the day after its last; false for the leap day of other years.
func (r recurring) bounds(year int) (from, to time.Time, ok bool) {
	from = time.Date(year, time.Month(r.month), max(r.day, 1), 0, 0, 0, 0, time.UTC)
	if r.months == 0 {
		return from, from.AddDate(0, 0, 1), from.Day() == r.day
	}
	return from, from.AddDate(0, r.months, 0), true
}

// longestWait is how many years a search for a leap day crosses at most: there was none between 1896 and 1904.
const longestWait = 8

// first gives the one of the first year that fits, from a year on, forwards or backwards.
func (r recurring) first(year, step int, fits func(from, to time.Time) bool) string {
	for range longestWait + 2 {
		if from, to, ok := r.bounds(year); ok && fits(from, to) {
			return r.in(year)
		}
		year += step
	}
	return ""
}

// coming gives the one that is not over yet: without a year, what Alexa hears leans to the future.
func (r recurring) coming(today time.Time) string {
	return r.first(today.Year()-1, 1, func(_, to time.Time) bool { return to.After(today) })
}

// next gives the one that has not begun yet.
func (r recurring) next(today time.Time) string {
	return r.first(today.Year(), 1, func(from, _ time.Time) bool { return from.After(today) })
}

// last gives the one that was over last.
func (r recurring) last(today time.Time) string {
	return r.first(today.Year(), -1, func(_, to time.Time) bool { return !to.After(today) })
}

// this gives that of today's year; in January and February "this winter" is the one that began last year.
func (r recurring) this(today time.Time) string {
	if _, to, _ := r.bounds(today.Year() - 1); to.After(today) {
		return r.in(today.Year() - 1)
	}
	return r.in(today.Year())
}

// weekday gives the day of the week that is meant: without a year or a week, what Alexa hears leans to the future.
func weekday(meaning string, wanted int, today time.Time) time.Time {
	sinceMonday := (int(today.Weekday()) + 6) % 7
	ahead := (wanted - int(today.Weekday()) + 7) % 7
	switch {
	case meaning == "weekday of last week":
		ahead = (wanted+6)%7 - sinceMonday - 7
	case meaning == "last":
		ahead -= 7
	case meaning == "next" && ahead == 0:
		ahead = 7
	}
	return today.AddDate(0, 0, ahead)
}
