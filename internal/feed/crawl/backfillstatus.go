package crawl

import "time"

// BackfillStatus is the progress of the backfill, the download of posts that the feed no longer shows.
type BackfillStatus struct {
	Source   string // where older posts come from; "none": the publisher does not offer older posts; "": not known yet
	Started  bool   // at least one page was read
	Done     bool   // no request is planned, unless Failed is set
	Failed   bool   // the last request failed; Next is the time of the next attempt
	Reason   string // why it ended, or the last error
	Requests int
	NewPosts int       // posts that were not in the store
	Next     time.Time // time of the next request
}

// backfillRemedy tells the operator how to get older posts although the publisher's pages fail.
const backfillRemedy = "the service tries again by itself; open the address in a browser, and tell the publisher if it fails there too; " +
	"posts can also be imported from a file: skill archive import FILE"

// Problem returns the reason why older posts cannot be fetched, after its remedy. It returns "" if there is none.
func (s BackfillStatus) Problem() (remedy, problem string) {
	if !s.Failed {
		return "", ""
	}
	return backfillRemedy, "older posts cannot be fetched: " + s.Reason
}

func (w backfillState) status() BackfillStatus {
	return BackfillStatus{
		Source: string(w.Source), Started: w.PageDigest != w.FeedDigest, Done: w.Done, Reason: w.Reason,
		Failed: w.Abandoned || !w.Done && w.Failures > 0, Requests: w.Requests, NewPosts: w.NewPosts, Next: w.NextRequest,
	}
}
