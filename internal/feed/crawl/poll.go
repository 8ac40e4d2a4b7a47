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
	r.crawlMu.Lock()
	defer r.crawlMu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	r.statusMu.Lock()
	r.pollRequested = false
	r.statusMu.Unlock()
	limited, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, defaultTimeout))
	defer cancel()
	got, err := r.fetchCurrentURL(limited)
	if err == nil {
		err = r.probeAudioHosts(ctx, got.doc.Entries)
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		err = r.savePoll(ctx, got, r.currentTime())
	}
	if err != nil {
		r.recordFailure(ctx, got, err, r.currentTime())
	}
	return err
}

func (r *Refresher) fetchCurrentURL(ctx context.Context) (feedResponse, error) {
	if err := r.loadStateLocked(ctx); r.configured == nil {
		return feedResponse{}, err
	}
	return r.fetchFeed(ctx, r.requestURL(r.state.Address), !r.state.IsFeed)
}

// savePoll keeps what a poll brought.
func (r *Refresher) savePoll(ctx context.Context, got feedResponse, now time.Time) error {
	st, b := r.state, feed.Batch{}
	fresh, told := fetch.RemainingFreshness(got.Header, now)
	if got.NotModified {
		st.Validators = st.Validators.AfterNotModified(got.Header)
	} else {
		st.Validators = fetch.NewValidators(got.Header, feed.WithoutUserInfo(got.URL), now, r.jitterFraction())
		st.UpdateHint, st.HasFreshness = got.doc.UpdateHint, false
		st.Items, st.Size = got.doc.ItemCount, got.size
		st.Hub, st.Topic = hubAndTopic(got)
		// A machine without a clock of its own begins in the past, where every post would seem to lie ahead.
		b.Entries, b.Now = got.doc.Entries, laterOf(now, fetch.ServerTime(got.Header, now))
		st.Backfill, b = r.planBackfill(st.Backfill, got, b)
	}
	if told {
		st.Freshness, st.HasFreshness = fresh, true
	}
	hint := st.UpdateHint
	if st.HasFreshness {
		hint = st.Freshness
	}
	was := r.state
	st.Address, st.IsFeed, st.Discovered = feed.WithoutUserInfo(got.PermanentURL), true, st.Discovered || got.discovered
	st.Failures, st.NotFound, st.FaultLabel, st.FaultText, st.HoldUntil = 0, 0, "", "", time.Time{}
	st.NextPoll = now.Add(fetch.PauseAfterSuccess(cmp.Or(r.Interval, defaultInterval), hint, r.jitterFraction()))
	st.LastRequest, st.LastAttempt, st.LastSuccess = now, now, now
	kept, err := r.saveState(ctx, b, func(kept feed.StoreResult) feedState {
		if was.Backfill.Source != "" {
			st.Backfill = st.Backfill.afterPoll(got, kept)
		}
		return st
	})
	if err != nil {
		return err
	}
	r.logSuccess(got, was, kept)
	if !got.NotModified {
		r.updateHub()
	}
	r.updateStatus(got, nil)
	return nil
}

// hubAndTopic is what a full answer says of its hub; a header says it before the feed does (WebSub, section 4).
func hubAndTopic(got feedResponse) (hub, topic string) {
	if u := cmp.Or(fetch.HeaderLink(got.Header, "hub", got.URL), got.doc.Links.Hub); u != nil {
		hub = u.String()
	}
	return hub, feed.WithoutUserInfo(cmp.Or(fetch.HeaderLink(got.Header, "self", got.URL), got.doc.Links.Self, got.URL))
}

// updateHub tells the subscription what the last full answer named. What cannot be read is none.
func (r *Refresher) updateHub() {
	if r.Hub == nil {
		return
	}
	hub, _ := url.Parse(r.state.Hub)
	topic, _ := url.Parse(r.state.Topic)
	r.Hub.UpdateHub(hub, topic)
}

