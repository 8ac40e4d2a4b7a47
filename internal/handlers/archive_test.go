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

// TestEveryDateFormMatchesLinearCount requests dates of every form from a blog with 2,500 posts. Each answer must equal
// the result of a linear count. The blog's days begin at 08:00 UTC.
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
	outcomes := map[string]int{}
	for _, date := range dates {
		period, err := alexa.ParseDate(date, now, now.Location())
		if err != nil {
			continue // February 29 does not exist in this year
		}
		spoken := s.send(t, lastPost(date)).statement()
		newest, count := countItems(items, period)
		switch count {
		case 0:
			outcomes["none"]++
			require.Regexp(t, "^There (weren't|haven't been) any posts ", spoken, date)
			if before, some := lastBefore(items, period.From); some {
				require.Contains(t, spoken, before.Title, date)
			} else {
				require.Contains(t, spoken, "I don't have anything from before that.", date)
			}
		case 1:
			outcomes["one"]++
			require.Regexp(t, "(T|\\bt)here('s been| was) one post\\b", spoken, date)
			require.Contains(t, spoken, newest.Title, date)
		default:
			outcomes["several"]++
			require.Regexp(t, fmt.Sprintf("(T|\\bt)here (were|have been) %s posts\\b", inWords(count)), spoken, date)
			require.Contains(t, spoken, newest.Title, date)
		}
	}
	require.Greater(t, outcomes["none"], 3)
	require.Greater(t, outcomes["several"], 300)
}

// countItems counts the items of a period by checking each item, and returns the newest of them.
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
