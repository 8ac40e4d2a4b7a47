package feed

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Poll asks for the feed once, now. Its error is of one of the kinds of this package and says what the
// operator can do; or it is that of ctx, in which case the poll counts for nothing. What is kept stays
// whatever the answer was.
func (r *Refresher) Poll(ctx context.Context) error {
	r.working.Lock()
	defer r.working.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	r.reading.Lock()
	r.asked = false
	r.reading.Unlock()
	start := r.now()
	limited, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, defaultTimeout))
	defer cancel()
	got, err := r.attempt(limited, start)
	if err == nil {
		err = r.secure(ctx, got.doc.entries)
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

func (r *Refresher) attempt(ctx context.Context, now time.Time) (reply, error) {
	if err := r.prepare(ctx); r.configured == nil {
		return reply{}, err
	}
	f := r.fetcher(now)
	f.valid = r.state.Valid
	return f.fetch(ctx, r.address(r.state.Address), !r.state.Known)
}

// succeeded keeps what a poll brought.
func (r *Refresher) succeeded(ctx context.Context, got reply, now time.Time) error {
	st, b := r.state, Batch{}
	fresh, told := freshness(got.header, now)
	if got.notModified {
		st.Valid = st.Valid.afterNotModified(got.header)
	} else {
		st.Valid = fromFull(got.header, withoutUser(got.url), now, r.jitter())
		st.Hint, st.FreshKnown = got.doc.hint, false
		st.Items, st.Size = got.doc.items, got.size
		st.Hub, st.Topic = named(got)
		// A machine without a clock of its own begins in the past, where every post would seem to lie ahead.
		b.Entries, b.Now = got.doc.entries, later(now, serverTime(got.header, now))
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
	st.Address, st.Known, st.Discovered = withoutUser(got.remember), true, st.Discovered || got.discovered
	st.Failures, st.Missing, st.Label, st.Trouble, st.Hold = 0, 0, "", "", time.Time{}
	st.Next = now.Add(afterSuccess(cmp.Or(r.Interval, defaultInterval), hint, r.jitter()))
	st.Requested, st.LastAttempt, st.LastSuccess = now, now, now
	kept, err := r.keep(ctx, b, func(kept Kept) state {
		if was.Walk.Way != "" {
			st.Walk = st.Walk.published(got, kept)
		}
		return st
	})
	if err != nil {
		return err
	}
	r.reportSuccess(got, was, kept)
	if !got.notModified {
		r.offer()
	}
	r.show(got, nil)
	return nil
}

// named is what a full answer says of its hub, as a hub may see it; a header says it before the feed does (WebSub, section
// 4).
func named(got reply) (hub, topic string) {
	links := got.doc.links
	return sendableURL(cmp.Or(linked(got.header, "hub", got.url), links.hub)),
		sendableURL(cmp.Or(linked(got.header, "self", got.url), links.self, got.url))
}

// offer tells the subscription what the last full answer named. What cannot be read is none.
func (r *Refresher) offer() {
	if r.Hub == nil {
		return
	}
	hub, _ := url.Parse(r.state.Hub)
	topic, _ := url.Parse(r.state.Topic)
	r.Hub.Offer(hub, topic)
}

// failed plans when to try again.
func (r *Refresher) failed(ctx context.Context, got reply, err error, now time.Time) {
	st := r.state
	f, _ := errors.AsType[*fault](err)
	t := trouble{empty: st.LastSuccess.IsZero()}
	if f != nil {
		t.status, t.after = f.status, f.after
	}
	st.Failures++
	st.Missing++
	if t.status != http.StatusNotFound {
		st.Missing = 0
	}
	t.failures, t.missing = st.Failures, st.Missing
	st.Next, st.Hold = now.Add(afterFailure(t, r.jitter())), hold(f, now)
	st.Requested, st.LastAttempt, st.Label, st.Trouble = now, now, label(err), err.Error()
	switch {
	case r.configured == nil: // nothing can be asked
	case st.Address != withoutUser(r.configured) && (t.status == http.StatusNotFound || t.status == http.StatusGone || st.Failures%patience == 0):
		// It was found or moved to: what the operator set may know a newer one.
		st.Address, st.Known, st.Discovered = withoutUser(r.configured), false, false
	case t.status == http.StatusGone:
		st.Next = time.Time{}
	}
	was := r.state.Label
	if _, unkept := r.keep(ctx, Batch{}, func(Kept) state { return st }); unkept != nil {
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
	s.URL, s.Discovered = display(r.address(st.Address)), st.Discovered
	s.Items, s.LastSuccess, s.LastAttempt, s.Next = st.Items, st.LastSuccess, st.LastAttempt, st.Next
	s.Older = st.Walk.told()
	s.Size = st.Size
	if got.header == nil && err == nil {
		if st.Trouble != "" {
			s.Err = errors.New(st.Trouble)
		}
		return
	}
	s.Err = err
	s.Polls++
	s.ServerTime = serverTime(got.header, time.Time{})
	if err != nil {
		s.Failures++
		s.Size = got.size
	}
}

// reportSuccess tells the log what is new: a recovery, a feed found, a feed moved, posts.
func (r *Refresher) reportSuccess(got reply, was state, kept Kept) {
	log := r.log().With("feed", display(got.remember))
	if was.Label != "" {
		log.Info("the feed is well again", "was", was.Label, "failures", was.Failures)
	}
	if r.Archive.Len() == 0 && !got.notModified && was.LastSuccess.IsZero() {
		log.Warn("the feed has no posts")
	}
	if got.discovered {
		log.Info("the page's feed was found", "page", display(r.configured))
	} else if was.Address != withoutUser(got.remember) {
		log.Info("the feed has moved for good", "from", display(r.address(was.Address)))
	}
	if kept.New > 0 {
		log.Info("new posts", "posts", kept.New, "all", r.Archive.Len())
	}
	log.Debug("the feed was polled", "not_modified", got.notModified, "items", got.doc.items, "bytes", got.size, "changed", kept.Changed)
}

// reportFailure tells the log once, and again when it is something else that is wrong.
func (r *Refresher) reportFailure(err error, was string, next time.Time) {
	if was == label(err) {
		return
	}
	attrs := []any{"feed", display(r.configured), "kind", label(err), "error", err}
	if next.IsZero() {
		r.log().Warn("the feed is gone; it is not asked for again", attrs...)
		return
	}
	r.log().Warn("the feed cannot be refreshed; what is kept stays", append(attrs, "next", next)...)
}
