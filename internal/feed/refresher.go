package feed

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	defaultInterval  = time.Hour
	defaultTimeout   = 30 * time.Second
	defaultUserAgent = "lastpost"
)

// Refresher keeps Posts fresh from one feed, in the background and with manners. The exported fields are
// set before Run or Poll is called, and not changed after.
type Refresher struct {
	// URL is a feed, or a page that names its feed. It is the operator's word: it may be private, and may
	// hold a user and a password.
	URL string
	// Posts is where the posts go; nil: nowhere.
	Posts *Posts
	// UserAgent is "lastpost/VERSION (+URL)", by which a publisher can tell whom to ask. Empty: "lastpost".
	UserAgent string
	// Interval is the time between polls; 0: one hour. The publisher's max-age or ttl makes it longer, up
	// to a day.
	Interval time.Duration
	// Timeout is that of one poll in all, redirects and discovery included; 0: 30 seconds.
	Timeout time.Duration
	// Transport carries the requests. nil: one of our own, with the proxy of the environment, which alone
	// refuses redirects to private addresses when it connects.
	Transport http.RoundTripper
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Jitter is in [0, 1); nil: math/rand/v2.
	Jitter func() float64
	// Log hears of a feed that turns bad, or bad in another way, and of its recovery; nil: nobody does.
	Log *slog.Logger

	polling sync.Mutex // one poll at a time; holds state
	state   state

	reading sync.Mutex // holds status
	status  Status
}

// state is what one poll leaves for the next.
type state struct {
	ready      bool
	configured *url.URL
	address    *url.URL // what to ask: configured, or found on its page, or moved to for good
	discovered bool
	known      bool // address has given a feed: a page there is a fault from now on
	own        *http.Transport
	valid      validators
	fresh      time.Duration // from the HTTP headers, if freshKnown
	freshKnown bool
	hint       time.Duration // from the feed itself
	failures   int
	missing    int
	label      string
}

// Status is how a Refresher fares.
type Status struct {
	URL             string    // the feed that is really fetched (after discovery and permanent redirects), without user info
	Discovered      bool      // URL was found on a page
	Posts           int       // that are kept
	Items           int       // in the last feed that was read; 0 with LastSuccess set: a valid feed without items
	Newest          time.Time // zero: no posts
	LastSuccess     time.Time // last 200 that parsed, or 304
	LastAttempt     time.Time
	Next            time.Time // next poll; zero: none planned (before the first one, and after a 410)
	Polls, Failures uint64
	Size            int64     // bytes of the last body after decompression, as far as it was read
	Err             error     // what is wrong now; nil when the last poll was good
	ServerTime      time.Time // the Date header of the last answer; zero: none
}

// Run polls at once, then whenever it is time, until ctx is done. It returns when everything that it
// started has ended.
func (r *Refresher) Run(ctx context.Context) {
	for r.wait(ctx) {
		_ = r.Poll(ctx) // the log and the status have it
	}
}

// wait returns true when a poll is due, false when ctx is done.
func (r *Refresher) wait(ctx context.Context) bool {
	for ctx.Err() == nil {
		s := r.Status()
		if s.Polls > 0 && s.Next.IsZero() {
			<-ctx.Done() // gone for good
			return false
		}
		pause := s.Next.Sub(r.now())
		if s.Polls == 0 || pause <= 0 {
			return true
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
	return false
}

// Status is safe at any time.
func (r *Refresher) Status() Status {
	r.reading.Lock()
	s := r.status
	r.reading.Unlock()
	if r.Posts != nil {
		s.Posts = r.Posts.Len()
		newest, _ := r.Posts.Latest()
		s.Newest = newest.Published
	}
	return s
}

// Poll asks for the feed once, now. Its error is of one of the kinds of this package and says what the
// operator can do; or it is that of ctx, in which case the poll counts for nothing. What is kept stays
// whatever the answer was.
func (r *Refresher) Poll(ctx context.Context) error {
	r.polling.Lock()
	defer r.polling.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	start := r.now()
	limited, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, defaultTimeout))
	defer cancel()
	got, err := r.attempt(limited, start)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	now := r.now()
	if err != nil {
		r.failed(got, err, now)
	} else {
		r.succeeded(got, now)
	}
	return err
}

func (r *Refresher) attempt(ctx context.Context, now time.Time) (reply, error) {
	if err := r.prepare(); err != nil {
		return reply{}, err
	}
	f := &fetcher{
		rt:         r.Transport,
		own:        r.state.own,
		agent:      cmp.Or(r.UserAgent, defaultUserAgent),
		configured: r.state.configured,
		valid:      r.state.valid,
		now:        now,
	}
	if f.rt == nil {
		f.rt = r.state.own
	}
	return f.fetch(ctx, r.state.address, !r.state.known)
}

