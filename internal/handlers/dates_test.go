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
		{"nothing", "", "The latest post, from today, is: Today."},
		{"today", "2026-03-14", "There was one post today: Today."},
		{"right now", "PRESENT_REF", "There was one post today: Today."},
		{"yesterday", "2026-03-13", "There was one post yesterday: Friday."},
		{"march third", "2026-03-03", "There was one post on Tuesday, March 3: Third."},
		{"the last day of last year", "2025-12-31", "There was one post on December 31, 2025: Fireworks."},
		{"a leap day", "2024-02-29", "There was one post on February 29, 2024: Leap."},
		{"this week", "2026-W11", "There were 3 posts in the week of March 9. The newest, from today, is: Today."},
		{"a week of another year", "2015-W48", "There were 2 posts in the week of November 23, 2015. The newest, from November 28, 2015, is: Weekend."},
		{"this weekend", "2026-W11-WE", "There was one post on the weekend of March 14, from today: Today."},
		{"a weekend of another year", "2015-W48-WE", "There was one post on the weekend of November 28, 2015, from November 28, 2015: Weekend."},
		{"this month", "2026-03", "There were 4 posts in March. The newest, from today, is: Today."},
		{"last month", "2026-02-XX", "There was one post in February, from Saturday, February 14: Valentine."},
		{"a month of another year", "2025-03", "There was one post in March 2025, from March 17, 2025: Patrick."},
		{"this quarter", "2026-Q1", "There were 5 posts in the first quarter of 2026. The newest, from today, is: Today."},
		{"the second quarter of last year", "2025-Q2", "There was one post in the second quarter of 2025, from April 20, 2025: Easter."},
		{"the third quarter of last year", "2025-Q3", "There was one post in the third quarter of 2025, from July 12, 2025: Summer."},
		{"last quarter", "2025-Q4", "There were 3 posts in the last quarter of 2025. The newest, from December 31, 2025, is: Fireworks."},
		{"this year", "2026", "There were 5 posts in 2026. The newest, from today, is: Today."},
		{"last year", "2025-XX", "There were 7 posts in 2025. The newest, from December 31, 2025, is: Fireworks."},
		{"the year before", "2024-XX-XX", "There was one post in 2024, from February 29, 2024: Leap."},
		{"this decade", "202X", "There were 13 posts in the 2020s. The newest, from today, is: Today."},
		{"the nineties", "199X", "There was one post in the 1990s, from December 31, 1999: Millennium."},
		{"this century", "20XX", "There were 15 posts in the hundred years from 2000. The newest, from today, is: Today."},
		{"last winter", "2025-WI", "There were 2 posts in the winter that began in 2025. The newest, from Saturday, February 14, is: Valentine."},
		{"this spring", "2026-SP", "There were 4 posts in the spring of 2026. The newest, from today, is: Today."},
		{"last summer", "2025-SU", "There was one post in the summer of 2025, from July 12, 2025: Summer."},
		{"last fall", "2025-FA", "There were 2 posts in the fall of 2025. The newest, from November 25, 2025, is: Tuesday."},
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
		{"the date of tomorrow means last year", "2026-03-15", "There was no post on March 15, 2025. The last one before that, from February 28, 2025, is: February."},
		{"christmas", "2026-12-25", "There was no post on December 25, 2025. The last one before that, from November 25, 2025, is: Tuesday."},
		{"next year's march third means this year's", "2027-03-03", "There was one post on March 3, 2026: Third."},
		{"next year's date of yesterday means yesterday", "2027-03-13", "There was one post on March 13, 2026: Friday."},
		{"next year's 28th of February means this year's", "2027-02-28", "There was no post on February 28, 2026. The last one before that, from Saturday, February 14, is: Valentine."},
		{"next week means the same week one year earlier", "2026-W12", "There was one post in the week of March 17, 2025, from March 17, 2025: Patrick."},
		{"a coming weekend means the same weekend one year earlier", "2026-W16-WE", "There was one post on the weekend of April 19, 2025, from April 20, 2025: Easter."},
		{"december", "2026-12", "There was one post in December 2025, from December 31, 2025: Fireworks."},
		{"next year's february means this year's", "2027-02", "There was one post in February 2026, from Saturday, February 14: Valentine."},
		{"the next quarter means last year's", "2026-Q2", "There was one post in the second quarter of 2025, from April 20, 2025: Easter."},
		{"next year's first quarter means this year's", "2027-Q1", "There were 5 posts in the first quarter of 2026. The newest, from today, is: Today."},
		{"summer", "2026-SU", "There was one post in the summer of 2025, from July 12, 2025: Summer."},
		{"winter", "2026-WI", "There were 2 posts in the winter that began in 2025. The newest, from Saturday, February 14, is: Valentine."},
		{"next year means this year", "2027", "There were 5 posts in 2026. The newest, from today, is: Today."},
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
		{"tomorrow's weekday means six days ago", "2026-03-15", "There was one post last Sunday: Sunday."},
		{"Friday, six days ahead, means yesterday", "2026-03-20", "There was one post yesterday: Friday."},
		{"without a post one week earlier the date means one year earlier", "2026-03-17", "There was one post on March 17, 2025: Tuesday of then."},
		{"a date seven days ahead does not mean a weekday", "2026-03-21", "There was one post on March 21, 2025: Saturday of then."},
		{"today's date means today", "2026-03-14", "There was one post today: Today."},
		{"a weekday with several posts", "2026-03-16", "There were 2 posts last Monday. The newest is: Monday."},
	} {
		t.Run(row.phrase, func(t *testing.T) {
			require.Equal(t, row.want, newFixture(t, saturday, posts...).send(t, lastPost(row.date)).statement())
		})
	}
	k := newFixture(t, saturday, posts...).newSession(t)
	k.expect("There were 2 posts last Monday. The newest are: 1: Monday. 2: Again. "+asksLast, "ListPostsIntent", "Date", "2026-03-16")
	k.expect("1: Monday. 2: Again. "+asksLast, "AMAZON.RepeatIntent")
}

