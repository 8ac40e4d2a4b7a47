// Package crawl keeps an archive fresh from one feed: it polls, finds the feed of a page, fetches older posts and plans
// when to ask again. It makes its requests by fetch, reads by parse, and keeps what it finds with a Keeper. A bad answer
// costs no post that is kept.
package crawl

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"lastpost/internal/feed/fetch"
)

const (
	day             = 24 * time.Hour
	defaultInterval = time.Hour
	defaultTimeout  = 30 * time.Second
	defaultSpacing  = 2 * time.Second
)

// Refresher keeps an archive fresh from one feed, in the background and with manners: it polls the feed, walks back
// through the posts that are older than it shows, and holds the subscription with its hub. One request is made at a
// time. The exported fields are set before Run or Poll is called, and not changed after.
type Refresher struct {
	// URL is a feed, or a page that names its feed. It is the operator's word: it may be private, and may
	// hold a user and a password.
	URL string
	// Archive is where posts and state are kept. It is required.
	Archive Store
	// History lets Run walk back through the older posts.
	History bool
	// Hub is the subscription that follows what the feed says of its hub; nil: none is held.
	Hub Hub
	// UserAgent is "lastpost/VERSION (+URL)", by which a publisher can tell whom to ask. Empty: "lastpost".
	UserAgent string
	// Interval is the time between polls; 0: one hour. The publisher's max-age or ttl makes it longer, up to a day.
	Interval time.Duration
	// Spacing is the least time between two requests while there are many to make; 0: 2 seconds.
	Spacing time.Duration
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

	working    sync.Mutex // one request at a time; holds what follows
	configured *url.URL   // nil: not read yet
	client     *fetch.Client
	state      state

	reading sync.Mutex // holds what follows
	status  Status
	asked   bool
	bell    chan struct{}
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
	Polls, Failures uint64    // since the process began
	Size            int64     // bytes of the last body after decompression, as far as it was read
	Err             error     // what is wrong now; nil when the last poll was good
	ServerTime      time.Time // the Date header of the last answer; zero: none
	Backfill        BackfillStatus
}

// Run polls when it is time, and walks and subscribes in between, until ctx is done. It returns when everything that it
// started has ended. What an earlier process began is gone on with: a poll is not made before its time.
func (r *Refresher) Run(ctx context.Context) {
	if err := r.begin(ctx); err != nil {
		r.log().Error("what is known of the feed cannot be read; it is fetched anew", "error", err)
	}
	for {
		what, at := r.next()
		if !r.sleep(ctx, at) {
			return
		}
		if now, due := r.next(); now == what && !due.IsZero() && !due.After(r.now()) {
			r.do(ctx, what)
		}
	}
}

// task is what Run does next.
type task int

const (
	polling task = iota
	walking
	subscribing
)

func (r *Refresher) do(ctx context.Context, what task) {
	switch what { // the log and the status have what goes wrong
	case polling:
		_ = r.Poll(ctx)
	case walking:
		_ = r.Backfill(ctx)
	case subscribing:
		_ = r.Hub.SubscribeIfDue(ctx)
	}
}

// next is what comes next, and when; the zero time where nothing ever does.
func (r *Refresher) next() (what task, at time.Time) {
	r.working.Lock()
	defer r.working.Unlock()
	r.state = r.state.sane(r.now())
	what, at = polling, r.pollTime()
	if !at.IsZero() && !at.After(r.now()) {
		return what, at // before all else: what was published meanwhile moves the pages of the walk
	}
	if walk := r.walkTime(); !walk.IsZero() && (at.IsZero() || walk.Before(at)) {
		what, at = walking, walk
	}
	if r.Hub == nil {
		return what, at
	}
	if due := r.Hub.NextDue(); !due.IsZero() && (at.IsZero() || due.Before(at)) {
		what, at = subscribing, due
	}
	return what, at
}

// pollTime is when the feed is polled next: as planned, or soon where it was asked for; while a hub tells of new posts
// once a day is enough.
func (r *Refresher) pollTime() time.Time {
	st := &r.state
	at := st.Next
	if r.Hub != nil && r.Hub.IsActive() && st.Label == "" && !at.IsZero() {
		at = later(at, st.LastSuccess.Add(day))
	}
	if r.wanted() || st.LastAttempt.IsZero() {
		at = st.LastAttempt.Add(askedSpacing * r.spacing())
	}
	if at.IsZero() {
		return at // gone for good
	}
	return later(later(at, st.Hold), st.Requested.Add(r.spacing()))
}

// askedSpacing is how many times the spacing lies between two polls that are asked for by signals and hubs.
const askedSpacing = 5

// PollNow asks for a poll as soon as manners allow: some seconds after the last one, and not before a publisher's
// Retry-After. Also a feed that is gone is asked for once more. It does not wait.
func (r *Refresher) PollNow() {
	r.reading.Lock()
	r.asked = true
	r.reading.Unlock()
	select {
	case r.ring() <- struct{}{}: // Run looks again at what is due
	default:
	}
}

func (r *Refresher) ring() chan struct{} {
	r.reading.Lock()
	defer r.reading.Unlock()
	if r.bell == nil {
		r.bell = make(chan struct{}, 1)
	}
	return r.bell
}

func (r *Refresher) wanted() bool {
	r.reading.Lock()
	defer r.reading.Unlock()
	return r.asked
}

// longestSleep bounds how long a change of the clock, or a machine that slept, goes unnoticed.
const longestSleep = 5 * time.Minute

// sleep returns true at the time, or when something has changed; false when ctx is done.
func (r *Refresher) sleep(ctx context.Context, at time.Time) bool {
	pause := longestSleep
	if !at.IsZero() {
		pause = min(pause, at.Sub(r.now()))
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.ring():
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// Status is safe at any time.
func (r *Refresher) Status() Status {
	r.reading.Lock()
	s := r.status
	r.reading.Unlock()
	s.Posts = r.Archive.Len()
	newest, _ := r.Archive.Latest()
	s.Newest = newest.Published
	return s
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (r *Refresher) spacing() time.Duration { return cmp.Or(r.Spacing, defaultSpacing) }

// now is without the monotonic clock, which stands still while a machine sleeps.
func (r *Refresher) now() time.Time {
	if r.Now != nil {
		return r.Now().UTC().Round(0)
	}
	return time.Now().UTC().Round(0)
}

func (r *Refresher) jitter() float64 {
	if r.Jitter != nil {
		return r.Jitter()
	}
	return rand.Float64()
}

func (r *Refresher) log() *slog.Logger {
	return cmp.Or(r.Log, slog.New(slog.DiscardHandler))
}
