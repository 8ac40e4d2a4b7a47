package crawl_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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

// TestPollsDailyWhileHubPushes checks that the feed is polled once a day while the subscription is active, and hourly
// after the lease has expired.
func TestPollsDailyWhileHubPushes(t *testing.T) {
	p := newPublisher(10, feedtest.Plain)
	p.Hub = "https://hub.test/"
	runHarness(t, p, func(t *testing.T, s *harness) {
		w := &hubHarness{harness: s}
		w.hub = &feedtest.Hub{Transport: w, Now: s.now}
		defer w.hub.Close()
		r := s.newRefresher()
		r.Transport = w
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
		require.Equal(t, 5, polls(5*24*time.Hour), "one a day")

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
		require.InDelta(t, 24, polls(24*time.Hour), 1)
	})
}
