package utterance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// recognizeDate returns the recognized date in words, or "".
func recognizeDate(t *testing.T, text string, today time.Time) string {
	t.Helper()
	got, ok := recognizerFor(t, "en-US").Recognize("the post from "+text, MatchContext{Today: today})
	if !ok || got.Intent != "LastPostIntent" {
		return ""
	}
	return got.Slots["Date"]
}

// TestRecognizesDates requires the right AMAZON.DATE for each phrase. The current day is Saturday, 14 March 2026.
func TestRecognizesDates(t *testing.T) {
	for want, all := range map[string][]string{
		"PRESENT_REF": {"right now", "now", "present_ref"},
		"2026-03-14":  {"today", "tonight", "this day", "saturday", "this saturday", "march fourteenth", "the fourteenth of march", "pi day", "2026-03-14"},
		"2026-03-13":  {"yesterday", "last night", "last friday", "a day ago", "one day ago", "this past friday", "last day"},
		"2026-03-12":  {"the day before yesterday", "two days ago", "a couple of days ago", "last thursday", "2 days ago"},
		"2026-03-15":  {"tomorrow", "sunday", "this sunday", "next sunday", "next day", "on sunday"},
		"2026-03-16":  {"the day after tomorrow", "monday", "on monday", "this monday", "next monday", "this coming monday"},
		"2026-03-21":  {"next saturday"},
		"2026-03-07":  {"last saturday", "saturday last week", "saturday of last week", "the past saturday"},
		"2026-03-02":  {"monday last week"},
		"2026-03-08":  {"last sunday", "sunday last week"},
		"2026-03-09":  {"last monday"},

		"2026-W11":    {"this week", "the current week", "2026-W11", "2026-w11", "the week of march fourteenth", "the week of the fourteenth of march 2026"},
		"2026-W10":    {"last week", "the past week", "the previous week", "a week ago", "one week ago"},
		"2026-W12":    {"next week", "the coming week"},
		"2026-W09":    {"two weeks ago"},
		"2026-W11-WE": {"this weekend", "the weekend of march fourteenth", "2026-w11-we"},
		"2026-W10-WE": {"last weekend", "the last weekend", "over the last weekend"},
		"2026-W12-WE": {"next weekend"},
		"2026-W52":    {"the week of christmas"},

		"2026-03":    {"this month", "march", "this march", "the month of march", "in march", "march 2026", "march of this year", "2026-03"},
		"2026-03-XX": {"2026-03-XX"},
		"2026-02":    {"last month", "last february", "a month ago", "february of this year"},
		"2027-02":    {"february", "next february", "feb"},
		"2026-04":    {"next month", "april", "this april"},
		"2025-04":    {"last april", "april last year", "april of last year"},
		"2025-03":    {"last march", "march twenty twenty five", "march 2025", "march of 2025", "march in 2025", "the march of 2025", "12 months ago"},
		"2026-01":    {"two months ago", "last january", "this january"},
		"2027-03":    {"next march"},

		"2027-03-03": {"march third", "march 3", "march 3rd", "march the third", "the third of march", "3 march", "the 3rd of march", "tuesday march third", "Tuesday, March 3"},
		"2026-03-03": {"march third this year", "march third 2026", "last march third", "the third of march of this year"},
		"2025-03-03": {"march third twenty twenty five", "march 3, 2025", "3 march 2025", "the third of march last year", "march third of 2025", "monday march third 2025"},
		"2025-12-25": {"december 25 2025", "december twenty fifth twenty twenty five", "christmas 2025", "christmas day last year", "last christmas", "christmas of 2025"},
		"2026-12-25": {"christmas", "this christmas", "christmas day", "xmas", "december twenty-fifth", "next christmas"},
		"2027-01-01": {"new year's day", "new years day", "New Year’s Day", "january first", "next new year"},
		"2026-01-01": {"last new year's day", "this new year's day"},
		"2026-10-31": {"halloween"},
		"2027-02-14": {"valentine's day", "valentines day", "valentine's"},
		"2026-02-14": {"last valentine's day", "valentine's day this year", "saturday february 14 2026"},
		"2028-02-29": {"february twenty ninth", "leap day", "29 february"},
		"2024-02-29": {"last leap day", "last february twenty ninth", "february 29 2024"},

		"2025-SU": {"last summer", "summer 2025", "the summer of 2025", "summer of last year", "summer last year", "in the summer of twenty twenty five"},
		"2026-SU": {"summer", "this summer", "next summer", "the summer"},
		"2026-SP": {"spring", "this spring", "the spring"},
		"2025-SP": {"last spring"},
		"2027-SP": {"next spring"},
		"2025-FA": {"last fall", "last autumn", "autumn 2025"},
		"2025-WI": {"last winter", "winter 2025", "the winter of 2025"},
		"2026-WI": {"this winter", "winter", "next winter"},

		"2026-Q1": {"this quarter", "the first quarter", "the first quarter of 2026", "2026-q1"},
		"2025-Q4": {"last quarter", "the previous quarter", "the last quarter of 2025", "the fourth quarter of last year", "4th quarter 2025"},
		"2026-Q2": {"next quarter", "the second quarter", "2nd quarter 2026"},

		"2026":       {"this year", "2026", "twenty twenty six", "the year 2026"},
		"2025":       {"last year", "a year ago", "2025", "twenty twenty five", "the year 2025", "two thousand twenty five", "two thousand and twenty five"},
		"2027":       {"next year"},
		"2024":       {"the year before last", "two years ago"},
		"2009":       {"two thousand nine", "two thousand and nine", "twenty oh nine"},
		"2000":       {"two thousand"},
		"1999":       {"nineteen ninety nine", "1999"},
		"1900":       {"nineteen hundred"},
		"2014-XX-XX": {"2014-XX-XX"},

		"199X": {"the nineties", "the 1990s", "1990s", "the nineteen nineties", "the 90s", "the '90s", "the 1990's", "199X"},
		"201X": {"the 2010s", "the last decade", "the twenty tens", "the tens"},
		"202X": {"this decade", "the twenties", "the twenty twenties", "the 2020s"},
		"203X": {"next decade"},
		"100X": {"the 1000s"},
		"193X": {"the thirties"},
		"20XX": {"this century", "the twenty first century", "the 21st century"},
		"19XX": {"last century", "the twentieth century", "the 20th century", "a century ago"},
		"21XX": {"next century"},
	} {
		for _, text := range all {
			require.Equal(t, want, recognizeDate(t, text, today), text)
		}
	}
}

