package period_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/period"
)

// posts is a Finder of posts that were published at noon of these days.
type posts []string

func (days posts) Newest(f feed.Filter) (feed.Post, bool) {
	for _, day := range days {
		at, _ := time.Parse(time.DateOnly, day)
		at = at.Add(12 * time.Hour)
		if !at.Before(f.From) && (f.To.IsZero() || at.Before(f.To)) {
			return feed.Post{ID: day, Published: at}, true
		}
	}
	return feed.Post{}, false
}

func TestPastWeekday(t *testing.T) {
	saturday := time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC)
	days := posts{"2026-03-14", "2026-03-10", "2026-03-08", "2026-03-07"}
	for _, row := range []struct{ claim, date, want string }{
		{"the coming Tuesday is the last one, which has a post", "2026-03-17", "2026-03-10"},
		{"the coming Wednesday stays, because the last one has no post", "2026-03-18", "2026-03-18"},
		{"today stays", "2026-03-14", "2026-03-14"},
		{"tomorrow is six days ago", "2026-03-15", "2026-03-08"},
		{"a week ahead stays", "2026-03-21", "2026-03-21"},
		{"a month stays", "2026-03", "2026-03"},
		{"words stay", "next Friday", "next Friday"},
		{"an invalid day stays", "2026-02-30", "2026-02-30"},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, period.PastWeekday(row.date, saturday, days)) })
	}
}

func TestNewestBefore(t *testing.T) {
	days := posts{"2026-03-10", "2026-03-08"}
	p, err := alexa.ParseDate("2026-03-10", time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC), time.UTC)
	require.NoError(t, err)
	post, ok := period.NewestBefore(p, days, false)
	require.True(t, ok)
	require.Equal(t, "2026-03-08", post.ID)
	_, ok = period.NewestBefore(alexa.Period{}, days, false)
	require.False(t, ok)
}
