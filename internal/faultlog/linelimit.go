package faultlog

import "time"

// maxLines is the number of lines that a LineLimit allows in a minute.
const maxLines = 100

// A LineLimit limits log lines that are not about faults, such as one for each request. The zero value is ready to use.
// Only one goroutine may use it.
type LineLimit struct {
	began          time.Time
	lines, omitted int
}

// Allow reports whether another line may be logged in this minute.
func (l *LineLimit) Allow(now time.Time) bool {
	if since := now.Sub(l.began); (since < 0 || since >= interval) && l.omitted == 0 {
		l.began, l.lines = now, 0
	}
	if l.lines == maxLines {
		l.omitted++
		return false
	}
	l.lines++
	return true
}

// TakeOmitted returns how many lines were omitted in the last minute, once it is over.
func (l *LineLimit) TakeOmitted(now time.Time) int {
	if since := now.Sub(l.began); 0 <= since && since < interval {
		return 0
	}
	omitted := l.omitted
	*l = LineLimit{began: now}
	return omitted
}
