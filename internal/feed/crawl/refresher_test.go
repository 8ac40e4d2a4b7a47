package crawl

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/dates"
)

// scriptedTransport is a transport that returns the responses of a list in order, and then repeats the last response.
// It records the times of the requests.
type scriptedTransport struct {
	answers      []func() *http.Response
	requestTimes []time.Duration
	start        time.Time
	last         *http.Request
}

func (s *scriptedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	s.last = req
	if s.start.IsZero() {
		s.start = time.Now()
	}
	s.requestTimes = append(s.requestTimes, time.Since(s.start))
	i := min(len(s.requestTimes), len(s.answers)) - 1
	if resp := s.answers[i](); resp != nil {
		return resp, nil
	}
	return nil, errors.New("no route to host")
}

func response(code int, body string, headers ...string) func() *http.Response {
	return func() *http.Response {
		return &http.Response{StatusCode: code, Header: header(headers...), Body: io.NopCloser(strings.NewReader(body))}
	}
}

func noResponse() *http.Response { return nil }

// TestRunSchedule runs a Refresher for simulated days and checks the times of its requests.
func TestRunSchedule(t *testing.T) {
	const h, m = time.Hour, time.Minute
	for _, c := range []struct {
		claim   string
		answers []func() *http.Response
		run     time.Duration
		want    []time.Duration
	}{
		{"polls every hour", []func() *http.Response{response(200, blog)}, 3*h + m, []time.Duration{0, h, 2 * h, 3 * h}},
		{"max-age extends the interval", []func() *http.Response{response(200, blog, "Cache-Control", "max-age=10800")}, 7 * h, []time.Duration{0, 3 * h, 6 * h}},
		{"max-age is capped at a day", []func() *http.Response{response(200, blog, "Cache-Control", "max-age=999999")}, 49 * h, []time.Duration{0, day, 2 * day}},
		{"ttl extends the interval", []func() *http.Response{response(200, rssOf("<ttl>120</ttl>"))}, 5 * h, []time.Duration{0, 2 * h, 4 * h}},
		{"max-age takes precedence over ttl", []func() *http.Response{response(200, rssOf("<ttl>1200</ttl>"), "Cache-Control", "max-age=7200")}, 5 * h, []time.Duration{0, 2 * h, 4 * h}},
		{
			"the max-age of a 304 is used, or else the last max-age",
			[]func() *http.Response{response(200, blog, "ETag", "e"), response(304, "", "Cache-Control", "max-age=7200"), response(304, "")},
			6 * h, []time.Duration{0, h, 3 * h, 5 * h},
		},
		{"a ttl is still used after a 304", []func() *http.Response{response(200, rssOf("<ttl>120</ttl>"), "ETag", "e"), response(304, "")}, 5 * h, []time.Duration{0, 2 * h, 4 * h}},
		{"before the first success, pauses grow from a minute", []func() *http.Response{noResponse}, 20 * m, []time.Duration{0, m, 3 * m, 7 * m, 15 * m}},
		{"before the first success, a poll succeeds soon after the network is up", []func() *http.Response{noResponse, noResponse, response(200, blog)}, 2 * h, []time.Duration{0, m, 3 * m, h + 3*m}},
		{
			"after the first success, pauses grow from an hour to a day", []func() *http.Response{response(200, blog), noResponse},
			100 * h, []time.Duration{0, h, 2 * h, 4 * h, 8 * h, 16 * h, 32 * h, 56 * h, 80 * h},
		},
		{"Retry-After extends the pause", []func() *http.Response{response(200, blog), response(429, "", "Retry-After", "18000")}, 13 * h, []time.Duration{0, h, 6 * h, 11 * h}},
		{"Retry-After is capped at a week", []func() *http.Response{response(503, "", "Retry-After", "99999999")}, 15 * day, []time.Duration{0, 7 * day, 14 * day}},
		{"a second 404 slows to a day", []func() *http.Response{response(200, blog), response(404, "")}, 60 * h, []time.Duration{0, h, 2 * h, 26 * h, 50 * h}},
		{"410 ends polling", []func() *http.Response{response(200, blog), response(410, "")}, 500 * h, []time.Duration{0, h}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scriptedTransport{answers: c.answers}
				r := &Refresher{URL: "https://blog.test/feed", Archive: new(memoryStore), Transport: s, Jitter: func() float64 { return 0 }}
				ctx, cancel := context.WithTimeout(t.Context(), c.run)
				defer cancel()
				r.Run(ctx)
				require.Equal(t, c.want, s.requestTimes)
			})
		})
	}
}

func TestRunWaitsAfterPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scriptedTransport{answers: []func() *http.Response{response(200, blog)}}
		r := &Refresher{URL: "https://blog.test/feed", Archive: new(memoryStore), Transport: s}
		require.NoError(t, r.Poll(t.Context()))
		ctx, cancel := context.WithTimeout(t.Context(), 59*time.Minute)
		defer cancel()
		r.Run(ctx)
		require.Len(t, s.requestTimes, 1)
	})
}

func TestJitterOnlyLengthens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Refresher{Archive: new(memoryStore), URL: "https://blog.test/feed", Transport: &scriptedTransport{answers: []func() *http.Response{response(200, blog)}}}
		for range 50 {
			require.NoError(t, r.Poll(t.Context()))
			pause := time.Until(r.Status().Next)
			require.GreaterOrEqual(t, pause, time.Hour)
			require.Less(t, pause, 66*time.Minute)
		}
	})
}

