package phrases

import (
	"fmt"
	"strings"
	"time"
)

// rightNow is the AMAZON.DATE of "right now".
const rightNow = "PRESENT_REF"

// isDate tells whether a text is an AMAZON.DATE, of the years 1000 to 9999: what is typed as Alexa would give it, and
// what is made of words before it is given to anybody.
func isDate(value string) bool {
	if value == rightNow {
		return true
	}
	if len(value) < len("2006") || value[0] == '0' {
		return false
	}
	if isDecade := len(value) == 4 && value[3] == 'X'; isDecade {
		_, ok := digits(strings.TrimSuffix(value[:3], "X"), 3)
		return ok
	}
	for _, layout := range []string{"2006", "2006-XX", "2006-XX-XX", "2006-01", "2006-01-XX", time.DateOnly} {
		if _, err := time.Parse(layout, value); err == nil {
			return true
		}
	}
	return isPartOfYear(value)
}

// isPartOfYear tells quarters, seasons, weeks and weekends.
func isPartOfYear(value string) bool {
	head, part, _ := strings.Cut(value, "-")
	year, err := time.Parse("2006", head)
	if err != nil {
		return false
	}
	switch part {
	case "Q1", "Q2", "Q3", "Q4", "SP", "SU", "FA", "WI":
		return true
	}
	number, ok := strings.CutPrefix(strings.TrimSuffix(part, "-WE"), "W")
	week, isNumber := digits(number, 2)
	_, weeks := time.Date(year.Year(), time.December, 28, 0, 0, 0, 0, time.UTC).ISOWeek()
	return ok && isNumber && len(number) == 2 && 1 <= week && week <= weeks
}

// A unit is a length of time, by the name that the vocabularies give it.
type unit string

// step gives the period of a unit that lies n after the one with today in it.
func (u unit) step(today time.Time, n int) string {
	month := time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, time.UTC)
	switch u {
	case "day":
		return today.AddDate(0, 0, n).Format(time.DateOnly)
	case "week":
		return weekOf(today.AddDate(0, 0, 7*n))
	case "weekend":
		return weekOf(today.AddDate(0, 0, 7*n)) + "-WE"
	case "month":
		return month.AddDate(0, n, 0).Format("2006-01")
	case "quarter":
		month = month.AddDate(0, 3*n, 0)
		return fmt.Sprintf("%04d-Q%d", month.Year(), (month.Month()+2)/3)
	case "year":
		return fmt.Sprintf("%04d", today.Year()+n)
	case "decade":
		return fmt.Sprintf("%03dX", today.Year()/10+n)
	case "century":
		return fmt.Sprintf("%02dXX", today.Year()/100+n)
	}
	return ""
}

// weekOf gives the ISO week of a day.
func weekOf(day time.Time) string {
	year, week := day.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}
