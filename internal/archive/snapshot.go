package archive

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"sort"
	"time"

	"lastpost/internal/feed"
)

// maxSnapshotPosts bounds the posts in memory. So many posts take about 50 MiB. Older posts are only in the file, where
// search and export find them.
const maxSnapshotPosts = 250_000

// sequenceBits is the number of bits of a position that order the posts of one second.
const sequenceBits = 20

// row is a post in the snapshot. It joins the texts of a post into one string, because three strings for each post
// would take twice the memory.
type row struct {
	position  int64
	texts     string // id, title and link
	id, title uint16 // lengths in bytes; feed bounds all three
	audio     bool   // the post is an episode
	dateKind  feed.DateKind
}

func newRow(position int64, e feed.Entry) row {
	return row{position, e.ID + e.Title + e.Link, uint16(len(e.ID)), uint16(len(e.Title)), e.Audio.URL != "", e.DateKind}
}

func (r row) toPost() feed.Post {
	title := int(r.id) + int(r.title)
	return feed.Post{
		ID: r.texts[:r.id], Title: r.texts[r.id:title], Link: r.texts[title:], Published: positionTime(r.position), DateKind: r.dateKind,
	}
}

func positionTime(position int64) time.Time { return time.Unix(position>>sequenceBits, 0).UTC() }

// snapshot is the newest posts, newest first. It never changes after it is published.
type snapshot []row

// indexBefore returns the index of the newest post published before t.
func (s snapshot) indexBefore(t time.Time) int {
	second := t.Unix()
	if t.Nanosecond() > 0 {
		second++ // posts have whole seconds, so a post of this second is before t
	}
	return sort.Search(len(s), func(i int) bool { return s[i].position>>sequenceBits < second })
}

// between returns the posts published in [from, to). A zero time is not a bound. With a bound, it leaves out the posts
// without a date, which are the last posts of the snapshot.
func (s snapshot) between(from, to time.Time) snapshot {
	if first := feed.FirstDate(); from.Before(first) && !(from.IsZero() && to.IsZero()) {
		from = first
	}
	first, last := 0, len(s)
	if !to.IsZero() {
		first = s.indexBefore(to)
	}
	if !from.IsZero() {
		last = s.indexBefore(from)
	}
	return s[first:max(first, last)]
}

// withChanges returns a new snapshot without the rows at the removed positions and with the changed rows.
func (s snapshot) withChanges(removed map[int64]bool, changed map[int64]row) snapshot {
	newestFirst := func(a, b row) int { return cmp.Compare(b.position, a.position) }
	added := slices.SortedFunc(maps.Values(changed), newestFirst)
	next := make(snapshot, 0, len(s)+len(added)) // not less, because a removed position may be missing in the snapshot
	for _, r := range s {
		for len(added) > 0 && newestFirst(added[0], r) < 0 {
			next, added = append(next, added[0]), added[1:]
		}
		if !removed[r.position] {
			next = append(next, r)
		}
	}
	next = append(next, added...)
	return next[:min(len(next), maxSnapshotPosts)]
}

// readSnapshot reads the snapshot from the file.
func (a *Archive) readSnapshot(ctx context.Context) (s snapshot, err error) {
	episode := "episode"
	if a.outdated {
		episode = "0"
	}
	query := "SELECT position, id, title, link, " + episode + ", " + a.datingColumn() + " FROM posts ORDER BY position DESC LIMIT ?"
	rows, err := a.writer.QueryContext(ctx, query, maxSnapshotPosts)
	var position, audio int64
	var kind feed.DateKind
	var id, title, link sql.RawBytes
	var texts []byte
	err = forEachRow(rows, err, []any{&position, &id, &title, &link, &audio, &kind}, func() error {
		texts = append(append(append(texts[:0], id...), title...), link...)
		s = append(s, row{position, string(texts), uint16(len(id)), uint16(len(title)), audio != 0, kind})
		return nil
	})
	return slices.Clip(s), err
}

// publishSnapshot makes s the snapshot that answers requests.
func (a *Archive) publishSnapshot(s snapshot) {
	a.snapshot.Store(&s)
	a.generation.Add(1) // after Store: a reader that sees the new number also sees the new posts
}

func (a *Archive) currentSnapshot() snapshot {
	if s := a.snapshot.Load(); s != nil {
		return *s
	}
	return nil
}

// Len returns the number of posts in the snapshot.
func (a *Archive) Len() int { return len(a.currentSnapshot()) }

// Latest returns the newest post, or false if the archive is empty.
func (a *Archive) Latest() (feed.Post, bool) {
	return a.currentSnapshot().newestExcept("", feed.Filter{})
}

// Oldest returns the oldest post in the snapshot that has a date, or false if none has.
func (a *Archive) Oldest() (feed.Post, bool) {
	s := a.currentSnapshot().between(feed.FirstDate(), time.Time{})
	return s[max(0, len(s)-1):].newestExcept("", feed.Filter{})
}

// Generation returns a number that changes whenever a post or its content may have changed. It is local to this
// process. A cache of rendered posts reads the number before it reads the posts. It renders the posts again when the
// number has changed.
func (a *Archive) Generation() uint64 { return a.generation.Load() }
