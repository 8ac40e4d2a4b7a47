package handlers_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
)

// TestEveryDateFormMatchesLinearCount asks for each form of a date of a blog with 2,500 posts, whose days begin at eight in the
// morning of UTC, and compares with what counting them one by one gives.
func TestEveryDateFormMatchesLinearCount(t *testing.T) {
	now := saturday.In(loadZone(t, "America/Los_Angeles"))
	s := newFixture(t, now)
	items := (&feedtest.Publisher{Posts: 2500, Newest: saturday.Add(-time.Hour)}).Items()
	var entries []feed.Entry
	for _, item := range items {
		entries = append(entries, feed.Entry{Post: feed.Post{ID: item.ID, Title: item.Title, Link: "https://blog.test" + item.Link, Published: item.Published}})
	}
	s.publish(t, entries...)

	dates := []string{"PRESENT_REF", "202X", "20XX", "201X", "19XX", "2026", "2025-XX", "2024-XX-XX", "2023", "1999"}
	for _, form := range []string{"%d-Q1", "%d-Q2", "%d-Q3", "%d-Q4", "%d-SP", "%d-SU", "%d-FA", "%d-WI", "%d-02-29"} {
		for year := 2023; year <= 2026; year++ {
			dates = append(dates, fmt.Sprintf(form, year))
		}
	}
	for n := range 150 {
		day := saturday.AddDate(0, 0, -7*n)
		year, week := day.ISOWeek()
		dates = append(dates, day.Format(time.DateOnly), day.Format("2006-01"), day.Format("2006-01-XX"),
			fmt.Sprintf("%d-W%02d", year, week), fmt.Sprintf("%d-W%02d-WE", year, week))
	}
	told := map[string]int{}
	for _, date := range dates {
		period, err := alexa.ParseDate(date, now, now.Location())
		if err != nil {
			continue // the 29th of a February that has none
		}
		heard := s.send(t, lastPost(date)).statement()
		newest, count := countItems(items, period)
		switch count {
		case 0:
			told["none"]++
			require.Contains(t, heard, "There was no post ", date)
			if before, some := lastBefore(items, period.From); some {
				require.Contains(t, heard, before.Title, date)
			} else {
				require.Contains(t, heard, "I do not know of any earlier one.", date)
			}
		case 1:
			told["one"]++
			require.Contains(t, heard, "There was one post ", date)
			require.Contains(t, heard, newest.Title, date)
		default:
			told["several"]++
			require.Contains(t, heard, fmt.Sprintf("There were %d posts ", count), date)
			require.Contains(t, heard, newest.Title, date)
		}
	}
	require.Greater(t, told["none"], 3)
	require.Greater(t, told["several"], 300)
}

// countItems looks at every post.
func countItems(items []feedtest.Item, period alexa.Period) (newest feedtest.Item, count int) {
	for _, item := range items {
		if !item.Published.Before(period.From) && item.Published.Before(period.To) {
			if count++; count == 1 {
				newest = item
			}
		}
	}
	return newest, count
}

func lastBefore(items []feedtest.Item, t time.Time) (feedtest.Item, bool) {
	for _, item := range items {
		if item.Published.Before(t) {
			return item, true
		}
	}
	return feedtest.Item{}, false
}
