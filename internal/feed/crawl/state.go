package crawl

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/feed/dates"
	"lastpost/internal/feed/fetch"
)

// stateMemo is the name of the memo that holds the crawl state.
const stateMemo = "feed"

// feedState is the crawl state. It is stored as JSON together with the entries of a response, so it survives a restart.
// The tags keep the names of earlier versions. URLs are without user info, so that the operator's password is not
// stored.
type feedState struct {
	Configured   string           // the URL that this state belongs to
	Address      string           // the URL to fetch: configured, discovered on a page, or after a permanent redirect
	Discovered   bool             // Address was found on a page
	IsFeed       bool             `json:"Known"` // Address has returned a feed before, so a web page there is an error
	Hosts        []string         // all hosts of a blog that has moved, the current host last; see feed.Batch
	Hub, Topic   string           // URLs that the last full response named, or ""
	Validators   fetch.Validators `json:"Valid"` // validators of the last response
	Freshness    time.Duration    `json:"Fresh"` // lifetime from the HTTP headers; valid if HasFreshness
	HasFreshness bool             `json:"FreshKnown"`
	UpdateHint   time.Duration    `json:"Hint"` // update interval that the feed states
	Failures     int              // consecutive failed polls
	NotFound     int              `json:"Missing"` // consecutive 404 responses
	FaultLabel   string           `json:"Label"`   // label of the current error, or ""
	FaultText    string           `json:"Trouble"` // text of the current error
	FaultRemedy  string           // remedy of the current error

	NextPoll    time.Time `json:"Next"`      // next poll; zero after a 410
	HoldUntil   time.Time `json:"Hold"`      // Retry-After forbids requests before this time
	LastRequest time.Time `json:"Requested"` // the last request of any kind
	LastAttempt time.Time // the last poll
	LastSuccess time.Time
	Items       int       // number of items in the last parsed feed
	LostSince   time.Time // when a poll first found the feed empty that had posts before; zero: the feed has posts, or never had
	LostItems   int       // number of items before LostSince
	Size        int64

	Offsets      []dates.Offset // these three describe the last full response
	SkippedAudio SkippedEnclosures
	Language     string
	Title        string // the title of the feed in the last full response that had one
	TitleRead    bool   // a full response was read for its title; false in the state of an earlier version

	Backfill   backfillState        `json:"Walk"`
	AudioHosts map[string]audioHost `json:"Streams"` // by host name; replaced, never changed in place
}

// loadStateOnce parses the configured URL and loads the state of an earlier process, once. After an error the feed is
// fetched as if for the first time.
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
		// The error of url.Parse would show the password.
		return feed.NewFault(feed.ErrAddress, nil, "the feed's URL is not an http or https address")
	}
	u.Fragment, u.RawFragment = "", ""
	r.configured = u
	r.client = &fetch.Client{Configured: u, UserAgent: r.UserAgent, Transport: r.Transport, Now: r.currentTime}
	left, err := readState(ctx, r.Archive)
	if err != nil {
		// Stored posts are marked with the number of the lost backfill. A new backfill with the same number would end
		// early at them. So it gets the current time as its number, which was not used before.
		left, err = feedState{Backfill: backfillState{Number: int(r.currentTime().Unix())}}, fmt.Errorf("read feed state: %w", err)
	}
	r.state = left.forURL(u)
	if !r.state.TitleRead {
		r.state.Validators = fetch.Validators{} // a response without changes would not show the title
	}
	if r.state.Hub != "" {
		r.updateHub() // the earlier process may have stopped before it subscribed, or had no public address
	}
	r.updateStatus(feedResponse{}, nil)
	return err
}

// ReadStatus reads the state of a feed from a store. Another process may run the Refresher at the same time. The status
// has only the fields that the store holds. A state of another configured URL does not count, unless configured is empty.
func ReadStatus(ctx context.Context, k Store, configured string) (s Status, err error) {
	st, err := readState(ctx, k)
	if u, invalid := url.Parse(configured); invalid == nil && configured != "" {
		u.Fragment, u.RawFragment = "", ""
		st = st.forURL(u)
	}
	s.fill(st)
	return s, err
}

func readState(ctx context.Context, k Store) (st feedState, err error) {
	note, err := k.Memo(ctx, stateMemo)
	if err == nil && note != nil {
		err = json.Unmarshal(note, &st)
	}
	st.Backfill.Abandoned = st.Backfill.Abandoned || st.Backfill.isAbandonedByEarlierVersion()
	return st, err
}

// forURL returns the state for a configured URL. A changed URL starts a new state, but a completed backfill stays
// complete, because the archive is the same.
func (st feedState) forURL(configured *url.URL) feedState {
	address := feed.WithoutUserInfo(configured)
	st.Hosts = addMoves(st.Hosts, st.configuredMoves(configured)...)
	if st.Configured == address {
		return st
	}
	backfill := backfillState{Number: st.Backfill.Number, Complete: st.Backfill.Complete}
	return feedState{Configured: address, Address: address, Hosts: st.Hosts, Backfill: backfill}
}

// longestPause is longer than any scheduled pause.
const longestPause = fetch.LongestRetryAfter * 12 / 10

// clampTimes corrects times that a wrong clock produced. If the clock was set back since the last request, scheduled
// times move back by the same amount, so pauses keep their length.
func (st feedState) clampTimes(now time.Time) feedState {
	back := max(st.LastRequest.Sub(now), 0)
	for _, passed := range []*time.Time{&st.LastRequest, &st.LastAttempt, &st.LastSuccess} {
		if passed.After(now) {
			*passed = now
		}
	}
	for _, planned := range []*time.Time{&st.NextPoll, &st.HoldUntil, &st.Backfill.NextRequest} {
		switch wait := planned.Sub(now); {
		case wait > longestPause:
			*planned = now
		case wait > 0:
			*planned = planned.Add(-back)
		}
	}
	st.Validators = st.Validators.ClampTimes(now)
	return st
}

// requestURL returns the URL to request for a stored URL. It adds the operator's user info only if the host is the
// configured host, so that a feed cannot steal the password.
func (r *Refresher) requestURL(stored string) *url.URL {
	u, err := url.Parse(stored)
	if err != nil || !feed.IsWebURL(u) {
		return r.configured
	}
	return fetch.InheritUserInfo(r.configured, u)
}

// saveState stores a new state and its entries in one transaction, then makes it current. It stores a received response
// even if ctx is canceled, so that the response is not requested again.
func (r *Refresher) saveState(ctx context.Context, b feed.Batch, next func(feed.StoreResult) feedState) (feed.StoreResult, error) {
	var st feedState
	b.Notes = func(stored feed.StoreResult) (map[string][]byte, error) {
		st = next(stored)
		note, err := json.Marshal(st)
		return map[string][]byte{stateMemo: note}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), defaultTimeout)
	defer cancel()
	stored, err := r.Archive.Keep(ctx, b)
	if err != nil {
		return feed.StoreResult{}, feed.NewFault(feed.ErrArchive, err, "fetched posts not stored")
	}
	r.state = st
	return stored, nil
}

// holdUntil returns the end of the pause that the publisher's Retry-After demands, or zero.
func holdUntil(f *feed.Fault, now time.Time) time.Time {
	if f == nil || f.RetryAfter == 0 {
		return time.Time{}
	}
	return now.Add(f.RetryAfter)
}
