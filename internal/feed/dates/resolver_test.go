package dates

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func mustLoadZone(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	require.NoError(t, err)
	return zone
}

func TestOrderOfDayAndMonth(t *testing.T) {
	for _, c := range []struct {
		name, text, language string
		others               []string
		want                 string
	}{
		{"another date has a day above 12 in second place", "06/03/2026", "de", []string{"06/13/2026"}, "2026-06-03"},
		{"another date has a day above 12 in first place", "06/03/2026", "en-US", []string{"13/06/2026"}, "2026-03-06"},
		{"most dates count if they contradict each other", "06/03/2026", "", []string{"13/06/2026", "06/14/2026", "15/06/2026"}, "2026-03-06"},
		{"contradicting dates do not count", "06/03/2026", "en-GB", []string{"13/06/2026", "06/14/2026"}, "2026-03-06"},
		{"another date has a time and two digits of the year", "6/3/2026 2:15:00 PM", "", []string{"13/6/26 10:00"}, "2026-03-06"},
		{"the weekday decides", "Wed, 06/03/2026", "en-GB", nil, "2026-06-03"},
		{"the weekday in another language decides", "Mi, 06/03/2026", "", nil, "2026-06-03"},
		{"the weekday of another date decides", "06/03/2026", "en-GB", []string{"Tue, 06/02/2026"}, "2026-06-03"},
		{"a weekday that fits neither order does not count", "Mon, 06/03/2026", "en-GB", nil, "2026-03-06"},
		{"a date with a month's name does not count", "06/03/2026", "en-US", []string{"13 Jun 2026", "2026-06-13"}, "2026-06-03"},
		{"American English", "06/03/2026", "en-US", nil, "2026-06-03"},
		{"American English with a time", "6/3/2026 2:15:00 PM", "en-us", nil, "2026-06-03"},
		{"American English with dashes", "06-03-2026", "en-US", nil, "2026-06-03"},
		{"American English with stops", "06.03.2026", "en-US", nil, "2026-03-06"},
		{"English without a country", "06/03/2026", "en", nil, "2026-06-03"},
		{"Canadian English", "06/03/2026", "en-CA", nil, "2026-06-03"},
		{"Canadian French", "06/03/2026", "fr-CA", nil, "2026-03-06"},
		{"British English", "06/03/2026", "en-GB", nil, "2026-03-06"},
		{"Australian English", "06/03/2026", "en-AU", nil, "2026-03-06"},
		{"Indian English", "06/03/2026", "en-IN", nil, "2026-03-06"},
		{"German", "06/03/2026", "de", nil, "2026-03-06"},
		{"German with stops", "06.03.2026", "de", nil, "2026-03-06"},
		{"without a language, slashes", "06/03/2026", "", nil, "2026-06-03"},
		{"without a language, dashes", "06-03-2026", "", nil, "2026-03-06"},
		{"without a language, stops", "06.03.2026", "", nil, "2026-03-06"},
		{"equal parts", "06/06/2026", "en-US", nil, "2026-06-06"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Resolver{Language: c.language}
			for _, text := range append(c.others, c.text) {
				r.Note(Parse(text))
			}
			require.Equal(t, c.want, r.Time(Parse(c.text)).Format(time.DateOnly))
		})
	}
}

func TestMonthsOfTheLanguage(t *testing.T) {
	for _, c := range []struct{ text, language, want string }{
		{"3 lip 2026", "pl", "2026-07-03"},
		{"3 lip 2026", "", "2026-07-03"},
		{"3 lip 2026", "hr-HR", "2026-06-03"},
		{"3 listopada 2026", "cs", "2026-11-03"},
		{"3 listopada 2026", "hr", "2026-10-03"},
		{"3 srp 2026", "hr", "2026-07-03"},
		{"3 mar 2026", "es", "2026-03-03"},
		{"Ma, 3 mar 2026", "fi", "2026-11-03"},
	} {
		require.Equal(t, c.want, (&Resolver{Language: c.language}).Time(Parse(c.text)).Format(time.DateOnly), c)
	}
}

