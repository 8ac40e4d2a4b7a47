package utterance

import (
	"fmt"
	"time"

	"lastpost/internal/alexa"
)

// isAmazonDate reports whether a text is an AMAZON.DATE of the years 1000 to 9999. It checks typed dates, and every date made of words.
func isAmazonDate(value string) bool {
	if value == "" || value[0] == '0' {
		return false
	}
	_, err := alexa.ParseDate(value, time.Time{}, nil)
	return err == nil
}

// A unit is a unit of time, by its name in the vocabularies.
type unit string

// periodAt returns the period of a unit that is n periods after the current one.
func (u unit) periodAt(today time.Time, n int) string {
	month := time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, time.UTC)
	switch u {
	case "day":
		return today.AddDate(0, 0, n).Format(time.DateOnly)
	case "week":
		return isoWeek(today.AddDate(0, 0, 7*n))
	case "fortnight": // Amazon's dates do not have fortnights
		return isoWeek(today.AddDate(0, 0, 14*n))
	case "weekend":
		return isoWeek(today.AddDate(0, 0, 7*n)) + "-WE"
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

// isoWeek returns the ISO week of a day.
func isoWeek(day time.Time) string {
	year, week := day.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}
