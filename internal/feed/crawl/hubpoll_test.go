package crawl_test

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/crawl"
	"lastpost/internal/feed/feedtest"
	"lastpost/internal/feed/websub"
)

// hubHarness is a harness with a hub. It passes requests to the publisher, the hub or the service by their host.
type hubHarness struct {
	*harness
	hub      *feedtest.Hub
	callback http.Handler
}

func (w hubHarness) RoundTrip(r *http.Request) (*http.Response, error) {
	var handler http.Handler
	switch r.URL.Host {
	case "hub.test":
		handler = w.hub
	case "skill.test":
		handler = w.callback
	default:
		return w.harness.RoundTrip(r)
	}
	asked := r.Clone(r.Context())
	asked.Host, asked.RequestURI = r.URL.Host, r.URL.RequestURI()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, asked)
	return recorder.Result(), nil
}

// TestPollsHourlyWhileHubPushes checks that the feed is polled once an hour while the subscription is active, even if the
// interval is shorter. After the lease has expired, the interval counts again.
func TestPollsHourlyWhileHubPushes(t *testing.T) {
	p := newPublisher(10, feedtest.Plain)
	p.Hub = "https://hub.test/"
	runHarness(t, p, func(t *testing.T, s *harness) {
		w := &hubHarness{harness: s}
		w.hub = &feedtest.Hub{Transport: w, Now: s.now}
		defer w.hub.Close()
		r := s.newRefresher()
		r.Transport, r.Interval = w, 15*time.Minute
		subscription := &websub.Subscription{
			CallbackURL: "https://skill.test/websub/halfelf", FeedURL: r.URL, Transport: w, Now: s.now, OnPush: r.PollNow,
		}
		r.Hub, w.callback = subscription, subscription
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.Run(ctx); close(done) }()
		defer func() { end(); <-done }()
		polls := func(d time.Duration) int {
			s.ClearRequests()
			time.Sleep(d)
			return len(s.Requests())
		}

		time.Sleep(30 * time.Minute)
		require.Len(t, s.Requests(), 1, "the first poll")
		require.True(t, r.Hub.IsActive())
		require.Equal(t, 5*24, polls(5*24*time.Hour), "one an hour")

		news := s.Publish("Hot off the press")
		s.ClearRequests()
		pushed, err := w.hub.Publish(ctx, "https://blog.test"+s.FeedPath(), "text/plain", nil)
		require.NoError(t, err)
		require.Equal(t, 1, pushed)
		time.Sleep(time.Second)
		require.Len(t, s.Requests(), 1, "a push polls")
		latest, _ := s.Latest()
		require.Equal(t, news.ID, latest.ID)

		w.hub.SetBehavior(feedtest.HubBehavior{Status: http.StatusServiceUnavailable})
		time.Sleep(11 * 24 * time.Hour)
		require.False(t, r.Hub.IsActive(), "the lease has expired")
		require.InDelta(t, 4*24, polls(24*time.Hour), 1)
	})
}

// activeHub is a hub with a subscription that never ends.
type activeHub struct {
	crawl.Hub
	missed int
}

func (h *activeHub) UpdateHub(_, _ *url.URL) {}
func (h *activeHub) NextDue() time.Time      { return time.Time{} }
func (h *activeHub) IsActive() bool          { return true }
func (h *activeHub) RecordMissedPush()       { h.missed++ }

// TestPublisherSlowsPollsWhileHubPushes checks that the longer pause that a publisher asks for is kept.
func TestPublisherSlowsPollsWhileHubPushes(t *testing.T) {
	for _, c := range []struct {
		claim  string
		header http.Header
		status int // 0: the publisher's
		want   int // polls in 48 hours
	}{
		{"nothing asked", nil, 0, 48},
		{"a max-age of six hours", http.Header{"Cache-Control": {"max-age=21600"}}, 0, 8},
		{"a max-age of five minutes", http.Header{"Cache-Control": {"max-age=300"}}, 0, 48},
		{"a Retry-After of a day", http.Header{"Retry-After": {"86400"}}, 503, 2},
	} {
		t.Run(c.claim, func(t *testing.T) {
			runHarness(t, newPublisher(3, feedtest.Plain), func(t *testing.T, s *harness) {
				r := s.newRefresher()
				polls := 0
				r.Hub, r.History = new(activeHub), false
				r.Transport = roundTripper(func(q *http.Request) (*http.Response, error) {
					polls++
					response, err := s.RoundTrip(q)
					if err == nil {
						maps.Copy(response.Header, c.header)
						response.StatusCode = cmp.Or(c.status, response.StatusCode)
					}
					return response, err
				})
				ctx, end := context.WithTimeout(t.Context(), 48*time.Hour-time.Minute)
				defer end()
				r.Run(ctx)
				require.Equal(t, c.want, polls)
			})
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// TestCountsMissedPushes checks that only new posts of scheduled polls count: not the posts of the first poll, and not
// those after a push.
func TestCountsMissedPushes(t *testing.T) {
	runHarness(t, newPublisher(3, feedtest.Plain), func(t *testing.T, s *harness) {
		hub := new(activeHub)
		r := s.newRefresher()
		r.Hub = hub
		for _, c := range []struct {
			claim   string
			publish bool
			pushed  bool
			missed  int
		}{
			{"the first poll", false, false, 0},
			{"nothing new", false, false, 0},
			{"a new post without a push", true, false, 1},
			{"a new post with a push", true, true, 1},
			{"nothing new again", false, false, 1},
			{"another new post without a push", true, false, 2},
		} {
			if c.publish {
				s.Publish(c.claim)
			}
			if c.pushed {
				r.PollNow()
			}
			require.NoError(t, r.Poll(t.Context()))
			require.Equal(t, c.missed, hub.missed, c.claim)
		}
	})
}
