package archive

import (
	"database/sql"
	"time"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/feed"
)

// The date of a post, and its place in the order:
//
//   - A usable date of the feed is the post's date (feed.DateStated). It is usable if it has passed when the feed first
//     states it. A date in the future is a mistake of the publisher: the post gets the time of the poll
//     (feed.DateFirstSeen). The date stays as long as the feed states the same date, and also if the feed's date is
//     unreadable later. So a post with a date eight hours ahead does not move after eight hours.
//   - The other entries of a document are undated. They keep the document's order: they get places between the posts
//     above and below them. Without a post below them, they are directly below the post above them. Without a post
//     above them, they are directly below the newest post of the document, so that an undated post is never the newest.
//     On a page of a backfill, the oldest stored post is above the page.
//   - The date of such a place is an estimate (feed.DateEstimated) if the posts around it have dates. Otherwise the date
//     is unknown (feed.DateUnknown).
//   - A document without any date is different: entries above all known posts are new, and get the time of the poll
//     (feed.DateFirstSeen). In the first poll nothing is known, so nothing is new.
//   - An estimate stays until the feed states a usable date. A post of feed.DateUnknown also gets an estimate when a
//     later document has dates.

// postDate is the date of a post that a batch stores.
type postDate struct {
	second      int64 // since 1970
	kind        feed.DateKind
	feedSeconds sql.NullInt64 // the date that the feed states
	position    int64         // of an undated post; 0 for the other posts, which get a free position of their second
}

// date returns the date of a stored post.
func (s storedEntry) date() postDate {
	return postDate{second: s.position >> snapshot.SequenceBits, kind: s.DateKind, feedSeconds: s.feedSeconds}
}

// positionFor returns the position of a post with a date.
func (m *merge) positionFor(d postDate) (int64, error) {
	if d.position != 0 {
		return d.position, nil
	}
	return m.freePosition(d.second)
}

// isUsable reports whether a post can have the date that its feed states.
func (m *merge) isUsable(date time.Time) bool {
	return !date.Before(feed.FirstDate()) && !date.After(m.now)
}

// chooseDate returns the date of an entry. old is the stored post, if there is one. at is the position of an undated
// entry, else 0.
func (m *merge) chooseDate(e feed.Entry, old storedEntry, at int64) postDate {
	date := e.Published.UTC().Truncate(time.Second)
	d := postDate{second: date.Unix(), kind: e.DateKind, feedSeconds: nullSeconds(date)}
	if e.DateKind != feed.DateStated || m.inAnyPart != nil && old.ID != "" && date.Equal(old.Published) {
		d.feedSeconds = old.feedSeconds // an export contains the chosen date, not the feed's date
	}
	switch {
	case at != 0 && (old.ID == "" || at >= firstDatedPosition()):
		d.position, d.second, d.kind = at, at>>snapshot.SequenceBits, kindOfPlace(at)
	case old.ID != "" && (!m.isUsable(date) || d.feedSeconds == old.feedSeconds):
		d.second, d.kind = old.date().second, old.DateKind
	case !m.isUsable(date):
		d.second, d.kind = m.now.Unix(), feed.DateFirstSeen
	}
	return d
}

// kindOfPlace returns the kind of date of a place between two posts.
func kindOfPlace(position int64) feed.DateKind {
	if position < firstDatedPosition() {
		return feed.DateUnknown
	}
	return feed.DateEstimated
}
