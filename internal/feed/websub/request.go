package websub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
)

const (
	hubTimeout      = 30 * time.Second
	maxHubRedirects = 2
	maxHubBody      = 64 << 10
	maxHubExcerpt   = 200 // bytes
)

// SubscribeIfDue sends a subscription or renewal request to the hub, if one is due. It returns nil if the hub accepts
// the request. IsActive reports whether the hub has also verified it. An error has a kind of this package or of package
// feed, and is already logged. Errors of the random source and of ctx have no kind and are not logged. If ctx ends, the
// request does not count as a failure.
func (s *Subscription) SubscribeIfDue(ctx context.Context) error {
	s.requestMu.Lock()
	defer s.requestMu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	state, err := s.beginRequest()
	if state.Hub == "" {
		return nil
	}
	if err == nil {
		s.saveState(ctx) // save the token before the request, because a hub may verify before it responds
		err = s.requestSubscription(ctx, state)
	}
	canceled := err != nil && ctx.Err() != nil
	if canceled {
		err = ctx.Err()
	}
	s.recordResult(err, canceled)
	s.saveState(ctx)
	return err
}

// beginRequest returns the subscription to request. Its hub is empty if nothing is due.
func (s *Subscription) beginRequest() (subscriptionState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.state.Hub == "" || now.Before(s.state.NextRequest) {
		return subscriptionState{}, nil
	}
	if s.state.AwaitingVerification {
		return s.state, s.unverifiedFault()
	}
	s.state = s.state.withPendingRequest(now)
	return s.state, s.createSecrets()
}

func (s *Subscription) unverifiedFault() error {
	f := feed.NewFault(ErrUnverified, nil, "accepted the subscription, but has not verified it within %d minutes; the hub must be "+
		"able to reach %s over https: check DNS, firewall, certificate, proxy and bot protection",
		int(verifyWithin.Minutes()), s.CallbackURL)
	f.URL = displayURL(s.state.Hub)
	return f
}

// createSecrets sets the token and secret of a new subscription. A renewal keeps them. WebSub recommends a new callback
// URL for each renewal (section 5.1.1), but while both are active, the hub would push twice.
func (s *Subscription) createSecrets() error {
	if s.state.Token != "" {
		return nil
	}
	token, err := s.randomHex(tokenSize)
	if err != nil {
		return fmt.Errorf("create callback token: %w", err)
	}
	secret, err := s.randomHex(secretSize)
	if err != nil {
		return fmt.Errorf("create hub secret: %w", err)
	}
	s.state.Token, s.state.Secret = token, secret
	return nil
}

// recordResult stores the result of a request. It ignores the result if the hub has denied the subscription in the
// meantime, or the feed has named another hub.
func (s *Subscription) recordResult(err error, canceled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.RequestedAt.IsZero() {
		return
	}
	now := s.now()
	switch {
	case err == nil:
		s.state = s.state.afterAcceptance(now)
		s.logger().Debug("subscription request accepted; waiting for verification", s.state.logAttrs()...)
	case canceled:
		if s.state.AwaitingVerification {
			s.state.AwaitingVerification, s.state.NextRequest = false, now
		}
	default:
		status, after := 0, time.Duration(0)
		if f, ok := errors.AsType[*feed.Fault](err); ok {
			status, after = f.Status, f.RetryAfter
		}
		s.state = s.state.afterFailure(now, status, after, s.randomJitter())
		s.logFailure(err)
	}
}

// logFailure logs an error when it first occurs, and again when its kind changes.
func (s *Subscription) logFailure(err error) {
	s.lastErr = err
	if s.loggedLabel == feed.FaultLabel(err) {
		return
	}
	s.loggedLabel = feed.FaultLabel(err)
	attrs := s.state.logAttrs("kind", s.loggedLabel, "error", err, "next", s.state.NextRequest)
	if s.state.isActive(s.now()) {
		s.logger().Warn("subscription renewal failed", append(attrs, "until", s.state.LeaseEnd)...)
		return
	}
	s.logger().Warn("subscription failed; polling continues", attrs...)
}

// requestSubscription sends the request to the hub and follows its redirects.
func (s *Subscription) requestSubscription(ctx context.Context, state subscriptionState) error {
	ctx, cancel := context.WithTimeout(ctx, hubTimeout)
	defer cancel()
	hub, err := url.Parse(state.Hub)
	if err != nil {
		return feed.NewFault(feed.ErrAddress, nil, "the hub's URL is invalid")
	}
	for hops := 0; ; hops++ {
		next, f := s.askHub(ctx, hub, state, hops)
		if f != nil {
			return state.redactFault(f.WithURL(hub))
		}
		if next == nil {
			return nil
		}
		hub = next
	}
}

