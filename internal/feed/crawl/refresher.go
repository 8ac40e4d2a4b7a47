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

	crawlMu    sync.Mutex // one request at a time; holds what follows
	configured *url.URL   // nil: not read yet
	client     *fetch.Client
	state      feedState

	statusMu      sync.Mutex // holds what follows
	status        Status
	pollRequested bool
	wake          chan struct{}
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
	if err := r.loadStateOnce(ctx); err != nil {
		r.logger().Error("what is known of the feed cannot be read; it is fetched anew", "error", err)
	}
	for {
		what, at := r.nextTask()
		if !r.sleepUntil(ctx, at) {
			return
		}
		if now, due := r.nextTask(); now == what && !due.IsZero() && !due.After(r.currentTime()) {
			r.runTask(ctx, what)
		}
	}
}

// task is what Run does next.
type task int

const (
	pollTask task = iota
	backfillTask
	hubTask
)

func (r *Refresher) runTask(ctx context.Context, what task) {
	switch what { // the log and the status have what goes wrong
	case pollTask:
		_ = r.Poll(ctx)
	case backfillTask:
		_ = r.Backfill(ctx)
	case hubTask:
		_ = r.Hub.SubscribeIfDue(ctx)
	}
}

// nextTask is what comes next, and when; the zero time where nothing ever does.
func (r *Refresher) nextTask() (what task, at time.Time) {
	r.crawlMu.Lock()
	defer r.crawlMu.Unlock()
	r.state = r.state.clampTimes(r.currentTime())
	what, at = pollTask, r.nextPollTime()
	if !at.IsZero() && !at.After(r.currentTime()) {
		return what, at // before all else: what was published meanwhile moves the pages of the walk
	}
	if walk := r.nextBackfillTime(); !walk.IsZero() && (at.IsZero() || walk.Before(at)) {
		what, at = backfillTask, walk
	}
	if r.Hub == nil {
		return what, at
	}
	if due := r.Hub.NextDue(); !due.IsZero() && (at.IsZero() || due.Before(at)) {
		what, at = hubTask, due
	}
	return what, at
}

// nextPollTime is when the feed is polled next: as planned, or soon where it was asked for; while a hub tells of new posts
// once a day is enough.
func (r *Refresher) nextPollTime() time.Time {
	st := &r.state
	at := st.NextPoll
	if r.Hub != nil && r.Hub.IsActive() && st.FaultLabel == "" && !at.IsZero() {
		at = laterOf(at, st.LastSuccess.Add(day))
	}
	if r.isPollRequested() || st.LastAttempt.IsZero() {
		at = st.LastAttempt.Add(requestedPollSpacing * r.requestSpacing())
	}
	if at.IsZero() {
		return at // gone for good
	}
	return laterOf(laterOf(at, st.HoldUntil), st.LastRequest.Add(r.requestSpacing()))
}

// requestedPollSpacing is how many times the spacing lies between two polls that are asked for by signals and hubs.
const requestedPollSpacing = 5

// PollNow asks for a poll as soon as manners allow: some seconds after the last one, and not before a publisher's
// Retry-After. Also a feed that is gone is asked for once more. It does not wait.
func (r *Refresher) PollNow() {
	r.statusMu.Lock()
	r.pollRequested = true
	r.statusMu.Unlock()
	select {
	case r.wakeChannel() <- struct{}{}: // Run looks again at what is due
	default:
	}
}

func (r *Refresher) wakeChannel() chan struct{} {
	r.statusMu.Lock()
	defer r.statusMu.Unlock()
	if r.wake == nil {
		r.wake = make(chan struct{}, 1)
	}
	return r.wake
}

func (r *Refresher) isPollRequested() bool {
	r.statusMu.Lock()
	defer r.statusMu.Unlock()
	return r.pollRequested
}

// longestSleep bounds how long a change of the clock, or a machine that slept, goes unnoticed.
const longestSleep = 5 * time.Minute

// sleepUntil returns true at the time, or when something has changed; false when ctx is done.
func (r *Refresher) sleepUntil(ctx context.Context, at time.Time) bool {
	pause := longestSleep
	if !at.IsZero() {
		pause = min(pause, at.Sub(r.currentTime()))
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.wakeChannel():
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// Status is safe at any time.
func (r *Refresher) Status() Status {
	r.statusMu.Lock()
	s := r.status
	r.statusMu.Unlock()
	s.Posts = r.Archive.Len()
	newest, _ := r.Archive.Latest()
	s.Newest = newest.Published
	return s
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (r *Refresher) requestSpacing() time.Duration { return cmp.Or(r.Spacing, defaultSpacing) }

// currentTime is without the monotonic clock, which stands still while a machine sleeps.
func (r *Refresher) currentTime() time.Time {
	if r.Now != nil {
		return r.Now().UTC().Round(0)
	}
	return time.Now().UTC().Round(0)
}

func (r *Refresher) jitterFraction() float64 {
	if r.Jitter != nil {
		return r.Jitter()
	}
	return rand.Float64()
}

func (r *Refresher) logger() *slog.Logger {
	return cmp.Or(r.Log, slog.New(slog.DiscardHandler))
}
