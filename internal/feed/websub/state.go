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

// subscriptionState is what is known of one subscription; zero: there is none. As JSON it is what Save keeps.
type subscriptionState struct {
	CallbackURL          string    `json:"callback,omitzero"` // without the token
	Hub                  string    `json:"hub,omitzero"`
	Topic                string    `json:"topic,omitzero"`
	Token                string    `json:"token,omitzero"` // empty: the hub was never asked
	Secret               string    `json:"secret,omitzero"`
	RequestedAt          time.Time `json:"asked,omitzero"`   // the last request; zero: none that the hub may still verify
	AwaitingVerification bool      `json:"waiting,omitzero"` // the last request is not verified, and has not failed
	ActiveSince          time.Time `json:"since,omitzero"`
	LeaseEnd             time.Time `json:"ends,omitzero"` // of the lease
	NextRequest          time.Time `json:"next,omitzero"`
	Failures             int       `json:"failures,omitzero"` // in a row
	LastPush             time.Time `json:"pushed,omitzero"`
}

func (state subscriptionState) isActive(now time.Time) bool { return now.Before(state.LeaseEnd) }

// hasToken tells whether token, out of a request, is this subscription's. It takes the same time however much of it is right:
// the token is all that keeps others from speaking in the hub's name.
func (state subscriptionState) hasToken(token string) bool {
	return state.Token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(state.Token)) == 1
}

// afterRequest is before a request. Were the process killed in the middle of it, the hub would be given its time all the same.
func (state subscriptionState) afterRequest(now time.Time) subscriptionState {
	state.RequestedAt, state.AwaitingVerification, state.NextRequest = now, true, now.Add(verifyWithin)
	return state
}

// afterAcceptance is after a request that the hub took. It may have verified by now: the hubs of PubSubHubbub 0.3 do it before
// they answer.
func (state subscriptionState) afterAcceptance(now time.Time) subscriptionState {
	if state.AwaitingVerification {
		state.NextRequest = now.Add(verifyWithin)
	}
	return state
}

// afterVerification is after the hub has called back. Since stays where the lease before has not run out.
func (state subscriptionState) afterVerification(now time.Time, lease time.Duration, jitter float64) subscriptionState {
	if !state.isActive(now) {
		state.ActiveSince = now
	}
	state.AwaitingVerification, state.Failures = false, 0
	state.LeaseEnd, state.NextRequest = now.Add(lease), now.Add(renewalDelay(lease, jitter))
	return state
}

// afterFailure is after a request that came to nothing. What was verified before stays so, and a verification that comes late
// is still welcome.
func (state subscriptionState) afterFailure(now time.Time, status int, after time.Duration, jitter float64) subscriptionState {
	state.AwaitingVerification = false
	state.Failures++
	state.NextRequest = now.Add(fetch.PauseAfterFailure(fetch.FailureHistory{Failures: state.Failures, Status: status, RetryAfter: after}, jitter))
	return state
}

// afterDenial is after the hub has said no, which it may do at any time (section 5.2): nothing is left of the subscription,
// and until the hub is asked again it has nothing to verify.
func (state subscriptionState) afterDenial(now time.Time, jitter float64) subscriptionState {
	state.RequestedAt, state.AwaitingVerification, state.Failures = time.Time{}, false, 0
	state.ActiveSince, state.LeaseEnd = time.Time{}, time.Time{}
	state.NextRequest = now.Add(fetch.AddJitter(day, jitter))
	return state
}

// renewalDelay is how long after its verification a lease is renewed: at three quarters, which leaves a hub that fails the
// rest of it to recover. Jitter makes that later, but of more than four days the last one stays untouched. A lease too
// short for its hub to be asked in a civil way has gaps.
func renewalDelay(lease time.Duration, jitter float64) time.Duration {
	threeQuarters := lease / 4 * 3
	latest := max(threeQuarters, lease-day)
	return max(min(fetch.AddJitter(threeQuarters, jitter), latest), verifyWithin)
}

// grantedLease reads hub.lease_seconds. Where the hub does not say, as WebSub demands, it is taken to grant what it was
// asked for.
func grantedLease(seconds string) time.Duration {
	d, ok := fetch.ParseDeltaSeconds(seconds)
	if !ok {
		return askedLease
	}
	return min(max(d, shortestLease), longestLease)
}

// logAttrs are what a line of the log says of a subscription.
func (state subscriptionState) logAttrs(more ...any) []any {
	return append([]any{"hub", displayURL(state.Hub), "topic", displayURL(state.Topic)}, more...)
}

// Restore takes up what Save was given last, at the start, before all else. A note that is none is an error, and leaves
// no subscription; no note at all is no error. Where Callback has changed since, the hub cannot find us: then it is as
// if there were no note.
func (s *Subscription) Restore(note []byte) error {
	state, err := parseState(note)
	if err != nil || state.CallbackURL != s.CallbackURL {
		state = subscriptionState{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.lastErr, s.loggedLabel = state.clampTimes(s.now()), nil, ""
	return err
}

func parseState(note []byte) (subscriptionState, error) {
	var state subscriptionState
	if len(note) == 0 {
		return state, nil
	}
	if err := json.Unmarshal(note, &state); err != nil {
		return state, fmt.Errorf("the note of a subscription: %w", err)
	}
	if state != (subscriptionState{}) && !state.isValid() {
		return state, errors.New("the note of a subscription: something in it is missing or wrong")
	}
	return state, nil
}

// isValid tells whether a note says all that there has to be.
func (state subscriptionState) isValid() bool {
	for _, address := range []string{state.Hub, state.Topic} {
		if u, err := url.Parse(address); err != nil || sendableURL(u) != address || address == "" {
			return false
		}
	}
	secrets := isHexOfSize(state.Token, tokenSize) && isHexOfSize(state.Secret, secretSize) || state.Token == "" && state.Secret == ""
	// Who waits without having asked would find that out again and again.
	return secrets && state.Failures >= 0 && !state.NextRequest.IsZero() && (!state.AwaitingVerification || !state.RequestedAt.IsZero())
}

func isHexOfSize(s string, size int) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == size
}

// clampTimes keeps a note that was written while the clock stood in the future from standing in the way until then.
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

// saveTimeout bounds one Save.
const saveTimeout = 10 * time.Second

// saveState saves the state where it has changed, also where what ctx belongs to has just ended: a hub that hangs up has
// verified all the same.
func (s *Subscription) saveState(ctx context.Context) {
	if s.Save == nil {
		return
	}
	s.saveMu.Lock()
	defer s.saveMu.Unlock()
	s.mu.Lock()
	note, err := json.Marshal(s.state)
	s.mu.Unlock()
	if err == nil && bytes.Equal(note, s.lastSaved) {
		return
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
		defer cancel()
		err = s.Save(ctx, note)
	}
	if err != nil {
		s.logger().Warn("the subscription cannot be kept; a restart would ask the hub anew", "error", err)
		return
	}
	s.lastSaved = note
}