func TestFutureLeapDayMeansFebruary28YearBefore(t *testing.T) {
	s := newFixture(t, time.Date(2027, time.June, 1, 12, 0, 0, 0, time.UTC), postOn("2027-02-28", "Sunday"))
	require.Equal(t, "There was one post on February 28, 2027: Sunday.", s.send(t, lastPost("2028-02-29")).statement())
}

// TestPeriodWithoutPosts requires that the answer for a period without posts names the nearest earlier post.
func TestPeriodWithoutPosts(t *testing.T) {
	for _, row := range []struct{ claim, date, want, card string }{
		{"between two posts", "2026-03-10", "There was no post last Tuesday. The last one before that, from last Monday, is: Monday.", "Monday"},
		{"a month between two posts", "2026-01", "There was no post in January. The last one before that, from December 31, 2025, is: Fireworks.", "Fireworks"},
		{"after the latest post the answer names the latest post", "2026-03-13", "There was no post yesterday. The latest post, from last Thursday, is: Thursday.", "Thursday"},
		{"today", "PRESENT_REF", "There was no post today. The latest post, from last Thursday, is: Thursday.", "Thursday"},
		{"before the first post", "2019", "There was no post in 2019. I do not know of any earlier one.", ""},
		{"the day before the first post", "2025-12-30", "There was no post on December 30, 2025. I do not know of any earlier one.", ""},
		{"the first year of the calendar", "0001", "There was no post in 1. I do not know of any earlier one.", ""},
		{"the decade before the first post", "201X", "There was no post in the 2010s. I do not know of any earlier one.", ""},
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
	require.Equal(t, "There were 2 posts yesterday. The newest is: Late.", s.send(t, lastPost("2026-03-13")).statement())
	require.Equal(t, "There were 2 posts on March 13, 2026. The newest is: Late.", s.send(t, lastPost("2027-03-13")).statement())
	require.Equal(t, "There were 3 posts in March. The newest, from yesterday, is: Late.", s.send(t, lastPost("2026-03")).statement())
}

// TestInvalidDate requires that an invalid date is reported and that the latest post is announced instead.
func TestInvalidDate(t *testing.T) {
	const want = "I did not understand which day you mean. The latest post, from today, is: Today."
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
		{"at midnight UTC it is yesterday in the west", west, "2026-03-14T00:00:00Z", "2026-03-13T23:59:59Z", "PRESENT_REF", "There was one post today: T."},
		{"the same day, requested by its date", west, "2026-03-14T00:00:00Z", "2026-03-14T00:00:00Z", "2026-03-13", "There was one post today: T."},
		{"in the west the date in UTC is still in the future", west, "2026-03-14T00:00:00Z", "2026-03-13T23:59:59Z", "2026-03-14", "There was no post on March 14, 2025. I do not know of any earlier one."},
		{"the last second of a day", west, "2026-03-14T12:00:00Z", "2026-03-14T06:59:59Z", "2026-03-13", "There was one post yesterday: T."},
		{"the first second of the next day", west, "2026-03-14T12:00:00Z", "2026-03-14T07:00:00Z", "2026-03-14", "There was one post today: T."},
		{"the first second does not belong to the day before", west, "2026-03-14T12:00:00Z", "2026-03-14T07:00:00Z", "2026-03-13", "There was no post yesterday. I do not know of any earlier one."},
		{"the latest post's day uses the zone", west, "2026-03-14T12:00:00Z", "2026-03-14T06:59:59Z", "", "The latest post, from yesterday, is: T."},
		{"at midnight UTC it is afternoon in the east", east, "2026-03-14T00:00:00Z", "2026-03-13T10:00:00Z", "PRESENT_REF", "There was one post today: T."},
		{"the last second of yesterday in the east", east, "2026-03-14T00:00:00Z", "2026-03-13T09:59:59Z", "PRESENT_REF", "There was no post today. The latest post, from yesterday, is: T."},
		{"just before midnight UTC it is tomorrow in the east", east, "2026-03-13T23:59:59Z", "2026-03-13T23:00:00Z", "2026-03-14", "There was one post today: T."},
		{"the new year begins early in the east", east, "2025-12-31T12:00:00Z", "2025-12-31T10:30:00Z", "2026", "There was one post in 2026, from today: T."},
		{"the new year begins late in the west", west, "2026-01-01T12:00:00Z", "2026-01-01T07:59:59Z", "2025", "There was one post in 2025, from yesterday: T."},
		{"yesterday can be in the previous year", west, "2026-01-01T12:00:00Z", "2026-01-01T07:59:59Z", "", "The latest post, from yesterday, is: T."},
		{"a day of 23 hours counts as one day", west, "2026-03-09T12:00:00Z", "2026-03-08T08:00:00Z", "2026-03-08", "There was one post yesterday: T."},
		{"a yesterday without its first hour", "America/Santiago", "2025-09-08T03:30:00Z", "2025-09-07T12:00:00Z", "", "The latest post, from yesterday, is: T."},
		{"two days ago is not yesterday where a day lacks its first hour", "America/Santiago", "2025-09-08T03:30:00Z", "2025-09-06T12:00:00Z", "", "The latest post, from last Saturday, is: T."},
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
