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

// Bounds of a walk through older posts.
const (
	maxDailyRequests    = 500     // then a day of rest
	maxBackfillRequests = 10_000  // in all
	maxBackfillBytes    = 2 << 30 // in all, after decompression
	maxPageTries        = 3       // of a page that is answered badly
	maxSkippedPages     = 10      // pages that are passed over
	apiPageSize         = 100     // posts, the most that WordPress gives
)

// backfillState is how far the way back has come. Addresses are without user info.
type backfillState struct {
	Number       int            // of the walk; 0: there was none. It marks the posts that the walk has met
	Source       backfillSource `json:"Way"` // "": not known yet
	URL          string         // what to ask next
	APIRoot      string         `json:"API"` // REST's root
	Page         int            // that URL is, with REST and ?paged
	TotalPages   int            `json:"Total"` // pages, where the publisher says it
	FeedURL      string         `json:"Feed"`  // the feed's address, which ?paged is appended to
	FeedDigest   string         `json:"Top"`   // what the feed itself shows
	PageDigest   string         `json:"Last"`  // what the page before showed
	Complete     bool           `json:"Whole"` // a walk has come to the end: there is nothing older than what is kept
	ShiftedPosts int            `json:"Ahead"` // posts published since the walk began: its pages may show as many once more
	MarkAllSeen  bool           `json:"Meet"`  // what is kept counts as met from the next page on

	Requests      int // in all
	RequestsToday int `json:"Run"` // since the last rest
	Bytes         int64
	NewPosts      int       `json:"Found"` // posts that were not known
	Failures      int       // in a row
	SkippedPages  int       `json:"Skipped"`
	NextRequest   time.Time `json:"Next"`
	Done          bool
	Reason        string `json:"Why"` // it ended
}

// BackfillStatus tells of the walk through posts older than the feed shows.
type BackfillStatus struct {
	Source   string // how the publisher offers them; "none" where it does not, "" where that is not known yet
	Started  bool   // a page of them was read
	Done     bool
	Reason   string // it ended, or what is wrong
	Requests int
	NewPosts int       // posts that were not known before
	Next     time.Time // the next request
}

func (w backfillState) status() BackfillStatus {
	return BackfillStatus{
		Source: string(w.Source), Started: w.PageDigest != w.FeedDigest, Done: w.Done, Reason: w.Reason, Requests: w.Requests, NewPosts: w.NewPosts, Next: w.NextRequest,
	}
}

// planBackfill finds the way, once, from a full answer. What the feed shows itself counts as met where a way goes through pages
// of the feed; the archives and the API begin at the top once more.
func (r *Refresher) planBackfill(w backfillState, got feedResponse, b feed.Batch) (backfillState, feed.Batch) {
	if w.Source != "" || len(got.doc.Entries) == 0 {
		return w, b // an empty feed may be a fault, and has no older posts
	}
	next := w.restart(got)
	if next.Source == sourceNextLinks || next.Source == sourceJSONFeed || next.Source == sourcePagedFeed || w.Complete {
		b.BackfillID, b.MarkAllSeen = next.Number, w.Complete
	}
	return next, b
}

// restart is the next walk, from the top.
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

// afterPoll is a walk after a poll that found new posts. They move the pages on which the walk is. Where the feed shows
// none that was known before there may be more of them than it shows, which a walk from the top finds.
func (w backfillState) afterPoll(got feedResponse, kept feed.StoreResult) backfillState {
	switch {
	case kept.New == 0 || w.Done && !w.Complete:
		return w
	case kept.New < len(got.doc.Entries):
		w.ShiftedPosts += kept.New
		return w
	}
	next := w.restart(got)
	next.MarkAllSeen = w.Complete
	if !w.Done { // it is the same budget
		next.Requests, next.RequestsToday, next.Bytes, next.NewPosts, next.NextRequest = w.Requests, w.RequestsToday, w.Bytes, w.NewPosts, w.NextRequest
	}
	return next
}

// pageDigest tells pages apart.
func pageDigest(entries []feed.Entry) string {
	var ids strings.Builder
	for _, e := range entries {
		ids.WriteString(e.ID)
		ids.WriteByte(0)
	}
	return feed.Digest(ids.String())
}

// nextBackfillTime is when the walk goes on; zero: never.
func (r *Refresher) nextBackfillTime() time.Time {
	st := &r.state
	if !r.History || st.Backfill.Source == "" || st.Backfill.Done {
		return time.Time{}
	}
	if st.FaultLabel != "" {
		return time.Time{} // a publisher who is in trouble is asked for the feed alone, until that is well again
	}
	return laterOf(laterOf(st.Backfill.NextRequest, st.HoldUntil), st.LastRequest.Add(r.requestSpacing()))
}

// Backfill asks for the next page of older posts, now, if there is one. Its error is like that of Poll.
func (r *Refresher) Backfill(ctx context.Context) error {
	r.crawlMu.Lock()
	defer r.crawlMu.Unlock()
	if err := r.loadStateLocked(ctx); r.configured == nil {
		return err
	}
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
	if kept := r.saveBackfillPage(ctx, got, err); kept != nil {
		return kept
	}
	return err
}

// saveBackfillPage keeps a page, and with it where the walk goes on, or that it went wrong.
func (r *Refresher) saveBackfillPage(ctx context.Context, got feedResponse, err error) error {
	now, was := r.currentTime(), r.state.Backfill
	f, _ := errors.AsType[*feed.Fault](err)
	b := feed.Batch{Entries: upgradeAudio(got.doc.Entries, r.state.AudioHosts), Now: now, Older: true, BackfillID: was.Number, MarkAllSeen: was.MarkAllSeen}
	if err != nil || got.doc.Page != nil {
		b.Entries = nil
	}
	r.state.LastRequest, r.state.HoldUntil = now, laterOf(r.state.HoldUntil, holdUntil(f, now)) // also where nothing can be kept
	_, unkept := r.saveState(ctx, b, func(kept feed.StoreResult) feedState {
		st := r.state
		st.Backfill = was.afterResponse(got, err, kept, now, r.jitterFraction())
		return st
	})
	if unkept != nil {
		r.state.Backfill.Failures++
		r.state.Backfill.NextRequest = now.Add(fetch.PauseAfterFailure(fetch.FailureHistory{Failures: r.state.Backfill.Failures}, r.jitterFraction()))
		r.logger().Error("older posts cannot be kept", "error", unkept, "next", r.state.Backfill.NextRequest)
	}
	r.logBackfill(was, err)
	r.statusMu.Lock()
	r.status.Backfill = r.state.Backfill.status()
	r.statusMu.Unlock()
	return unkept
}

// logBackfill tells the log of the beginning, the end, and what is wrong, each once.
func (r *Refresher) logBackfill(was backfillState, err error) {
	w := r.state.Backfill
	log := r.logger().With("feed", feed.DisplayURL(r.configured), "way", string(w.Source))
	switch {
	case w.Done:
		log.Info("older posts are fetched", "posts", w.NewPosts, "requests", w.Requests, "all", r.Archive.Len(), "why", w.Reason)
	case err != nil && w.Failures == 1:
		log.Warn("older posts cannot be fetched", "error", err, "next", w.NextRequest)
	case was.Source != w.Source || was.Requests == 0:
		log.Info("older posts are being fetched")
	case w.NextRequest.Sub(r.currentTime()) > time.Hour && w.Failures == 0:
		log.Info("older posts rest until tomorrow", "posts", w.NewPosts, "requests", w.Requests)
	}
}
