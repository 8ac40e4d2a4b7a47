package crawl

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"lastpost/internal/feed"
)

// BackfillStatus is the progress of the backfill, the download of posts that the feed no longer shows.
type BackfillStatus struct {
	Source   string // where older posts come from; "none": the publisher does not offer older posts; "": not known yet
	Started  bool   // at least one page was read
	Done     bool   // no request is planned, unless Failed is set
	Failed   bool   // the last request failed; Next is the time of the next attempt
	Reason   string // why it ended, or the last error
	Remedy   string // what the operator can do about the last error; "": unknown
	Requests int
	NewPosts int       // posts that were not in the store
	Next     time.Time // time of the next request
}

// tellPublisher is the remedy for a page of older posts whose address is wrong. The operator cannot correct it, because
// the publisher's pages link to it.
const tellPublisher = "the service tries again by itself; open the address in a browser, and tell the publisher if it fails there too"

// pageRemedy returns what the operator can do about an error of a page of older posts. The remedy is the same as for the
// feed, unless that would change the address of the feed, which works.
func pageRemedy(err error) string {
	f, _ := errors.AsType[*feed.Fault](err)
	isKind := func(kind error) bool { return errors.Is(err, kind) }
	switch {
	case f == nil || f.Status == http.StatusNotFound,
		slices.ContainsFunc([]error{feed.ErrGone, feed.ErrRedirect, feed.ErrNotFeed, feed.ErrAddress}, isKind):
		return tellPublisher
	case isKind(feed.ErrPrivate):
		return "tell the publisher: a page of older posts is at a private address, and only the host in feed may have one"
	}
	return cmp.Or(feed.Remedy(err), tellPublisher)
}

// Problem returns the reason why older posts cannot be fetched, and the remedy. It returns "" if there is none. An earlier
// version did not store remedies.
func (s BackfillStatus) Problem() (problem, remedy string) {
	if !s.Failed {
		return "", ""
	}
	return "older posts cannot be fetched: " + s.Reason,
		cmp.Or(s.Remedy, tellPublisher) + "; posts can also be imported from a file: skill archive import FILE"
}

func (w backfillState) status() BackfillStatus {
	return BackfillStatus{
		Source: string(w.Source), Started: w.PageDigest != w.FeedDigest, Done: w.Done, Reason: w.Reason, Remedy: w.Remedy,
		Failed: w.Abandoned || !w.Done && w.Failures > 0, Requests: w.Requests, NewPosts: w.NewPosts, Next: w.NextRequest,
	}
}
