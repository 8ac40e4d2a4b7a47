package alexa

import (
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // time zones for systems without them

	"github.com/stretchr/testify/require"
)

// wednesday is in ISO week 48 of 2015, a year with 53 weeks.
var wednesday = time.Date(2015, time.November, 25, 15, 4, 5, 6, time.UTC)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func TestParseDate(t *testing.T) {
	for value, tt := range map[string]struct {
		unit     Unit
		from, to string
		back     bool
	}{
		"2015-11-25":  {Day, "2015-11-25", "2015-11-26", false},
		"2015-12-31":  {Day, "2014-12-31", "2015-01-01", true},
		"2012-02-29":  {Day, "2012-02-29", "2012-03-01", false},
		"2015-11-26":  {Day, "2014-11-26", "2014-11-27", true},
		"2016-02-29":  {Day, "2015-02-28", "2015-03-01", true},
		"2016-03-03":  {Day, "2015-03-03", "2015-03-04", true},
		"2018-03-03":  {Day, "2017-03-03", "2017-03-04", true}, // moved back by one year, although it is then still in the future
		"0001-01-01":  {Day, "0001-01-01", "0001-01-02", false},
		"PRESENT_REF": {Day, "2015-11-25", "2015-11-26", false},
		"2015-W48":    {Week, "2015-11-23", "2015-11-30", false},
		"2015-W01":    {Week, "2014-12-29", "2015-01-05", false},
		"2010-W01":    {Week, "2010-01-04", "2010-01-11", false},
		"2009-W53":    {Week, "2009-12-28", "2010-01-04", false},
		"2015-W49":    {Week, "2014-12-01", "2014-12-08", true},
		"2015-W53":    {Week, "2014-12-22", "2014-12-29", true}, // 2014 has 52 weeks
		"2016-W01":    {Week, "2014-12-29", "2015-01-05", true},
		"2015-W47-WE": {Weekend, "2015-11-21", "2015-11-23", false},
		"2015-W48-WE": {Weekend, "2014-11-29", "2014-12-01", true},
		"2015-W53-WE": {Weekend, "2014-12-27", "2014-12-29", true},
		"2015-11":     {Month, "2015-11-01", "2015-12-01", false},
		"2015-11-XX":  {Month, "2015-11-01", "2015-12-01", false},
		"2012-02":     {Month, "2012-02-01", "2012-03-01", false},
		"2015-12":     {Month, "2014-12-01", "2015-01-01", true},
		"2016-02-XX":  {Month, "2015-02-01", "2015-03-01", true},
		"2015-Q1":     {Quarter, "2015-01-01", "2015-04-01", false},
		"2015-Q2":     {Quarter, "2015-04-01", "2015-07-01", false},
		"2015-Q3":     {Quarter, "2015-07-01", "2015-10-01", false},
		"2015-Q4":     {Quarter, "2015-10-01", "2016-01-01", false},
		"2016-Q1":     {Quarter, "2015-01-01", "2015-04-01", true},
		"2015-SP":     {Season, "2015-03-01", "2015-06-01", false},
		"2015-SU":     {Season, "2015-06-01", "2015-09-01", false},
		"2015-FA":     {Season, "2015-09-01", "2015-12-01", false},
		"2014-WI":     {Season, "2014-12-01", "2015-03-01", false},
		"2011-WI":     {Season, "2011-12-01", "2012-03-01", false}, // ends after a leap February
		"2015-WI":     {Season, "2014-12-01", "2015-03-01", true},
		"2016-SU":     {Season, "2015-06-01", "2015-09-01", true},
		"2014":        {Year, "2014-01-01", "2015-01-01", false},
		"2014-XX":     {Year, "2014-01-01", "2015-01-01", false},
		"2014-XX-XX":  {Year, "2014-01-01", "2015-01-01", false},
		"2015":        {Year, "2015-01-01", "2016-01-01", false},
		"2016":        {Year, "2015-01-01", "2016-01-01", true},
		"201X":        {Decade, "2010-01-01", "2020-01-01", false},
		"202X":        {Decade, "2020-01-01", "2030-01-01", false},
		"001X":        {Decade, "0010-01-01", "0020-01-01", false},
		"20XX":        {Century, "2000-01-01", "2100-01-01", false},
		"21XX":        {Century, "2100-01-01", "2200-01-01", false},
	} {
		t.Run(value, func(t *testing.T) {
			p, err := ParseDate(value, wednesday, time.UTC)
			require.NoError(t, err)
			require.Equal(t, tt.unit, p.Unit)
			require.Equal(t, tt.from+"T00:00:00Z", p.From.Format(time.RFC3339Nano))
			require.Equal(t, tt.to+"T00:00:00Z", p.To.Format(time.RFC3339Nano))
			require.Equal(t, tt.back, p.YearBack)
		})
	}
}

