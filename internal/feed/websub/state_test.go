package websub

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/feedtest"
)

// restart replaces the subscription by a new one with the last saved state.
func (s *hubFixture) restart(t *testing.T) {
	next := s.newSubscription()
	require.NoError(t, next.Restore(s.saves[len(s.saves)-1]))
	s.Subscription = next
	s.web["skill.example.com"] = next
}

func TestSubscriptionSurvivesARestart(t *testing.T) {
	s := newSubscribedFixture(t)
	before := s.Status()
	s.restart(t)
	s.nameHub(t)
	require.Equal(t, before, s.Status())
	require.NoError(t, s.SubscribeIfDue(t.Context()))
	require.Empty(t, s.hub.Requests(), "nothing is due")
	n, err := s.hub.Publish(t.Context(), topicURL, "application/rss+xml", []byte("<rss/>"))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.EqualValues(t, 1, s.pushes.Load())
	require.NoError(t, s.runDueStep(t))
	require.Len(t, s.hub.Subscribers(topicURL), 1, "the same subscription is renewed")
	require.Equal(t, t0.Add(7*day+day/2), s.clock.now)
}

func TestRestartKeepsWaitingTime(t *testing.T) {
	for _, c := range []struct {
		claim  string
		manner feedtest.HubBehavior
		next   time.Duration
	}{
		{"between acceptance and verification", feedtest.HubBehavior{NeverVerify: true}, 10 * time.Minute},
		{"after a failure", feedtest.HubBehavior{Status: 500}, time.Hour},
		{"after the hub has denied", feedtest.HubBehavior{DenyReason: "no"}, day},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newHubFixture(t)
			s.hub.SetBehavior(c.manner)
			s.nameHub(t)
			_ = s.runDueStep(t)
			token := s.token()
			s.restart(t)
			s.nameHub(t)
			require.Equal(t, t0.Add(c.next), s.NextDue())
			require.Equal(t, token, s.token())
		})
	}
	s := newHubFixture(t)
	s.web["hub.example.com"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.restart(t)
		s.hub.ServeHTTP(w, r)
	})
	s.nameHub(t)
	require.NoError(t, s.runDueStep(t))
	require.True(t, s.IsActive(), "the token is saved before the request")
}

func TestRestartAfterFeedDropsHubDoesNotSubscribe(t *testing.T) {
	s := newSubscribedFixture(t)
	s.UpdateHub(nil, nil)
	require.JSONEq(t, "{}", string(s.saves[len(s.saves)-1]), "secrets are deleted with the subscription")
	s.restart(t)
	require.Equal(t, SubscriptionStatus{}, s.Status())
}

func TestRestartWithAnotherCallbackURLSubscribesAgain(t *testing.T) {
	s := newSubscribedFixture(t)
	token := s.token()
	next := s.newSubscription()
	next.CallbackURL = "https://example.com/websub/halfelf"
	require.NoError(t, next.Restore(s.saves[len(s.saves)-1]))
	require.Equal(t, SubscriptionStatus{}, next.Status())
	next.UpdateHub(parseURL(t, hubURL), parseURL(t, topicURL))
	require.Equal(t, s.clock.now, next.NextDue(), "the hub needs the new callback URL")
	require.NotEqual(t, token, next.state.Token)
}

func TestRestoreClampsFutureTimes(t *testing.T) {
	s := newHubFixture(t)
	s.clock.now = t0.AddDate(10, 0, 0)
	s.nameHub(t)
	require.NoError(t, s.runDueStep(t))
	s.clock.now = t0
	s.restart(t)
	require.Equal(t, t0, s.NextDue())
	require.Equal(t, t0.Add(longestLease), s.Status().Until)
}

func TestClampsFutureTimesAfterClockCorrection(t *testing.T) {
	s := newHubFixture(t)
	s.clock.now = t0.AddDate(10, 0, 0)
	s.nameHub(t)
	require.NoError(t, s.runDueStep(t))
	s.clock.now = t0
	require.Equal(t, t0, s.NextDue(), "the subscription must not stay active for ten years")
	require.Equal(t, t0.Add(longestLease), s.Status().Until)
}

