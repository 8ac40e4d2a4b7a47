package alexa

import (
	"strings"
	"time"
)

// parseDate parses an AMAZON.DATE of any form. It returns false for a value that is not an AMAZON.DATE.
func parseDate(value string, today time.Time) (calendarPeriod, bool) {
	switch {
	case value == "PRESENT_REF": // "right now"
		year, month, day := today.Date()
		return calendarPeriod{unit: Day, year: year, month: int(month), day: day}, true
	case len(value) == 4:
		return parseYears(value)
	case len(value) < 7 || value[4] != '-':
		return calendarPeriod{}, false
	}
	year, ok := parseDigits(value[:4])
	if !ok || year == 0 {
		return calendarPeriod{}, false
	}
	return parseInYear(year, value)
}

// parseYears parses a year, decade or century, such as 2015, 201X or 20XX.
func parseYears(value string) (calendarPeriod, bool) {
	c, scale, known := calendarPeriod{unit: Year}, 1, value
	switch {
	case value[2:] == "XX":
		c.unit, scale, known = Century, 100, value[:2]
	case value[3:] == "X":
		c.unit, scale, known = Decade, 10, value[:3]
	}
	n, ok := parseDigits(known)
	c.year = n * scale
	return c, ok && c.year > 0
}

// parseInYear parses the forms that begin with a year and a hyphen.
func parseInYear(year int, value string) (calendarPeriod, bool) {
	rest := value[5:]
	switch rest {
	case "XX", "XX-XX":
		return calendarPeriod{unit: Year, year: year}, true
	case "Q1", "Q2", "Q3", "Q4":
		return calendarPeriod{unit: Quarter, year: year, month: 3*int(rest[1]-'1') + 1}, true
	case "SP", "SU", "FA", "WI":
		month := map[string]int{"SP": 3, "SU": 6, "FA": 9, "WI": 12}[rest]
		return calendarPeriod{unit: Season, year: year, month: month}, true
	}
	if rest[0] == 'W' {
		return parseWeek(year, rest[1:])
	}
	return parseMonth(value)
}

// parseWeek parses an ISO week or its weekend: the 48 or 48-WE of 2015-W48-WE.
func parseWeek(year int, rest string) (calendarPeriod, bool) {
	c := calendarPeriod{unit: Week, year: year}
	if len(rest) == 5 && rest[2:] == "-WE" {
		c.unit, rest = Weekend, rest[:2]
	}
	var ok bool
	c.week, ok = parseDigits(rest)
	return c, ok && len(rest) == 2 && 1 <= c.week && c.week <= isoWeeks(year)
}

// parseMonth parses a month or a day, such as 2015-11, 2015-11-XX or 2015-11-25.
func parseMonth(value string) (calendarPeriod, bool) {
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		return calendarPeriod{unit: Day, year: day.Year(), month: int(day.Month()), day: day.Day()}, true
	}
	month, err := time.Parse("2006-01", strings.TrimSuffix(value, "-XX"))
	return calendarPeriod{unit: Month, year: month.Year(), month: int(month.Month())}, err == nil
}

// parseDigits parses a number of ASCII digits. Unlike strconv.Atoi, it rejects signs.
func parseDigits(text string) (int, bool) {
	n := 0
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = 10*n + int(text[i]-'0')
	}
	return n, true
}