// requestForm returns the form of a subscription request (WebSub, section 5.1). The form always contains the secret.
// WebSub recommends sending a secret only over https. But without a secret, an attacker could forge pushes. An attacker
// who reads the secret on the network can only cause polls, which are rate-limited.
//
// hub.verify belongs to PubSubHubbub 0.3. PuSHPress requires it; other hubs ignore it.
func (state subscriptionState) requestForm() url.Values {
	return url.Values{
		"hub.callback":      {state.CallbackURL + "/" + state.Token},
		"hub.mode":          {"subscribe"},
		"hub.topic":         {state.Topic},
		"hub.lease_seconds": {strconv.Itoa(int(askedLease.Seconds()))},
		"hub.secret":        {state.Secret},
		"hub.verify":        {"async"},
	}
}

// askHub sends one subscription request. It returns the target if the hub redirects, or nil if the hub accepts.
func (s *Subscription) askHub(ctx context.Context, hub *url.URL, state subscriptionState, hops int) (*url.URL, *feed.Fault) {
	resp, f := s.postForm(ctx, hub, state.requestForm().Encode())
	if f != nil {
		return nil, f
	}
	defer func() { _ = resp.Body.Close() }()
	switch code := resp.StatusCode; {
	case code >= 200 && code <= 299: // WebSub requires 202, but PuSHPress verifies first and returns 204
		return nil, nil
	case code != http.StatusTemporaryRedirect && code != http.StatusPermanentRedirect:
		return nil, hubStatusFault(resp, s.now(), state)
	case hops == maxHubRedirects:
		return nil, feed.NewFault(feed.ErrRedirect, nil, "redirects more than %d times", maxHubRedirects)
	}
	return fetch.RedirectTarget(hub, resp)
}

func (s *Subscription) postForm(ctx context.Context, hub *url.URL, form string) (*http.Response, *feed.Fault) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hub.String(), strings.NewReader(form))
	if err != nil { // do not return err, because it contains the query, which may be secret
		return nil, feed.NewFault(feed.ErrUnreachable, errors.New("invalid URL"), "cannot be reached")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	feedURL, _ := url.Parse(s.FeedURL) // nil if invalid, which allows public hubs only
	client := fetch.Client{Configured: feedURL, UserAgent: s.UserAgent, Transport: s.Transport}
	resp, f := client.Do(req)
	if f != nil && errors.Is(f, feed.ErrPrivate) {
		f.Text = "is not a public address; a hub may be private only on the host of the feed"
	}
	return resp, f
}

// hubStatusFault describes a response with an error status. The text includes the body, because a hub SHOULD state the
// reason there in plain text (section 5.1.2).
func hubStatusFault(resp *http.Response, now time.Time, state subscriptionState) *feed.Fault {
	f := fetch.NewStatusFault(resp, now)
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxHubBody)) // a partial body is enough for the message
	if reason := state.quoteHub(string(body)); reason != "" {
		f.Text += ": " + reason
	}
	return f
}

// quoteHub returns a text of a hub as one short line without secrets, safe for the log.
func (state subscriptionState) quoteHub(text string) string {
	s := state.redact(feed.OneLine(text))
	if len(s) <= maxHubExcerpt {
		return s
	}
	return strings.ToValidUTF8(s[:maxHubExcerpt], "") + "…"
}

// redact removes the secrets from a text of a hub, because an error message may repeat the request. It also hides the
// query of the topic, which may be secret.
func (state subscriptionState) redact(text string) string {
	shown := displayURL(state.Topic)
	return strings.NewReplacer(state.Token, "…", state.Secret, "…", state.Topic, shown, url.QueryEscape(state.Topic), shown).Replace(text)
}

// redactFault removes the secrets from all parts of a fault.
func (state subscriptionState) redactFault(f *feed.Fault) *feed.Fault {
	f.URL, f.Text = state.redact(f.URL), state.redact(f.Text)
	if f.Cause == nil {
		return f
	}
	if text := f.Cause.Error(); state.redact(text) != text {
		f.Cause = errors.New(state.redact(text))
	}
	return f
}