func TestRejectsInvalidDates(t *testing.T) {
	for _, text := range []string{
		"", "the", "of the", "salt", "march salt", "february thirtieth", "30 february", "february 29 2025", "april 31", "march 0", "march 32", "the third",
		"twenty", "last", "ago", "weeks ago", "two ago", "salt weeks ago", "the fifth quarter", "2026-13", "2026-02-30", "2026-W54", "0999", "12345",
		"march march", "3 3", "monday tuesday", "the week of monday", "the first century", "salt nineties", "march nineties", "999 centuries ago", "999 decades ago", "nineteen",
		"thirty three", "march third twenty", "the 12th century of 2020", "95s", "2015s", "5s", "s",
		"the of the of the of the of the of the of the of the of today and more",
	} {
		require.Empty(t, recognizeDate(t, text, today), text)
	}
}

// TestResolvesRelativeDatesByToday requires the right AMAZON.DATE for relative dates on other current days.
func TestResolvesRelativeDatesByToday(t *testing.T) {
	for _, row := range []struct{ claim, today, text, want string }{
		{"in January this winter began last year", "2026-01-10", "this winter", "2025-WI"},
		{"and so did winter", "2026-01-10", "winter", "2025-WI"},
		{"and last winter a year before it", "2026-01-10", "last winter", "2024-WI"},
		{"next winter is to come", "2026-01-10", "next winter", "2026-WI"},
		{"in December winter is of this year", "2026-12-01", "this winter", "2026-WI"},
		{"last winter ended in it", "2026-12-01", "last winter", "2025-WI"},
		{"a season is not over on its last day", "2026-05-31", "spring", "2026-SP"},
		{"but the day after", "2026-06-01", "spring", "2027-SP"},
		{"and then it is the last", "2026-06-01", "last spring", "2026-SP"},
		{"this summer is of this year, also when over", "2026-10-10", "this summer", "2026-SU"},
		{"a day is to come on itself", "2026-12-25", "christmas", "2026-12-25"},
		{"the day after, it is a year ahead", "2026-12-26", "christmas", "2027-12-25"},
		{"and was last yesterday", "2026-12-26", "last christmas", "2026-12-25"},
		{"a month is to come to its last day", "2026-03-31", "march", "2026-03"},
		{"the day after, it is a year ahead", "2026-04-01", "march", "2027-03"},
		{"and last month", "2026-04-01", "last march", "2026-03"},
		{"months have other lengths", "2026-03-31", "last month", "2026-02"},
		{"quarters too", "2026-05-31", "last quarter", "2026-Q1"},
		{"the week is that of ISO, and so is its year", "2027-01-01", "this week", "2026-W53"},
		{"on Sunday the weekend is this", "2026-03-15", "this weekend", "2026-W11-WE"},
		{"on Monday it was the last", "2026-03-16", "last weekend", "2026-W11-WE"},
		{"on Sunday last Monday was in this week", "2026-03-15", "last monday", "2026-03-09"},
		{"and Monday last week six days before it", "2026-03-15", "monday last week", "2026-03-02"},
		{"on Monday, Sunday last week was yesterday", "2026-03-16", "sunday last week", "2026-03-15"},
		{"on Monday, last Monday was a week ago", "2026-03-16", "last monday", "2026-03-09"},
		{"leap days may be eight years apart", "2099-01-01", "leap day", "2104-02-29"},
		{"and backwards", "2103-01-01", "last leap day", "2096-02-29"},
		{"the thirties are to begin", "2029-12-31", "the thirties", "193X"},
		{"and have begun", "2030-01-01", "the thirties", "203X"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			today, err := time.Parse(time.DateOnly, row.today)
			require.NoError(t, err)
			require.Equal(t, row.want, recognizeDate(t, row.text, today))
		})
	}
}

// TestTodayUsesTheTimeZone runs at an instant that is another day in UTC.
func TestTodayUsesTheTimeZone(t *testing.T) {
	late := time.Date(2026, 3, 14, 23, 0, 0, 0, time.FixedZone("", -8*3600))
	require.Equal(t, "2026-03-14", recognizeDate(t, "today", late))
	require.Equal(t, "2026-03-14", recognizeDate(t, "saturday", late))
}
