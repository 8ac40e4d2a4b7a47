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
	s.stepping.Lock()
	defer s.stepping.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	sub, err := s.begin()
	if sub.Hub == "" {
		return nil
	}
	if err == nil {
		s.keep(ctx) // the hub may verify before it answers: whatever happens then, the token is known
		err = s.subscribe(ctx, sub)
	}
	ended := err != nil && ctx.Err() != nil
	if ended {
		err = ctx.Err()
	}
	s.settle(err, ended)
	s.keep(ctx)
	return err
}

// begin gives the subscription to ask for. It has no hub where nothing is due.
func (s *Subscription) begin() (subscription, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.sub.Hub == "" || now.Before(s.sub.Next) {
		return subscription{}, nil
	}
	if s.sub.Waiting {
		return s.sub, s.unverified()
	}
	s.sub = s.sub.asking(now)
	return s.sub, s.equip()
}

func (s *Subscription) unverified() error {
	f := feed.Fail(ErrUnverified, nil, "accepted the subscription, but has not verified it within %d minutes; the hub must be "+
		"able to reach %s over https: check DNS, firewall, certificate and proxy", int(verifyWithin.Minutes()), s.CallbackURL)
	f.URL = displayText(s.sub.Hub)
	return f
}

// equip gives a new subscription its secrets. A renewal keeps them: WebSub would rather have the callback changed
// (section 5.1.1), but while two of them were live the hub would push twice.
func (s *Subscription) equip() error {
	if s.sub.Token != "" {
		return nil
	}
	token, err := s.secret(tokenSize)
	if err != nil {
		return fmt.Errorf("a token for the callback: %w", err)
	}
	secret, err := s.secret(secretSize)
	if err != nil {
		return fmt.Errorf("a secret for the hub: %w", err)
	}
	s.sub.Token, s.sub.Secret = token, secret
	return nil
}

// settle writes down how a request ended, unless the hub has denied it in the meantime, or the feed has named another: in
// both cases nothing is asked for any more.
func (s *Subscription) settle(err error, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sub.Asked.IsZero() {
		return
	}
	now := s.now()
	switch {
	case err == nil:
		s.sub = s.sub.accepted(now)
		s.log().Debug("the hub has accepted, and will verify", s.sub.attrs()...)
	case ended:
		if s.sub.Waiting {
			s.sub.Waiting, s.sub.Next = false, now
		}
	default:
		status, after := 0, time.Duration(0)
		if f, ok := errors.AsType[*feed.Fault](err); ok {
			status, after = f.Status, f.After
		}
		s.sub = s.sub.failed(now, status, after, s.jitter())
		s.report(err)
	}
}

// report tells the log once what is wrong, and again when it is something else.
func (s *Subscription) report(err error) {
	s.err = err
	if was := s.label; was == feed.Label(err) {
		return
	}
	s.label = feed.Label(err)
	attrs := s.sub.attrs("kind", s.label, "error", err, "next", s.sub.Next)
	if s.sub.active(s.now()) {
		s.log().Warn("the subscription cannot be renewed", append(attrs, "until", s.sub.Ends)...)
		return
	}
	s.log().Warn("the feed cannot be subscribed to; it is polled as ever", attrs...)
}

// subscribe asks the hub, or where that sends us on to.
func (s *Subscription) subscribe(ctx context.Context, sub subscription) error {
	ctx, cancel := context.WithTimeout(ctx, hubTimeout)
	defer cancel()
	hub, err := url.Parse(sub.Hub)
	if err != nil {
		return feed.Fail(feed.ErrAddress, nil, "the hub's URL is no address that can be asked")
	}
	for hops := 0; ; hops++ {
		next, f := s.ask(ctx, hub, sub, hops)
		if f != nil {
			return sub.hiding(f.At(hub))
		}
		if next == nil {
			return nil
		}
		hub = next
	}
}

