package linkproxy

import "time"

// IsFull lets a test see whether everything is kept.
func IsFull(r *Recorder) bool { return r.isFull() }

// LookLater has a Recorder that is closed look for what only time shows, as it does every few seconds.
func LookLater(r *Recorder, later time.Duration) {
	r.now = func() time.Time { return time.Now().Add(later) }
	r.look()
	r.look()
}
