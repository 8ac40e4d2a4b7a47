package feed

import "time"

// FirstDate is the first date that a post can have. Feeds use the years 0 and 1 for a missing date. The archive uses the
// year 1 for the order of posts of DateUnknown.
func FirstDate() time.Time { return time.Date(2, time.January, 1, 0, 0, 0, 0, time.UTC) }

// DateKind is how the archive got the date of a post. Files store the numbers, so the numbers never change.
type DateKind uint8

// The kinds of dates.
const (
	DateStated    DateKind = iota // the feed or an import states it
	DateFirstSeen                 // the time of the poll that found the post
	DateEstimated                 // lies between the dates of the neighbours in the feed; good for order and for long periods
	DateUnknown                   // only orders the post: before [FirstDate], so after all posts with a date
)

// IsExact reports whether the date may be told to a listener, and whether the post belongs to the day of the date.
func (k DateKind) IsExact() bool { return k <= DateFirstSeen }

// ExactDate returns the date of the post, or zero if it is not exact.
func (p Post) ExactDate() time.Time {
	if !p.DateKind.IsExact() {
		return time.Time{}
	}
	return p.Published
}
