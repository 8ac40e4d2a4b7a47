// Package crawl keeps an archive up to date with one feed. It polls the feed, finds the feed of a web page, fetches
// older posts (the backfill) and schedules requests. It uses fetch for requests, parse for documents and a Store for
// results. A bad response never removes a stored post.
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
	hubInterval     = time.Hour // minimum time between polls while a hub pushes
)

// Refresher keeps an archive up to date with one feed, in the background. It polls the feed, fetches older posts (the
// backfill) and maintains the subscription at the feed's hub. It makes one request at a time. Set the exported fields
// before Run or Poll is called, and do not change them afterwards.
type Refresher struct {
	// URL is a feed, or a page that names its feed. The operator sets it, so it may be private and may contain a user
	// and a password.
	URL string
	// Archive stores posts and state. It is required.
	Archive Store
	// Zone is the time zone of the blog, in which dates without a zone are read. Nil means UTC.
	Zone *time.Location
	// Language is the language of posts that do not state one. It only helps to find the time zone of the blog.
	Language string
	// History enables the backfill in Run.
	History bool
	// Hub maintains the subscription at the hub that the feed names. If it is nil, the Refresher only polls.
	Hub Hub
	// UserAgent is "lastpost/VERSION (+URL)". The URL tells the publisher whom to contact. Empty means "lastpost".
	UserAgent string
	// Interval is the time between polls. Zero means one hour. The publisher's max-age or ttl extends it, up to a day.
	Interval time.Duration
	// Spacing is the minimum time between two requests. Zero means 2 seconds.
	Spacing time.Duration
	// Timeout limits one poll, including redirects and discovery. Zero means 30 seconds.
	Timeout time.Duration
	// Transport sends the requests. Nil means fetch.NewTransport, with the proxy of the environment. Only that
	// transport refuses private addresses when it connects.
	Transport http.RoundTripper
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
	// Jitter returns a random number in [0, 1). Nil means math/rand/v2.
	Jitter func() float64
	// Log receives changes of the feed's state. Nil discards them.
	Log *slog.Logger

	crawlMu    sync.Mutex // allows one request at a time; guards the next four fields
	configured *url.URL   // the parsed URL; nil before the state is loaded
	client     *fetch.Client
	state      feedState
	requested  bool // PollNow requested the current poll

	statusMu      sync.Mutex // guards the next three fields
	status        Status
	pollRequested bool
	wake          chan struct{}
}

// Run polls on schedule and makes backfill and hub requests in between, until ctx is done. It starts no goroutines. It
// continues the schedule of an earlier process, so a restart does not poll early.
func (r *Refresher) Run(ctx context.Context) {
	if err := r.loadStateOnce(ctx); err != nil {
		r.logger().Error("feed state unreadable; starting over", "error", err)
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

// task is a kind of request that Run makes.
type task int

const (
	pollTask task = iota
	backfillTask
	hubTask
)

func (r *Refresher) runTask(ctx context.Context, what task) {
	switch what { // errors are in the log and in the status
	case pollTask:
		_ = r.Poll(ctx)
	case backfillTask:
		_ = r.Backfill(ctx)
	case hubTask:
		_ = r.Hub.SubscribeIfDue(ctx)
	}
}

// nextTask returns the next task and its time. A zero time means never.
func (r *Refresher) nextTask() (what task, at time.Time) {
	r.crawlMu.Lock()
	defer r.crawlMu.Unlock()
	r.state = r.state.clampTimes(r.currentTime())
	what, at = pollTask, r.nextPollTime()
	if !at.IsZero() && !at.After(r.currentTime()) {
		return what, at // a poll comes first, because the backfill must know about new posts, which shift its pages
	}
	if backfill := r.nextBackfillTime(); !backfill.IsZero() && (at.IsZero() || backfill.Before(at)) {
		what, at = backfillTask, backfill
	}
	if r.Hub == nil {
		return what, at
	}
	if due := r.Hub.NextDue(); !due.IsZero() && (at.IsZero() || due.Before(at)) {
		what, at = hubTask, due
	}
	return what, at
}

// nextPollTime returns the time of the next poll: the planned time, or an early time if PollNow was called. While the
// hub pushes, polls are at least an hour apart. They go on, because a push can be lost on its way.
func (r *Refresher) nextPollTime() time.Time {
	st := &r.state
	at := st.NextPoll
	if r.Hub != nil && r.Hub.IsActive() && st.FaultLabel == "" && !at.IsZero() {
		at = laterOf(at, st.LastSuccess.Add(hubInterval))
	}
	if r.isPollRequested() || st.LastAttempt.IsZero() {
		at = st.LastAttempt.Add(requestedPollSpacing * r.requestSpacing())
	}
	if at.IsZero() {
		return at // zero, because the feed is gone (410)
	}
	return laterOf(laterOf(at, st.HoldUntil), st.LastRequest.Add(r.requestSpacing()))
}

// requestedPollSpacing is the minimum pause between polls that PollNow requests, as a multiple of Spacing.
const requestedPollSpacing = 5

// PollNow requests a poll and returns at once. The poll starts some seconds after the previous poll, and not before the
// end of a publisher's Retry-After. PollNow also polls a feed that is gone (410).
func (r *Refresher) PollNow() {
	r.statusMu.Lock()
	r.pollRequested = true
	r.statusMu.Unlock()
	select {
	case r.wakeChannel() <- struct{}{}: // Run recomputes the next task
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

// longestSleep limits the delay until Run notices a changed clock or a resumed machine.
const longestSleep = 5 * time.Minute

// sleepUntil waits until the given time, or until PollNow is called. It returns false if ctx is done.
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

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (r *Refresher) requestSpacing() time.Duration { return cmp.Or(r.Spacing, defaultSpacing) }

// currentTime returns the time without the monotonic clock, which stops while a machine sleeps.
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
