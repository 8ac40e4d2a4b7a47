package crawl

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
	"lastpost/internal/feed/parse"
)

// Limits of the backfill.
const (
	maxDailyRequests    = 500     // then the backfill pauses for a day
	progressRequests    = 50      // the log has a line for so many, which take at least two minutes
	maxBackfillRequests = 10_000  // in total
	maxBackfillBytes    = 2 << 30 // in total, after decompression
	maxPageTries        = 3       // requests for one failing page
	maxSkippedPages     = 10      // failing pages of WordPress's ?paged=N
	resumeAfter         = 7 * day // the pause of an abandoned backfill
	apiPageSize         = 100     // posts on a page of the API; WordPress's maximum
)

// backfillState is the progress of the backfill. It is stored as JSON, so the tags keep the names of earlier versions.
// URLs are without user info.
type backfillState struct {
	Number       int            // number of the current backfill, with which the store marks the posts that it has seen; 0: no backfill yet
	Source       backfillSource `json:"Way"` // "": not known yet
	URL          string         // URL of the next request
	APIRoot      string         `json:"API"` // root of the REST API
	Page         int            // page number of URL, with the REST API and ?paged=N
	TotalPages   int            `json:"Total"` // 0: not announced
	FeedURL      string         `json:"Feed"`  // URL of the feed, without ?paged=N
	FeedDigest   string         `json:"Top"`   // pageDigest of the feed itself
	PageDigest   string         `json:"Last"`  // pageDigest of the last page
	Complete     bool           `json:"Whole"` // a backfill reached the oldest post, so all older posts are stored
	ShiftedPosts int            `json:"Ahead"` // number of posts published since the start; they shift known posts to later pages
	MarkAllSeen  bool           `json:"Meet"`  // the next page marks all stored posts as seen

	Requests      int // in total
	RequestsToday int `json:"Run"` // since the last pause of a day
	Bytes         int64
	NewPosts      int       `json:"Found"` // posts that were not in the store
	Failures      int       // consecutive failed requests
	SkippedPages  int       `json:"Skipped"`
	NextRequest   time.Time `json:"Next"`
	Done          bool
	Abandoned     bool   // it is done because pages failed; it resumes at NextRequest
	Reason        string `json:"Why"` // why it ended, or the last error
	Remedy        string // remedy of the last error
}

// planBackfill chooses the source from the first full response. If the source continues the pages of the feed, the
// posts in the feed count as seen. RFC 5005 archives and the API start again at the newest post, so with these sources
// the posts in the feed do not count as seen.
func (r *Refresher) planBackfill(w backfillState, got feedResponse, b feed.Batch) (backfillState, feed.Batch) {
	if w.Source != "" || len(got.doc.Entries) == 0 {
		return w, b // an empty feed may be an error of the publisher; wait for posts
	}
	next := w.restart(got)
	if next.Source == sourceNextLinks || next.Source == sourceJSONFeed || next.Source == sourcePagedFeed || w.Complete {
		b.BackfillID, b.MarkAllSeen = next.Number, w.Complete
	}
	return next, b
}

// restart returns a new backfill that starts at the newest post.
func (w backfillState) restart(got feedResponse) backfillState {
	next := chooseSource(got)
	next.Number, next.Complete = w.Number+1, w.Complete || next.Complete
	next.FeedURL = feed.WithoutUserInfo(got.PermanentURL)
	next.FeedDigest = pageDigest(got.doc.Entries)
	next.PageDigest = next.FeedDigest
	if next.Source == sourcePagedFeed {
		next = next.usePagedFeed()
	}
	return next
}

// afterPoll returns the state of the backfill after a poll. It counts new posts, because they shift the pages that the
// backfill has not read yet. If every post of the feed is new, posts between the feed and the archive may be missing,
// so the backfill starts again.
func (w backfillState) afterPoll(got feedResponse, stored feed.StoreResult) backfillState {
	switch {
	case stored.New == 0 || w.Done && !w.Complete && !w.Abandoned:
		return w
	case stored.New < len(got.doc.Entries):
		w.ShiftedPosts += stored.New
		return w
	}
	next := w.restart(got)
	next.MarkAllSeen = w.Complete
	if !w.Done || w.Abandoned { // keep the counters, so that a restart does not reset the limits
		next.Requests, next.RequestsToday, next.Bytes = w.Requests, w.RequestsToday, w.Bytes
		next.NewPosts, next.NextRequest = w.NewPosts, w.NextRequest
	}
	return next
}

