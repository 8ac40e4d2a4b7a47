package crawl

import (
	"errors"
	"fmt"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/feed/dates"
	"lastpost/internal/feed/fetch"
)

// Status is a snapshot of a Refresher's state.
type Status struct {
	URL             string    // the fetched feed, after discovery and permanent redirects; without user info
	Discovered      bool      // URL was found on a page
	Posts           int       // number of posts in the archive
	Items           int       // number of items in the last parsed feed; 0 if the feed was valid but empty, or before the first feed
	Newest          time.Time // date of the newest post; zero if the archive is empty or the date is unknown
	LastSuccess     time.Time // time of the last 304, or 200 with a valid feed
	LastAttempt     time.Time
	Next            time.Time // time of the next poll; zero if none is planned (before the first poll and after a 410)
	Polls, Failures uint64    // since the process started
	Size            int64     // size of the last body in bytes, after decompression, as far as it was read
	Err             error     // the current error; nil if the last poll succeeded
	Remedy          string    // what the operator can do about Err, or ""
	ServerTime      time.Time // the Date header of the last response; zero if there was none
	LostSince       time.Time // time of the poll that first found an empty feed instead of LostItems items; zero: nothing is lost
	LostItems       int
	Offsets         []dates.Offset    // the UTC offsets in the last full response
	SkippedAudio    SkippedEnclosures // enclosures in the last full response that cannot be episodes
	Title           string            // the title of the feed: plain text, at most 512 bytes; empty if it is unknown
	Language        string            // the language of the feed's posts, see Refresher.Language
	Warnings        []Warning         // faults of the last full response, whose posts are served; nil from ReadStatus
	Backfill        BackfillStatus
}

// fill sets the fields that the stored state determines.
func (s *Status) fill(st feedState) {
	s.Discovered, s.Items, s.Size = st.Discovered, st.Items, st.Size
	s.LastSuccess, s.LastAttempt, s.Next = st.LastSuccess, st.LastAttempt, st.NextPoll
	s.LostSince, s.LostItems = st.LostSince, st.LostItems
	s.Offsets, s.SkippedAudio, s.Language, s.Title = st.Offsets, st.SkippedAudio, st.Language, st.Title
	s.Backfill = st.Backfill.status()
	s.Err, s.Remedy = nil, ""
	if st.FaultText != "" {
		s.Err, s.Remedy = errors.New(st.FaultText), st.FaultRemedy
	}
}

// ErrEmpty and ErrLostPosts are problems of a feed that a poll has fetched without an error.
var (
	ErrEmpty     = errors.New("the feed has no posts")
	ErrLostPosts = errors.New("the feed lost all its posts")
)

const lostPostsRemedy = "open the feed in a browser: if it is empty there too, check the blog's settings for its feed, and purge the " +
	"blog's caches"

// Problem returns the current problem of the feed, and its remedy. Unlike Err, it also covers a valid feed without posts.
func (s Status) Problem() (remedy string, problem error) {
	switch {
	case s.Err != nil:
		return s.Remedy, s.Err
	case !s.LostSince.IsZero():
		return lostPostsRemedy, fmt.Errorf("%w: it had %d, and none since %s; the stored posts are still served", ErrLostPosts,
			s.LostItems, s.LostSince.Format("2006-01-02 15:04 MST"))
	case s.Posts == 0 && !s.LastSuccess.IsZero():
		return "publish a post; if the blog has posts, set feed to the address of a feed that shows them", ErrEmpty
	}
	return "", nil
}

// Status returns the current status. It is safe for concurrent use.
func (r *Refresher) Status() Status {
	r.statusMu.Lock()
	s := r.status
	r.statusMu.Unlock()
	s.Posts = r.Archive.Len()
	newest, _ := r.Archive.Latest()
	s.Newest = newest.ExactDate()
	return s
}

// Title returns the title of the feed, or "" if it is unknown. It is safe for concurrent use, and never waits for a
// request to the feed.
func (r *Refresher) Title() string {
	r.statusMu.Lock()
	defer r.statusMu.Unlock()
	return r.status.Title
}

// updateStatus updates the public status from the state and from the last response, if there is one.
func (r *Refresher) updateStatus(got feedResponse, err error) {
	st := &r.state
	warnings := findWarnings(*st, r.Zone)
	r.statusMu.Lock()
	defer r.statusMu.Unlock()
	s := &r.status
	s.fill(*st)
	s.Warnings = warnings
	s.URL = feed.DisplayURL(r.requestURL(st.Address))
	if got.Header == nil && err == nil {
		return
	}
	s.Err, s.Remedy = err, feed.Remedy(err)
	s.Polls++
	s.ServerTime = fetch.ServerTime(got.Header, time.Time{})
	if err != nil {
		s.Failures++
		s.Size = got.size
	}
}