// TestZonesThatShareAnAbbreviation checks that an abbreviation of the blog's own zone means this zone.
func TestZonesThatShareAnAbbreviation(t *testing.T) {
	for _, c := range []struct{ text, zone, want string }{
		{"Fri, 20 Nov 2026 12:00:00 IST", "UTC", "2026-11-20T06:30:00Z"},
		{"Fri, 20 Nov 2026 12:00:00 IST", "Asia/Kolkata", "2026-11-20T06:30:00Z"},
		{"Fri, 20 Nov 2026 12:00:00 IST", "Asia/Jerusalem", "2026-11-20T10:00:00Z"},
		{"Fri, 12 Jun 2026 12:00:00 IST", "Europe/Dublin", "2026-06-12T11:00:00Z"},
		{"Fri, 20 Nov 2026 12:00:00 CST", "Asia/Shanghai", "2026-11-20T04:00:00Z"},
		{"Fri, 20 Nov 2026 12:00:00 CST", "America/New_York", "2026-11-20T18:00:00Z"},
		{"Fri, 12 Jun 2026 12:00:00 CST", "America/Havana", "2026-06-12T17:00:00Z"},
		{"Fri, 12 Jun 2026 12:00:00 EST", "America/New_York", "2026-06-12T17:00:00Z"},
		{"Fri, 12 Jun 2026 12:00:00 PST", "Asia/Manila", "2026-06-12T04:00:00Z"},
	} {
		r := Resolver{Zone: mustLoadZone(t, c.zone)}
		require.Equal(t, c.want, r.Time(Parse(c.text)).Format(time.RFC3339), c)
	}
}

func TestBlogZoneHasSummerTime(t *testing.T) {
	r := Resolver{Zone: mustLoadZone(t, "America/Los_Angeles")}
	require.Equal(t, "2026-09-14T07:00:00Z", r.Time(Parse("Mon, 14 Sep 2026")).Format(time.RFC3339))
	require.Equal(t, "2026-11-20T10:00:00Z", r.Time(Parse("2026-11-20 02:00:00")).Format(time.RFC3339))
}

// TestStableTime checks that the time of an ID depends on the text alone.
func TestStableTime(t *testing.T) {
	require.Equal(t, "2026-03-06T00:00:00Z", StableTime(Parse("06/03/2026")).Format(time.RFC3339))
	require.Equal(t, "2026-11-20T02:00:00Z", StableTime(Parse("2026-11-20 02:00:00")).Format(time.RFC3339))
	require.Equal(t, "2026-11-20T01:00:00Z", StableTime(Parse("2026-11-20 02:00:00 CET")).Format(time.RFC3339))
	require.Zero(t, StableTime(Date{}))
}

func TestOffsets(t *testing.T) {
	var r Resolver
	for _, text := range []string{
		"Sat, 28 Nov 2026 22:30:00 -0500", "Sat, 18 Jul 2026 22:30:00 -0400", "Sun, 29 Nov 2026 22:30:00 -0500", "2026-11-28",
		"Sat, 28 Nov 2026 22:30:00 CET", "Sat, 28 Nov 2026 22:30:00 XYZ", "1780480800", "no date", "2026-11-20 02:00:00 Europe/Berlin",
		"Sat, 28 Nov 2026 22:30:00 GMT-05:00", "Mon, 02 Nov 2026 10:00:00 -0500",
	} {
		r.Note(Parse(text))
	}
	got := r.Offsets()
	require.Len(t, got, 4)
	require.Equal(t, "-0500", got[0].String())
	require.Equal(t, 4, got[0].Count)
	require.Equal(t, "2026-11-02T15:00:00Z", got[0].First.UTC().Format(time.RFC3339))
	require.Equal(t, "2026-11-30T03:30:00Z", got[0].Last.UTC().Format(time.RFC3339))
	require.Equal(t, []string{"", "CET", "Europe/Berlin"}, []string{got[1].Name, got[2].Name, got[3].Name})
}

// TestOffsetsAreBounded notes dates with many zones.
func TestOffsetsAreBounded(t *testing.T) {
	var r Resolver
	for hours := range 14 {
		for minutes := range 60 {
			r.Note(Parse(Offset{Seconds: 3600*hours + 60*minutes}.dateText()))
			r.Note(Parse("2026-11-20 02:00:00 Nowhere/" + string(rune('A'+hours)) + string(rune('A'+minutes%26))))
		}
	}
	require.Len(t, r.Offsets(), maxOffsets)
	require.Len(t, r.zones, maxZones)
}

func (o Offset) dateText() string { return "Fri, 20 Nov 2026 23:20:00 " + o.String() }
