package feed

// DateKind is how the archive got the date of a post. Files store the numbers, so the numbers never change.
type DateKind uint8

// The kinds of dates.
const (
	DateStated    DateKind = iota // the feed or an import states it
	DateFirstSeen                 // the time of the poll that found the post
	DateEstimated                 // lies between the dates of the neighbours in the feed; good for order and for long periods
	DateUnknown                   // only orders the post: after all other posts, and among the posts without a date
)

// IsExact reports whether the date may be told to a listener, and whether the post belongs to the day of the date.
func (k DateKind) IsExact() bool { return k <= DateFirstSeen }
