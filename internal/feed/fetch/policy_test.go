package fetch

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// t0 is the current time in the tests.
var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func at(d time.Duration) string { return t0.Add(d).Format(http.TimeFormat) }

func TestPauseAfterSuccess(t *testing.T) {
	for _, c := range []struct {
		claim          string
		interval, hint time.Duration
		jitter         float64
		want           time.Duration
	}{
		{"without a hint the interval is used", time.Hour, 0, 0, time.Hour},
		{"a shorter hint is ignored", time.Hour, time.Minute, 0, time.Hour},
		{"a longer hint is used", time.Hour, 3 * time.Hour, 0, 3 * time.Hour},
		{"a hint is capped at a day", time.Hour, 300 * time.Hour, 0, day},
		{"a configured interval may be longer", 48 * time.Hour, 300 * time.Hour, 0, 48 * time.Hour},
		{"jitter adds up to a tenth", 10 * time.Hour, 0, 1, 11 * time.Hour},
		{"jitter adds to the hint", time.Hour, 10 * time.Hour, 0.5, 10*time.Hour + 30*time.Minute},
		{"jitter never shortens", time.Hour, 0, -5, time.Hour},
	} {
		t.Run(c.claim, func(t *testing.T) { require.Equal(t, c.want, PauseAfterSuccess(c.interval, c.hint, c.jitter)) })
	}
}

func TestPauseAfterFailure(t *testing.T) {
	for _, c := range []struct {
		claim string
		t     FailureHistory
		want  time.Duration
	}{
		{"an hour after the first failure", FailureHistory{Failures: 1}, time.Hour},
		{"two hours after the second", FailureHistory{Failures: 2}, 2 * time.Hour},
		{"sixteen hours after the fifth", FailureHistory{Failures: 5}, 16 * time.Hour},
		{"a day after the sixth", FailureHistory{Failures: 6}, day},
		{"a day after any later failure", FailureHistory{Failures: 1 << 40}, day},
		{"never fetched: a minute after the first failure", FailureHistory{Failures: 1, NeverFetched: true}, time.Minute},
		{"never fetched: two minutes after the second", FailureHistory{Failures: 2, NeverFetched: true}, 2 * time.Minute},
		{"never fetched: an hour after the seventh", FailureHistory{Failures: 7, NeverFetched: true}, time.Hour},
		{"never fetched: an hour at most", FailureHistory{Failures: 1 << 40, NeverFetched: true}, time.Hour},
		{"never fetched, and repeated 429: a day at most", FailureHistory{Failures: 12, NeverFetched: true, Status: 429}, day},
		{"never fetched, and 429: an hour", FailureHistory{Failures: 1, NeverFetched: true, Status: 429}, time.Hour},
		{"never fetched: a longer Retry-After is used", FailureHistory{Failures: 1, NeverFetched: true, Status: 503, RetryAfter: 2 * time.Hour}, 2 * time.Hour},
		{"a shorter Retry-After is ignored", FailureHistory{Failures: 3, Status: 429, RetryAfter: time.Minute}, 4 * time.Hour},
		{"Retry-After is capped at a week", FailureHistory{Failures: 1, Status: 429, RetryAfter: 1000 * time.Hour}, 7 * day},
		{"one 404 is a failure like others", FailureHistory{Failures: 1, NotFound: 1, Status: 404}, time.Hour},
		{"a second 404 slows to a day", FailureHistory{Failures: 2, NotFound: 2, Status: 404}, day},
		{"a second 404 slows even before the first success", FailureHistory{Failures: 2, NotFound: 2, Status: 404, NeverFetched: true}, day},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, PauseAfterFailure(c.t, 0))
			require.Equal(t, c.want+c.want/10, PauseAfterFailure(c.t, 1))
		})
	}
}

func TestParseRetryAfter(t *testing.T) {
	for _, c := range []struct {
		claim string
		h     http.Header
		want  time.Duration
	}{
		{"none", header(), 0},
		{"seconds", header("Retry-After", "120"), 2 * time.Minute},
		{"seconds out of range are capped at a week", header("Retry-After", "99999999999999999999"), 7 * day},
		{"a date is compared with our clock", header("Retry-After", at(time.Hour)), time.Hour},
		{"a date is compared with the server's clock", header("Retry-After", at(5*time.Hour), "Date", at(4*time.Hour)), time.Hour},
		{"a date that has passed is ignored", header("Retry-After", at(-time.Hour)), 0},
		{"a date far ahead is capped at a week", header("Retry-After", at(1000*time.Hour)), 7 * day},
		{"negative", header("Retry-After", "-5"), 0},
		{"garbage", header("Retry-After", "soon"), 0},
	} {
		t.Run(c.claim, func(t *testing.T) { require.Equal(t, c.want, ParseRetryAfter(c.h, t0)) })
	}
}

