package phrases

import (
	"fmt"
	"time"
)

// dateLayouts are date formats that Alexa reads aloud the way people of the locale say them.
type dateLayouts struct {
	day, dayOfYear, weekday, month, monthOfYear string
}

var (
	monthFirst = dateLayouts{
		day: "January 2", dayOfYear: "January 2, 2006", weekday: "Monday, January 2", month: "January", monthOfYear: "January 2006",
	}
	dayFirst = dateLayouts{
		day: "2 January", dayOfYear: "2 January 2006", weekday: "Monday, 2 January", month: "January", monthOfYear: "January 2006",
	}
)

// Date names the day of t in a form that can follow "from": "today", "Saturday" for the last days, "last Saturday" for
// the week before them, or a date. today and t are in the blog's time zone. Date includes the year if it differs from
// today's, or if withYear is set.
func (l *Language) Date(t, today time.Time, withYear bool) string {
	if withYear {
		return l.formatTime(t, l.dates.dayOfYear)
	}
	ago := daysAgo(t, today)
	if day := l.todayOrYesterday(ago); day != "" {
		return day
	}
	switch weekday := l.formatTime(t, "Monday"); {
	case 2 <= ago && ago <= 6:
		return l.Say("weekday", Params{Date: weekday})
	case 7 <= ago && ago <= 13:
		return l.Say("last-weekday", Params{Date: weekday})
	}
	return l.dateOf(t, today)
}

// todayOrYesterday names the day, or returns "" for other days.
func (l *Language) todayOrYesterday(daysAgo int) string {
	switch daysAgo {
	case 0:
		return l.Say("today", Params{})
	case 1:
		return l.Say("yesterday", Params{})
	}
	return ""
}

// dateOf returns a date with its weekday if it is of this year, and otherwise with its year.
func (l *Language) dateOf(t, today time.Time) string {
	if t.Year() != today.Year() {
		return l.formatTime(t, l.dates.dayOfYear)
	}
	return l.formatTime(t, l.dates.weekday)
}

// formatTime formats t in the language.
func (l *Language) formatTime(t time.Time, layout string) string {
	if l.names == nil {
		return t.Format(layout)
	}
	return l.names.Replace(t.Format(layout))
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
// "last week", "in March 2024". It names the period as people do who speak on the day today, unless withYear is set. The
// unit is day, week, weekend, month, quarter, season, year, decade or century. For the use of years see [Language.Date].
func (l *Language) Period(unit string, from, today time.Time, withYear bool) string {
	if !withYear {
		if relative := relativePeriod(unit, from, today); relative != "" && l.hasText(relative) {
			return l.Say(relative, Params{})
		}
	}
	params := Params{Year: from.Year(), Month: l.formatTime(from, l.dates.month), Date: l.formatTime(from, l.dates.day)}
	if withYear || from.Year() != today.Year() {
		params.Month, params.Date = l.formatTime(from, l.dates.monthOfYear), l.formatTime(from, l.dates.dayOfYear)
	}
	message := Message(unit)
	switch unit {
	case "day":
		return l.dayPeriod(from, today, withYear)
	case "quarter":
		message = Message(fmt.Sprintf("quarter-%d", (from.Month()+2)/3))
	case "season":
		message = seasonMessage(from.Month())
	case "decade":
		if named := Message(fmt.Sprintf("decade-%d", from.Year())); l.hasText(named) { // the nineties
			message = named
		}
	}
	return l.Say(message, params)
}

// dayPeriod is [Language.Period] of a day.
func (l *Language) dayPeriod(day, today time.Time, withYear bool) string {
	ago := daysAgo(day, today)
	switch {
	case withYear:
		return l.Say("day", Params{Date: l.Date(day, today, true)})
	case 7 <= ago && ago <= 13:
		return l.Date(day, today, false) // no "on" before "last Saturday"
	case 2 <= ago && ago <= 6:
		return l.Say("day", Params{Date: l.formatTime(day, "Monday")})
	}
	return l.Say("day", Params{Date: l.dateOf(day, today)})
}

// relativePeriod returns the message that names a period by its distance from today, such as "last-week". It returns ""
// if there is none. Not every message that it returns has a text.
func relativePeriod(unit string, from, today time.Time) Message {
	passed, name := periodsPassed(unit, from, today), unit
	switch {
	case unit == "day" && passed == 0:
		return "today"
	case unit == "day" && passed == 1:
		return "yesterday"
	case unit == "day":
		return ""
	case unit == "season":
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
