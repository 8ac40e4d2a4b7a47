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

// stateMemo is the name of the note that a Refresher keeps of itself.
const stateMemo = "feed"

// state is what one request leaves for the next. It is kept with what the request brought, and so survives a restart.
// Addresses are without user info: the operator's password is in his configuration, and nowhere else.
type state struct {
	Configured string           // the URL that the rest is about
	Address    string           // what to ask: the configured one, or found on its page, or moved to for good
	Discovered bool             // found on a page
	Known      bool             // Address has given a feed: a page there is a fault from now on
	Hub, Topic string           // that the last full answer named; "": none
	Valid      fetch.Validators // of the last answer
	Fresh      time.Duration    // from the HTTP headers, if FreshKnown
	FreshKnown bool
	Hint       time.Duration // from the feed itself
	Failures   int           // in a row
	Missing    int           // answers of 404 in a row
	Label      string        // what is wrong now, by its kind
	Trouble    string        // and in full

	Next        time.Time // next poll; zero after a 410
	Hold        time.Time // no request before: the publisher's Retry-After
	Requested   time.Time // the last request of any kind
	LastAttempt time.Time // the last poll
	LastSuccess time.Time
	Items       int // in the last feed that was read
	Size        int64

	Walk    walk
	Streams map[string]streamHost // what the hosts of episodes have answered; never changed in place
}

// begin reads the configuration and what an earlier process has left, once. An error costs what was left, and the feed
// is fetched as if for the first time.
func (r *Refresher) begin(ctx context.Context) error {
	r.working.Lock()
	defer r.working.Unlock()
	return r.prepare(ctx)
}

func (r *Refresher) prepare(ctx context.Context) error {
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
	r.client = &fetch.Client{Configured: u, UserAgent: r.UserAgent, Transport: r.Transport, Now: r.now}
	left, err := readState(ctx, r.Archive)
	if err != nil {
		// The posts still bear the number of the walk that is forgotten: another one of that number would meet its end there.
		left, err = state{Walk: walk{Number: int(r.now().Unix())}}, fmt.Errorf("the feed's state: %w", err)
	}
	r.state = left.of(u)
	if r.state.Hub != "" {
		r.offer() // the process may have been killed before, or have had no address for a hub to call
	}
	r.show(reply{}, nil)
	return err
}

// ReadBackfillStatus tells how far the walk through older posts has come that a Refresher keeps in an archive, also while it runs in
// another process.
func ReadBackfillStatus(ctx context.Context, k Store) (BackfillStatus, error) {
	st, err := readState(ctx, k)
	return st.Walk.told(), err
}

func readState(ctx context.Context, k Store) (st state, err error) {
	note, err := k.Memo(ctx, stateMemo)
	if err == nil && note != nil {
		err = json.Unmarshal(note, &st)
	}
	return st, err
}

// of is the state for a configured URL. Another one than before is a feed of its own, but the archive is the same: what
// an earlier walk has seen to the end is not to be walked through again.
func (st state) of(configured *url.URL) state {
	address := feed.WithoutUserInfo(configured)
	if st.Configured == address {
		return st
	}
	return state{Configured: address, Address: address, Walk: walk{Number: st.Walk.Number, Whole: st.Walk.Whole}}
}

// longestPause is longer than any pause can be that is planned here.
const longestPause = fetch.LongestRetryAfter * 12 / 10

// sane is the state without times that only a clock that was wrong can have told. Where it was put back since the last
// request, what was planned then comes as much earlier: a pause stays as long as it was.
func (st state) sane(now time.Time) state {
	back := max(st.Requested.Sub(now), 0)
	for _, passed := range []*time.Time{&st.Requested, &st.LastAttempt, &st.LastSuccess} {
		if passed.After(now) {
			*passed = now
		}
	}
	for _, planned := range []*time.Time{&st.Next, &st.Hold, &st.Walk.Next} {
		switch ahead := planned.Sub(now); {
		case ahead > longestPause:
			*planned = now
		case ahead > 0:
			*planned = planned.Add(-back)
		}
	}
	st.Valid = st.Valid.ClampTimes(now)
	return st
}

// address is what to ask. The operator's password goes to his host alone.
func (r *Refresher) address(kept string) *url.URL {
	u, err := url.Parse(kept)
	if err != nil || !feed.IsWebURL(u) {
		return r.configured
	}
	return fetch.InheritUserInfo(r.configured, u)
}

// keep writes down a new state with what came with it, and makes it the state. It does not end with the caller's
// patience: an answer that has come is an answer that need not be asked for again.
func (r *Refresher) keep(ctx context.Context, b feed.Batch, next func(feed.StoreResult) state) (feed.StoreResult, error) {
	var st state
	b.Notes = func(kept feed.StoreResult) (map[string][]byte, error) {
		st = next(kept)
		note, err := json.Marshal(st)
		return map[string][]byte{stateMemo: note}, err
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

// hold is until when a publisher wants to be left alone.
func hold(f *feed.Fault, now time.Time) time.Time {
	if f == nil || f.RetryAfter == 0 {
		return time.Time{}
	}
	return now.Add(f.RetryAfter)
}
