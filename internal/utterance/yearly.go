package utterance

import (
	"fmt"
	"time"
)

// A yearlyPeriod is a period of each year: a day, month, season or quarter.
type yearlyPeriod struct {
	format string // format of the value, with a verb for the year
	month  int    // first month
	day    int    // day of the month, if the period is a day
	months int    // length in months; 0: one day
}

func yearlyDay(month, day int) yearlyPeriod {
	return yearlyPeriod{format: fmt.Sprintf("%%04d-%02d-%02d", month, day), month: month, day: day}
}

func (r yearlyPeriod) inYear(year int) string {
	return fmt.Sprintf(r.format, year)
}

// boundsInYear returns the first day in a year and the day after the last. ok is false for the leap day in other years.
func (r yearlyPeriod) boundsInYear(year int) (from, to time.Time, ok bool) {
	from = time.Date(year, time.Month(r.month), max(r.day, 1), 0, 0, 0, 0, time.UTC)
	if r.months == 0 {
		return from, from.AddDate(0, 0, 1), from.Day() == r.day
	}
	return from, from.AddDate(0, r.months, 0), true
}

// maxLeapYearGap is the maximum number of years between leap days: there was none between 1896 and 1904.
const maxLeapYearGap = 8

// firstFitting searches from a year, forwards or backwards, and returns the first period that fits.
func (r yearlyPeriod) firstFitting(year, step int, fits func(from, to time.Time) bool) string {
	for range maxLeapYearGap + 2 {
		if from, to, ok := r.boundsInYear(year); ok && fits(from, to) {
			return r.inYear(year)
		}
		year += step
	}
	return ""
}

// currentOrNext returns the first period that has not ended. Without a year, Alexa prefers future dates.
func (r yearlyPeriod) currentOrNext(today time.Time) string {
	return r.firstFitting(today.Year()-1, 1, func(_, to time.Time) bool { return to.After(today) })
}

// nextFuture returns the first period that has not started.
func (r yearlyPeriod) nextFuture(today time.Time) string {
	return r.firstFitting(today.Year(), 1, func(from, _ time.Time) bool { return from.After(today) })
}

// lastPast returns the last period that has ended.
func (r yearlyPeriod) lastPast(today time.Time) string {
	return r.firstFitting(today.Year(), -1, func(_, to time.Time) bool { return !to.After(today) })
}

// thisYear returns the period of the current year. In January and February, "this winter" started in the previous year.
func (r yearlyPeriod) thisYear(today time.Time) string {
	if _, to, _ := r.boundsInYear(today.Year() - 1); to.After(today) {
		return r.inYear(today.Year() - 1)
	}
	return r.inYear(today.Year())
}

// resolveWeekday returns the date of a weekday. Without a week, Alexa prefers future dates.
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
