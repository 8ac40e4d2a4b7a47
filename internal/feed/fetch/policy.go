package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	day = 24 * time.Hour
	// longestHint bounds how long a publisher's max-age or ttl can keep this service away.
	longestHint = day
	// LongestRetryAfter bounds how long a Retry-After can.
	LongestRetryAfter = 7 * day
)

// PauseAfterSuccess is the pause after a good poll: the interval, or longer where the publisher asks for it.
func PauseAfterSuccess(interval, hint time.Duration, jitter float64) time.Duration {
	return AddJitter(max(interval, min(hint, longestHint)), jitter)
}

// AddJitter adds 0 to 10 %. It never takes away: a publisher's "not before" stays one.
func AddJitter(d time.Duration, jitter float64) time.Duration {
	return d + time.Duration(float64(d)/10*min(max(jitter, 0), 1))
}

// FailureHistory is what the pause after a failed poll depends on.
type FailureHistory struct {
	Failures     int           // in a row, this one included
	NotFound     int           // answers of 404 in a row
	Status       int           // of the last answer; 0: none
	NeverFetched bool          // nothing was ever fetched
	RetryAfter   time.Duration // the publisher's Retry-After
}

// PauseAfterFailure is the pause after a failed poll: 1, 2, 4 … 24 hours; a day once 404 is repeated; never
// less than Retry-After. While nothing was ever fetched it starts at a minute instead, as a service that
// started before its network has to recover soon; a publisher who says 429 is not in that case.
func PauseAfterFailure(t FailureHistory, jitter float64) time.Duration {
	first, longest := time.Hour, day
	if t.NeverFetched && t.Status != http.StatusTooManyRequests {
		first, longest = time.Minute, time.Hour // as long as listeners are told to try again soon
	}
	pause := min(first<<min(max(t.Failures-1, 0), 12), longest)
	if t.NotFound > 1 {
		pause = day
	}
	return AddJitter(max(pause, min(t.RetryAfter, LongestRetryAfter)), jitter)
}

// ParseRetryAfter reads Retry-After (RFC 9110, section 10.2.3), seconds or a date; 0 where there is none. A
// date is measured against the server's own clock where it tells it.
func ParseRetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if d, ok := ParseDeltaSeconds(value); ok {
		return min(d, LongestRetryAfter)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(ServerTime(h, now)), 0), LongestRetryAfter)
}

// ServerTime is the Date header, else now.
func ServerTime(h http.Header, now time.Time) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t
	}
	return now
}

// ParseDeltaSeconds reads a number of seconds (RFC 9111, section 1.2.2). One too large to count is as long as can be.
func ParseDeltaSeconds(s string) (time.Duration, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		n = 1<<31 - 1
	}
	return time.Duration(n) * time.Second, true
}

// RemainingFreshness is how much longer an answer says that it holds (RFC 9111, section 4.2.1): max-age beats
// Expires, and Age is taken off. ok is false where it does not say.
func RemainingFreshness(h http.Header, now time.Time) (d time.Duration, ok bool) {
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-cache", "no-store":
			return 0, true
		case "max-age":
			if !ok {
				d, _ = ParseDeltaSeconds(strings.Trim(strings.TrimSpace(value), `"`)) // what cannot be read is 0
				ok = true
			}
		}
	}
	if !ok {
		expires := h.Get("Expires")
		if expires == "" {
			return 0, false
		}
		at, err := http.ParseTime(expires)
		if err != nil {
			return 0, true // "0" and the like: expired already
		}
		d = at.Sub(ServerTime(h, now))
	}
	age, _ := ParseDeltaSeconds(strings.TrimSpace(h.Get("Age")))
	return max(d-age, 0), true
}
