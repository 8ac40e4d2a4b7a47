package linkproxy

// IsFull lets a test see whether everything is kept.
func IsFull(r *Recorder) bool { return r.isFull() }