// recordFailure plans when to try again.
func (r *Refresher) recordFailure(ctx context.Context, got feedResponse, err error, now time.Time) {
	st := r.state
	f, _ := errors.AsType[*feed.Fault](err)
	t := fetch.FailureHistory{NeverFetched: st.LastSuccess.IsZero()}
	if f != nil {
		t.Status, t.RetryAfter = f.Status, f.RetryAfter
	}
	st.Failures++
	st.NotFound++
	if t.Status != http.StatusNotFound {
		st.NotFound = 0
	}
	t.Failures, t.NotFound = st.Failures, st.NotFound
	st.NextPoll, st.HoldUntil = now.Add(fetch.PauseAfterFailure(t, r.jitterFraction())), holdUntil(f, now)
	st.LastRequest, st.LastAttempt, st.FaultLabel, st.FaultText = now, now, feed.FaultLabel(err), err.Error()
	switch {
	case r.configured == nil: // nothing can be asked
	case st.Address != feed.WithoutUserInfo(r.configured) &&
		(t.Status == http.StatusNotFound || t.Status == http.StatusGone || st.Failures%recoveryTime == 0):
		// It was found or moved to: what the operator set may know a newer one.
		st.Address, st.IsFeed, st.Discovered = feed.WithoutUserInfo(r.configured), false, false
	case t.Status == http.StatusGone:
		st.NextPoll = time.Time{}
	}
	was := r.state.FaultLabel
	if _, unkept := r.saveState(ctx, feed.Batch{}, func(feed.StoreResult) feedState { return st }); unkept != nil {
		r.state = st // as long as this process runs
		err = cmp.Or(err, unkept)
	}
	r.updateStatus(got, err)
	r.logFailure(err, was, st.NextPoll)
}

// recoveryTime is how many failures in a row make an address that was found or moved to doubtful.
const recoveryTime = 3

// updateStatus makes the status of the state, and of the last poll's answer where there was one.
func (r *Refresher) updateStatus(got feedResponse, err error) {
	st := &r.state
	r.statusMu.Lock()
	defer r.statusMu.Unlock()
	s := &r.status
	s.URL, s.Discovered = feed.DisplayURL(r.requestURL(st.Address)), st.Discovered
	s.Items, s.LastSuccess, s.LastAttempt, s.Next = st.Items, st.LastSuccess, st.LastAttempt, st.NextPoll
	s.Backfill = st.Backfill.status()
	s.Size = st.Size
	if got.Header == nil && err == nil {
		if st.FaultText != "" {
			s.Err = errors.New(st.FaultText)
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

// logSuccess tells the log what is new: a recovery, a feed found, a feed moved, posts.
func (r *Refresher) logSuccess(got feedResponse, was feedState, kept feed.StoreResult) {
	log := r.logger().With("feed", feed.DisplayURL(got.PermanentURL))
	if was.FaultLabel != "" {
		log.Info("the feed is well again", "was", was.FaultLabel, "failures", was.Failures)
	}
	if r.Archive.Len() == 0 && !got.NotModified && was.LastSuccess.IsZero() {
		log.Warn("the feed has no posts")
	}
	if got.discovered {
		log.Info("the page's feed was found", "page", feed.DisplayURL(r.configured))
	} else if was.Address != feed.WithoutUserInfo(got.PermanentURL) {
		log.Info("the feed has moved for good", "from", feed.DisplayURL(r.requestURL(was.Address)))
	}
	if kept.New > 0 {
		log.Info("new posts", "posts", kept.New, "all", r.Archive.Len())
	}
	log.Debug("the feed was polled", "not_modified", got.NotModified, "items", got.doc.ItemCount, "bytes", got.size, "changed", kept.Changed)
}

// logFailure tells the log once, and again when it is something else that is wrong.
func (r *Refresher) logFailure(err error, was string, next time.Time) {
	if was == feed.FaultLabel(err) {
		return
	}
	attrs := []any{"feed", feed.DisplayURL(r.configured), "kind", feed.FaultLabel(err), "error", err}
	if next.IsZero() {
		r.logger().Warn("the feed is gone; it is not asked for again", attrs...)
		return
	}
	r.logger().Warn("the feed cannot be refreshed; what is kept stays", append(attrs, "next", next)...)
}
