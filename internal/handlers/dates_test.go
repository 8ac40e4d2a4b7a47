package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func loadZone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

// postsOfYears returns posts of several years.
func postsOfYears() []feed.Entry {
	return []feed.Entry{
		postOn("2026-03-14", "Today"), postOn("2026-03-13", "Friday"), postOn("2026-03-09", "Monday"), postOn("2026-03-03", "Third"), postOn("2026-02-14", "Valentine"),
		postOn("2025-12-31", "Fireworks"), postOn("2025-11-25", "Tuesday"), postOn("2025-10-04", "Autumn"), postOn("2025-07-12", "Summer"),
		postOn("2025-04-20", "Easter"), postOn("2025-03-17", "Patrick"), postOn("2025-02-28", "February"), postOn("2024-02-29", "Leap"),
		postOn("2015-11-28", "Weekend"), postOn("2015-11-23", "Week"), postOn("1999-12-31", "Millennium"),
	}
}

// TestEveryDateForm requires that every form of an AMAZON.DATE selects the posts of the right period.
func TestEveryDateForm(t *testing.T) {
	for _, row := range []struct{ phrase, date, want string }{
		{"nothing", "", "The latest post is from today: Today."},
		{"today", "2026-03-14", "There's been one post today: Today."},
		{"right now", "PRESENT_REF", "There's been one post today: Today."},
		{"yesterday", "2026-03-13", "There was one post yesterday: Friday."},
		{"march third", "2026-03-03", "There was one post last Tuesday: Third."},
		{"the last day of last year", "2025-12-31", "There was one post on December 31, 2025: Fireworks."},
		{"a leap day", "2024-02-29", "There was one post on February 29, 2024: Leap."},
		{"this week", "2026-W11", "There have been three posts this week. The newest is from today: Today."},
		{"a week of another year", "2015-W48", "In the week of November 23, 2015 there were two posts. The newest is from November 28, 2015: Weekend."},
		{"this weekend", "2026-W11-WE", "There's been one post this weekend, from today: Today."},
		{"a weekend of another year", "2015-W48-WE", "Over the weekend of November 28, 2015 there was one post, from November 28, 2015: Weekend."},
		{"this month", "2026-03", "There have been four posts this month. The newest is from today: Today."},
		{"last month", "2026-02-XX", "Last month there was one post, from Saturday, February 14: Valentine."},
		{"a month of another year", "2025-03", "In March 2025 there was one post, from March 17, 2025: Patrick."},
		{"this quarter", "2026-Q1", "There have been five posts this quarter. The newest is from today: Today."},
		{"the second quarter of last year", "2025-Q2", "In the second quarter of 2025 there was one post, from April 20, 2025: Easter."},
		{"the third quarter of last year", "2025-Q3", "In the third quarter of 2025 there was one post, from July 12, 2025: Summer."},
		{"last quarter", "2025-Q4", "Last quarter there were three posts. The newest is from December 31, 2025: Fireworks."},
		{"this year", "2026", "There have been five posts this year. The newest is from today: Today."},
		{"last year", "2025-XX", "Last year there were seven posts. The newest is from December 31, 2025: Fireworks."},
		{"the year before", "2024-XX-XX", "In 2024 there was one post, from February 29, 2024: Leap."},
		{"this decade", "202X", "There have been 13 posts this decade. The newest is from today: Today."},
		{"the nineties", "199X", "In the nineties there was one post, from December 31, 1999: Millennium."},
		{"this century", "20XX", "There have been 15 posts this century. The newest is from today: Today."},
		{"last winter", "2025-WI", "Last winter there were two posts. The newest is from Saturday, February 14: Valentine."},
		{"this spring", "2026-SP", "There have been four posts this spring. The newest is from today: Today."},
		{"last summer", "2025-SU", "Last summer there was one post, from July 12, 2025: Summer."},
		{"last fall", "2025-FA", "Last fall there were two posts. The newest is from November 25, 2025: Tuesday."},
	} {
		t.Run(row.phrase, func(t *testing.T) {
			require.Equal(t, row.want, newFixture(t, saturday, postsOfYears()...).send(t, lastPost(row.date)).statement())
		})
	}
}

