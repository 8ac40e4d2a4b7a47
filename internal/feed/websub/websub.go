// Package websub holds the subscription to a feed at its hub (WebSub). A push means "poll now": its content is never read
// as a feed.
package websub

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"lastpost/internal/feed"
)

// The kinds of what can be wrong with a subscription, beside those that a poll shares with it.
var (
	ErrUnverified = errors.New("unverified") // the hub accepted, and then never called back
	ErrDenied     = errors.New("denied")     // the hub called back to say no
)

// Subscription is that to one feed at the hub which the feed names (WebSub, https://www.w3.org/TR/websub/): the hub calls
// back when there is something new. A call means "poll now" and nothing else: what it carries is never read as content,
// so that whoever forges one gains a poll. The exported fields are set before the first call of a method, and not
// changed after. All methods are safe for concurrent use.
//
// It starts nothing by itself: its owner calls Step whenever Due has come, and routes what arrives below Callback here.
// It never unsubscribes: what is no longer wanted answers 404, and lapses.
type Subscription struct {
	// CallbackURL is the public address below which hubs call back, without a slash at its end:
	// "https://skill.example.com/websub/halfelf". A secret segment is appended. Empty: there is no subscribing.
	CallbackURL string
	// FeedURL is the feed's configured URL. A hub comes out of the feed, so that this is the only host on which it may
	// be without being public.
	FeedURL string
	// UserAgent is that of the polls. Empty: "lastpost".
	UserAgent string
	// Transport carries the requests. nil: one of our own, with the proxy of the environment, which alone refuses
	// private addresses when it connects.
	Transport http.RoundTripper
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Rand is where secrets and jitter come from; nil: crypto/rand.
	Rand io.Reader
	// Log hears of each change: subscribed, renewed, failing, failing in another way; nil: nobody does.
	Log *slog.Logger
	// OnPush is called for each valid push, and must not block; nil: nothing is.
	OnPush func()
	// Save keeps what Restore needs, whenever that has changed; nil: a restart subscribes anew.
	Save func(ctx context.Context, note []byte) error

	requestMu sync.Mutex // one request at a time

	saveMu    sync.Mutex // one Save at a time, so that the newest state is the last one saved; holds saved
	lastSaved []byte

	mu               sync.Mutex // holds what follows
	state            subscriptionState
	lastErr          error
	loggedLabel      string
	forgedPushLogged bool // the log knows of pushes that are not signed by the hub
}

// SubscriptionStatus is how a Subscription fares.
type SubscriptionStatus struct {
	Hub      string    // without user info and query; empty: the feed names none
	Topic    string    // as Hub
	Active   bool      // what Subscription.Active says
	Since    time.Time // since when it has been active without a gap; zero: it never was
	Until    time.Time // end of the lease; zero: there is none
	Next     time.Time // when the hub is asked again; zero: never
	LastPush time.Time // the last valid one; zero: none
	Err      error     // what is wrong now; nil when all is well, or nothing is known yet
}

// UpdateHub says what hub and topic (its rel="self") the last full answer of the feed named; nil: none. While they stay the
// same nothing happens. Others begin a new subscription, with new secrets, and the old one lapses.
func (s *Subscription) UpdateHub(hub, topic *url.URL) {
	next := subscriptionState{Hub: sendableURL(hub), Topic: sendableURL(topic), NextRequest: s.now()}
	if s.CallbackURL == "" || next.Hub == "" || next.Topic == "" {
		next = subscriptionState{}
	} else {
		next.CallbackURL = s.CallbackURL
	}
	if s.replaceHub(next) {
		s.saveState(context.Background()) // it was the feed that spoke: there is no request whose end could end this
	}
}

// replaceHub is false where the subscription is to the same hub and topic already.
func (s *Subscription) replaceHub(next subscriptionState) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.state
	if old.Hub == next.Hub && old.Topic == next.Topic {
		return false
	}
	s.state, s.lastErr, s.loggedLabel, s.forgedPushLogged = next, nil, "", false
	switch {
	case old.Hub == "":
		s.logger().Debug("the feed names a hub", next.logAttrs()...)
	case next.Hub == "":
		s.logger().Info("the feed names no hub any more; the subscription lapses", old.logAttrs()...)
	default:
		s.logger().Info("the feed names another hub or topic; it is subscribed to instead", next.logAttrs()...)
	}
	return true
}

// NextDue is when Step has something to do; zero: never, as things are.
func (s *Subscription) NextDue() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = s.state.clampTimes(s.now()) // the clock may have been put right
	return s.state.NextRequest
}

// IsActive tells whether pushes can be relied on: the hub has verified the subscription, and its lease has not run out.
func (s *Subscription) IsActive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.isActive(s.now())
}

// Status shows no secret.
func (s *Subscription) Status() SubscriptionStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return SubscriptionStatus{
		Hub: displayURL(s.state.Hub), Topic: displayURL(s.state.Topic), Active: s.state.isActive(s.now()), Since: s.state.ActiveSince,
		Until: s.state.LeaseEnd, Next: s.state.NextRequest, LastPush: s.state.LastPush, Err: s.lastErr,
	}
}

// sendableURL is an address as a hub may see it: without a fragment, and without user info, as the topic may be the URL
// that the operator set with his password in it. It is empty where it is none of http or https, or is too long.
func sendableURL(u *url.URL) string {
	if u == nil || !feed.IsWebURL(u) {
		return ""
	}
	bare := *u
	bare.User, bare.Fragment, bare.RawFragment = nil, "", ""
	if text := bare.String(); len(text) <= feed.MaxLink {
		return text
	}
	return ""
}

// displayURL is display for an address that was sendable.
func displayURL(address string) string {
	u, _ := url.Parse(address) // nil where it cannot be read, which shows as ""
	return feed.DisplayURL(u)
}

// now is without the monotonic clock, which stands still while a machine sleeps: a lease does not.
func (s *Subscription) now() time.Time {
	if s.Now != nil {
		return s.Now().UTC().Round(0)
	}
	return time.Now().UTC().Round(0)
}

func (s *Subscription) randomSource() io.Reader { return cmp.Or(s.Rand, rand.Reader) }

// randomHex is n random bytes in hex.
func (s *Subscription) randomHex(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.randomSource(), b); err != nil {
		return "", err
	}
	return hex.EncodeToString(b), nil
}

// randomJitter is in [0, 1); where there are no random numbers it is 0.
func (s *Subscription) randomJitter() float64 {
	var b [2]byte
	if _, err := io.ReadFull(s.randomSource(), b[:]); err != nil {
		return 0
	}
	return float64(int(b[0])<<8|int(b[1])) / (1 << 16)
}

func (s *Subscription) logger() *slog.Logger {
	return cmp.Or(s.Log, slog.New(slog.DiscardHandler))
}