// form is the request of WebSub, section 5.1. The secret is always there. WebSub would keep it from a hub that is not
// asked over https (SHOULD), which protects nothing but the secret: without it every push would count, with an overheard
// one the pushes of who overheard it, and all that those can cause is polls, which have manners of their own. hub.verify
// is of PubSubHubbub 0.3, which PuSHPress still speaks: it refuses who leaves it out, and other hubs ignore it.
func (sub subscription) form() url.Values {
	return url.Values{
		"hub.callback":      {sub.Callback + "/" + sub.Token},
		"hub.mode":          {"subscribe"},
		"hub.topic":         {sub.Topic},
		"hub.lease_seconds": {strconv.Itoa(int(askedLease.Seconds()))},
		"hub.secret":        {sub.Secret},
		"hub.verify":        {"async"},
	}
}

// ask makes one request. It gives the address of the hub to ask instead, or nil where the hub has accepted.
func (s *Subscription) ask(ctx context.Context, hub *url.URL, sub subscription, hops int) (*url.URL, *feed.Fault) {
	resp, f := s.post(ctx, hub, sub.form().Encode())
	if f != nil {
		return nil, f
	}
	defer func() { _ = resp.Body.Close() }()
	switch code := resp.StatusCode; {
	case code >= 200 && code <= 299: // WebSub says 202; PuSHPress says 204, having verified already
		return nil, nil
	case code != http.StatusTemporaryRedirect && code != http.StatusPermanentRedirect:
		return nil, hubStatusFault(resp, s.now(), sub)
	case hops == maxHubRedirects:
		return nil, feed.Fail(feed.ErrRedirect, nil, "redirects more than %d times", maxHubRedirects)
	}
	return fetch.Target(hub, resp)
}

func (s *Subscription) post(ctx context.Context, hub *url.URL, form string) (*http.Response, *feed.Fault) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hub.String(), strings.NewReader(form))
	if err != nil { // whose text would show the query
		return nil, feed.Fail(feed.ErrUnreachable, errors.New("it is no address that can be asked"), "cannot be reached")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	own, _ := url.Parse(s.FeedURL) // nil if it is not an address: no hub may be private then
	client := fetch.Client{Configured: own, UserAgent: s.UserAgent, Transport: s.Transport}
	resp, f := client.Do(req)
	if f != nil && errors.Is(f, feed.ErrPrivate) {
		f.Text = "is not a public address, and a hub may be private only where the feed itself is"
	}
	return resp, f
}

// hubStatusFault explains an answer that is no consent. A hub SHOULD say why in plain text (section 5.1.2).
func hubStatusFault(resp *http.Response, now time.Time, sub subscription) *feed.Fault {
	f := fetch.StatusFault(resp, now)
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxHubBody)) // as much as came is as much as can be shown
	if said := sub.quote(string(body)); said != "" {
		f.Text += ": " + said
	}
	return f
}

// quote is a line of what a hub says, short and fit for the log.
func (sub subscription) quote(said string) string {
	s := sub.hide(feed.OneLine(said))
	if len(s) <= maxHubExcerpt {
		return s
	}
	return strings.ToValidUTF8(s[:maxHubExcerpt], "") + "…"
}

// hide takes the secrets out of a text: a hub that complains may repeat what it was sent. The topic's query may be one.
func (sub subscription) hide(text string) string {
	shown := displayText(sub.Topic)
	return strings.NewReplacer(sub.Token, "…", sub.Secret, "…", sub.Topic, shown, url.QueryEscape(sub.Topic), shown).Replace(text)
}

// hiding is a fault without the secrets, wherever the hub has put them.
func (sub subscription) hiding(f *feed.Fault) *feed.Fault {
	f.URL, f.Text = sub.hide(f.URL), sub.hide(f.Text)
	if f.Cause == nil {
		return f
	}
	if text := f.Cause.Error(); sub.hide(text) != text {
		f.Cause = errors.New(sub.hide(text))
	}
	return f
}
