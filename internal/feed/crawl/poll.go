package crawl

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
)

// Poll requests the feed once, now. Its error is a *feed.Fault that tells the operator what to do. If ctx ends the
// poll, Poll returns the error of ctx and records nothing. A response never removes stored posts.
func (r *Refresher) Poll(ctx context.Context) error {
	r.crawlMu.Lock()
	defer r.crawlMu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	r.statusMu.Lock()
	r.requested, r.pollRequested = r.pollRequested, false
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

// savePoll stores the result of a poll.
func (r *Refresher) savePoll(ctx context.Context, got feedResponse, now time.Time) error {
	st, b := r.state, feed.Batch{}
	fresh, announced := fetch.RemainingFreshness(got.Header, now)
	if got.NotModified {
		st.Validators = st.Validators.AfterNotModified(got.Header)
	} else {
		st.Validators = fetch.NewValidators(got.Header, feed.WithoutUserInfo(got.URL), now, r.jitterFraction())
		st.UpdateHint, st.HasFreshness = got.doc.UpdateHint, false
		st = st.countItems(got.doc.ItemCount, now)
		st.Size, st.Offsets, st.SkippedAudio = got.size, got.doc.Offsets, summarizeSkipped(got.doc.SkippedAudio)
		st.Language = feedLanguage(got.doc.Entries, r.Language)
		st.Title, st.TitleRead = cmp.Or(got.doc.Title, st.Title), true
		st.Hub, st.Topic = hubAndTopic(got)
		// A machine without a battery-backed clock boots in the past. With its clock, every post would seem to be in
		// the future. So the server's time is used if it is later.
		b.Entries, b.Now = got.doc.Entries, laterOf(now, fetch.ServerTime(got.Header, now))
		st.Backfill, b = r.planBackfill(st.Backfill, got, b)
	}
	if announced {
		st.Freshness, st.HasFreshness = fresh, true
	}
	hint := st.UpdateHint
	if st.HasFreshness {
		hint = st.Freshness
	}
	was := r.state
	st.Hosts = addMoves(st.Hosts, got.moves...)
	b.Hosts = st.Hosts
	st.Address, st.IsFeed, st.Discovered = feed.WithoutUserInfo(got.PermanentURL), true, st.Discovered || got.discovered
	st.Failures, st.NotFound, st.HoldUntil = 0, 0, time.Time{}
	st.FaultLabel, st.FaultText, st.FaultRemedy = "", "", ""
	st.NextPoll = now.Add(fetch.PauseAfterSuccess(cmp.Or(r.Interval, defaultInterval), hint, r.jitterFraction()))
	st.LastRequest, st.LastAttempt, st.LastSuccess = now, now, now
	stored, err := r.saveState(ctx, b, func(stored feed.StoreResult) feedState {
		if was.Backfill.Source != "" {
			st.Backfill = st.Backfill.afterPoll(got, stored)
		}
		return st
	})
	if err != nil {
		return err
	}
	r.logSuccess(got, was, stored)
	if r.Hub != nil && stored.New > 0 && !was.LastSuccess.IsZero() && !r.requested {
		r.Hub.RecordMissedPush()
	}
	if !got.NotModified {
		r.updateHub()
	}
	warned := r.status.Warnings // only the holder of crawlMu changes it
	r.updateStatus(got, nil)
	r.logWarnings(warned, r.status.Warnings)
	return nil
}

// countItems records the number of items in a full response. An empty feed that had items is usually an error of the
// publisher.
func (st feedState) countItems(items int, now time.Time) feedState {
	switch {
	case items > 0:
		st.LostSince, st.LostItems = time.Time{}, 0
	case st.Items > 0:
		st.LostSince, st.LostItems = now, st.Items
	}
	st.Items = items
	return st
}

// hubAndTopic returns the hub and the topic that a full response names. Headers take precedence over the feed (WebSub,
// section 4).
func hubAndTopic(got feedResponse) (hub, topic string) {
	if u := cmp.Or(fetch.HeaderLink(got.Header, "hub", got.URL), got.doc.Links.Hub); u != nil {
		hub = u.String()
	}
	return hub, feed.WithoutUserInfo(cmp.Or(fetch.HeaderLink(got.Header, "self", got.URL), got.doc.Links.Self, got.URL))
}

// updateHub passes the hub and topic of the last full response to the subscription. An invalid URL counts as a missing
// URL.
func (r *Refresher) updateHub() {
	if r.Hub == nil {
		return
	}
	hub, _ := url.Parse(r.state.Hub)
	topic, _ := url.Parse(r.state.Topic)
	r.Hub.UpdateHub(hub, topic)
}

// recordFailure records a failed poll and schedules the next poll.
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
	st.LastRequest, st.LastAttempt = now, now
	st.FaultLabel, st.FaultText, st.FaultRemedy = feed.FaultLabel(err), err.Error(), feed.Remedy(err)
	switch {
	case r.configured == nil: // the configured URL is invalid, so polling again would not help
	case st.Address != feed.WithoutUserInfo(r.configured) &&
		(t.Status == http.StatusNotFound || t.Status == http.StatusGone || st.Failures%failuresBeforeReset == 0):
		// Address was discovered or reached by a redirect. The configured URL may lead to a newer address.
		st.Address, st.IsFeed, st.Discovered = feed.WithoutUserInfo(r.configured), false, false
	case t.Status == http.StatusGone:
		st.NextPoll = time.Time{}
	}
	was := r.state.FaultLabel
	if _, saveErr := r.saveState(ctx, feed.Batch{}, func(feed.StoreResult) feedState { return st }); saveErr != nil {
		r.state = st // the state is not stored, but this process obeys it
		err = cmp.Or(err, saveErr)
	}
	r.updateStatus(got, err)
	r.logFailure(err, was, st.NextPoll)
}