func TestRestoreRefusesInvalidState(t *testing.T) {
	s := newSubscribedFixture(t)
	data := string(s.saves[len(s.saves)-1])
	replaced := func(part, replacement string) string {
		require.Contains(t, data, part)
		return strings.ReplaceAll(data, part, replacement)
	}
	for claim, garbage := range map[string]string{
		"not JSON":                  "garbage",
		"half the data":             data[:len(data)/2],
		"data and more":             data + "{}",
		"a list":                    "[]",
		"state of a feed":           `{"etag":"x","next":"2026-07-01T00:00:00Z"}`,
		"another hub":               replaced(hubURL, "ftp://hub.example.com"),
		"a hub with a user":         replaced(hubURL, "https://user@hub.example.com/"),
		"no hub":                    replaced(hubURL, ""),
		"another topic":             replaced(`blog.example.com`, ``),
		"half a token":              replaced(s.token(), s.token()[:16]),
		"a token not in hex":        replaced(s.token(), strings.Repeat("x", 32)),
		"no secret":                 replaced(s.state.Secret, ""),
		"no token":                  replaced(s.token(), ""),
		"a negative number":         replaced(`"next":"`, `"failures":-1,"next":"`),
		"an invalid time":           replaced(`"next":"2`, `"next":"x`),
		"no time":                   replaced(`"next"`, `"later"`),
		"waiting without a request": replaced(`"asked"`, `"waiting":true,"wanted"`),
	} {
		t.Run(claim, func(t *testing.T) {
			other := s.newSubscription()
			err := other.Restore([]byte(garbage))
			require.ErrorContains(t, err, "subscription state")
			require.NotContains(t, err.Error(), s.token())
			require.NotContains(t, err.Error(), s.state.Secret)
			require.Equal(t, subscriptionState{}, other.state)
			other.UpdateHub(parseURL(t, hubURL), parseURL(t, topicURL))
			require.Equal(t, t0, other.NextDue())
		})
	}
	for _, none := range []string{"", "{}", "null"} {
		other := s.newSubscription()
		require.NoError(t, other.Restore([]byte(none)))
		require.Equal(t, subscriptionState{}, other.state)
	}
}

func TestSavesOnlyChanges(t *testing.T) {
	s := newHubFixture(t)
	saves := func() int {
		n := len(s.saves)
		s.saves = nil
		return n
	}
	s.nameHub(t)
	require.Equal(t, 1, saves())
	s.nameHub(t)
	require.Equal(t, 0, saves())
	require.NoError(t, s.runDueStep(t))
	require.Equal(t, 2, saves(), "after the request and after the verification")
	require.Equal(t, 404, s.callBack(t, http.MethodGet, "x", verification(), "").Code)
	require.Equal(t, 0, saves())
	require.Equal(t, 200, s.callBack(t, http.MethodGet, s.token(), verification("hub.mode", "denied"), "").Code)
	require.Equal(t, 1, saves())
}

func TestSaveAfterCanceledRequest(t *testing.T) {
	s := newHubFixture(t)
	s.Save = func(ctx context.Context, _ []byte) error {
		_, limited := ctx.Deadline()
		require.True(t, limited)
		return ctx.Err()
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.web["hub.example.com"] = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { cancel() })
	s.nameHub(t)
	require.Error(t, s.SubscribeIfDue(ctx))
	require.Empty(t, s.logs.drain())
}

func TestSaveFailure(t *testing.T) {
	s := newHubFixture(t)
	s.Save = func(context.Context, []byte) error { return errors.New("disk full") }
	s.nameHub(t)
	require.NoError(t, s.runDueStep(t))
	require.True(t, s.IsActive(), "a save error must not end the subscription")
	require.Contains(t, s.logs.String(), "disk full")
	s.Save = nil
	s.UpdateHub(nil, nil)
	require.False(t, s.IsActive())
}
