package smapi

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits of the repetitions of one call.
const (
	maxAttempts   = 8
	firstPause    = time.Second
	longestPause  = 30 * time.Second
	maxRetryAfter = 2 * time.Minute // a longer one ends the call
	maxWaiting    = 5 * time.Minute // all pauses of one call
	// minSpacing is the time between calls. A user of many calls needed it (docs of serverless-alexa-skills).
	minSpacing = 200 * time.Millisecond
)

// A failure is an attempt without a usable answer.
type failure struct {
	err        error // without secrets
	status     int   // 0: no answer
	sent       bool  // Amazon may have received the request
	temporary  bool  // the same request may succeed later
	retryAfter time.Duration
}

// lost reports whether it is unknown if Amazon acted. Amazon did not act if it refused the request, or did not receive it.
func (f *failure) lost() bool {
	refused := f.status >= 400 && f.status < 500 && f.status != http.StatusRequestTimeout
	return f.sent && !refused
}

// mayRepeat reports whether a call may send the request again. A call that must not act twice is repeated only if Amazon
// certainly did not take the request.
func (f *failure) mayRepeat(once bool) bool {
	return f.temporary && (!once || !f.sent || f.status == http.StatusTooManyRequests)
}

// nextPause returns the pause after a failed attempt, which begin at 1. waited is the sum of the earlier pauses. random is at
// least 0 and less than 1. It returns false if the call must end.
func nextPause(attempt int, waited, retryAfter time.Duration, random float64) (time.Duration, bool) {
	pause := min(firstPause<<min(attempt-1, 10), longestPause)
	pause = max(pause, retryAfter)
	pause += time.Duration(float64(pause) / 4 * random) // jitter never shortens a pause
	if attempt >= maxAttempts || retryAfter > maxRetryAfter || waited+pause > maxWaiting {
		return 0, false
	}
	return pause, true
}

// parseRetryAfter reads the header Retry-After as seconds or as a date. It returns 0 if there is none.
func parseRetryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if server, err := http.ParseTime(header.Get("Date")); err == nil {
		now = server // the server's clock made the value
	}
	return max(0, at.Sub(now))
}

// isTemporary reports whether a call with this HTTP status may succeed later.
func isTemporary(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// longPause is the shortest pause that an operator could take for a hang.
const longPause = 3 * time.Second

// pauseAfter waits after a failed attempt. It announces a long pause with the reason.
func (c *Client) pauseAfter(ctx context.Context, failed *failure, pause time.Duration) error {
	if c.notice != nil && pause >= longPause {
		c.notice(fmt.Sprintf("%s. Next attempt in %s", strings.TrimSuffix(failed.err.Error(), "."), pause.Round(time.Second)))
	}
	return c.pause(ctx, pause)
}

// sleep waits until the time has passed or the context has ended.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func randomFraction() float64 { return rand.Float64() }