// TestFutureDateMeansYearBefore requires that a future date means the same date one year earlier, because Alexa guesses
// the year. The answer must name the year that the skill used, even if it is the current year.
func TestFutureDateMeansYearBefore(t *testing.T) {
	for _, row := range []struct{ phrase, date, want string }{
		{"the date of tomorrow means last year", "2026-03-15", "There weren't any posts on March 15, 2025. The last one before that is from February 28, 2025: February."},
		{"christmas", "2026-12-25", "There weren't any posts on December 25, 2025. The last one before that is from November 25, 2025: Tuesday."},
		{"next year's march third means this year's", "2027-03-03", "There was one post on March 3, 2026: Third."},
		{"next year's date of yesterday means yesterday", "2027-03-13", "There was one post on March 13, 2026: Friday."},
		{"next year's 28th of February means this year's", "2027-02-28", "There weren't any posts on February 28, 2026. The last one before that is from Saturday, February 14: Valentine."},
		{"next week means the same week one year earlier", "2026-W12", "In the week of March 17, 2025 there was one post, from March 17, 2025: Patrick."},
		{"a coming weekend means the same weekend one year earlier", "2026-W16-WE", "Over the weekend of April 19, 2025 there was one post, from April 20, 2025: Easter."},
		{"december", "2026-12", "In December 2025 there was one post, from December 31, 2025: Fireworks."},
		{"next year's february means this year's", "2027-02", "In February 2026 there was one post, from Saturday, February 14: Valentine."},
		{"the next quarter means last year's", "2026-Q2", "In the second quarter of 2025 there was one post, from April 20, 2025: Easter."},
		{"next year's first quarter means this year's", "2027-Q1", "There have been five posts in the first quarter of 2026. The newest is from today: Today."},
		{"summer", "2026-SU", "In the summer of 2025 there was one post, from July 12, 2025: Summer."},
		{"winter", "2026-WI", "In the winter that started in 2025 there were two posts. The newest is from Saturday, February 14: Valentine."},
		{"next year means this year", "2027", "There have been five posts in 2026. The newest is from today: Today."},
	} {
		t.Run(row.phrase, func(t *testing.T) {
			require.Equal(t, row.want, newFixture(t, saturday, postsOfYears()...).send(t, lastPost(row.date)).statement())
		})
	}
}

// TestWeekdayMeansLastOne requires that a weekday means the last such day if that day has a post, although Alexa sends
// the date of the coming one.
func TestWeekdayMeansLastOne(t *testing.T) {
	posts := []feed.Entry{postOn("2026-03-14", "Today"), postOn("2026-03-13", "Friday"), postOn("2026-03-09", "Monday"), newPost("Again", "2026-03-09T08:00:00Z"),
		postOn("2026-03-08", "Sunday"), postOn("2026-03-07", "Saturday"), postOn("2025-03-17", "Tuesday of then"), postOn("2025-03-21", "Saturday of then")}
	for _, row := range []struct{ phrase, date, want string }{
		{"tomorrow's weekday means six days ago", "2026-03-15", "There was one post on Sunday: Sunday."},
		{"Friday, six days ahead, means yesterday", "2026-03-20", "There was one post yesterday: Friday."},
		{"without a post one week earlier the date means one year earlier", "2026-03-17", "There was one post on March 17, 2025: Tuesday of then."},
		{"a date seven days ahead does not mean a weekday", "2026-03-21", "There was one post on March 21, 2025: Saturday of then."},
		{"today's date means today", "2026-03-14", "There's been one post today: Today."},
		{"a weekday with several posts", "2026-03-16", "There were two posts on Monday. The newest is: Monday."},
	} {
		t.Run(row.phrase, func(t *testing.T) {
			require.Equal(t, row.want, newFixture(t, saturday, posts...).send(t, lastPost(row.date)).statement())
		})
	}
	k := newFixture(t, saturday, posts...).newSession(t)
	k.expect("On Monday there were two posts. Number one: Monday. Number two: Again. "+asksLast, "ListPostsIntent", "Date", "2026-03-16")
	k.expect("Number one: Monday. Number two: Again. "+asksLast, "AMAZON.RepeatIntent")
}

