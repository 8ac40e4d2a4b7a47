// Package websub maintains the subscription to a feed at its WebSub hub. A push only triggers a poll; its content is
// never parsed as a feed.
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
	"strings"
	"sync"
	"time"
	"unicode"

	"lastpost/internal/feed"
)

// The error kinds of a subscription, in addition to the kinds in package feed.
var (
	ErrUnverified = errors.New("unverified") // the hub accepted the request, but did not verify it
	ErrDenied     = errors.New("denied")     // the hub denied the subscription
)

// Subscription is the subscription to one feed at the hub that the feed names (WebSub, https://www.w3.org/TR/websub/).
// The hub sends a push when the feed has a new post. A push only triggers a poll and its content is ignored, so that a
// forged push can only cause a poll. Set the exported fields before the first method call, and do not change them
// afterwards. All methods are safe for concurrent use.
//
// Subscription does not start goroutines. Its owner calls SubscribeIfDue at the time NextDue, and routes the requests
// below CallbackURL to ServeHTTP. It never unsubscribes. The callback of an old subscription answers 404 until the
// lease expires.
type Subscription struct {
	// CallbackURL is the public URL for hubs, without a slash at the end: "https://skill.example.com/websub/halfelf". A
	// secret segment is appended. If it is empty, SubscribeIfDue does nothing.
	CallbackURL string
	// FeedURL is the feed's configured URL. A hub may have a private address only on the same host. Otherwise a hostile
	// feed could send requests to internal services (SSRF).
	FeedURL string
	// UserAgent is the User-Agent header. Empty means "lastpost".
	UserAgent string
	// Transport sends the requests. Nil means a new transport with the proxy of the environment. Only that transport
	// refuses private addresses when it connects.
	Transport http.RoundTripper
	// Now returns the current time. Nil: time.Now.
	Now func() time.Time
	// Rand is the source for secrets and jitter. Nil: crypto/rand.
	Rand io.Reader
	// Log receives changes of the subscription: subscribed, renewed, failed, failed for another reason. Nil discards
	// them.
	Log *slog.Logger
	// OnPush is called for each valid push. It must not block. Nil ignores pushes.
	OnPush func()
	// Save is called after each change and stores the state for Restore. If it is nil, the service subscribes again
	// after a restart.
	Save func(ctx context.Context, state []byte) error

	requestMu sync.Mutex // serializes requests

	saveMu    sync.Mutex // serializes Save, so that the newest state is saved last; guards lastSaved
	lastSaved []byte

	mu             sync.Mutex // guards the fields below
	state          subscriptionState
	lastErr        error
	loggedLabel    string
	refusalsLogged map[*pushRefusal]time.Time // when the log last named a reason for refused pushes
	missed         int                        // new posts that polls found since the last push
}

// SubscriptionStatus is the current status of a Subscription.
type SubscriptionStatus struct {
	Hub      string    // without user info and query; empty if the feed does not name a hub
	Topic    string    // without user info and query
	Active   bool      // see Subscription.IsActive
	Since    time.Time // start of the current period without a gap; zero if the subscription was never active
	Until    time.Time // end of the lease; zero if there is none
	Next     time.Time // time of the next request to the hub; zero if none is planned
	LastPush time.Time // time of the last valid push; zero before the first
	Err      error     // the current error; nil if the last request did not fail
}

// UpdateHub sets the hub and topic (rel="self") from the last full response of the feed. Nil means that the feed does
// not name one. If hub or topic have changed, a new subscription with new secrets starts, and the old subscription
// expires.
func (s *Subscription) UpdateHub(hub, topic *url.URL) {
	next := subscriptionState{Hub: sendableURL(hub), Topic: sendableURL(topic), NextRequest: s.now()}
	if s.CallbackURL == "" || next.Hub == "" || next.Topic == "" {
		next = subscriptionState{}
	} else {
		next.CallbackURL = s.CallbackURL
	}
	if s.replaceHub(next) {
		s.saveState(context.Background()) // not the context of a request, which could be canceled
	}
}

// replaceHub reports whether it changed the subscription. It returns false for the same hub and topic.
func (s *Subscription) replaceHub(next subscriptionState) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.state
	if old.Hub == next.Hub && old.Topic == next.Topic {
		return false
	}
	s.state, s.lastErr, s.loggedLabel, s.refusalsLogged, s.missed = next, nil, "", nil, 0
	switch {
	case old.Hub == "":
		s.logger().Debug("hub found in feed", next.logAttrs()...)
	case next.Hub == "":
		s.logger().Info("feed no longer names a hub; subscription expires", old.logAttrs()...)
	default:
		s.logger().Info("hub or topic changed; subscribing again", next.logAttrs()...)
	}
	return true
}

// NextDue returns the time at which SubscribeIfDue sends the next request, or zero if none is planned.
func (s *Subscription) NextDue() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = s.state.clampTimes(s.now()) // the clock may have been corrected
	return s.state.NextRequest
}

// IsActive reports whether the hub has verified the subscription and the lease has not expired. Then the hub sends
// pushes.
func (s *Subscription) IsActive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.isActive(s.now())
}

// Status returns the current status, without secrets.
func (s *Subscription) Status() SubscriptionStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return SubscriptionStatus{
		Hub: displayURL(s.state.Hub), Topic: displayURL(s.state.Topic), Active: s.state.isActive(s.now()), Since: s.state.ActiveSince,
		Until: s.state.LeaseEnd, Next: s.state.NextRequest, LastPush: s.state.LastPush, Err: s.lastErr,
	}
}

// sendableURL returns a URL in the form that may be sent to a hub: without fragment and user info, because the topic
// may be the operator's feed URL with a password. An international name gets its Punycode form. Other names keep their
// spelling, because hubs compare topics byte for byte. It returns "" for a URL that is not http or https, or too long.
func sendableURL(u *url.URL) string {
	if u == nil || !feed.IsWebURL(u) {
		return ""
	}
	canonical, err := feed.CanonicalURL(u)
	if err != nil {
		return ""
	}
	bare := *u
	if strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }) {
		bare = *canonical
	}
	bare.User, bare.Fragment, bare.RawFragment = nil, "", ""
	if text := bare.String(); len(text) <= feed.MaxLink {
		return text
	}
	return ""
}

// displayURL returns a stored URL in the form for logs and the status page.
func displayURL(address string) string {
	u, _ := url.Parse(address) // nil if invalid, which displays as ""
	return feed.DisplayURL(u)
}

// now returns the time without the monotonic clock, because the monotonic clock stops while a machine sleeps, but a
// lease does not.
func (s *Subscription) now() time.Time {
	if s.Now != nil {
		return s.Now().UTC().Round(0)
	}
	return time.Now().UTC().Round(0)
}

func (s *Subscription) randomSource() io.Reader { return cmp.Or(s.Rand, rand.Reader) }

// randomHex returns n random bytes in hexadecimal.
func (s *Subscription) randomHex(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.randomSource(), b); err != nil {
		return "", err
	}
	return hex.EncodeToString(b), nil
}

// randomJitter returns a number in [0, 1), or 0 if the random source fails.
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
