package websub

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/feedtest"
)

const (
	hubURL   = "https://hub.example.com/"
	topicURL = "https://blog.example.com/feed?key=1"
)

// t0 is the current time in the tests.
var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fakeWeb is a transport without a network. It calls the handler of the request's host.
type fakeWeb map[string]http.Handler

func (w fakeWeb) RoundTrip(r *http.Request) (*http.Response, error) {
	h, ok := w[r.URL.Host]
	if !ok {
		return nil, errors.New("no route to host")
	}
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), body)
	in.Header = r.Header.Clone()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, in)
	return rec.Result(), r.Context().Err()
}

// countingRand is a random source. It returns different secrets at each call, and bytes that result in a jitter of 0.
type countingRand struct{ n byte }

func (c *countingRand) Read(p []byte) (int, error) {
	c.n++
	for i := range p {
		p[i] = c.n
	}
	if len(p) == 2 {
		p[0], p[1] = 0, 0
	}
	return len(p), nil
}

// hubFixture is a Subscription with its hub and a fake network.
type hubFixture struct {
	*Subscription
	hub    *feedtest.Hub
	web    fakeWeb
	clock  *clock
	logs   *logLines
	pushes atomic.Int64
	saves  [][]byte
}

func newHubFixture(t testing.TB) *hubFixture {
	s := &hubFixture{clock: &clock{t0}, logs: new(logLines)}
	s.hub = &feedtest.Hub{URL: hubURL, Now: s.clock.read}
	t.Cleanup(s.hub.Close)
	s.Subscription = s.newSubscription()
	s.web = fakeWeb{"hub.example.com": s.hub, "skill.example.com": s.Subscription}
	s.Transport, s.hub.Transport = s.web, s.web
	return s
}

// newSubscription returns a new Subscription for the fixture's hub. It does not have a state, as after a restart
// without saved state.
func (s *hubFixture) newSubscription() *Subscription {
	return &Subscription{
		CallbackURL: "https://skill.example.com/websub/halfelf", FeedURL: topicURL, UserAgent: "lastpost/1.0", Transport: s.web,
		Now: s.clock.read, Rand: new(countingRand), Log: s.logs.logger(), OnPush: func() { s.pushes.Add(1) },
		Save: func(_ context.Context, data []byte) error {
			s.saves = append(s.saves, data)
			return nil
		},
	}
}

func parseURL(t *testing.T, s string) *url.URL {
	u, err := url.Parse(s)
	require.NoError(t, err)
	return u
}

func (s *hubFixture) nameHub(t *testing.T) { s.UpdateHub(parseURL(t, hubURL), parseURL(t, topicURL)) }

// runDueStep advances the clock to the time of the next request, sends the request, and waits for the hub's
// verification.
func (s *hubFixture) runDueStep(t *testing.T) error {
	require.False(t, s.NextDue().IsZero())
	s.clock.now = laterOf(s.clock.now, s.NextDue())
	err := s.SubscribeIfDue(t.Context())
	s.hub.WaitVerifications()
	return err
}

// newSubscribedFixture returns a fixture with a verified subscription.
func newSubscribedFixture(t *testing.T) *hubFixture {
	s := newHubFixture(t)
	s.nameHub(t)
	require.NoError(t, s.runDueStep(t))
	require.True(t, s.IsActive())
	s.hub.Requests()
	s.logs.drain()
	return s
}

// logLines collects the log lines.
type logLines struct{ bytes.Buffer }

func (l *logLines) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(&l.Buffer, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func (l *logLines) drain() []string {
	s := strings.TrimSpace(l.String())
	l.Reset()
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// clock is a clock that tests set.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func redirect(code int, to string) http.Handler { return http.RedirectHandler(to, code) }
