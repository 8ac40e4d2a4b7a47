package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	day = 24 * time.Hour
	// longestHint limits the pause that a publisher's max-age or ttl can request.
	longestHint = day
	// LongestRetryAfter limits the pause that a Retry-After can request.
	LongestRetryAfter = 7 * day
)

// PauseAfterSuccess returns the pause after a successful poll: the interval, or the publisher's longer hint.
func PauseAfterSuccess(interval, hint time.Duration, jitter float64) time.Duration {
	return AddJitter(max(interval, min(hint, longestHint)), jitter)
}

// AddJitter adds 0 to 10 % to a pause. It never shortens the pause, because a publisher's Retry-After is a minimum.
func AddJitter(d time.Duration, jitter float64) time.Duration {
	return d + time.Duration(float64(d)/10*min(max(jitter, 0), 1))
}

// FailureHistory determines the pause after a failed poll.
type FailureHistory struct {
	Failures     int           // consecutive failures, including this one
	NotFound     int           // consecutive 404 responses
	Status       int           // status of the last response; zero if there was none
	NeverFetched bool          // no poll has succeeded yet
	RetryAfter   time.Duration // the publisher's Retry-After
}

// PauseAfterFailure returns the pause after a failed poll: 1, 2, 4 … 24 hours, a day after a repeated 404, and never
// less than Retry-After. Before the first successful poll, the pauses start at one minute, because the service may
// start before its network. After a 429 they start at one hour.
func PauseAfterFailure(t FailureHistory, jitter float64) time.Duration {
	first, longest := time.Hour, day
	if t.NeverFetched && t.Status != http.StatusTooManyRequests {
		first, longest = time.Minute, time.Hour // short, because the skill asks listeners to try again soon
	}
	pause := min(first<<min(max(t.Failures-1, 0), 12), longest)
	if t.NotFound > 1 {
		pause = day
	}
	return AddJitter(max(pause, min(t.RetryAfter, LongestRetryAfter)), jitter)
}

// ParseRetryAfter reads Retry-After (RFC 9110, section 10.2.3) as seconds or a date. It returns 0 if the header is
// missing or invalid. It compares a date with the Date header, which is the server's clock, or else with now.
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

// ServerTime returns the time in the Date header, or now if the header is missing or invalid.
func ServerTime(h http.Header, now time.Time) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t
	}
	return now
}

// ParseDeltaSeconds parses a number of seconds (RFC 9111, section 1.2.2). Numbers above 2^31-1 count as 2^31-1.
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

// RemainingFreshness returns how long a response stays fresh (RFC 9111, section 4.2.1). max-age takes precedence over
// Expires, and Age is subtracted. ok is false if the response does not state a lifetime.
func RemainingFreshness(h http.Header, now time.Time) (d time.Duration, ok bool) {
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-cache", "no-store":
			return 0, true
		case "max-age":
			if !ok {
				d, _ = ParseDeltaSeconds(strings.Trim(strings.TrimSpace(value), `"`)) // 0 if invalid
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
			return 0, true // an invalid date such as "0" means expired
		}
		d = at.Sub(ServerTime(h, now))
	}
	age, _ := ParseDeltaSeconds(strings.TrimSpace(h.Get("Age")))
	return max(d-age, 0), true
}