// failuresBeforeReset is the number of consecutive failures after which the configured URL replaces an address that was
// discovered or reached by a redirect.
const failuresBeforeReset = 3

// logSuccess logs changes: a recovery, a discovered or moved feed, new posts.
func (r *Refresher) logSuccess(got feedResponse, was feedState, stored feed.StoreResult) {
	log := r.logger().With("feed", feed.DisplayURL(got.PermanentURL))
	if was.FaultLabel != "" {
		log.Info("feed recovered", "was", was.FaultLabel, "failures", was.Failures)
	}
	if r.Archive.Len() == 0 && !got.NotModified && was.LastSuccess.IsZero() {
		log.Warn("feed without posts")
	}
	r.logLostPosts(log, was)
	if got.discovered {
		log.Info("feed discovered on page", "page", feed.DisplayURL(r.configured))
	} else if was.Address != feed.WithoutUserInfo(got.PermanentURL) {
		log.Info("feed moved permanently", "from", feed.DisplayURL(r.requestURL(was.Address)))
	}
	if stored.Merged > 0 {
		log.Info("blog has moved; posts stored twice merged", "posts", stored.Merged, "removed", stored.MergedFile)
	}
	if stored.New > 0 {
		log.Info("new posts", "posts", stored.New, "total", r.Archive.Len())
	}
	log.Debug("feed polled", "not_modified", got.NotModified, "items", got.doc.ItemCount, "bytes", got.size, "changed", stored.Changed)
}

// logLostPosts logs once that a feed lost all its posts, and once that it has posts again.
func (r *Refresher) logLostPosts(log *slog.Logger, was feedState) {
	isLost := !r.state.LostSince.IsZero()
	switch wasLost := !was.LostSince.IsZero(); {
	case isLost && !wasLost:
		log.Warn("feed lost all its posts; serving stored posts", "items", r.state.LostItems, "remedy", lostPostsRemedy)
	case wasLost && !isLost:
		log.Info("feed has posts again", "items", r.state.Items)
	}
}

// logFailure logs a failure once, and again if its kind changes.
func (r *Refresher) logFailure(err error, was string, next time.Time) {
	if was == feed.FaultLabel(err) {
		return
	}
	attrs := []any{"feed", feed.DisplayURL(r.configured), "kind", feed.FaultLabel(err), "error", err, "remedy", feed.Remedy(err)}
	if next.IsZero() {
		r.logger().Warn("feed gone; polling stopped", attrs...)
		return
	}
	r.logger().Warn("feed refresh failed; serving cached posts", append(attrs, "next", next)...)
}
