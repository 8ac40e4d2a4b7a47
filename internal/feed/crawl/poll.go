package crawl

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
)

// Poll asks for the feed once, now. Its error is of one of the kinds of this package and says what the operator can do;
// or it is that of ctx, in which case the poll counts for nothing. What is kept stays whatever the answer was.
func (r *Refresher) Poll(ctx context.Context) error {
	r.working.Lock()
	defer r.working.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	r.reading.Lock()
	r.asked = false
	r.reading.Unlock()
	limited, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, defaultTimeout))
	defer cancel()
	got, err := r.attempt(limited)
	if err == nil {
		err = r.secure(ctx, got.doc.Entries)
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		err = r.succeeded(ctx, got, r.now())
	}
	if err != nil {
		r.failed(ctx, got, err, r.now())
	}
	return err
}

func (r *Refresher) attempt(ctx context.Context) (reply, error) {
	if err := r.prepare(ctx); r.configured == nil {
		return reply{}, err
	}
	return r.fetch(ctx, r.address(r.state.Address), !r.state.Known)
}

// succeeded keeps what a poll brought.
func (r *Refresher) succeeded(ctx context.Context, got reply, now time.Time) error {
	st, b := r.state, feed.Batch{}
	fresh, told := fetch.RemainingFreshness(got.Header, now)
	if got.NotModified {
		st.Valid = st.Valid.AfterNotModified(got.Header)
	} else {
		st.Valid = fetch.NewValidators(got.Header, feed.WithoutUserInfo(got.URL), now, r.jitter())
		st.Hint, st.FreshKnown = got.doc.UpdateHint, false
		st.Items, st.Size = got.doc.ItemCount, got.size
		st.Hub, st.Topic = named(got)
		// A machine without a clock of its own begins in the past, where every post would seem to lie ahead.
		b.Entries, b.Now = got.doc.Entries, later(now, fetch.ServerTime(got.Header, now))
		st.Walk, b = r.plan(st.Walk, got, b)
	}
	if told {
		st.Fresh, st.FreshKnown = fresh, true
	}
	hint := st.Hint
	if st.FreshKnown {
		hint = st.Fresh
	}
	was := r.state
	st.Address, st.Known, st.Discovered = feed.WithoutUserInfo(got.PermanentURL), true, st.Discovered || got.discovered
	st.Failures, st.Missing, st.Label, st.Trouble, st.Hold = 0, 0, "", "", time.Time{}
	st.Next = now.Add(fetch.PauseAfterSuccess(cmp.Or(r.Interval, defaultInterval), hint, r.jitter()))
	st.Requested, st.LastAttempt, st.LastSuccess = now, now, now
	kept, err := r.keep(ctx, b, func(kept feed.StoreResult) state {
		if was.Walk.Way != "" {
			st.Walk = st.Walk.published(got, kept)
		}
		return st
	})
	if err != nil {
		return err
	}
	r.reportSuccess(got, was, kept)
	if !got.NotModified {
		r.offer()
	}
	r.show(got, nil)
	return nil
}

// named is what a full answer says of its hub; a header says it before the feed does (WebSub, section 4).
func named(got reply) (hub, topic string) {
	if u := cmp.Or(fetch.HeaderLink(got.Header, "hub", got.URL), got.doc.Links.Hub); u != nil {
		hub = u.String()
	}
	return hub, feed.WithoutUserInfo(cmp.Or(fetch.HeaderLink(got.Header, "self", got.URL), got.doc.Links.Self, got.URL))
}

// offer tells the subscription what the last full answer named. What cannot be read is none.
func (r *Refresher) offer() {
	if r.Hub == nil {
		return
	}
	hub, _ := url.Parse(r.state.Hub)
	topic, _ := url.Parse(r.state.Topic)
	r.Hub.UpdateHub(hub, topic)
}