func TestRemainingFreshness(t *testing.T) {
	for _, c := range []struct {
		claim string
		h     http.Header
		want  time.Duration
		ok    bool
	}{
		{"a response without headers states no lifetime", header(), 0, false},
		{"another directive states no lifetime", header("Cache-Control", "public"), 0, false},
		{"max-age", header("Cache-Control", "public, max-age=7200"), 2 * time.Hour, true},
		{"max-age in capitals and quotes", header("Cache-Control", `MAX-AGE="60"`), time.Minute, true},
		{"max-age in the second header", header("Cache-Control", "public", "Cache-Control", "max-age=60"), time.Minute, true},
		{"the first max-age of two counts", header("Cache-Control", "max-age=60, max-age=120"), time.Minute, true},
		{"s-maxage is for shared caches", header("Cache-Control", "s-maxage=60"), 0, false},
		{"max-age beats Expires", header("Cache-Control", "max-age=60", "Expires", at(time.Hour)), time.Minute, true},
		{"Expires by our clock", header("Expires", at(time.Hour)), time.Hour, true},
		{"Expires by the server's clock", header("Expires", at(9*time.Hour), "Date", at(8*time.Hour)), time.Hour, true},
		{"Expires that has passed means expired", header("Expires", at(-time.Hour)), 0, true},
		{"an invalid Expires means expired", header("Expires", "0"), 0, true},
		{"Age is subtracted", header("Cache-Control", "max-age=120", "Age", "60"), time.Minute, true},
		{"Age beyond max-age means expired", header("Cache-Control", "max-age=120", "Age", "600"), 0, true},
		{"no-cache", header("Cache-Control", "no-cache, max-age=120"), 0, true},
		{"no-store after max-age means expired", header("Cache-Control", "max-age=120, no-store"), 0, true},
		{"an invalid max-age means expired", header("Cache-Control", "max-age=soon"), 0, true},
		{"max-age out of range is capped", header("Cache-Control", "max-age=9999999999"), (1<<31 - 1) * time.Second, true},
	} {
		t.Run(c.claim, func(t *testing.T) {
			got, ok := RemainingFreshness(c.h, t0)
			require.Equal(t, c.want, got)
			require.Equal(t, c.ok, ok)
		})
	}
}

func TestValidators(t *testing.T) {
	const u = "https://a/feed"
	both := header("ETag", `W/"x y"`, "Last-Modified", "yesterday, about noon")
	v := NewValidators(both, u, t0, 0)
	asked := func(v Validators, url string, now time.Time) http.Header {
		h := http.Header{}
		v.addConditions(h, url, now)
		return h
	}
	want := header("If-None-Match", `W/"x y"`, "If-Modified-Since", "yesterday, about noon")
	require.Equal(t, want, asked(v, u, t0), "byte for byte")
	require.Empty(t, asked(v, u+"/", t0), "at no other URL")
	require.Equal(t, want, asked(v, u, t0.Add(8*day-time.Second)))
	require.Empty(t, asked(v, u, t0.Add(8*day)), "a full response is due")
	require.Equal(t, want, asked(NewValidators(both, u, t0, 0.999), u, t0.Add(13*day)))
	require.Empty(t, asked(NewValidators(both, u, t0, 0.999), u, t0.Add(14*day)))
	require.Empty(t, asked(NewValidators(header(), u, t0, 0), u, t0), "a 200 without validators clears them")
	require.Equal(t, want, asked(v.AfterNotModified(header()), u, t0), "a 304 without validators keeps them")
	require.Equal(t, header("If-None-Match", `"z"`, "If-Modified-Since", "yesterday, about noon"),
		asked(v.AfterNotModified(header("ETag", `"z"`)), u, t0), "a 304 with a validator replaces it")
	require.Empty(t, asked(NewValidators(header("ETag", "a\x01b"), u, t0, 0), u, t0), "an invalid header value is dropped")
}
