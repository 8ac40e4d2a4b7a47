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
	runRequests  = 500     // then a day of rest
	walkRequests = 10_000  // in all
	walkBytes    = 2 << 30 // in all, after decompression
	walkTries    = 3       // of a page that is answered badly
	walkSkips    = 10      // pages that are passed over
	restPerPage  = 100     // posts, the most that WordPress gives
)

// walk is how far the way back has come. Addresses are without user info.
type walk struct {
	Number int    // of the walk; 0: there was none. It marks the posts that the walk has met
	Way    way    // "": not known yet
	URL    string // what to ask next
	API    string // REST's root
	Page   int    // that URL is, with REST and ?paged
	Total  int    // pages, where the publisher says it
	Feed   string // the feed's address, which ?paged is appended to
	Top    string // what the feed itself shows
	Last   string // what the page before showed
	Whole  bool   // a walk has come to the end: there is nothing older than what is kept
	Ahead  int    // posts published since the walk began: its pages may show as many once more
	Meet   bool   // what is kept counts as met from the next page on

	Requests int // in all
	Run      int // since the last rest
	Bytes    int64
	Found    int // posts that were not known
	Failures int // in a row
	Skipped  int
	Next     time.Time
	Done     bool
	Why      string // it ended
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

func (w walk) told() BackfillStatus {
	return BackfillStatus{
		Source: string(w.Way), Started: w.Last != w.Top, Done: w.Done, Reason: w.Why, Requests: w.Requests, NewPosts: w.Found, Next: w.Next,
	}
}

// plan finds the way, once, from a full answer. What the feed shows itself counts as met where a way goes through pages
// of the feed; the archives and the API begin at the top once more.
func (r *Refresher) plan(w walk, got reply, b feed.Batch) (walk, feed.Batch) {
	if w.Way != "" || len(got.doc.Entries) == 0 {
		return w, b // an empty feed may be a fault, and has no older posts
	}
	next := w.begun(got)
	if next.Way == wayNext || next.Way == wayJSON || next.Way == wayPaged || w.Whole {
		b.BackfillID, b.MarkAllSeen = next.Number, w.Whole
	}
	return next, b
}

// begun is the next walk, from the top.
func (w walk) begun(got reply) walk {
	next := firstStep(got)
	next.Number, next.Whole = w.Number+1, w.Whole || next.Whole
	next.Feed = feed.WithoutUserInfo(got.PermanentURL)
	next.Top = digestOf(got.doc.Entries)
	next.Last = next.Top
	if next.Way == wayPaged {
		next = next.paged()
	}
	return next
}

// published is a walk after a poll that found new posts. They move the pages on which the walk is. Where the feed shows
// none that was known before there may be more of them than it shows, which a walk from the top finds.
func (w walk) published(got reply, kept feed.StoreResult) walk {
	switch {
	case kept.New == 0 || w.Done && !w.Whole:
		return w
	case kept.New < len(got.doc.Entries):
		w.Ahead += kept.New
		return w
	}
	next := w.begun(got)
	next.Meet = w.Whole
	if !w.Done { // it is the same budget
		next.Requests, next.Run, next.Bytes, next.Found, next.Next = w.Requests, w.Run, w.Bytes, w.Found, w.Next
	}
	return next
}

// digestOf tells pages apart.
func digestOf(entries []feed.Entry) string {
	var ids strings.Builder
	for _, e := range entries {
		ids.WriteString(e.ID)
		ids.WriteByte(0)
	}
	return feed.Digest(ids.String())
}

// walkTime is when the walk goes on; zero: never.
func (r *Refresher) walkTime() time.Time {
	st := &r.state
	if !r.History || st.Walk.Way == "" || st.Walk.Done {
		return time.Time{}
	}
	if st.Label != "" {
		return time.Time{} // a publisher who is in trouble is asked for the feed alone, until that is well again
	}
	return later(later(st.Walk.Next, st.Hold), st.Requested.Add(r.spacing()))
}

// Backfill asks for the next page of older posts, now, if there is one. Its error is like that of Poll.
func (r *Refresher) Backfill(ctx context.Context) error {
	r.working.Lock()
	defer r.working.Unlock()
	if err := r.prepare(ctx); r.configured == nil {
		return err
	}
	w := r.state.Walk
	if w.Way == "" || w.Done {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, defaultTimeout))
	defer cancel()
	read := parse.Feed
	if w.Way == wayREST {
		read = parse.WordPressPosts
	}
	got, err := r.visit(limited, r.address(w.URL), fetch.Validators{}, read)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if kept := r.walked(ctx, got, err); kept != nil {
		return kept
	}
	return err
}

// walked keeps a page, and with it where the walk goes on, or that it went wrong.
func (r *Refresher) walked(ctx context.Context, got reply, err error) error {
	now, was := r.now(), r.state.Walk
	f, _ := errors.AsType[*feed.Fault](err)
	b := feed.Batch{Entries: secured(got.doc.Entries, r.state.Streams), Now: now, Older: true, BackfillID: was.Number, MarkAllSeen: was.Meet}
	if err != nil || got.doc.Page != nil {
		b.Entries = nil
	}
	r.state.Requested, r.state.Hold = now, later(r.state.Hold, hold(f, now)) // also where nothing can be kept
	_, unkept := r.keep(ctx, b, func(kept feed.StoreResult) state {
		st := r.state
		st.Walk = was.after(got, err, kept, now, r.jitter())
		return st
	})
	if unkept != nil {
		r.state.Walk.Failures++
		r.state.Walk.Next = now.Add(fetch.PauseAfterFailure(fetch.FailureHistory{Failures: r.state.Walk.Failures}, r.jitter()))
		r.log().Error("older posts cannot be kept", "error", unkept, "next", r.state.Walk.Next)
	}
	r.reportWalk(was, err)
	r.reading.Lock()
	r.status.Backfill = r.state.Walk.told()
	r.reading.Unlock()
	return unkept
}

// reportWalk tells the log of the beginning, the end, and what is wrong, each once.
func (r *Refresher) reportWalk(was walk, err error) {
	w := r.state.Walk
	log := r.log().With("feed", feed.DisplayURL(r.configured), "way", string(w.Way))
	switch {
	case w.Done:
		log.Info("older posts are fetched", "posts", w.Found, "requests", w.Requests, "all", r.Archive.Len(), "why", w.Why)
	case err != nil && w.Failures == 1:
		log.Warn("older posts cannot be fetched", "error", err, "next", w.Next)
	case was.Way != w.Way || was.Requests == 0:
		log.Info("older posts are being fetched")
	case w.Next.Sub(r.now()) > time.Hour && w.Failures == 0:
		log.Info("older posts rest until tomorrow", "posts", w.Found, "requests", w.Requests)
	}
}
