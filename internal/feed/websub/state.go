package websub

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"lastpost/internal/feed/fetch"
)

const (
	day = 24 * time.Hour
	// askedLease is what WebSub calls a good default (section 8.2).
	askedLease = 10 * day
	// shortestLease and longestLease bound what a hub may grant. PuSHPress, the hub within WordPress, grants ten years
	// and may have forgotten by then.
	shortestLease = time.Minute
	longestLease  = 30 * day
	// verifyWithin is how long a hub that accepted may take to call back. No hub is asked more often than that.
	verifyWithin = 10 * time.Minute

	tokenSize  = 16 // bytes: more than can be guessed, and short enough for hubs that cut a callback at 255 characters
	secretSize = 32 // bytes: their hex stays below WebSub's 200
)

// subscription is what is known of one subscription; zero: there is none. As JSON it is what Save keeps.
type subscription struct {
	Callback string    `json:"callback,omitzero"` // without the token
	Hub      string    `json:"hub,omitzero"`
	Topic    string    `json:"topic,omitzero"`
	Token    string    `json:"token,omitzero"` // empty: the hub was never asked
	Secret   string    `json:"secret,omitzero"`
	Asked    time.Time `json:"asked,omitzero"`   // the last request; zero: none that the hub may still verify
	Waiting  bool      `json:"waiting,omitzero"` // the last request is not verified, and has not failed
	Since    time.Time `json:"since,omitzero"`
	Ends     time.Time `json:"ends,omitzero"` // of the lease
	Next     time.Time `json:"next,omitzero"`
	Failures int       `json:"failures,omitzero"` // in a row
	Pushed   time.Time `json:"pushed,omitzero"`
}

func (sub subscription) active(now time.Time) bool { return now.Before(sub.Ends) }

// is tells whether token, out of a request, is this subscription's. It takes the same time however much of it is right:
// the token is all that keeps others from speaking in the hub's name.
func (sub subscription) is(token string) bool {
	return sub.Token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(sub.Token)) == 1
}

// asking is before a request. Were the process killed in the middle of it, the hub would be given its time all the same.
func (sub subscription) asking(now time.Time) subscription {
	sub.Asked, sub.Waiting, sub.Next = now, true, now.Add(verifyWithin)
	return sub
}

// accepted is after a request that the hub took. It may have verified by now: the hubs of PubSubHubbub 0.3 do it before
// they answer.
func (sub subscription) accepted(now time.Time) subscription {
	if sub.Waiting {
		sub.Next = now.Add(verifyWithin)
	}
	return sub
}

// verified is after the hub has called back. Since stays where the lease before has not run out.
func (sub subscription) verified(now time.Time, lease time.Duration, jitter float64) subscription {
	if !sub.active(now) {
		sub.Since = now
	}
	sub.Waiting, sub.Failures = false, 0
	sub.Ends, sub.Next = now.Add(lease), now.Add(renewAfter(lease, jitter))
	return sub
}

// failed is after a request that came to nothing. What was verified before stays so, and a verification that comes late
// is still welcome.
func (sub subscription) failed(now time.Time, status int, after time.Duration, jitter float64) subscription {
	sub.Waiting = false
	sub.Failures++
	sub.Next = now.Add(fetch.AfterFailure(fetch.Trouble{Failures: sub.Failures, Status: status, After: after}, jitter))
	return sub
}

// denied is after the hub has said no, which it may do at any time (section 5.2): nothing is left of the subscription,
// and until the hub is asked again it has nothing to verify.
func (sub subscription) denied(now time.Time, jitter float64) subscription {
	sub.Asked, sub.Waiting, sub.Failures = time.Time{}, false, 0
	sub.Since, sub.Ends = time.Time{}, time.Time{}
	sub.Next = now.Add(fetch.Jittered(day, jitter))
	return sub
}

// renewAfter is how long after its verification a lease is renewed: at three quarters, which leaves a hub that fails the
// rest of it to recover. Jitter makes that later, but of more than four days the last one stays untouched. A lease too
// short for its hub to be asked in a civil way has gaps.
func renewAfter(lease time.Duration, jitter float64) time.Duration {
	threeQuarters := lease / 4 * 3
	latest := max(threeQuarters, lease-day)
	return max(min(fetch.Jittered(threeQuarters, jitter), latest), verifyWithin)
}

// grantedLease reads hub.lease_seconds. Where the hub does not say, as WebSub demands, it is taken to grant what it was
// asked for.
func grantedLease(seconds string) time.Duration {
	d, ok := fetch.DeltaSeconds(seconds)
	if !ok {
		return askedLease
	}
	return min(max(d, shortestLease), longestLease)
}

// attrs are what a line of the log says of a subscription.
func (sub subscription) attrs(more ...any) []any {
	return append([]any{"hub", displayText(sub.Hub), "topic", displayText(sub.Topic)}, more...)
}

// Restore takes up what Save was given last, at the start, before all else. A note that is none is an error, and leaves
// no subscription; no note at all is no error. Where Callback has changed since, the hub cannot find us: then it is as
// if there were no note.
func (s *Subscription) Restore(note []byte) error {
	sub, err := readSubscription(note)
	if err != nil || sub.Callback != s.CallbackURL {
		sub = subscription{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sub, s.err, s.label = sub.within(s.now()), nil, ""
	return err
}

func readSubscription(note []byte) (subscription, error) {
	var sub subscription
	if len(note) == 0 {
		return sub, nil
	}
	if err := json.Unmarshal(note, &sub); err != nil {
		return sub, fmt.Errorf("the note of a subscription: %w", err)
	}
	if sub != (subscription{}) && !sub.whole() {
		return sub, errors.New("the note of a subscription: something in it is missing or wrong")
	}
	return sub, nil
}

// whole tells whether a note says all that there has to be.
func (sub subscription) whole() bool {
	for _, address := range []string{sub.Hub, sub.Topic} {
		if u, err := url.Parse(address); err != nil || sendableURL(u) != address || address == "" {
			return false
		}
	}
	secrets := isHex(sub.Token, tokenSize) && isHex(sub.Secret, secretSize) || sub.Token == "" && sub.Secret == ""
	// Who waits without having asked would find that out again and again.
	return secrets && sub.Failures >= 0 && !sub.Next.IsZero() && (!sub.Waiting || !sub.Asked.IsZero())
}

func isHex(s string, size int) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == size
}

// within keeps a note that was written while the clock stood in the future from standing in the way until then.
func (sub subscription) within(now time.Time) subscription {
	furthest := now.Add(longestLease)
	if sub.Ends.After(furthest) {
		sub.Ends = furthest
	}
	if sub.Next.After(furthest) {
		sub.Next = now
	}
	return sub
}

// hubSaveTimeout bounds one Save.
const hubSaveTimeout = 10 * time.Second

// keep saves the state where it has changed, also where what ctx belongs to has just ended: a hub that hangs up has
// verified all the same.
func (s *Subscription) keep(ctx context.Context) {
	if s.Save == nil {
		return
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	note, err := json.Marshal(s.sub)
	s.mu.Unlock()
	if err == nil && bytes.Equal(note, s.saved) {
		return
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), hubSaveTimeout)
		defer cancel()
		err = s.Save(ctx, note)
	}
	if err != nil {
		s.log().Warn("the subscription cannot be kept; a restart would ask the hub anew", "error", err)
		return
	}
	s.saved = note
}
