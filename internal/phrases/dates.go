package phrases

import (
	"fmt"
	"strconv"
	"time"
)

// Date names the day of t as the texts with the placeholder ${Date} need it: "today", "Saturday" for the last days, "last
// Saturday" for the week before them, or a date with its weekday or its year. In other languages the name begins with a
// preposition, such as German "vom letzten Samstag". today and t are in the blog's time zone.
func (l *Language) Date(t, today time.Time) string {
	return l.nameDay("from-", dayKind(t, today, false), t, today)
}

// FullDate returns the date of t with its year, for screens and cards.
func (l *Language) FullDate(t time.Time) string { return l.dayOfMonth("date-of-year", t) }

// dayKind returns how people name the day t on the day today: it is the end of a key of the language files. withYear
// says that the name must have the year.
func dayKind(t, today time.Time, withYear bool) string {
	switch ago := daysAgo(t, today); {
	case withYear:
		return "day-of-year"
	case ago == 0:
		return "today"
	case ago == 1:
		return "yesterday"
	case 2 <= ago && ago <= 6:
		return "weekday"
	case 7 <= ago && ago <= 13:
		return "last-weekday"
	case t.Year() != today.Year():
		return "day-of-year"
	}
	return "day"
}

// nameDay returns the text of a family ("from-" or "on-") and a kind of day.
func (l *Language) nameDay(family, kind string, t, today time.Time) string {
	params := Params{Weekday: nth(l.weekdays, int(t.Weekday())), Date: l.dateOf(t, t.Year() != today.Year() || kind == "day-of-year")}
	return l.datePart(Message(family+kind), fmt.Sprintf("@%d", t.Day()), fmt.Sprintf("-%d", t.Weekday()), params)
}

// dateOf returns a date, with its year or without.
func (l *Language) dateOf(t time.Time, withYear bool) string {
	if withYear {
		return l.dayOfMonth("date-of-year", t)
	}
	return l.dayOfMonth("date", t)
}

// dayOfMonth returns the text of a message with day, month and year. A language may have a word for a day, such as French
// "premier" for the first.
func (l *Language) dayOfMonth(message Message, t time.Time) string {
	params := Params{Day: strconv.Itoa(t.Day()), Month: nth(l.months, int(t.Month())-1), Year: t.Year()}
	if word := Message("day-" + params.Day); l.hasText(word) {
		params.Day = l.fragment(word, Params{})
	}
	return l.datePart(message, "@"+strconv.Itoa(t.Day()), fmt.Sprintf("-%d", t.Month()), params)
}

// datePart returns a part of a date. A language may have another text for a value. The key of that text is the message and
// the suffix for the day of the month, or else the suffix for the weekday or the month.
func (l *Language) datePart(message Message, daySuffix, otherSuffix string, params Params) string {
	for _, special := range []Message{message + Message(daySuffix), message + Message(otherSuffix)} {
		if l.hasText(special) {
			return l.fragment(special, params)
		}
	}
	return l.fragment(message, params)
}

// nth returns a word of a list, or "" if the list is too short, which the tests find.
func nth(list []string, n int) string {
	if n >= len(list) {
		return ""
	}
	return list[n]
}

// daysAgo returns the number of days from t to today.
func daysAgo(t, today time.Time) int {
	return int(midnightUTC(today).Sub(midnightUTC(t)).Hours() / 24)
}

// midnightUTC returns midnight UTC of t's calendar day. Days cannot be counted in the local zone: if its clocks skipped
// midnight on a day, time.Date returns a time of the day before.
func midnightUTC(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Period describes a period that begins at from, in a form that can begin or end a sentence: "today", "on Saturday",
// "last week", "in March 2024". It names the period as people do who speak on the day today: with the year only if it is
// another year. withYear adds the year. The unit is day, week, weekend, month, quarter, season, year, decade or century.
func (l *Language) Period(unit string, from, today time.Time, withYear bool) string {
	if !withYear {
		if relative := relativePeriod(unit, from, today); relative != "" && l.hasText(relative) {
			return l.Say(relative, Params{})
		}
	}
	hasYear := withYear || from.Year() != today.Year()
	params := Params{Year: from.Year(), Month: nth(l.months, int(from.Month())-1), Date: l.dateOf(from, hasYear)}
	message := Message(unit)
	switch unit {
	case "day":
		return l.nameDay("on-", dayKind(from, today, withYear), from, today)
	case "month":
		if hasYear {
			message = "month-of-year"
		}
	case "quarter":
		message = Message(fmt.Sprintf("quarter-%d", (from.Month()+2)/3))
	case "season":
		message = seasonMessage(from.Month())
	case "decade":
		if named := Message(fmt.Sprintf("decade-%d", from.Year())); l.hasText(named) { // the nineties
			message = named
		}
	}
	return l.datePart(message, fmt.Sprintf("@%d", from.Day()), fmt.Sprintf("-%d", from.Month()), params)
}

// relativePeriod returns the message that names a period by its distance from today, such as "last-week". It returns ""
// if there is none. Not every message that it returns has a text.
func relativePeriod(unit string, from, today time.Time) Message {
	passed, name := periodsPassed(unit, from, today), unit
	switch unit {
	case "day":
		return ""
	case "season":
		name = string(seasonMessage(from.Month()))
	}
	switch passed {
	case 0:
		return Message("this-" + name)
	case 1:
		return Message("last-" + name)
	case 2:
		return Message(name + "-before-last")
	}
	return ""
}

// periodsPassed returns how many periods of a unit began after from and until today. A season counts the years since it
// ended, so that 1 is the last winter. The result is negative for a future period.
func periodsPassed(unit string, from, today time.Time) int {
	const week = 7
	years := today.Year() - from.Year()
	months := 12*years + int(today.Month()) - int(from.Month())
	switch unit {
	case "day":
		return daysAgo(from, today)
	case "week":
		return floorDivide(daysAgo(from, today), week)
	case "weekend": // from Monday, the weekend that just ended is the last one
		return floorDivide(daysAgo(from, today)+5, week)
	case "month":
		return months
	case "quarter":
		return floorDivide(months, 3)
	case "season":
		return seasonsPassed(months)
	case "year":
		return years
	case "decade":
		return floorDivide(years, 10)
	case "century":
		return floorDivide(years, 100)
	}
	return -1
}

// seasonsPassed returns 0 for a season that is not over, 1 for the last winter, and 2 for the winter before it. months
// counts from the season's first month.
func seasonsPassed(months int) int {
	const season, year = 3, 12
	if months < season {
		return floorDivide(months, season)
	}
	return (months - season + year) / year
}

// floorDivide divides and rounds down, so that a future period is not the current one.
func floorDivide(n, by int) int {
	if n < 0 {
		return -1
	}
	return n / by
}

// seasonMessage returns the name of a season by its first month, as in AMAZON.DATE.
func seasonMessage(firstMonth time.Month) Message {
	switch firstMonth {
	case time.March:
		return "spring"
	case time.June:
		return "summer"
	case time.September:
		return "fall"
	}
	return "winter"
}
