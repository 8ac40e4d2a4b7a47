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
	// askedLease is the default lease that WebSub recommends (section 8.2).
	askedLease = 10 * day
	// shortestLease and longestLease limit the lease that a hub grants. PuSHPress, the hub within WordPress, grants ten
	// years, but may lose the subscription before that.
	shortestLease = time.Minute
	longestLease  = 30 * day
	// verifyWithin is the time for a hub to verify an accepted request. It is also the minimum interval between
	// requests.
	verifyWithin = 10 * time.Minute

	tokenSize  = 16 // bytes: cannot be guessed, and short enough for hubs that limit a callback to 255 characters
	secretSize = 32 // bytes: in hexadecimal, below WebSub's limit of 200
)

// subscriptionState is the state of one subscription. The zero value means that there is none. Save stores it as JSON.
type subscriptionState struct {
	CallbackURL          string    `json:"callback,omitzero"` // the URL without the token
	Hub                  string    `json:"hub,omitzero"`
	Topic                string    `json:"topic,omitzero"`
	Token                string    `json:"token,omitzero"` // empty: no request was sent
	Secret               string    `json:"secret,omitzero"`
	RequestedAt          time.Time `json:"asked,omitzero"`   // time of the last request; zero: no request that the hub may verify
	AwaitingVerification bool      `json:"waiting,omitzero"` // the last request is neither verified nor failed
	ActiveSince          time.Time `json:"since,omitzero"`
	LeaseEnd             time.Time `json:"ends,omitzero"`
	NextRequest          time.Time `json:"next,omitzero"`
	Failures             int       `json:"failures,omitzero"` // consecutive
	LastPush             time.Time `json:"pushed,omitzero"`
}

func (state subscriptionState) isActive(now time.Time) bool { return now.Before(state.LeaseEnd) }

// hasToken reports whether the token of a request is correct. Only the token protects against forged requests of a hub.
// The comparison takes constant time, so that an attacker cannot guess the token from response times.
func (state subscriptionState) hasToken(token string) bool {
	return state.Token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(state.Token)) == 1
}

// withPendingRequest returns the state to save before a request is sent. If the process ends during the request, the
// restored state still accepts the hub's verification.
func (state subscriptionState) withPendingRequest(now time.Time) subscriptionState {
	state.RequestedAt, state.AwaitingVerification, state.NextRequest = now, true, now.Add(verifyWithin)
	return state
}

// afterAcceptance returns the state after the hub has accepted the request. The request may already be verified,
// because hubs of PubSubHubbub 0.3 verify before they respond.
func (state subscriptionState) afterAcceptance(now time.Time) subscriptionState {
	if state.AwaitingVerification {
		state.NextRequest = now.Add(verifyWithin)
	}
	return state
}

// afterVerification returns the state after the hub has verified the subscription. ActiveSince stays unchanged if the
// previous lease has not expired.
func (state subscriptionState) afterVerification(now time.Time, lease time.Duration, jitter float64) subscriptionState {
	if !state.isActive(now) {
		state.ActiveSince = now
	}
	state.AwaitingVerification, state.Failures = false, 0
	state.LeaseEnd, state.NextRequest = now.Add(lease), now.Add(renewalDelay(lease, jitter))
	return state
}

// afterFailure returns the state after a failed request. A verified lease stays active. If the hub verifies the request
// later, the verification counts.
func (state subscriptionState) afterFailure(now time.Time, status int, after time.Duration, jitter float64) subscriptionState {
	state.AwaitingVerification = false
	state.Failures++
	history := fetch.FailureHistory{Failures: state.Failures, Status: status, RetryAfter: after}
	state.NextRequest = now.Add(fetch.PauseAfterFailure(history, jitter))
	return state
}

// afterDenial returns the state after the hub has denied the subscription, which it may do at any time (section 5.2).
// The subscription ends, and the hub cannot verify it until the next request.
func (state subscriptionState) afterDenial(now time.Time, jitter float64) subscriptionState {
	state.RequestedAt, state.AwaitingVerification, state.Failures = time.Time{}, false, 0
	state.ActiveSince, state.LeaseEnd = time.Time{}, time.Time{}
	state.NextRequest = now.Add(fetch.AddJitter(day, jitter))
	return state
}

