package websub

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
)

func TestSubscribe(t *testing.T) {
	s := newHubFixture(t)
	require.Zero(t, s.NextDue())
	require.NoError(t, s.SubscribeIfDue(t.Context()))
	s.nameHub(t)
	require.Equal(t, t0, s.NextDue())
	require.False(t, s.IsActive())
	require.NoError(t, s.runDueStep(t))
	asked := s.hub.Requests()
	require.Len(t, asked, 1)
	callback, secret := asked[0].Get("hub.callback"), asked[0].Get("hub.secret")
	require.Equal(t, url.Values{
		"hub.mode": {"subscribe"}, "hub.topic": {topicURL}, "hub.lease_seconds": {"864000"}, "hub.verify": {"async"},
		"hub.callback": {callback}, "hub.secret": {secret},
	}, asked[0])
	require.Regexp(t, "^https://skill.example.com/websub/halfelf/[0-9a-f]{32}$", callback)
	require.Regexp(t, "^[0-9a-f]{64}$", secret)
	require.Equal(t, SubscriptionStatus{
		Hub: hubURL, Topic: "https://blog.example.com/feed?…", Active: true, Since: t0, Until: t0.Add(10 * day), Next: t0.Add(7*day + day/2),
	}, s.Status())
	require.True(t, s.IsActive())
	logged := s.logs.drain()
	require.Len(t, logged, 1)
	require.Contains(t, logged[0], `msg="subscription active" hub=https://hub.example.com/`)
	require.Contains(t, logged[0], "until=2026-03-11T12:00:00.000Z")
	s.nameHub(t)
	require.NoError(t, s.SubscribeIfDue(t.Context()))
	require.Empty(t, s.hub.Requests(), "nothing is due")
}

func TestSubscribeRequestHeaders(t *testing.T) {
	s := newHubFixture(t)
	var got *http.Request
	s.web["hub.example.com"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		w.Header().Set("Set-Cookie", "a=b")
		w.WriteHeader(http.StatusAccepted)
	})
	s.nameHub(t)
	for range 2 {
		require.NoError(t, s.runDueStep(t))
		require.Equal(t, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "User-Agent": {"lastpost/1.0"}}, got.Header)
		require.Equal(t, http.MethodPost, got.Method)
		require.ErrorIs(t, s.runDueStep(t), ErrUnverified)
	}
	s.UserAgent = ""
	require.NoError(t, s.runDueStep(t))
	require.Equal(t, "lastpost", got.UserAgent())
}

func TestSubscriptionRenews(t *testing.T) {
	s := newSubscribedFixture(t)
	before := s.hub.Subscribers(topicURL)
	for n := range 3 {
		renewed := s.NextDue()
		require.NoError(t, s.runDueStep(t))
		require.Equal(t, renewed, s.clock.now)
		require.Len(t, s.hub.Requests(), 1)
		require.Equal(t, t0.Add(time.Duration(n+1)*(7*day+day/2)), renewed)
		require.Equal(t, renewed.Add(10*day), s.Status().Until)
		require.Equal(t, t0, s.Status().Since)
		logged := s.logs.drain()
		require.Len(t, logged, 1)
		require.Contains(t, logged[0], "subscription renewed")
	}
	after := s.hub.Subscribers(topicURL)
	require.Len(t, after, 1, "the callback must not change")
	require.Equal(t, before[0].Secret, after[0].Secret)
}