func TestStatus(t *testing.T) {
	s := newSite(t, serveBody(blog, "Date", at(-time.Minute)))
	r, c, _ := newRefresher(s.URL)
	require.Equal(t, Status{}, r.Status())
	require.NoError(t, r.Poll(t.Context()))
	require.Equal(t, Status{
		URL: s.URL, Posts: 2, Items: 2, Newest: hours(-1), LastSuccess: t0, LastAttempt: t0, Next: hours(1), Polls: 1,
		Title: "A blog", Size: int64(len(blog)), ServerTime: t0.Add(-time.Minute), Offsets: []dates.Offset{{Count: 2, First: hours(-2), Last: hours(-1)}}, Backfill: BackfillStatus{Source: "none", Done: true, Reason: "the feed offers no older posts"},
	}, r.Status())
	c.now = hours(1)
	s.setAnswer(serveBody(rssOf("")))
	require.NoError(t, r.Poll(t.Context()), "a feed without items is a feed")
	st := r.Status()
	require.Equal(t, 2, st.Posts)
	require.Zero(t, st.Items)
	require.Equal(t, hours(1), st.LastSuccess)
	c.now = hours(2)
	s.setAnswer(serveStatus(410))
	require.ErrorIs(t, r.Poll(t.Context()), feed.ErrGone)
	st = r.Status()
	require.Zero(t, st.Next)
	require.Equal(t, hours(1), st.LastSuccess)
	require.Equal(t, hours(2), st.LastAttempt)
	require.Equal(t, uint64(1), st.Failures)
}

func TestGoneAfterRedirectRetriesConfiguredURL(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/" {
			serveRedirect(301, "/new")(w, q)
			return
		}
		serveBody(blog)(w, q)
	})
	r, _, _ := newRefresher(s.URL + "/")
	require.NoError(t, r.Poll(t.Context()))
	require.Equal(t, s.URL+"/new", r.Status().URL)
	s.setAnswer(serveStatus(410))
	require.ErrorIs(t, r.Poll(t.Context()), feed.ErrGone)
	require.False(t, r.Status().Next.IsZero())
	require.Equal(t, s.URL+"/", r.Status().URL)
	require.ErrorIs(t, r.Poll(t.Context()), feed.ErrGone)
	require.True(t, r.Status().Next.IsZero())
}

func TestConcurrentPollsAndReads(t *testing.T) {
	s := newSite(t, serveBody(blog, "ETag", "e"))
	r := &Refresher{URL: s.URL, Archive: new(memoryStore)}
	done := make(chan error)
	for range 4 {
		go func() {
			for range 5 {
				if err := r.Poll(t.Context()); err != nil {
					done <- err
					return
				}
				r.Status()
				r.Archive.Latest()
			}
			done <- nil
		}()
	}
	for range 4 {
		require.NoError(t, <-done)
	}
	require.Equal(t, uint64(20), r.Status().Polls)
	require.Equal(t, "lastpost", s.takeRequests()[0].UserAgent())
}

func TestFailingAddressFallsBackToConfiguredURL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page := response(200, `<!doctype html><link rel="alternate" type="application/rss+xml" href="/feed">`, "Content-Type", "text/html")
		wrong := response(200, "<!doctype html><title>Moved</title>", "Content-Type", "text/html")
		s := &scriptedTransport{answers: []func() *http.Response{page, response(200, blog), wrong, wrong, wrong, page, response(200, blog)}}
		r := &Refresher{URL: "https://blog.test/", Archive: new(memoryStore), Transport: s, Jitter: func() float64 { return 0 }}
		require.NoError(t, r.Poll(t.Context()))
		for range 3 {
			require.ErrorIs(t, r.Poll(t.Context()), feed.ErrNotFeed)
		}
		require.NoError(t, r.Poll(t.Context()), "the page still names the feed")
		require.True(t, r.Status().Discovered)
	})
}

// TestPollsWithWrongClockAtBoot checks that posts keep their dates on a machine that boots in 1970, because it does not
// have a battery-backed clock.
func TestPollsWithWrongClockAtBoot(t *testing.T) {
	now := time.Unix(30, 0)
	answer := response(200, blog, "Date", "Sun, 01 Mar 2026 00:00:00 GMT")
	r := &Refresher{
		URL: "https://blog.test/feed", Archive: new(memoryStore), Now: func() time.Time { return now },
		Transport: &scriptedTransport{answers: []func() *http.Response{answer}},
	}
	require.NoError(t, r.Poll(t.Context()))
	post, ok := r.Archive.Latest()
	require.True(t, ok)
	require.Equal(t, 2026, post.Published.Year())
}

func TestLogsEmptyFeedOnce(t *testing.T) {
	r, _, log := newRefresher("https://blog.test/feed")
	r.Transport = &scriptedTransport{answers: []func() *http.Response{response(200, rssOf(""))}}
	for range 3 {
		require.NoError(t, r.Poll(t.Context()))
	}
	require.Equal(t, 1, strings.Count(strings.Join(log.drain(), "\n"), "feed without posts"))
}