func TestParseDateRefuses(t *testing.T) {
	for name, values := range map[string][]string{
		"words that Alexa did not understand": {"", "?"},
		"words":                               {"today", "last week", "PRESENT", "PAST_REF", "present_ref", "XXXX", "XXXX-XX-XX"},
		"the year 0":                          {"0000", "0000-01-01", "0000-W10", "0000-XX", "000X", "00XX"},
		"no such month":                       {"2015-00", "2015-13", "2015-00-01", "2015-13-01", "2015-13-XX"},
		"no such day":                         {"2015-11-00", "2015-11-31", "2015-02-29", "1900-02-29", "2015-01-32", "2015-12-99"},
		"no such week":                        {"2015-W00", "2015-W54", "2014-W53", "2014-W53-WE", "2015-W99"},
		"no such quarter":                     {"2015-Q0", "2015-Q5", "2015-Q", "2015-Q11", "2015-Q4-XX"},
		"lower case":                          {"2015-w48", "2015-W48-we", "2015-q4", "2015-wi", "201x", "20xx", "2015-xx", "2015-11-xx"},
		"spaces":                              {" 2015", "2015 ", "2015-11-25 ", " 2015-11-25", "2015 11 25", "2015-1 ", "2015-11-25\n"},
		"signs":                               {"+015", "-015", "2015-+1", "2015--1", "2015-11--1", "+2015-11-25"},
		"other digits":                        {"２０１５", "2015-1１", "٢٠١٥-١١-٢٥", "2015-W4８"},
		"too short":                           {"2", "20", "201", "2015-", "2015-1", "2015-W", "2015-W4", "2015-11-", "2015-11-2", "15-11-25"},
		"too long":                            {"20155", "2015-111", "2015-11-255", "2015-W488", "2015-W48-WEE", "2015-W48-", "2015-XX-XX-XX", strings.Repeat("2015-11-25", 10000)},
		"another hyphen":                      {"2015/11/25", "2015–11–25", "2015-11/25", "2015.11", "20151125"},
		"unknown digits in invalid places":    {"2XXX", "2X15", "X015", "XX15", "2015-XX-25", "2015-X1", "2015-1X", "2015-11-2X", "2015-WXX", "201X-11", "20XX-XX"},
		"forms of Amazon Lex and ISO 8601":    {"2015-329", "2015-W48-3", "2015-11-25T00:00", "2015-11-25/2015-11-26", "P1D", "2015-W48-WD"},
		"unknown seasons":                     {"2015-AU", "2015-WIN", "2015-W1", "2015-SPR"},
		"binary data":                         {"\x00\x00\x00\x00", "\xff\xfe\xfd\xfc", "2015\x00", "2015-\xff\xff"},
	} {
		for _, value := range values {
			t.Run(name+"/"+strings.ToValidUTF8(value[:min(len(value), 20)], "?"), func(t *testing.T) {
				p, err := ParseDate(value, wednesday, time.UTC)
				require.ErrorIs(t, err, ErrDate)
				require.Zero(t, p)
				require.Less(t, len(err.Error()), 300)
			})
		}
	}
}

func TestParseDateRefusesYearZero(t *testing.T) {
	_, err := ParseDate("0001", time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), nil)
	require.ErrorIs(t, err, ErrDate)
}

