package feed

import "time"

// A Filter selects posts. The zero Filter selects all of them.
type Filter struct {
	From, To time.Time // selects posts published in [From, To); a zero time is not a bound
	Episodes bool      // selects only posts with audio
}
