package phrases

import (
	"testing"
	"time"
	_ "time/tzdata" // time zones, also if the system has none

	"github.com/stretchr/testify/require"
)

func TestDate(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 23, 0, 0, 0, time.UTC) }
	for _, row := range []struct {
		claim, locale string
		t, today      time.Time
		want          string
	}{
		{"today", "en-US", day(2026, 3, 14), today, "today"},
		{"yesterday", "en-US", day(2026, 3, 13), today, "yesterday"},
		{"yesterday of last year", "en-US", day(2025, 12, 31), day(2026, 1, 1), "yesterday"},
		{"two days ago", "en-US", day(2026, 3, 12), today, "Thursday"},
		{"six days ago", "en-GB", day(2026, 3, 8), today, "Sunday"},
		{"the same weekday a week ago", "en-US", day(2026, 3, 7), today, "last Saturday"},
		{"thirteen days ago", "en-US", day(2026, 3, 1), today, "last Sunday"},
		{"two weeks ago has its date", "en-US", day(2026, 2, 28), today, "Saturday, February 28"},
		{"two days ago in another year", "en-US", day(2025, 12, 30), day(2026, 1, 1), "Tuesday"},
		{"ten days ago in another year", "en-US", day(2025, 12, 22), day(2026, 1, 1), "last Monday"},
		{"tomorrow", "en-US", day(2026, 3, 15), today, "Sunday, March 15"},
		{"this year", "en-US", day(2026, 2, 3), today, "Tuesday, February 3"},
		{"this year in Britain", "en-GB", day(2026, 2, 3), today, "Tuesday, 3 February"},
		{"another year", "en-US", day(2024, 3, 14), today, "March 14, 2024"},
		{"another year in India", "en-IN", day(2024, 3, 14), today, "14 March 2024"},
		{"another year in Canada", "en-CA", day(2024, 3, 14), today, "March 14, 2024"},
		{"the same day of another year", "en-US", day(2025, 3, 14), today, "March 14, 2025"},
		{"an unsupported language", "xx-YY", day(2026, 2, 3), today, "Tuesday, February 3"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, load(t, row.locale).Date(row.t, row.today))
		})
	}
}

func TestFullDate(t *testing.T) {
	day := time.Date(2026, 3, 12, 23, 0, 0, 0, time.UTC)
	require.Equal(t, "March 12, 2026", load(t, "en-US").FullDate(day))
	require.Equal(t, "12 March 2026", load(t, "en-GB").FullDate(day))
}

// TestGrammarOfDates has artificial languages with the forms that grammar needs in dates: cases, contractions, gender and words for
// numbers.
func TestGrammarOfDates(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	const names = `"months": "gen feb mar apr mag giu lug ago set ott nov dic", "weekdays": "dom a_feira b_feira c_feira d_feira e_feira sab",
		"date": "${Day} ${Month}", "date-of-year": "${Date}, ${Day} ${Month} ${Year}", `
	for _, row := range []struct {
		claim, texts string
		got          func(*Language) string
		want         string
	}{
		{"a name may have a space", `"from-weekday": "of ${Weekday}"`, func(l *Language) string { return l.Date(day(2026, 3, 9), today) }, "of a feira"},
		{"another form for a weekday", `"from-weekday": "na ${Weekday}", "from-weekday-0": "no ${Weekday}"`,
			func(l *Language) string { return l.Date(day(2026, 3, 8), today) }, "no dom"},
		{"another form for a month", `"month": "a ${Month}", "month-10": "ad ${Month}"`,
			func(l *Language) string { return l.Period("month", day(2026, 10, 1), today, false) }, "ad ott"},
		{"the general form for other months", `"month": "a ${Month}", "month-10": "ad ${Month}"`,
			func(l *Language) string { return l.Period("month", day(2026, 11, 1), today, false) }, "a nov"},
		{"another form for a day of the month", `"from-day": "del ${Date}", "from-day@8": "dell'${Date}"`,
			func(l *Language) string { return l.Date(day(2026, 1, 8), today) }, "dell'8 gen"},
		{"a word for a day of the month", `"day-1": "primo", "on-day": "il ${Date}"`,
			func(l *Language) string { return l.Period("day", day(2026, 1, 1), today, false) }, "il primo gen"},
		{"the day of the month before the weekday", `"on-day": "a", "on-day-4": "b", "on-day@1": "c"`,
			func(l *Language) string { return l.Period("day", day(2026, 1, 1), today, false) }, "c"},
		{"two families for one day", `"from-yesterday": "von gestern", "on-yesterday": "gestern"`,
			func(l *Language) string {
				yesterday := today.AddDate(0, 0, -1)
				return l.Date(yesterday, today) + " " + l.Period("day", yesterday, today, false)
			}, "von gestern gestern"},
		{"no capital within a sentence", `"date-2": "${Month} x", "from-day": "${Date}"`,
			func(l *Language) string { return l.Date(day(2026, 2, 3), today) }, "feb x"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			catalog, err := loadTestCatalog("{" + names + row.texts + "}")
			require.NoError(t, err)
			require.Equal(t, row.want, row.got(catalog.Language("en-US")))
		})
	}
}

