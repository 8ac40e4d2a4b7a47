package feed

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	ext "github.com/mmcdole/gofeed/extensions"
)

const (
	day = 24 * time.Hour
	// longestHint bounds how long a publisher's max-age or ttl can keep this service away.
	longestHint = day
	// longestRetryAfter bounds how long a Retry-After can.
	longestRetryAfter = 7 * day
	// The unconditional request comes 8 to 14 days after the last full answer.
	fullAfter  = 8 * day
	fullSpread = 6 * day
)

// afterSuccess is the pause after a good poll: the interval, or longer where the publisher asks for it.
func afterSuccess(interval, hint time.Duration, jitter float64) time.Duration {
	return jittered(max(interval, min(hint, longestHint)), jitter)
}

// jittered adds 0 to 10 %. It never takes away: a publisher's "not before" stays one.
func jittered(d time.Duration, jitter float64) time.Duration {
	return d + time.Duration(float64(d)/10*min(max(jitter, 0), 1))
}

// trouble is what the pause after a failed poll depends on.
type trouble struct {
	failures int  // in a row, this one included
	missing  int  // answers of 404 in a row
	status   int  // of the last answer; 0: none
	empty    bool // nothing was ever fetched
	after    time.Duration
}

// afterFailure is the pause after a failed poll: 1, 2, 4 … 24 hours; a day once 404 is repeated; never
// less than Retry-After. While nothing was ever fetched it starts at a minute instead, as a service that
// started before its network has to recover soon; a publisher who says 429 is not in that case.
func afterFailure(t trouble, jitter float64) time.Duration {
	first, longest := time.Hour, day
	if t.empty && t.status != http.StatusTooManyRequests {
		first, longest = time.Minute, time.Hour // as long as listeners are told to try again soon
	}
	pause := min(first<<min(max(t.failures-1, 0), 12), longest)
	if t.missing > 1 {
		pause = day
	}
	return jittered(max(pause, min(t.after, longestRetryAfter)), jitter)
}

// retryAfter reads Retry-After (RFC 9110, section 10.2.3), seconds or a date; 0 where there is none. A
// date is measured against the server's own clock where it tells it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if d, ok := deltaSeconds(value); ok {
		return min(d, longestRetryAfter)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(serverTime(h, now)), 0), longestRetryAfter)
}

// serverTime is the Date header, else now.
func serverTime(h http.Header, now time.Time) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t
	}
	return now
}

// deltaSeconds reads a number of seconds (RFC 9111, section 1.2.2). One too large to count is as long as
// can be.
func deltaSeconds(s string) (time.Duration, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		n = 1<<31 - 1
	}
	return time.Duration(n) * time.Second, true
}

// freshness is how much longer an answer says that it holds (RFC 9111, section 4.2.1): max-age beats
// Expires, and Age is taken off. ok is false where it does not say.
func freshness(h http.Header, now time.Time) (d time.Duration, ok bool) {
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-cache", "no-store":
			return 0, true
		case "max-age":
			if !ok {
				d, _ = deltaSeconds(strings.Trim(strings.TrimSpace(value), `"`)) // what cannot be read is 0
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
		d = at.Sub(serverTime(h, now))
	}
	age, _ := deltaSeconds(strings.TrimSpace(h.Get("Age")))
	return max(d-age, 0), true
}

// updateHint is how often a feed says that it changes: RSS 2.0's ttl, in minutes, else the syndication
// module's period and frequency (https://web.resource.org/rss/1.0/modules/syndication/); 0 where it does
// not say.
func updateHint(ttl string, e ext.Extensions) time.Duration {
	if n, err := strconv.ParseUint(strings.TrimSpace(ttl), 10, 31); err == nil && n > 0 {
		return time.Duration(n) * time.Minute
	}
	period, frequency := extension(e, "updatePeriod"), extension(e, "updateFrequency")
	if period == "" && frequency == "" {
		return 0
	}
	n, err := strconv.ParseUint(frequency, 10, 31)
	if err != nil || n == 0 {
		n = 1
	}
	return updatePeriod(period) / time.Duration(n)
}

func extension(e ext.Extensions, name string) string {
	if all := e["sy"][name]; len(all) > 0 {
		return strings.TrimSpace(all[0].Value)
	}
	return ""
}

// updatePeriod is daily where it is omitted, and says nothing where it is unknown.
func updatePeriod(name string) time.Duration {
	switch strings.ToLower(cmp.Or(name, "daily")) {
	case "hourly":
		return time.Hour
	case "daily":
		return day
	case "weekly":
		return 7 * day
	case "monthly":
		return 30 * day
	case "yearly":
		return 365 * day
	}
	return 0
}

// validators are what a later request is made conditional with (RFC 9110, section 13.1): opaque, byte for
// byte, and of use only at the URL that they came from.
type validators struct {
	URL          string // without user info
	ETag         string
	LastModified string
	Full         time.Time // from then on the next request is unconditional
}

// condition makes a request to url conditional, unless a full answer is due: some servers answer 304 to
// anything.
func (v validators) condition(h http.Header, url string, now time.Time) {
	if v.URL != url || !now.Before(v.Full) {
		return
	}
	if v.ETag != "" {
		h.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		h.Set("If-Modified-Since", v.LastModified)
	}
}

// fromFull are the validators of a 200: one that is missing is cleared.
func fromFull(h http.Header, url string, now time.Time, jitter float64) validators {
	return validators{
		URL:          url,
		ETag:         sendable(h.Get("ETag")),
		LastModified: sendable(h.Get("Last-Modified")),
		Full:         now.Add(fullAfter + time.Duration(float64(fullSpread)*jitter)),
	}
}

// afterNotModified are the validators after a 304: one that is missing is kept.
func (v validators) afterNotModified(h http.Header) validators {
	v.ETag = cmp.Or(sendable(h.Get("ETag")), v.ETag)
	v.LastModified = cmp.Or(sendable(h.Get("Last-Modified")), v.LastModified)
	return v
}

// sendable drops a value that could not be sent back: one with control characters.
func sendable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return ""
	}
	return s
}