func TestSubscriptionLapses(t *testing.T) {
	s := newSubscribedFixture(t)
	s.hub.SetBehavior(feedtest.HubBehavior{Status: 500})
	for s.NextDue().Before(t0.Add(10 * day)) {
		require.ErrorIs(t, s.runDueStep(t), feed.ErrStatus)
		require.True(t, s.IsActive(), "the subscription stays active until its lease ends")
	}
	require.Len(t, s.hub.Requests(), 7, "retries in the last quarter of the lease")
	logged := s.logs.drain()
	require.Len(t, logged, 1)
	require.Contains(t, logged[0], "subscription renewal failed")
	require.Contains(t, logged[0], "until=2026-")
	s.clock.now = t0.Add(10*day - 1)
	require.True(t, s.IsActive())
	s.clock.now = t0.Add(10 * day)
	require.False(t, s.IsActive(), "the lease has expired")
	require.False(t, s.Status().Active)
	require.ErrorIs(t, s.Status().Err, feed.ErrStatus)
	s.hub.SetBehavior(feedtest.HubBehavior{})
	require.NoError(t, s.runDueStep(t))
	require.True(t, s.IsActive())
	require.NoError(t, s.Status().Err)
	require.Equal(t, s.clock.now, s.Status().Since)
	require.Contains(t, s.logs.String(), "subscription active")
	s.hub.SetBehavior(feedtest.HubBehavior{Status: 500})
	require.Error(t, s.runDueStep(t))
	require.Equal(t, time.Hour, s.NextDue().Sub(s.clock.now), "a success resets the failure count")
}

func TestSubscriptionBacksOff(t *testing.T) {
	const h = time.Hour
	for _, c := range []struct {
		claim  string
		manner feedtest.HubBehavior
		want   []time.Duration
	}{
		{"pauses grow from an hour to a day", feedtest.HubBehavior{Status: 500}, []time.Duration{h, 2 * h, 4 * h, 8 * h, 16 * h, day, day}},
		{"404 is a failure like others", feedtest.HubBehavior{Status: 404}, []time.Duration{h, 2 * h, 4 * h}},
		{"Retry-After of 429 is a minimum", feedtest.HubBehavior{Status: 429, Header: header("Retry-After", "10800")}, []time.Duration{3 * h, 3 * h, 4 * h}},
		{"Retry-After of 503 is a minimum", feedtest.HubBehavior{Status: 503, Header: header("Retry-After", "10800")}, []time.Duration{3 * h, 3 * h, 4 * h}},
		{"Retry-After of 500 is ignored", feedtest.HubBehavior{Status: 500, Header: header("Retry-After", "10800")}, []time.Duration{h, 2 * h, 4 * h}},
		{"Retry-After is capped at a week", feedtest.HubBehavior{Status: 429, Header: header("Retry-After", "99999999")}, []time.Duration{7 * day, 7 * day}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newHubFixture(t)
			s.hub.SetBehavior(c.manner)
			s.nameHub(t)
			for _, want := range c.want {
				require.ErrorIs(t, s.runDueStep(t), feed.ErrStatus)
				require.Equal(t, want, s.NextDue().Sub(s.clock.now))
			}
			require.Len(t, s.logs.drain(), 1)
			s.hub.SetBehavior(feedtest.HubBehavior{Status: 403})
			require.ErrorIs(t, s.runDueStep(t), feed.ErrStatus)
			require.Len(t, s.logs.drain(), 1, "a different error is logged again")
		})
	}
}

func TestSubscriptionJitterOnlyAdds(t *testing.T) {
	s := newHubFixture(t)
	s.Rand = strings.NewReader(strings.Repeat("\xff", 1000))
	s.hub.SetBehavior(feedtest.HubBehavior{Status: 500})
	s.nameHub(t)
	require.Error(t, s.runDueStep(t))
	require.InDelta(t, 66*time.Minute, s.NextDue().Sub(s.clock.now), float64(time.Second))
}

func TestHubThatNeverVerifies(t *testing.T) {
	s := newHubFixture(t)
	s.hub.SetBehavior(feedtest.HubBehavior{NeverVerify: true})
	s.nameHub(t)
	require.NoError(t, s.runDueStep(t))
	require.Equal(t, t0.Add(10*time.Minute), s.NextDue())
	require.Empty(t, s.logs.drain())
	err := s.runDueStep(t)
	require.ErrorIs(t, err, ErrUnverified)
	require.Len(t, s.hub.Requests(), 1, "no second request while waiting")
	require.Equal(t, t0.Add(70*time.Minute), s.NextDue())
	logged := s.logs.drain()
	require.Len(t, logged, 1)
	require.Contains(t, logged[0], "kind=unverified")
	require.Contains(t, logged[0], "must be able to reach https://skill.example.com/websub/halfelf over https")
	require.NoError(t, s.runDueStep(t))
	require.ErrorIs(t, s.runDueStep(t), ErrUnverified)
	require.Equal(t, 2*time.Hour, s.NextDue().Sub(s.clock.now))
	require.Empty(t, s.logs.drain(), "the error is logged only once")
	rec := s.callBack(t, http.MethodGet, s.token(), verification(), "")
	require.Equal(t, 200, rec.Code, "a late verification counts")
	require.True(t, s.IsActive())
	require.NoError(t, s.Status().Err)
}