// pageDigest returns a hash of the ids on a page. Two equal digests mean that the publisher sent the same page twice.
func pageDigest(entries []feed.Entry) string {
	var ids strings.Builder
	for _, e := range entries {
		ids.WriteString(e.ID)
		ids.WriteByte(0)
	}
	return feed.Digest(ids.String())
}

// nextBackfillTime returns the time of the next backfill request, or zero if none is planned.
func (r *Refresher) nextBackfillTime() time.Time {
	st := &r.state
	if !r.History || st.Backfill.Source == "" || st.Backfill.Done && !st.Backfill.Abandoned {
		return time.Time{}
	}
	if st.FaultLabel != "" {
		return time.Time{} // after a failed poll only the feed is requested, until it recovers
	}
	return laterOf(laterOf(st.Backfill.NextRequest, st.HoldUntil), st.LastRequest.Add(r.requestSpacing()))
}

// Backfill requests the next page of older posts now, unless the backfill has ended or waits to resume. It returns the
// same kinds of errors as Poll.
func (r *Refresher) Backfill(ctx context.Context) error {
	r.crawlMu.Lock()
	defer r.crawlMu.Unlock()
	if err := r.loadStateLocked(ctx); r.configured == nil {
		return err
	}
	r.state.Backfill = r.state.Backfill.resumeIfDue(r.currentTime())
	w := r.state.Backfill
	if w.Source == "" || w.Done {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, defaultTimeout))
	defer cancel()
	read := parse.Feed
	if w.Source == sourceAPI {
		read = parse.WordPressPosts
	}
	got, err := r.fetchDocument(limited, r.requestURL(w.URL), fetch.Validators{}, read)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if saveErr := r.saveBackfillPage(ctx, got, err); saveErr != nil {
		return saveErr
	}
	return err
}

// saveBackfillPage stores the posts of a page together with the next state of the backfill.
func (r *Refresher) saveBackfillPage(ctx context.Context, got feedResponse, err error) error {
	now, was := r.currentTime(), r.state.Backfill
	f, _ := errors.AsType[*feed.Fault](err)
	b := feed.Batch{
		Entries: upgradeAudio(got.doc.Entries, r.state.AudioHosts), Now: now,
		Older: true, BackfillID: was.Number, MarkAllSeen: was.MarkAllSeen, Hosts: r.state.Hosts,
	}
	if err != nil || got.doc.Page != nil {
		b.Entries = nil
	}
	r.state.LastRequest, r.state.HoldUntil = now, laterOf(r.state.HoldUntil, holdUntil(f, now)) // even if the store fails
	_, saveErr := r.saveState(ctx, b, func(stored feed.StoreResult) feedState {
		st := r.state
		st.Backfill = was.afterResponse(got, err, stored, now, r.jitterFraction())
		return st
	})
	if saveErr != nil {
		r.state.Backfill.Failures++
		history := fetch.FailureHistory{Failures: r.state.Backfill.Failures}
		r.state.Backfill.NextRequest = now.Add(fetch.PauseAfterFailure(history, r.jitterFraction()))
		r.logger().Error("backfill page not stored; retrying later", "error", saveErr, "next", r.state.Backfill.NextRequest)
	}
	r.logBackfill(was, err)
	r.statusMu.Lock()
	r.status.Backfill = r.state.Backfill.status()
	r.statusMu.Unlock()
	return saveErr
}

// logBackfill logs the start, the end, the first of several failures and the pauses.
func (r *Refresher) logBackfill(was backfillState, err error) {
	w := r.state.Backfill
	log := r.logger().With("feed", feed.DisplayURL(r.configured), "source", string(w.Source))
	_, remedy := w.status().Problem()
	switch {
	case w.Abandoned:
		log.Warn("backfill failed; resuming later", "reason", w.Reason, "remedy", remedy, "next", w.NextRequest)
	case w.Done:
		log.Info("backfill finished", "posts", w.NewPosts, "requests", w.Requests, "total", r.Archive.Len(), "reason", w.Reason)
	case err != nil && w.Failures == 1:
		log.Warn("backfill request failed; retrying later", "error", err, "remedy", remedy, "next", w.NextRequest)
	case was.Source != w.Source || was.Requests == 0:
		log.Info("backfill started")
	case w.NextRequest.Sub(r.currentTime()) > time.Hour && w.Failures == 0:
		log.Info("backfill paused until tomorrow", "posts", w.NewPosts, "requests", w.Requests)
	case w.Requests/progressRequests > was.Requests/progressRequests:
		log.Info("backfill continues", "posts", w.NewPosts, "requests", w.Requests, "total", r.Archive.Len())
	}
}
