// Package period finds the posts that a date means. The date is an AMAZON.DATE, as Alexa resolved the listener's words.
package period

import (
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// Filter returns the filter for the posts of a period. An estimated date is good enough for a month, but not for a
// shorter period.
func Filter(p alexa.Period) feed.Filter {
	return feed.Filter{From: p.From, To: p.To, Exact: p.Unit < alexa.Month}
}

// EpisodeFilter returns the filter for the posts of a period that have audio.
func EpisodeFilter(p alexa.Period) feed.Filter {
	f := Filter(p)
	f.Episodes = true
	return f
}

// A Finder finds the newest post that a filter selects. It returns false if there is none.
type Finder interface {
	Newest(f feed.Filter) (feed.Post, bool)
}

// NewestBefore returns the newest post, or episode, before a period. It returns false for a period that starts at the
// zero time, because a filter treats the zero time as no limit.
func NewestBefore(p alexa.Period, posts Finder, episode bool) (feed.Post, bool) {
	if p.From.IsZero() {
		return feed.Post{}, false
	}
	return posts.Newest(feed.Filter{To: p.From, Episodes: episode, Exact: true})
}

// PastWeekday returns the date that the listener meant with a date. Alexa resolves "the post of Tuesday" to the coming
// Tuesday and does not show that only a weekday was said. So for a date in the next six days, PastWeekday returns the
// date one week earlier if there is a post on it. Otherwise it returns date unchanged, and alexa.ParseDate takes a future
// date for the same date one year ago. now is in the blog's time zone.
func PastWeekday(date string, now time.Time, posts Finder) string {
	const day = 24 * time.Hour
	if len(date) != len(time.DateOnly) {
		return date
	}
	coming, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	today, _ := time.Parse(time.DateOnly, now.Format(time.DateOnly)) // the layout is valid
	if ahead := coming.Sub(today); ahead < day || ahead > 6*day {
		return date
	}
	week := coming.AddDate(0, 0, -7).Format(time.DateOnly)
	if p, err := alexa.ParseDate(week, now, now.Location()); err == nil {
		if _, ok := posts.Newest(Filter(p)); ok {
			return week
		}
	}
	return date
}
