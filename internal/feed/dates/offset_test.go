package dates

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOffsetString(t *testing.T) {
	for seconds, want := range map[int]string{0: "+0000", -18000: "-0500", 19800: "+0530", -12600: "-0330", 50400: "+1400"} {
		require.Equal(t, want, Offset{Seconds: seconds}.String())
	}
}

func TestExampleZone(t *testing.T) {
	for _, c := range []struct {
		claim string
		texts []string
		want  string
	}{
		{"America's east coast in winter", []string{"28 Nov 2026 22:30 -0500"}, "America/New_York"},
		{"America's east coast in both halves of the year", []string{"28 Nov 2026 22:30 -0500", "28 Jun 2026 22:30 -0400"}, "America/New_York"},
		{"no summer time: Bogotá", []string{"28 Nov 2026 22:30 -0500", "28 Jun 2026 22:30 -0500"}, "America/Bogota"},
		{"Britain", []string{"28 Nov 2026 22:30 +0000", "28 Jun 2026 22:30 +0100"}, "Europe/London"},
		{"Britain in summer", []string{"28 Jun 2026 22:30 +0100"}, "Europe/London"},
		{"the middle of Europe", []string{"28 Nov 2026 22:30 +0100", "28 Jun 2026 22:30 CEST"}, "Europe/Berlin"},
		{"Japan", []string{"28 Nov 2026 22:30 JST"}, "Asia/Tokyo"},
		{"India", []string{"28 Nov 2026 22:30 +0530"}, "Asia/Kolkata"},
		{"Sydney", []string{"28 Nov 2026 22:30 +1100", "28 Jun 2026 22:30 +1000"}, "Australia/Sydney"},
		{"Brisbane", []string{"28 Nov 2026 22:30 +1000"}, "Australia/Brisbane"},
		{"the feed names its zone", []string{"28 Nov 2026 22:30 Europe/Brussels", "28 Nov 2026 22:30 +0900"}, "Europe/Brussels"},
		{"all dates are in UTC", []string{"28 Nov 2026 22:30 +0000", "28 Nov 2026 22:30 GMT", "2026-06-03T10:00:00Z"}, ""},
		{"offsets of two zones", []string{"28 Nov 2026 22:30 +0000", "28 Nov 2026 22:30 -0800", "28 Nov 2026 22:30 -0800"}, "America/Los_Angeles"},
		{"a zone that does not exist", []string{"28 Nov 2026 22:30 +0017"}, ""},
		{"no offsets", []string{"28 Nov 2026 22:30"}, ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			var r Resolver
			for _, text := range c.texts {
				r.Note(Parse(text))
			}
			require.Equal(t, c.want, ExampleZone(r.Offsets()))
		})
	}
}

func TestExampleZonesExist(t *testing.T) {
	for name := range strings.FieldsSeq(exampleZones) {
		_, err := time.LoadLocation(name)
		require.NoError(t, err)
	}
}
