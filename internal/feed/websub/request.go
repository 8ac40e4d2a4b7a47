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

// SubscribeIfDue does what is due, if anything is: it asks the hub for the subscription, or for its renewal. An error is of one of
// the kinds of this package, unless there are no random numbers, and has been logged; or it is that of ctx, in which
// case the step counts for nothing. That the hub has accepted is no error; whether it has verified, Active tells.
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
		s.saveState(ctx) // the hub may verify before it answers: whatever happens then, the token is known
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

// beginRequest gives the subscription to ask for. It has no hub where nothing is due.
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
	s.state = s.state.afterRequest(now)
	return s.state, s.createSecrets()
}

func (s *Subscription) unverifiedFault() error {
	f := feed.NewFault(ErrUnverified, nil, "accepted the subscription, but has not verified it within %d minutes; the hub must be "+
		"able to reach %s over https: check DNS, firewall, certificate and proxy", int(verifyWithin.Minutes()), s.CallbackURL)
	f.URL = displayURL(s.state.Hub)
	return f
}

// createSecrets gives a new subscription its secrets. A renewal keeps them: WebSub would rather have the callback changed
// (section 5.1.1), but while two of them were live the hub would push twice.
func (s *Subscription) createSecrets() error {
	if s.state.Token != "" {
		return nil
	}
	token, err := s.randomHex(tokenSize)
	if err != nil {
		return fmt.Errorf("a token for the callback: %w", err)
	}
	secret, err := s.randomHex(secretSize)
	if err != nil {
		return fmt.Errorf("a secret for the hub: %w", err)
	}
	s.state.Token, s.state.Secret = token, secret
	return nil
}

// recordResult writes down how a request ended, unless the hub has denied it in the meantime, or the feed has named another: in
// both cases nothing is asked for any more.
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
		s.logger().Debug("the hub has accepted, and will verify", s.state.logAttrs()...)
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

// logFailure tells the log once what is wrong, and again when it is something else.
func (s *Subscription) logFailure(err error) {
	s.lastErr = err
	if was := s.loggedLabel; was == feed.FaultLabel(err) {
		return
	}
	s.loggedLabel = feed.FaultLabel(err)
	attrs := s.state.logAttrs("kind", s.loggedLabel, "error", err, "next", s.state.NextRequest)
	if s.state.isActive(s.now()) {
		s.logger().Warn("the subscription cannot be renewed", append(attrs, "until", s.state.LeaseEnd)...)
		return
	}
	s.logger().Warn("the feed cannot be subscribed to; it is polled as ever", attrs...)
}

// requestSubscription asks the hub, or where that sends us on to.
func (s *Subscription) requestSubscription(ctx context.Context, state subscriptionState) error {
	ctx, cancel := context.WithTimeout(ctx, hubTimeout)
	defer cancel()
	hub, err := url.Parse(state.Hub)
	if err != nil {
		return feed.NewFault(feed.ErrAddress, nil, "the hub's URL is no address that can be asked")
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

// requestForm is the request of WebSub, section 5.1. The secret is always there. WebSub would keep it from a hub that is not
// asked over https (SHOULD), which protects nothing but the secret: without it every push would count, with an overheard
// one the pushes of who overheard it, and all that those can cause is polls, which have manners of their own. hub.verify
// is of PubSubHubbub 0.3, which PuSHPress still speaks: it refuses who leaves it out, and other hubs ignore it.
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

// askHub makes one request. It gives the address of the hub to ask instead, or nil where the hub has accepted.
func (s *Subscription) askHub(ctx context.Context, hub *url.URL, state subscriptionState, hops int) (*url.URL, *feed.Fault) {
	resp, f := s.postForm(ctx, hub, state.requestForm().Encode())
	if f != nil {
		return nil, f
	}
	defer func() { _ = resp.Body.Close() }()
	switch code := resp.StatusCode; {
	case code >= 200 && code <= 299: // WebSub says 202; PuSHPress says 204, having verified already
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
	if err != nil { // whose text would show the query
		return nil, feed.NewFault(feed.ErrUnreachable, errors.New("it is no address that can be asked"), "cannot be reached")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	feedURL, _ := url.Parse(s.FeedURL) // nil if it is not an address: no hub may be private then
	client := fetch.Client{Configured: feedURL, UserAgent: s.UserAgent, Transport: s.Transport}
	resp, f := client.Do(req)
	if f != nil && errors.Is(f, feed.ErrPrivate) {
		f.Text = "is not a public address, and a hub may be private only where the feed itself is"
	}
	return resp, f
}

// hubStatusFault explains an answer that is no consent. A hub SHOULD say why in plain text (section 5.1.2).
func hubStatusFault(resp *http.Response, now time.Time, state subscriptionState) *feed.Fault {
	f := fetch.NewStatusFault(resp, now)
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxHubBody)) // as much as came is as much as can be shown
	if reason := state.quoteHub(string(body)); reason != "" {
		f.Text += ": " + reason
	}
	return f
}

// quoteHub is a line of what a hub says, short and fit for the log.
func (state subscriptionState) quoteHub(said string) string {
	s := state.redact(feed.OneLine(said))
	if len(s) <= maxHubExcerpt {
		return s
	}
	return strings.ToValidUTF8(s[:maxHubExcerpt], "") + "…"
}

// redact takes the secrets out of a text: a hub that complains may repeat what it was sent. The topic's query may be one.
func (state subscriptionState) redact(text string) string {
	shown := displayURL(state.Topic)
	return strings.NewReplacer(state.Token, "…", state.Secret, "…", state.Topic, shown, url.QueryEscape(state.Topic), shown).Replace(text)
}

// redactFault is a fault without the secrets, wherever the hub has put them.
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