func TestPeriod(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	for _, row := range []struct {
		unit     string
		from     time.Time
		withYear bool
		want     string
	}{
		{"day", day(2026, 3, 14), false, "today"},
		{"day", day(2026, 3, 13), false, "yesterday"},
		{"day", day(2026, 3, 13), true, "on March 13, 2026"},
		{"day", day(2026, 3, 12), false, "on Thursday"},
		{"day", day(2026, 3, 8), false, "on Sunday"},
		{"day", day(2026, 3, 8), true, "on March 8, 2026"},
		{"day", day(2026, 3, 7), false, "last Saturday"},
		{"day", day(2026, 3, 1), false, "last Sunday"},
		{"day", day(2026, 2, 28), false, "on Saturday, February 28"},
		{"day", day(2025, 3, 3), false, "on March 3, 2025"},
		{"week", day(2026, 3, 9), false, "this week"},
		{"week", day(2026, 3, 2), false, "last week"},
		{"week", day(2026, 3, 2), true, "in the week of March 2, 2026"},
		{"week", day(2026, 2, 23), false, "the week before last"},
		{"week", day(2026, 2, 16), false, "in the week of February 16"},
		{"week", day(2025, 12, 29), false, "in the week of December 29, 2025"},
		{"weekend", day(2026, 3, 14), false, "this weekend"},
		{"weekend", day(2026, 3, 7), false, "last weekend"},
		{"weekend", day(2026, 2, 28), false, "the weekend before last"},
		{"weekend", day(2026, 2, 21), false, "over the weekend of February 21"},
		{"weekend", day(2025, 3, 8), false, "over the weekend of March 8, 2025"},
		{"month", day(2026, 3, 1), false, "this month"},
		{"month", day(2026, 3, 1), true, "in March 2026"},
		{"month", day(2026, 2, 1), false, "last month"},
		{"month", day(2026, 1, 1), false, "in January"},
		{"month", day(2025, 3, 1), false, "in March 2025"},
		{"quarter", day(2026, 1, 1), false, "this quarter"},
		{"quarter", day(2025, 10, 1), false, "last quarter"},
		{"quarter", day(2025, 10, 1), true, "in the last quarter of 2025"},
		{"quarter", day(2025, 7, 1), false, "in the third quarter of 2025"},
		{"quarter", day(2025, 4, 1), false, "in the second quarter of 2025"},
		{"quarter", day(2025, 1, 1), false, "in the first quarter of 2025"},
		{"season", day(2025, 12, 1), false, "last winter"},
		{"season", day(2024, 12, 1), false, "in the winter that started in 2024"},
		{"season", day(2026, 3, 1), false, "this spring"},
		{"season", day(2025, 3, 1), false, "last spring"},
		{"season", day(2025, 6, 1), false, "last summer"},
		{"season", day(2025, 6, 1), true, "in the summer of 2025"},
		{"season", day(2024, 6, 1), false, "in the summer of 2024"},
		{"season", day(2025, 9, 1), false, "last fall"},
		{"season", day(2024, 9, 1), false, "in the fall of 2024"},
		{"season", day(2024, 3, 1), false, "in the spring of 2024"},
		{"year", day(2026, 1, 1), false, "this year"},
		{"year", day(2025, 1, 1), false, "last year"},
		{"year", day(2025, 1, 1), true, "in 2025"},
		{"year", day(2024, 1, 1), false, "in 2024"},
		{"decade", day(2020, 1, 1), false, "this decade"},
		{"decade", day(2010, 1, 1), false, "in the 2010s"},
		{"decade", day(1990, 1, 1), false, "in the nineties"},
		{"century", day(2000, 1, 1), false, "this century"},
		{"century", day(1900, 1, 1), false, "last century"},
		{"century", day(1800, 1, 1), false, "in the 1800s"},
	} {
		t.Run(row.want, func(t *testing.T) {
			require.Equal(t, row.want, load(t, "en-US").Period(row.unit, row.from, today, row.withYear))
		})
	}
}

