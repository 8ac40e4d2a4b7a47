package dates

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRFC822Grid reads all forms of RFC 822, section 5.1, with the years of RFC 5322. The forms have a weekday and seconds
// or not, one or two digits of the day, two or four of the year, and each zone. The test computes the expected time from
// the parts, not from the text.
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

// TestISO8601Grid reads the forms of RFC 3339 and ISO 8601 with and without seconds, fractions and separators. The values
// repeat among day, hour, minute and second.
func TestISO8601Grid(t *testing.T) {
	read := 0
	for _, part := range []int{1, 2, 9, 10, 12, 13, 20, 23} {
		for _, day := range []int{part, 1, 12, 27} {
			for _, minute := range []int{part, 0, 30, 59} {
				for _, second := range []int{part, 0, 59} {
					for zoneText, offset := range map[string]int{
						"Z": 0, "z": 0, "+00:00": 0, "-00:00": 0, "+02:00": 7200, "-0700": -25200, "+05:30": 19800, "+02": 7200,
						" +0200": 7200, " -07:00": -25200, " UTC": 0, " +0000 UTC": 0, " GMT-3": -10800, " EST": -18000,
					} {
						want := time.Date(2026, time.Month(day%12+1), day, part, minute, second, 0, time.UTC)
						at := want.Add(-time.Duration(offset) * time.Second)
						for _, layout := range []string{
							"2006-01-02T15:04:05", "2006-01-02t15:04:05.000", "2006-01-02 15:04:05", "20060102T150405", "2006/01/02 15:04:05",
							"2006-1-2 15:04:05", "2006-01-02T15:04:05.999999999", "20060102150405", "Mon Jan _2 15:04:05 2006", "2006.01.02 15:04:05",
							"02.01.2006 15:04:05", "2006-01-02 03:04:05 PM", "Monday, January 2, 2006 3:04:05pm", "2 Jan 2006, 15:04:05",
						} {
							r := Resolver{dayFirst: 1}
							text := want.Format(layout) + zoneText
							if strings.HasSuffix(strings.ToLower(layout), "pm") {
								text = want.Format(layout) + " " + zoneText
							}
							require.Equal(t, at, r.Time(Parse(text)), text)
							read++
						}
					}
				}
			}
		}
	}
	require.Greater(t, read, 70_000)
}
