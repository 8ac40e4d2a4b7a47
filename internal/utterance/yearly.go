package utterance

import (
	"fmt"
	"time"
)

// A recurring is what comes back once a year: a month, a day of one, a season, a quarter.
type yearlyPeriod struct {
	format string // of its value, with a place for the year
	month  int    // with which it begins
	day    int    // of a day
	months int    // that it lasts; 0 is a day
}

func yearlyDay(month, day int) yearlyPeriod {
	return yearlyPeriod{format: fmt.Sprintf("%%04d-%02d-%02d", month, day), month: month, day: day}
}

func (r yearlyPeriod) inYear(year int) string {
	return fmt.Sprintf(r.format, year)
}

// boundsInYear gives its first day in a year, and the day after its last; false for the leap day of other years.
func (r yearlyPeriod) boundsInYear(year int) (from, to time.Time, ok bool) {
	from = time.Date(year, time.Month(r.month), max(r.day, 1), 0, 0, 0, 0, time.UTC)
	if r.months == 0 {
		return from, from.AddDate(0, 0, 1), from.Day() == r.day
	}
	return from, from.AddDate(0, r.months, 0), true
}

// maxLeapYearGap is how many years a search for a leap day crosses at most: there was none between 1896 and 1904.
const maxLeapYearGap = 8

// firstFitting gives the one of the first year that fits, from a year on, forwards or backwards.
func (r yearlyPeriod) firstFitting(year, step int, fits func(from, to time.Time) bool) string {
	for range maxLeapYearGap + 2 {
		if from, to, ok := r.boundsInYear(year); ok && fits(from, to) {
			return r.inYear(year)
		}
		year += step
	}
	return ""
}

// currentOrNext gives the one that is not over yet: without a year, what Alexa hears leans to the future.
func (r yearlyPeriod) currentOrNext(today time.Time) string {
	return r.firstFitting(today.Year()-1, 1, func(_, to time.Time) bool { return to.After(today) })
}

// nextFuture gives the one that has not begun yet.
func (r yearlyPeriod) nextFuture(today time.Time) string {
	return r.firstFitting(today.Year(), 1, func(from, _ time.Time) bool { return from.After(today) })
}

// lastPast gives the one that was over last.
func (r yearlyPeriod) lastPast(today time.Time) string {
	return r.firstFitting(today.Year(), -1, func(_, to time.Time) bool { return !to.After(today) })
}

// thisYear gives that of today's year; in January and February "this winter" is the one that began last year.
func (r yearlyPeriod) thisYear(today time.Time) string {
	if _, to, _ := r.boundsInYear(today.Year() - 1); to.After(today) {
		return r.inYear(today.Year() - 1)
	}
	return r.inYear(today.Year())
}

// resolveWeekday gives the day of the week that is meant: without a year or a week, what Alexa hears leans to the future.
func resolveWeekday(meaning string, wanted int, today time.Time) time.Time {
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
