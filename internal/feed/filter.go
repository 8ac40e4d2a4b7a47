package feed

import "time"

// A Filter selects posts. The zero Filter selects all of them.
type Filter struct {
	From, To time.Time // [From, To); a zero time is no bound
	Episodes bool      // only posts with audio
}
