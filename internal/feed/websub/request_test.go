package websub

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
)

func TestSubscribeFollowsRedirects(t *testing.T) {
	for _, c := range []struct {
		claim string
		codes []int
		want  error
	}{
		{"307", []int{307}, nil},
		{"308", []int{308}, nil},
		{"two", []int{307, 308}, nil},
		{"three redirects are refused", []int{307, 307, 307}, feed.ErrRedirect},
		{"301 is not followed", []int{301}, feed.ErrStatus},
		{"302 is not followed", []int{302}, feed.ErrStatus},
		{"303 is not followed", []int{303}, feed.ErrStatus},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newHubFixture(t)
			s.web["hub.example.com"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n, _ := strconv.Atoi(strings.Trim(r.URL.Path, "/"))
				if n < len(c.codes) {
					redirect(c.codes[n], fmt.Sprintf("https://hub.example.com/%d", n+1)).ServeHTTP(w, r)
					return
				}
				s.hub.ServeHTTP(w, r)
			})
			s.nameHub(t)
			require.ErrorIs(t, s.runDueStep(t), c.want)
			require.Equal(t, c.want == nil, s.IsActive(), "the redirected request has the same form")
		})
	}
}

func TestSubscribeRefusesRedirects(t *testing.T) {
	for to, want := range map[string]error{
		"":                          feed.ErrRedirect,
		"ftp://hub.example.com/":    feed.ErrRedirect,
		"http://hub.example.com/":   feed.ErrRedirect,
		"https://127.0.0.1/":        feed.ErrPrivate,
		"https://localhost/":        feed.ErrPrivate,
		"https://169.254.169.254/":  feed.ErrPrivate,
		"https://metadata.internal": feed.ErrPrivate,
		"https://unknown.example.com/subscribe?callback=https://skill.example.com/websub/halfelf/x": feed.ErrUnreachable,
	} {
		t.Run(to, func(t *testing.T) {
			s := newHubFixture(t)
			s.web["hub.example.com"] = redirect(307, to)
			s.nameHub(t)
			require.ErrorIs(t, s.runDueStep(t), want)
			require.Len(t, s.logs.drain(), 1)
		})
	}
}

func TestUpdateHubResubscribesOnChange(t *testing.T) {
	const other = "https://other.example.com/"
	for _, c := range []struct {
		claim, hub, topic string
		asked             bool   // whether a new request is due
		logged            string // part of the log message
	}{
		{"the same hub and topic change nothing", hubURL, topicURL, false, ""},
		{"a fragment and user info change nothing", "https://user:password@hub.example.com/#a", topicURL + "#b", false, ""},
		{"another hub starts a subscription", other, topicURL, true, "hub or topic changed"},
		{"another topic starts a subscription", hubURL, other, true, "hub or topic changed"},
		{"a missing hub ends the subscription", "", topicURL, false, "no longer names a hub"},
		{"a hub without a topic is ignored", hubURL, "", false, "no longer names a hub"},
		{"a hub that is not a web address is ignored", "ftp://hub.example.com/", topicURL, false, "no longer names a hub"},
		{"a URL without a host is ignored", "https:///hub", topicURL, false, "no longer names a hub"},
		{"a host with an invalid name is ignored", "https://hub..example.com/", topicURL, false, "no longer names a hub"},
		{"a URL that is too long is ignored", hubURL + strings.Repeat("x", feed.MaxLink), topicURL, false, "no longer names a hub"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newSubscribedFixture(t)
			s.web["other.example.com"] = s.hub
			token, secret := s.token(), s.state.Secret
			hub, topic := parseURL(t, c.hub), parseURL(t, c.topic)
			s.UpdateHub(hub, topic)
			require.Contains(t, s.logs.String(), c.logged)
			require.Equal(t, c.logged == "", s.IsActive())
			require.Equal(t, c.logged == "", s.callBack(t, http.MethodPost, token, nil, "x").Code == 204, "the old token must be unknown")
			require.Equal(t, c.asked, s.NextDue().Equal(s.clock.now))
			if !c.asked {
				return
			}
			require.NoError(t, s.runDueStep(t))
			require.True(t, s.IsActive())
			require.NotEqual(t, token, s.token())
			require.NotEqual(t, secret, s.state.Secret)
		})
	}
}

// TestTopicSpelling checks that an international topic is sent in ASCII, and any other topic byte for byte.
func TestTopicSpelling(t *testing.T) {
	for named, want := range map[string]string{
		"https://Müller.example/feed":                    "https://xn--mller-kva.example/feed",
		"https://m%C3%BCller.example/feed?q=%c3#frag":    "https://xn--mller-kva.example/feed?q=%c3",
		"https://user:pass@例え。jp:8443/":                  "https://xn--r8jz45g.jp:8443/",
		"https://Blog.Example/Feed":                      "https://Blog.Example/Feed",
		"https://my_blog.example./feed":                  "https://my_blog.example./feed",
		"https://①⑥⑨.②⑤④.①⑥⑨.②⑤④/":                       "https://169.254.169.254/",
		"https://metadata.google.ｉnternal＃.example.com/": "",
	} {
		s := newHubFixture(t)
		u, err := url.Parse(named)
		require.NoError(t, err)
		s.UpdateHub(parseURL(t, hubURL), u)
		require.Equal(t, want, s.state.Topic, named)
		if want == "" {
			continue
		}
		state, err := json.Marshal(s.state)
		require.NoError(t, err)
		require.NoError(t, s.newSubscription().Restore(state), named)
	}
}