// renewalDelay returns the time from the verification of a lease to its renewal: three quarters of the lease, so that
// the last quarter remains for retries. Jitter makes the delay longer, but leaves at least one day of a lease of more
// than four days. If a lease is shorter than the minimum interval between requests, the subscription has gaps.
func renewalDelay(lease time.Duration, jitter float64) time.Duration {
	threeQuarters := lease / 4 * 3
	latest := max(threeQuarters, lease-day)
	return max(min(fetch.AddJitter(threeQuarters, jitter), latest), verifyWithin)
}

// grantedLease parses hub.lease_seconds. If it is missing, which WebSub forbids, the result is the requested lease.
func grantedLease(seconds string) time.Duration {
	d, ok := fetch.ParseDeltaSeconds(seconds)
	if !ok {
		return askedLease
	}
	return min(max(d, shortestLease), longestLease)
}

// logAttrs returns the log attributes of a subscription.
func (state subscriptionState) logAttrs(more ...any) []any {
	return append([]any{"hub", displayURL(state.Hub), "topic", displayURL(state.Topic)}, more...)
}

// Restore loads the last state that Save received. Call it before any other method. After an invalid state, it returns
// an error and the Subscription is empty. An empty state is not an error. A state for another CallbackURL is not an
// error either, but Restore ignores it, because the hub would call the old URL.
func (s *Subscription) Restore(data []byte) error {
	state, err := parseState(data)
	if err != nil || state.CallbackURL != s.CallbackURL {
		state = subscriptionState{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.lastErr, s.loggedLabel = state.clampTimes(s.now()), nil, ""
	return err
}

func parseState(data []byte) (subscriptionState, error) {
	var state subscriptionState
	if len(data) == 0 {
		return state, nil
	}
	if err := json.Unmarshal(data, &state); err != nil {
		return state, fmt.Errorf("subscription state: %w", err)
	}
	if state != (subscriptionState{}) && !state.isValid() {
		return state, errors.New("subscription state: missing or invalid field")
	}
	return state, nil
}

// isValid reports whether a restored state is complete and consistent.
func (state subscriptionState) isValid() bool {
	for _, address := range []string{state.Hub, state.Topic} {
		if u, err := url.Parse(address); err != nil || sendableURL(u) != address || address == "" {
			return false
		}
	}
	secrets := isHexOfSize(state.Token, tokenSize) && isHexOfSize(state.Secret, secretSize) || state.Token == "" && state.Secret == ""
	// AwaitingVerification requires RequestedAt. Otherwise each step would report the same missing verification.
	return secrets && state.Failures >= 0 && !state.NextRequest.IsZero() && (!state.AwaitingVerification || !state.RequestedAt.IsZero())
}

func isHexOfSize(s string, size int) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == size
}

// clampTimes limits times in the far future, which come from a wrong clock. Otherwise the next request would wait until
// such a time.
func (state subscriptionState) clampTimes(now time.Time) subscriptionState {
	furthest := now.Add(longestLease)
	if state.LeaseEnd.After(furthest) {
		state.LeaseEnd = furthest
	}
	if state.NextRequest.After(furthest) {
		state.NextRequest = now
	}
	return state
}

// saveTimeout limits one call of Save.
const saveTimeout = 10 * time.Second

// saveState saves the state if it has changed, even if ctx has ended, because a verification counts even if the hub
// closes the connection.
func (s *Subscription) saveState(ctx context.Context) {
	if s.Save == nil {
		return
	}
	s.saveMu.Lock()
	defer s.saveMu.Unlock()
	s.mu.Lock()
	data, err := json.Marshal(s.state)
	s.mu.Unlock()
	if err == nil && bytes.Equal(data, s.lastSaved) {
		return
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
		defer cancel()
		err = s.Save(ctx, data)
	}
	if err != nil {
		s.logger().Warn("subscription state not saved; a restart subscribes again", "error", err)
		return
	}
	s.lastSaved = data
}