func TestFutureLeapDayMeansFebruary28YearBefore(t *testing.T) {
	s := newFixture(t, time.Date(2027, time.June, 1, 12, 0, 0, 0, time.UTC), postOn("2027-02-28", "Sunday"))
	require.Equal(t, "There was one post on February 28, 2027: Sunday.", s.send(t, lastPost("2028-02-29")).statement())
}

// TestPeriodWithoutPosts requires that the answer for a period without posts names the nearest earlier post.
func TestPeriodWithoutPosts(t *testing.T) {
	for _, row := range []struct{ claim, date, want, card string }{
		{"between two posts", "2026-03-10", "There weren't any posts on Tuesday. The last one before that is from Monday: Monday.", "Monday"},
		{"a month between two posts", "2026-01", "There weren't any posts in January. The last one before that is from December 31, 2025: Fireworks.", "Fireworks"},
		{"after the latest post the answer names the latest post", "2026-03-13", "There weren't any posts yesterday. The latest post is from Thursday: Thursday.", "Thursday"},
		{"today", "PRESENT_REF", "There haven't been any posts today. The latest post is from Thursday: Thursday.", "Thursday"},
		{"before the first post", "2019", "There weren't any posts in 2019. I don't have anything from before that.", ""},
		{"the day before the first post", "2025-12-30", "There weren't any posts on December 30, 2025. I don't have anything from before that.", ""},
		{"the first year of the calendar", "0001", "There weren't any posts in 1. I don't have anything from before that.", ""},
		{"the decade before the first post", "201X", "There weren't any posts in the 2010s. I don't have anything from before that.", ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := newFixture(t, saturday, postOn("2026-03-12", "Thursday"), postOn("2026-03-09", "Monday"), postOn("2025-12-31", "Fireworks"))
			a := s.send(t, lastPost(row.date))
			require.Equal(t, row.want, a.statement())
			require.Equal(t, row.card, cardTitle(a))
			require.Equal(t, row.want, s.send(t, inSession(lastPost(row.date))).statement())
		})
	}
}

// cardTitle returns the card's title, or "" without a card.
func cardTitle(a answer) string {
	if a.Body.Card == nil {
		return ""
	}
	return a.Body.Card.Title
}

// TestSeveralPostsOfOneDay requires an answer with the number of posts that mentions the day only once.
func TestSeveralPostsOfOneDay(t *testing.T) {
	s := newFixture(t, saturday, newPost("Late", "2026-03-13T23:59:59Z"), newPost("Early", "2026-03-13T00:00:00Z"), postOn("2026-03-12", "Before"))
	require.Equal(t, "There were two posts yesterday. The newest is: Late.", s.send(t, lastPost("2026-03-13")).statement())
	require.Equal(t, "There were two posts on March 13, 2026. The newest is: Late.", s.send(t, lastPost("2027-03-13")).statement())
	require.Equal(t, "There have been three posts this month. The newest is from yesterday: Late.", s.send(t, lastPost("2026-03")).statement())
}

// TestInvalidDate requires that an invalid date is reported and that the latest post is announced instead.
func TestInvalidDate(t *testing.T) {
	const want = "I didn't catch which day you meant. The latest post is from today: Today."
	for _, date := range []string{"?", " ", "XXXX-XX-XX", "2026-02-30", "2026-W54", "2026-Q5", "yesterday", "０", "<speak>", "{{.Blog}}", "\x00", "2026-03-14T00:00", strings.Repeat("9", 10_000)} {
		t.Run(date[:min(len(date), 20)], func(t *testing.T) {
			s := newFixture(t, saturday, postsOfYears()...)
			require.Equal(t, want, s.send(t, lastPost(date)).statement())
			require.Equal(t, want, s.send(t, inSession(lastPost(date))).statement())
		})
	}
}

