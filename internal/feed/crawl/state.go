package crawl

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
)

// stateNote is the name of the note that a Refresher keeps of itself.
const stateNote = "feed"

// feedState is what one request leaves for the next. It is kept with what the request brought, and so survives a restart.
// Addresses are without user info: the operator's password is in his configuration, and nowhere else.
type feedState struct {
	Configured   string           // the URL that the rest is about
	Address      string           // what to ask: the configured one, or found on its page, or moved to for good
	Discovered   bool             // found on a page
	IsFeed       bool             `json:"Known"` // Address has given a feed: a page there is a fault from now on
	Hub, Topic   string           // that the last full answer named; "": none
	Validators   fetch.Validators `json:"Valid"` // of the last answer
	Freshness    time.Duration    `json:"Fresh"` // from the HTTP headers, if FreshKnown
	HasFreshness bool             `json:"FreshKnown"`
	UpdateHint   time.Duration    `json:"Hint"` // from the feed itself
	Failures     int              // in a row
	NotFound     int              `json:"Missing"` // answers of 404 in a row
	FaultLabel   string           `json:"Label"`   // what is wrong now, by its kind
	FaultText    string           `json:"Trouble"` // and in full

	NextPoll    time.Time `json:"Next"`      // next poll; zero after a 410
	HoldUntil   time.Time `json:"Hold"`      // no request before: the publisher's Retry-After
	LastRequest time.Time `json:"Requested"` // the last request of any kind
	LastAttempt time.Time // the last poll
	LastSuccess time.Time
	Items       int // in the last feed that was read
	Size        int64

	Backfill   backfillState        `json:"Walk"`
	AudioHosts map[string]audioHost `json:"Streams"` // what the hosts of episodes have answered; never changed in place
}

// loadStateOnce reads the configuration and what an earlier process has left, once. An error costs what was left, and the feed
// is fetched as if for the first time.
func (r *Refresher) loadStateOnce(ctx context.Context) error {
	r.crawlMu.Lock()
	defer r.crawlMu.Unlock()
	return r.loadStateLocked(ctx)
}

func (r *Refresher) loadStateLocked(ctx context.Context) error {
	if r.configured != nil {
		return nil
	}
	u, err := url.Parse(r.URL)
	if err != nil || !feed.IsWebURL(u) {
		// url's own error would show the password.
		return feed.NewFault(feed.ErrAddress, nil, "the feed's URL is not an http or https address")
	}
	u.Fragment, u.RawFragment = "", ""
	r.configured = u
	r.client = &fetch.Client{Configured: u, UserAgent: r.UserAgent, Transport: r.Transport, Now: r.currentTime}
	left, err := readState(ctx, r.Archive)
	if err != nil {
		// The posts still bear the number of the walk that is forgotten: another one of that number would meet its end there.
		left, err = feedState{Backfill: backfillState{Number: int(r.currentTime().Unix())}}, fmt.Errorf("the feed's state: %w", err)
	}
	r.state = left.forURL(u)
	if r.state.Hub != "" {
		r.updateHub() // the process may have been killed before, or have had no address for a hub to call
	}
	r.updateStatus(feedResponse{}, nil)
	return err
}

// ReadBackfillStatus tells how far the walk through older posts has come that a Refresher keeps in an archive, also while it runs in
// another process.
func ReadBackfillStatus(ctx context.Context, k Store) (BackfillStatus, error) {
	st, err := readState(ctx, k)
	return st.Backfill.status(), err
}

func readState(ctx context.Context, k Store) (st feedState, err error) {
	note, err := k.Memo(ctx, stateNote)
	if err == nil && note != nil {
		err = json.Unmarshal(note, &st)
	}
	return st, err
}

// forURL is the state for a configured URL. Another one than before is a feed of its own, but the archive is the same: what
// an earlier walk has seen to the end is not to be walked through again.
func (st feedState) forURL(configured *url.URL) feedState {
	address := feed.WithoutUserInfo(configured)
	if st.Configured == address {
		return st
	}
	return feedState{Configured: address, Address: address, Backfill: backfillState{Number: st.Backfill.Number, Complete: st.Backfill.Complete}}
}

// longestPause is longer than any pause can be that is planned here.
const longestPause = fetch.LongestRetryAfter * 12 / 10

// clampTimes is the state without times that only a clock that was wrong can have told. Where it was put back since the last
// request, what was planned then comes as much earlier: a pause stays as long as it was.
func (st feedState) clampTimes(now time.Time) feedState {
	back := max(st.LastRequest.Sub(now), 0)
	for _, passed := range []*time.Time{&st.LastRequest, &st.LastAttempt, &st.LastSuccess} {
		if passed.After(now) {
			*passed = now
		}
	}
	for _, planned := range []*time.Time{&st.NextPoll, &st.HoldUntil, &st.Backfill.NextRequest} {
		switch ahead := planned.Sub(now); {
		case ahead > longestPause:
			*planned = now
		case ahead > 0:
			*planned = planned.Add(-back)
		}
	}
	st.Validators = st.Validators.ClampTimes(now)
	return st
}

// requestURL is what to ask. The operator's password goes to his host alone.
func (r *Refresher) requestURL(kept string) *url.URL {
	u, err := url.Parse(kept)
	if err != nil || !feed.IsWebURL(u) {
		return r.configured
	}
	return fetch.InheritUserInfo(r.configured, u)
}

// saveState writes down a new state with what came with it, and makes it the state. It does not end with the caller's
// patience: an answer that has come is an answer that need not be asked for again.
func (r *Refresher) saveState(ctx context.Context, b feed.Batch, next func(feed.StoreResult) feedState) (feed.StoreResult, error) {
	var st feedState
	b.Notes = func(kept feed.StoreResult) (map[string][]byte, error) {
		st = next(kept)
		note, err := json.Marshal(st)
		return map[string][]byte{stateNote: note}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), defaultTimeout)
	defer cancel()
	kept, err := r.Archive.Keep(ctx, b)
	if err != nil {
		return feed.StoreResult{}, feed.NewFault(feed.ErrArchive, err, "what was fetched cannot be kept")
	}
	r.state = st
	return kept, nil
}

// holdUntil is until when a publisher wants to be left alone.
func holdUntil(f *feed.Fault, now time.Time) time.Time {
	if f == nil || f.RetryAfter == 0 {
		return time.Time{}
	}
	return now.Add(f.RetryAfter)
}
