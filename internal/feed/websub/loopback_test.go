package websub

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
	"lastpost/internal/feed/fetch"
)

// TestSubscribeOverLoopback uses real servers for the feed, the hub and the callback. The hub reaches the callback over
// https by a public name.
func TestSubscribeOverLoopback(t *testing.T) {
	pushed := make(chan struct{}, 1)
	s := &Subscription{CallbackURL: "https://skill.example.com/websub/halfelf", OnPush: func() { pushed <- struct{}{} }}
	us := httptest.NewTLSServer(s)
	defer us.Close()
	hub := &feedtest.Hub{Transport: us.Client().Transport}
	defer hub.Close()
	mux := http.NewServeMux()
	mux.Handle("/hub", hub)
	mux.Handle("/moved", redirect(308, "/hub"))
	blog := httptest.NewServer(mux)
	defer blog.Close()
	s.FeedURL = blog.URL + "/feed"

	s.UpdateHub(parseURL(t, blog.URL+"/moved"), parseURL(t, s.FeedURL))
	require.NoError(t, s.SubscribeIfDue(t.Context()))
	hub.WaitVerifications()
	require.True(t, s.IsActive())
	for _, algorithm := range []string{"sha1", "sha256", "sha384", "sha512"} {
		hub.SetBehavior(feedtest.HubBehavior{Algorithm: algorithm})
		n, err := hub.Publish(t.Context(), s.FeedURL, "application/rss+xml", []byte("<rss/>"))
		require.NoError(t, err)
		require.Equal(t, 1, n)
		<-pushed
	}
	hub.SetBehavior(feedtest.HubBehavior{Algorithm: "none"})
	n, err := hub.Publish(t.Context(), s.FeedURL, "application/rss+xml", []byte("<rss/>"))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Empty(t, pushed, "the push was not signed")
	s.UpdateHub(nil, nil)
	_, err = hub.Publish(t.Context(), s.FeedURL, "application/rss+xml", []byte("<rss/>"))
	require.ErrorContains(t, err, "404")
}

// TestRefusesPrivateHub checks that the production transport sends no request to a hub at a private address.
func TestRefusesPrivateHub(t *testing.T) {
	var asked atomic.Int64
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer inner.Close()
	_, port, err := net.SplitHostPort(inner.Listener.Addr().String())
	require.NoError(t, err)
	blog := httptest.NewServer(redirect(307, inner.URL))
	defer blog.Close()
	for _, c := range []struct{ claim, feed, hub string }{
		{"a private IPv4 address", blog.URL, inner.URL},
		{"a name without a dot", blog.URL, "http://localhost:" + port},
		{"a private IPv4 address in IPv6", blog.URL, "http://[::ffff:127.0.0.1]:" + port},
		{"a private address as a number", blog.URL, "http://2130706433:" + port},
		{"a private address in other digits", blog.URL, "http://①②⑦。0。0。1:" + port},
		{"a private name in other letters", blog.URL, "http://ｌocalhost.:" + port},
		{"a public name that resolves to a private address", blog.URL, "http://rebind.example.com:" + port},
		{"a redirect of the feed's own host to a private address", blog.URL, blog.URL},
		{"a private address without a feed URL", "", inner.URL},
		{"a private address with an invalid feed URL", "http://127.0.0.1:x", inner.URL},
	} {
		t.Run(c.claim, func(t *testing.T) {
			own := fetch.NewTransport(feedtest.LoopbackDNS())
			own.Proxy = nil
			s := &Subscription{CallbackURL: "https://skill.example.com/websub/halfelf", FeedURL: c.feed, Transport: own}
			s.UpdateHub(parseURL(t, c.hub), parseURL(t, topicURL))
			err := s.SubscribeIfDue(t.Context())
			require.ErrorIs(t, err, feed.ErrPrivate)
			require.ErrorContains(t, err, "a hub may be private only on the host of the feed")
		})
	}
	require.Zero(t, asked.Load())
}

func TestDefaultTransportRefusesPrivateHub(t *testing.T) {
	s := &Subscription{CallbackURL: "https://skill.example.com/websub/halfelf"}
	s.UpdateHub(parseURL(t, "http://127.0.0.1:1/"), parseURL(t, topicURL))
	require.ErrorIs(t, s.SubscribeIfDue(t.Context()), feed.ErrPrivate)
}