func TestTodayDependsOnZone(t *testing.T) {
	late := time.Date(2015, time.November, 25, 23, 30, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		loc  *time.Location
		from string
	}{
		"nil is UTC": {nil, "2015-11-25T00:00:00Z"},
		"ahead":      {zone(t, "Asia/Tokyo"), "2015-11-26T00:00:00+09:00"},
		"behind":     {zone(t, "America/Los_Angeles"), "2015-11-25T00:00:00-08:00"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := ParseDate("PRESENT_REF", late, tt.loc)
			require.NoError(t, err)
			require.Equal(t, tt.from, p.From.Format(time.RFC3339))
		})
	}
	p, err := ParseDate("2015-11-26", late, zone(t, "Asia/Tokyo"))
	require.NoError(t, err)
	require.False(t, p.YearBack, "it is already that day in Tokyo")
	p, err = ParseDate("2015-11-26", late, zone(t, "America/Los_Angeles"))
	require.NoError(t, err)
	require.True(t, p.YearBack)
}

func TestDaysBeginAtFirstInstant(t *testing.T) {
	for name, tt := range map[string]struct{ zone, day, from, to string }{
		"an ordinary day":                                    {"America/New_York", "2015-11-25", "2015-11-25T00:00:00-05:00", "2015-11-26T00:00:00-05:00"},
		"a day of 25 hours":                                  {"America/New_York", "2015-11-01", "2015-11-01T00:00:00-04:00", "2015-11-02T00:00:00-05:00"},
		"a day without midnight, São Paulo":                  {"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
		"the day before a day without midnight":              {"America/Sao_Paulo", "2018-11-03", "2018-11-03T00:00:00-03:00", "2018-11-04T01:00:00-02:00"},
		"a day without midnight, Beirut":                     {"Asia/Beirut", "2018-03-25", "2018-03-25T01:00:00+03:00", "2018-03-26T00:00:00+03:00"},
		"a day with midnight twice, Havana":                  {"America/Havana", "2018-11-04", "2018-11-04T00:00:00-04:00", "2018-11-05T00:00:00-05:00"},
		"a day that repeats its last hour":                   {"America/Sao_Paulo", "2018-02-17", "2018-02-17T00:00:00-02:00", "2018-02-18T00:00:00-03:00"},
		"clocks that go back just after midnight, St John's": {"America/St_Johns", "2010-11-07", "2010-11-07T00:00:00-02:30", "2010-11-08T00:00:00-03:30"},
		"the day before a skipped day":                       {"Pacific/Apia", "2011-12-29", "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"},
		"a skipped day":                                      {"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00", "2011-12-31T00:00:00+14:00"},
		"the day after a skipped day":                        {"Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"},
		"a skipped day, Kwajalein":                           {"Pacific/Kwajalein", "1993-08-21", "1993-08-22T00:00:00+12:00", "1993-08-22T00:00:00+12:00"},
		"the zone that is farthest ahead of UTC":             {"Pacific/Kiritimati", "2015-11-25", "2015-11-25T00:00:00+14:00", "2015-11-26T00:00:00+14:00"},
		"before standard time":                               {"Asia/Manila", "1800-01-01", "1800-01-01T00:00:00-15:56", "1800-01-02T00:00:00-15:56"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := ParseDate(tt.day, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), zone(t, tt.zone))
			require.NoError(t, err)
			require.Equal(t, tt.from, p.From.Format(time.RFC3339))
			require.Equal(t, tt.to, p.To.Format(time.RFC3339))
		})
	}
}

func TestAcceptsAnyFixedZone(t *testing.T) {
	for _, hours := range []int{-40, -12, 0, 14, 40} {
		p, err := ParseDate("2015-11-20", wednesday, time.FixedZone("", hours*3600))
		require.NoError(t, err)
		require.Equal(t, "2015-11-20 00:00:00", p.From.Format(time.DateTime))
		require.Equal(t, 24*time.Hour, p.To.Sub(p.From))
	}
}

