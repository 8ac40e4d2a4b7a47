package dates

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRFC822Grid reads all forms of RFC 822, section 5.1, with the years of RFC 5322: with and without weekday and
// seconds, one or two digits of the day, two or four of the year, and all zones. It computes the expected time from the
// parts, not from the text.
func TestRFC822Grid(t *testing.T) {
	zones := map[string]int{
		"UT": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "Z": 0, "A": 0, "M": 0,
		"N": 0, "Y": 0, "-0000": 0, "+0000": 0, "+0200": 2, "-1100": -11, "+1400": 14, "GMT+2": 2,
	}
	monthNames := []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
	weekdays := []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
	read := 0
	for zone, hours := range zones {
		for month, monthName := range monthNames {
			for _, day := range []int{1, 9, 10, 28} {
				for _, year := range []int{1999, 2003, 2012, 2026} {
					want := time.Date(year, time.Month(month+1), day, 13, 5, 0, 0, time.UTC)
					for _, start := range []string{"", weekdays[want.Weekday()] + ", ", weekdays[want.Weekday()] + ","} {
						for _, dayText := range []string{fmt.Sprint(day), fmt.Sprintf("%02d", day)} {
							for _, yearText := range []string{fmt.Sprint(year), fmt.Sprintf("%02d", year%100)} {
								for seconds, clockText := range map[int]string{0: "13:05", 7: "13:05:07"} {
									text := start + dayText + " " + monthName + " " + yearText + " " + clockText + " " + zone
									at := want.Add(time.Duration(seconds)*time.Second - time.Duration(hours)*time.Hour)
									require.Equal(t, at, (&Resolver{}).Time(Parse(text)), text)
									read++
								}
							}
						}
					}
				}
			}
		}
	}
	require.Greater(t, read, 90_000)
}