func TestRequestsTimeOutAfterThirtySeconds(t *testing.T) {
	s := newHubFixture(t)
	var left time.Duration
	s.Transport = roundTripFunc(func(r *http.Request) (*http.Response, error) {
		deadline, ok := r.Context().Deadline()
		require.True(t, ok)
		left = time.Until(deadline)
		return nil, context.DeadlineExceeded
	})
	s.nameHub(t)
	require.ErrorIs(t, s.runDueStep(t), feed.ErrTimeout)
	require.InDelta(t, 30*time.Second, left, float64(5*time.Second))
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestSubscriptionIsSafeForConcurrentUse calls all methods concurrently, so that the race detector finds data races.
func TestSubscriptionIsSafeForConcurrentUse(t *testing.T) {
	var clock atomic.Int64
	now := func() time.Time { return t0.Add(time.Duration(clock.Add(int64(time.Minute)))) }
	hub := &feedtest.Hub{URL: hubURL, Now: now}
	s := &Subscription{
		CallbackURL: "https://skill.example.com/websub/halfelf", FeedURL: topicURL, Now: now, Log: new(logLines).logger(), OnPush: func() {},
		Save: func(context.Context, []byte) error { return nil },
	}
	w := fakeWeb{"hub.example.com": hub, "skill.example.com": s, "other.example.com": hub}
	s.Transport, hub.Transport = w, w
	hubs := []*url.URL{parseURL(t, hubURL), parseURL(t, "https://other.example.com/"), nil}
	topic := parseURL(t, topicURL)
	var group sync.WaitGroup
	for n := range 4 {
		group.Go(func() {
			for i := range 100 {
				s.UpdateHub(hubs[(n+i/10)%3], topic)
				_ = s.SubscribeIfDue(t.Context())
				_, _ = hub.Publish(t.Context(), topicURL, "text/plain", []byte("x"))
				for _, sub := range hub.Subscribers(topicURL) {
					r := httptest.NewRequest(http.MethodGet, sub.Callback+"?"+verification().Encode(), nil)
					s.ServeHTTP(httptest.NewRecorder(), r)
				}
				s.IsActive()
				s.NextDue()
				s.Status()
			}
		})
	}
	group.Wait()
	hub.Close()
}

func TestHubOfTestsFollowsWebSub(t *testing.T) {
	s := newHubFixture(t)
	var method, callback string
	s.web["reader.example.com"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method, callback = r.Method, r.URL.String()
		_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
	})
	form := verification("hub.callback", "https://reader.example.com/?a=b&a=c", "hub.secret", "s")
	send := func(changes ...string) int {
		q := form
		for i := 0; i < len(changes); i += 2 {
			q.Set(changes[i], changes[i+1])
		}
		r := httptest.NewRequest(http.MethodPost, hubURL, strings.NewReader(q.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		rec := httptest.NewRecorder()
		s.hub.ServeHTTP(rec, r)
		s.hub.WaitVerifications()
		return rec.Code
	}
	s.hub.SetBehavior(feedtest.HubBehavior{RejectChallenge: true})
	require.Equal(t, 202, send())
	require.Empty(t, s.hub.Subscribers(topicURL))
	s.hub.SetBehavior(feedtest.HubBehavior{})
	require.Equal(t, 202, send())
	require.Equal(t, http.MethodGet, method)
	require.Contains(t, callback, "/?a=b&a=c&hub.challenge=", "the query of the callback is kept")
	require.Len(t, s.hub.Subscribers(topicURL), 1)
	s.clock.now = t0.Add(time.Hour)
	require.Empty(t, s.hub.Subscribers(topicURL), "the lease has expired")
	require.Equal(t, 202, send())
	require.Equal(t, 202, send("hub.mode", "unsubscribe"))
	require.Empty(t, s.hub.Subscribers(topicURL))
	require.Equal(t, 400, send("hub.mode", "publish"))
	require.Equal(t, 400, send("hub.mode", "subscribe", "hub.callback", "reader"))
	require.Equal(t, 400, send("hub.callback", "https://reader.example.com", "hub.secret", strings.Repeat("x", 200)))
	s.hub.Close()
	require.Equal(t, 503, send())
}