func TestLastDayOfLeapYear(t *testing.T) {
	loc := zone(t, "America/Los_Angeles")
	for year := 2024; year < 2124; year++ {
		value := strconv.Itoa(year) + "-12-31"
		p, err := ParseDate(value, time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC), loc)
		require.NoError(t, err)
		require.Equal(t, value+"T00:00:00-08:00", p.From.Format(time.RFC3339))
		require.Equal(t, 24*time.Hour, p.To.Sub(p.From))
	}
}

func TestDaysHaveNoGapsOrOverlaps(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range testZones {
		loc := zone(t, name)
		end := time.Time{}
		for day := utcMidnight(1993, 1, 1); day.Year() < 2021; day = day.AddDate(0, 0, 1) {
			p, err := ParseDate(day.Format(time.DateOnly), now, loc)
			require.NoError(t, err)
			if !end.IsZero() && !end.Equal(p.From) {
				t.Fatalf("%s: a gap or overlap before %s: %s, %s", name, day.Format(time.DateOnly), end, p.From)
			}
			if !p.From.Before(p.To) && !skipped(name, day) {
				t.Fatalf("%s: %s is empty", name, day.Format(time.DateOnly))
			}
			end = p.To
		}
	}
}

// skipped reports whether a time zone skipped a day when it crossed the date line.
func skipped(zone string, day time.Time) bool {
	switch zone + " " + day.Format(time.DateOnly) {
	case "Pacific/Apia 2011-12-30", "Pacific/Kwajalein 1993-08-21", "Pacific/Kiritimati 1994-12-31":
		return true
	}
	return false
}

var testZones = []string{"UTC", "America/Los_Angeles", "America/Sao_Paulo", "America/Havana", "America/St_Johns",
	"Asia/Beirut", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Berlin", "Africa/Cairo",
	"Pacific/Apia", "Pacific/Kwajalein", "Pacific/Kiritimati"}

func TestUnitNames(t *testing.T) {
	for unit, want := range map[Unit]string{Day: "day", Week: "week", Weekend: "weekend", Month: "month", Quarter: "quarter",
		Season: "season", Year: "year", Decade: "decade", Century: "century", -1: "Unit(-1)", 9: "Unit(9)"} {
		require.Equal(t, want, unit.String())
	}
}

func FuzzParseDate(f *testing.F) {
	for i, value := range []string{"2015-11-25", "2015-W48", "2015-W53-WE", "2015-11", "2015-11-XX", "2015-Q4", "2015", "2015-XX-XX",
		"201X", "20XX", "2015-WI", "PRESENT_REF", "2016-02-29", "2011-12-30", "?", "", "9999-12-31"} {
		f.Add(value, int64(1448463845), uint8(i))
	}
	f.Fuzz(func(t *testing.T, value string, unix int64, zoneIndex uint8) {
		loc := zone(t, testZones[int(zoneIndex)%len(testZones)])
		now := time.Unix(unix%(1<<34), 0) // the years 1425 to 2514
		p, err := ParseDate(value, now, loc)
		if err != nil {
			require.ErrorIs(t, err, ErrDate)
			require.Zero(t, p)
			return
		}
		require.False(t, p.To.Before(p.From))
		if p.Unit != Day {
			require.True(t, p.From.Before(p.To))
		}
		for _, bound := range []time.Time{p.From, p.To} {
			require.Same(t, loc, bound.Location())
			require.NotEqual(t, bound.Format(time.DateOnly), bound.Add(-1).Format(time.DateOnly), "not the first instant of a day")
		}
		// A period stays in the future only if it was more than a year ahead.
		year, month, day := now.In(loc).Date()
		if p.Unit <= Year && p.From.After(firstInstant(utcMidnight(year, month, day), loc)) {
			require.True(t, p.YearBack)
		}
	})
}

func BenchmarkParseDate(b *testing.B) {
	loc := zone(b, "America/Los_Angeles")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseDate("2015-W48", wednesday, loc); err != nil {
			b.Fatal(err)
		}
	}
}