// TestPeriodOnOtherDays checks periods near their ends.
func TestPeriodOnOtherDays(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 9, 0, 0, 0, time.UTC) }
	for _, row := range []struct {
		claim, unit string
		from, today time.Time
		want        string
	}{
		{"on Sunday, the weekend is not over", "weekend", day(2026, 3, 7), day(2026, 3, 8), "this weekend"},
		{"on Monday it is", "weekend", day(2026, 3, 7), day(2026, 3, 9), "last weekend"},
		{"on Friday it is still the last one", "weekend", day(2026, 3, 7), day(2026, 3, 13), "last weekend"},
		{"after the next one", "weekend", day(2026, 3, 7), day(2026, 3, 16), "the weekend before last"},
		{"on Sunday, the week is not over", "week", day(2026, 3, 2), day(2026, 3, 8), "this week"},
		{"a week of two years", "week", day(2025, 12, 29), day(2026, 1, 2), "this week"},
		{"December in January", "month", day(2025, 12, 1), day(2026, 1, 2), "last month"},
		{"winter in February", "season", day(2025, 12, 1), day(2026, 2, 28), "this winter"},
		{"winter in November", "season", day(2025, 12, 1), day(2026, 11, 30), "last winter"},
		{"the winter before in December", "season", day(2025, 12, 1), day(2026, 12, 1), "last winter"},
		{"two winters ago in March", "season", day(2024, 12, 1), day(2026, 3, 1), "in the winter that started in 2024"},
		{"a week that begins tomorrow", "week", day(2026, 3, 9), day(2026, 3, 8), "in the week of March 9"},
		{"an unknown unit", "eon", day(2026, 3, 9), day(2026, 3, 9), "eon"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, load(t, "en-US").Period(row.unit, row.from, row.today, false))
		})
	}
}

func TestPeriodByLocale(t *testing.T) {
	for locale, want := range map[string][]string{
		"en-US": {"in the fall of 2024", "last fall", "over the weekend of February 21"},
		"en-CA": {"in the fall of 2024", "last fall", "on the weekend of February 21"},
		"en-GB": {"in the autumn of 2024", "last autumn", "over the weekend of 21 February"},
		"en-AU": {"in the autumn of 2024", "last autumn", "on the weekend of 21 February"},
		"en-IN": {"in the autumn of 2024", "last autumn", "on the weekend of 21 February"},
		"xx-YY": {"in the fall of 2024", "last fall", "over the weekend of February 21"},
	} {
		l := load(t, locale)
		require.Equal(t, want, []string{
			l.Period("season", time.Date(2024, 9, 1, 0, 0, 0, 0, time.UTC), today, false),
			l.Period("season", time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC), today, false),
			l.Period("weekend", time.Date(2026, 2, 21, 0, 0, 0, 0, time.UTC), today, false),
		}, locale)
	}
}

// TestYesterdayIsACalendarDay requires that calendar days are counted, not hours. The clocks in Chile skipped the
// midnight of the tested day.
func TestYesterdayIsACalendarDay(t *testing.T) {
	santiago, err := time.LoadLocation("America/Santiago")
	require.NoError(t, err)
	now := time.Date(2025, 9, 8, 0, 30, 0, 0, santiago)
	l := load(t, "en-US")
	require.Equal(t, "yesterday", l.Date(time.Date(2025, 9, 7, 12, 0, 0, 0, santiago), now))
	require.Equal(t, "Saturday", l.Date(time.Date(2025, 9, 6, 23, 45, 0, 0, santiago), now))
}