// prepare reads the configuration, at the first poll.
func (r *Refresher) prepare() error {
	if r.state.ready {
		return nil
	}
	u, err := url.Parse(r.URL)
	if err != nil || !isWeb(u) {
		// url's own error would show the password.
		return fail(ErrAddress, nil, "the feed's URL is not an http or https address")
	}
	u.Fragment, u.RawFragment = "", ""
	r.state.ready, r.state.configured, r.state.address = true, u, u
	if r.Transport == nil {
		r.state.own = newTransport(nil)
	}
	return nil
}

func (r *Refresher) succeeded(got reply, now time.Time) {
	st := &r.state
	fresh, told := freshness(got.header, now)
	if got.notModified {
		st.valid = st.valid.afterNotModified(got.header)
	} else {
		st.valid = fromFull(got.header, got.url.String(), now, r.jitter())
		st.hint, st.freshKnown = got.doc.hint, false
		if r.Posts != nil {
			// A machine without a clock of its own begins in the past, where every post would seem to lie ahead.
			r.Posts.merge(got.doc.posts(), later(now, serverTime(got.header, now)))
		}
	}
	if told {
		st.fresh, st.freshKnown = fresh, true
	}
	hint := st.hint
	if st.freshKnown {
		hint = st.fresh
	}
	r.reportSuccess(got)
	st.address, st.known, st.discovered = got.remember, true, st.discovered || got.discovered
	st.failures, st.missing, st.label = 0, 0, ""
	next := now.Add(afterSuccess(cmp.Or(r.Interval, defaultInterval), hint, r.jitter()))
	r.note(got, nil, now, next)
}

func (r *Refresher) failed(got reply, err error, now time.Time) {
	st := &r.state
	f, _ := errors.AsType[*fault](err)
	t := trouble{empty: r.Status().LastSuccess.IsZero()}
	if f != nil {
		t.status, t.after = f.status, f.after
	}
	st.failures++
	st.missing++
	if t.status != http.StatusNotFound {
		st.missing = 0
	}
	t.failures, t.missing = st.failures, st.missing
	next := now.Add(afterFailure(t, r.jitter()))
	switch {
	case st.address != st.configured && (t.status == http.StatusNotFound || t.status == http.StatusGone || st.failures%patience == 0):
		// It was found or moved to: what the operator set may know a newer one.
		st.address, st.known, st.discovered = st.configured, false, false
	case t.status == http.StatusGone:
		next = time.Time{}
	}
	r.note(got, err, now, next)
	r.reportFailure(err, next)
}

// patience is how many failures in a row make an address that was found or moved to doubtful.
const patience = 3

// note writes down how a poll ended.
func (r *Refresher) note(got reply, err error, now, next time.Time) {
	r.reading.Lock()
	defer r.reading.Unlock()
	s := &r.status
	s.URL, s.Discovered = display(r.state.address), r.state.discovered
	s.LastAttempt, s.Next, s.Err = now, next, err
	s.Polls++
	s.ServerTime = serverTime(got.header, time.Time{})
	if err != nil {
		s.Failures++
	} else {
		s.LastSuccess = now
	}
	if !got.notModified {
		s.Size = got.size
		if err == nil {
			s.Items = got.doc.items
		}
	}
}

// reportSuccess tells the log what is new: a recovery, a feed found, a feed moved.
func (r *Refresher) reportSuccess(got reply) {
	st := &r.state
	log := r.log().With("feed", display(got.remember))
	if st.label != "" {
		log.Info("the feed is well again", "was", st.label, "failures", st.failures)
	}
	if r.Posts != nil && r.Posts.Len() == 0 && !got.notModified && r.Status().LastSuccess.IsZero() {
		log.Warn("the feed has no posts")
	}
	if got.discovered {
		log.Info("the page's feed was found", "page", display(st.configured))
	} else if st.address.String() != got.remember.String() {
		log.Info("the feed has moved for good", "from", display(st.address))
	}
	log.Debug("the feed was polled", "not_modified", got.notModified, "items", got.doc.items, "bytes", got.size)
}

// reportFailure tells the log once, and again when it is something else that is wrong.
func (r *Refresher) reportFailure(err error, next time.Time) {
	st := &r.state
	if was := st.label; was == label(err) {
		return
	}
	st.label = label(err)
	attrs := []any{"feed", display(st.configured), "kind", st.label, "error", err}
	if next.IsZero() {
		r.log().Warn("the feed is gone; it is not asked for again", attrs...)
		return
	}
	r.log().Warn("the feed cannot be refreshed; what is kept stays", append(attrs, "next", next)...)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (r *Refresher) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (r *Refresher) jitter() float64 {
	if r.Jitter != nil {
		return r.Jitter()
	}
	return rand.Float64()
}

func (r *Refresher) log() *slog.Logger {
	if r.Log != nil {
		return r.Log
	}
	return slog.New(slog.DiscardHandler)
}