// failed plans when to try again.
func (r *Refresher) failed(ctx context.Context, got reply, err error, now time.Time) {
	st := r.state
	f, _ := errors.AsType[*feed.Fault](err)
	t := fetch.FailureHistory{NeverFetched: st.LastSuccess.IsZero()}
	if f != nil {
		t.Status, t.RetryAfter = f.Status, f.RetryAfter
	}
	st.Failures++
	st.Missing++
	if t.Status != http.StatusNotFound {
		st.Missing = 0
	}
	t.Failures, t.NotFound = st.Failures, st.Missing
	st.Next, st.Hold = now.Add(fetch.PauseAfterFailure(t, r.jitter())), hold(f, now)
	st.Requested, st.LastAttempt, st.Label, st.Trouble = now, now, feed.FaultLabel(err), err.Error()
	switch {
	case r.configured == nil: // nothing can be asked
	case st.Address != feed.WithoutUserInfo(r.configured) &&
		(t.Status == http.StatusNotFound || t.Status == http.StatusGone || st.Failures%patience == 0):
		// It was found or moved to: what the operator set may know a newer one.
		st.Address, st.Known, st.Discovered = feed.WithoutUserInfo(r.configured), false, false
	case t.Status == http.StatusGone:
		st.Next = time.Time{}
	}
	was := r.state.Label
	if _, unkept := r.keep(ctx, feed.Batch{}, func(feed.StoreResult) state { return st }); unkept != nil {
		r.state = st // as long as this process runs
		err = cmp.Or(err, unkept)
	}
	r.show(got, err)
	r.reportFailure(err, was, st.Next)
}

// patience is how many failures in a row make an address that was found or moved to doubtful.
const patience = 3

// show makes the status of the state, and of the last poll's answer where there was one.
func (r *Refresher) show(got reply, err error) {
	st := &r.state
	r.reading.Lock()
	defer r.reading.Unlock()
	s := &r.status
	s.URL, s.Discovered = feed.DisplayURL(r.address(st.Address)), st.Discovered
	s.Items, s.LastSuccess, s.LastAttempt, s.Next = st.Items, st.LastSuccess, st.LastAttempt, st.Next
	s.Backfill = st.Walk.told()
	s.Size = st.Size
	if got.Header == nil && err == nil {
		if st.Trouble != "" {
			s.Err = errors.New(st.Trouble)
		}
		return
	}
	s.Err = err
	s.Polls++
	s.ServerTime = fetch.ServerTime(got.Header, time.Time{})
	if err != nil {
		s.Failures++
		s.Size = got.size
	}
}

// reportSuccess tells the log what is new: a recovery, a feed found, a feed moved, posts.
func (r *Refresher) reportSuccess(got reply, was state, kept feed.StoreResult) {
	log := r.log().With("feed", feed.DisplayURL(got.PermanentURL))
	if was.Label != "" {
		log.Info("the feed is well again", "was", was.Label, "failures", was.Failures)
	}
	if r.Archive.Len() == 0 && !got.NotModified && was.LastSuccess.IsZero() {
		log.Warn("the feed has no posts")
	}
	if got.discovered {
		log.Info("the page's feed was found", "page", feed.DisplayURL(r.configured))
	} else if was.Address != feed.WithoutUserInfo(got.PermanentURL) {
		log.Info("the feed has moved for good", "from", feed.DisplayURL(r.address(was.Address)))
	}
	if kept.New > 0 {
		log.Info("new posts", "posts", kept.New, "all", r.Archive.Len())
	}
	log.Debug("the feed was polled", "not_modified", got.NotModified, "items", got.doc.ItemCount, "bytes", got.size, "changed", kept.Changed)
}

// reportFailure tells the log once, and again when it is something else that is wrong.
func (r *Refresher) reportFailure(err error, was string, next time.Time) {
	if was == feed.FaultLabel(err) {
		return
	}
	attrs := []any{"feed", feed.DisplayURL(r.configured), "kind", feed.FaultLabel(err), "error", err}
	if next.IsZero() {
		r.log().Warn("the feed is gone; it is not asked for again", attrs...)
		return
	}
	r.log().Warn("the feed cannot be refreshed; what is kept stays", append(attrs, "next", next)...)
}