func TestUpdateHubClearsTheLastError(t *testing.T) {
	s := newHubFixture(t)
	s.web["other.example.com"] = s.hub
	s.hub.SetBehavior(feedtest.HubBehavior{Status: 500})
	for _, hub := range []string{hubURL, "https://other.example.com/"} {
		s.UpdateHub(parseURL(t, hub), parseURL(t, topicURL))
		require.NoError(t, s.Status().Err)
		s.logs.drain()
		require.Error(t, s.runDueStep(t))
		require.Equal(t, time.Hour, s.NextDue().Sub(s.clock.now))
		require.Len(t, s.logs.drain(), 1)
		s.callBack(t, http.MethodPost, s.token(), nil, "x")
		require.Len(t, s.logs.drain(), 1)
	}
}

func TestUpdateHubDuringRequest(t *testing.T) {
	s := newHubFixture(t)
	s.web["hub.example.com"] = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.UpdateHub(nil, nil)
		w.WriteHeader(http.StatusInternalServerError)
	})
	s.nameHub(t)
	require.ErrorIs(t, s.runDueStep(t), feed.ErrStatus)
	require.Zero(t, s.NextDue(), "the result of a request to a removed hub is ignored")
	require.Equal(t, SubscriptionStatus{}, s.Status())
}

func TestNoSubscriptionWithoutCallbackURL(t *testing.T) {
	s := new(Subscription)
	s.UpdateHub(parseURL(t, hubURL), parseURL(t, topicURL))
	require.Zero(t, s.NextDue())
	s.UpdateHub(nil, nil)
	require.Zero(t, s.NextDue())
	require.NoError(t, s.SubscribeIfDue(t.Context()))
	require.False(t, s.IsActive())
	require.Equal(t, SubscriptionStatus{}, s.Status())
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, httptest.NewRequest(method, "/websub/halfelf/", nil))
		require.Equal(t, 404, rec.Code)
	}
}

func TestSubscribeWithCanceledContext(t *testing.T) {
	s := newHubFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.web["hub.example.com"] = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { cancel() })
	s.nameHub(t)
	require.ErrorIs(t, s.SubscribeIfDue(ctx), context.Canceled)
	require.ErrorIs(t, s.SubscribeIfDue(ctx), context.Canceled)
	require.Equal(t, t0, s.NextDue(), "a canceled request does not count")
	require.NoError(t, s.Status().Err)
	require.Empty(t, s.logs.drain())

	ctx, cancel = context.WithCancel(t.Context())
	s.hub.SetBehavior(feedtest.HubBehavior{VerifyFirst: true})
	s.web["hub.example.com"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hub.ServeHTTP(w, r.WithContext(t.Context()))
		cancel()
	})
	require.ErrorIs(t, s.SubscribeIfDue(ctx), context.Canceled)
	require.True(t, s.IsActive(), "the verification counts despite the cancellation")
	require.Equal(t, t0.Add(7*day+day/2), s.NextDue())
}

func TestSubscribeWithoutRandomNumbers(t *testing.T) {
	for _, available := range []int{0, tokenSize} {
		s := newHubFixture(t)
		s.Rand = strings.NewReader(strings.Repeat("x", available))
		s.nameHub(t)
		require.ErrorIs(t, s.runDueStep(t), io.EOF)
		require.Empty(t, s.hub.Requests())
		require.Equal(t, time.Hour, s.NextDue().Sub(s.clock.now))
		require.Equal(t, 404, s.callBack(t, http.MethodGet, "", verification(), "").Code, "an empty token must not match")
		s.Rand = new(countingRand)
		require.NoError(t, s.runDueStep(t))
		require.True(t, s.IsActive())
	}
}

func TestRenewalDelay(t *testing.T) {
	const h, m = time.Hour, time.Minute
	for _, c := range []struct {
		claim  string
		lease  time.Duration
		jitter float64
		want   time.Duration
	}{
		{"three quarters of ten days", 10 * day, 0, 180 * h},
		{"jitter adds up to ten percent", 10 * day, 1, 198 * h},
		{"the last of five days stays free", 5 * day, 1, 4 * day},
		{"no jitter for four days", 4 * day, 1, 3 * day},
		{"no jitter for one day", day, 1, 18 * h},
		{"three quarters of an hour", h, 0, 45 * m},
		{"a hub with short leases receives a request every ten minutes", m, 0, 10 * m},
		{"three quarters of a month", 30 * day, 0, 540 * h},
	} {
		require.Equal(t, c.want, renewalDelay(c.lease, c.jitter), c.claim)
	}
}

func TestGrantedLease(t *testing.T) {
	for seconds, want := range map[string]time.Duration{
		"864000": 10 * day, "3600": time.Hour, "60": time.Minute, "59": time.Minute, "0": time.Minute,
		"2592000": 30 * day, "2592001": 30 * day, "315360000": 30 * day, "99999999999999999999": 30 * day,
		"": 10 * day, "-1": 10 * day, "1e3": 10 * day, "ten": 10 * day, " 60": 10 * day,
	} {
		require.Equal(t, want, grantedLease(seconds), seconds)
	}
}
