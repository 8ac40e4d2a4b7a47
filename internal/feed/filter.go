package feed

import "time"

// A Filter selects posts. The zero Filter selects all of them.
type Filter struct {
	From, To time.Time // selects posts published in [From, To); a zero time is not a bound. A bound excludes posts of DateUnknown
	Episodes bool      // selects only posts with audio
	Exact    bool      // selects only posts with an exact date; see [DateKind.IsExact]
}