// TestDaysUseBlogZone requires that days begin at midnight in the blog's time zone, also in zones far west and far east
// of UTC.
func TestDaysUseBlogZone(t *testing.T) {
	const west, east = "America/Los_Angeles", "Pacific/Kiritimati" // 7 hours behind UTC, 14 ahead of it
	for _, row := range []struct{ claim, zone, now, published, date, want string }{
		{"at midnight UTC it is yesterday in the west", west, "2026-03-14T00:00:00Z", "2026-03-13T23:59:59Z", "PRESENT_REF", "There's been one post today: T."},
		{"the same day, requested by its date", west, "2026-03-14T00:00:00Z", "2026-03-14T00:00:00Z", "2026-03-13", "There's been one post today: T."},
		{"in the west the date in UTC is still in the future", west, "2026-03-14T00:00:00Z", "2026-03-13T23:59:59Z", "2026-03-14", "There weren't any posts on March 14, 2025. I don't have anything from before that."},
		{"the last second of a day", west, "2026-03-14T12:00:00Z", "2026-03-14T06:59:59Z", "2026-03-13", "There was one post yesterday: T."},
		{"the first second of the next day", west, "2026-03-14T12:00:00Z", "2026-03-14T07:00:00Z", "2026-03-14", "There's been one post today: T."},
		{"the first second does not belong to the day before", west, "2026-03-14T12:00:00Z", "2026-03-14T07:00:00Z", "2026-03-13", "There weren't any posts yesterday. I don't have anything from before that."},
		{"the latest post's day uses the zone", west, "2026-03-14T12:00:00Z", "2026-03-14T06:59:59Z", "", "The latest post is from yesterday: T."},
		{"at midnight UTC it is afternoon in the east", east, "2026-03-14T00:00:00Z", "2026-03-13T10:00:00Z", "PRESENT_REF", "There's been one post today: T."},
		{"the last second of yesterday in the east", east, "2026-03-14T00:00:00Z", "2026-03-13T09:59:59Z", "PRESENT_REF", "There haven't been any posts today. The latest post is from yesterday: T."},
		{"just before midnight UTC it is tomorrow in the east", east, "2026-03-13T23:59:59Z", "2026-03-13T23:00:00Z", "2026-03-14", "There's been one post today: T."},
		{"the new year begins early in the east", east, "2025-12-31T12:00:00Z", "2025-12-31T10:30:00Z", "2026", "There's been one post this year, from today: T."},
		{"the new year begins late in the west", west, "2026-01-01T12:00:00Z", "2026-01-01T07:59:59Z", "2025", "Last year there was one post, from yesterday: T."},
		{"yesterday can be in the previous year", west, "2026-01-01T12:00:00Z", "2026-01-01T07:59:59Z", "", "The latest post is from yesterday: T."},
		{"a day of 23 hours counts as one day", west, "2026-03-09T12:00:00Z", "2026-03-08T08:00:00Z", "2026-03-08", "There was one post yesterday: T."},
		{"a yesterday without its first hour", "America/Santiago", "2025-09-08T03:30:00Z", "2025-09-07T12:00:00Z", "", "The latest post is from yesterday: T."},
		{"two days ago is not yesterday where a day lacks its first hour", "America/Santiago", "2025-09-08T03:30:00Z", "2025-09-06T12:00:00Z", "", "The latest post is from Saturday: T."},
	} {
		t.Run(row.claim, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, row.now)
			require.NoError(t, err)
			a := newFixture(t, now.In(loadZone(t, row.zone)), newPost("T", row.published)).send(t, lastPost(row.date))
			require.Equal(t, row.want, a.statement())
		})
	}
}

// TestCardUsesBlogZone requires the date in the blog's time zone on the card. The date in UTC is one day later.
func TestCardUsesBlogZone(t *testing.T) {
	s := newFixture(t, saturday.In(loadZone(t, "America/Los_Angeles")), newPost("T", "2026-03-14T06:59:59Z"))
	a := s.send(t, lastPost(""))
	require.Equal(t, "March 13, 2026\nhttps://blog.test/2026-03-14", a.Body.Card.Content)
}