func TestSubscriptionDenied(t *testing.T) {
	s := newSubscribedFixture(t)
	s.hub.SetBehavior(feedtest.HubBehavior{DenyReason: "no\nroom\x00 for " + strings.Repeat("x", 300)})
	require.NoError(t, s.runDueStep(t))
	require.False(t, s.IsActive())
	require.ErrorIs(t, s.Status().Err, ErrDenied)
	require.Equal(t, day, s.NextDue().Sub(s.clock.now))
	logged := s.logs.drain()
	require.Len(t, logged, 1)
	require.Contains(t, logged[0], "denied the subscription: no room for xxx")
	require.Less(t, len(logged[0]), 600)
	require.Equal(t, 404, s.callBack(t, http.MethodGet, s.token(), verification(), "").Code, "no request is pending")
	s.hub.SetBehavior(feedtest.HubBehavior{})
	require.NoError(t, s.runDueStep(t))
	require.True(t, s.IsActive())
	require.NoError(t, s.Status().Err)
	require.Equal(t, s.clock.now, s.Status().Since)
}

func TestDenialBeforeTheResponse(t *testing.T) {
	s := newHubFixture(t)
	s.hub.SetBehavior(feedtest.HubBehavior{VerifyFirst: true, DenyReason: "no"})
	s.nameHub(t)
	require.NoError(t, s.runDueStep(t))
	require.Equal(t, t0.Add(day), s.NextDue(), "the denial counts although the hub accepted afterwards")
	require.ErrorIs(t, s.Status().Err, ErrDenied)
	s.web["hub.example.com"] = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.callBack(t, http.MethodGet, s.token(), verification("hub.mode", "denied"), "")
		w.WriteHeader(http.StatusForbidden)
	})
	require.ErrorIs(t, s.runDueStep(t), feed.ErrStatus)
	require.Equal(t, day, s.NextDue().Sub(s.clock.now))
}

func TestLateRenewalVerification(t *testing.T) {
	s := newSubscribedFixture(t)
	s.hub.SetBehavior(feedtest.HubBehavior{NeverVerify: true})
	require.NoError(t, s.runDueStep(t))
	require.ErrorIs(t, s.runDueStep(t), ErrUnverified)
	s.logs.drain()
	require.Equal(t, 200, s.callBack(t, http.MethodGet, s.token(), verification(), "").Code)
	require.Contains(t, s.logs.String(), "subscription renewed")
}

func TestSubscribeToUnusualHubs(t *testing.T) {
	for _, c := range []struct {
		claim  string
		manner feedtest.HubBehavior
		active bool
		until  time.Duration
	}{
		{"a hub that verifies before it responds", feedtest.HubBehavior{VerifyFirst: true}, true, 10 * day},
		{"a lease of ten years is limited to thirty days", feedtest.HubBehavior{Lease: "315360000"}, true, 30 * day},
		{"a lease of a second counts as a minute", feedtest.HubBehavior{Lease: "1"}, true, time.Minute},
		{"an invalid lease counts as the requested lease", feedtest.HubBehavior{Lease: "-"}, true, 10 * day},
		{"a verification of another topic does not count", feedtest.HubBehavior{Topic: "https://blog.example.com/other"}, false, 0},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newHubFixture(t)
			s.hub.SetBehavior(c.manner)
			s.nameHub(t)
			require.NoError(t, s.runDueStep(t))
			require.Equal(t, c.active, s.IsActive())
			require.Equal(t, c.active, !s.Status().Until.IsZero())
			require.Equal(t, c.until, max(0, s.Status().Until.Sub(t0)))
			require.Equal(t, max(c.until/4*3, 10*time.Minute), s.NextDue().Sub(t0))
		})
	}
}
