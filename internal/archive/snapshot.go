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

// maxSnapshotPosts bounds how many posts are held in memory, the newest: some 50 MiB. What is beyond stays in the file, where
// search and export find it.
const maxSnapshotPosts = 250_000

// sequenceBits is how much of a position is the place among the posts of one second.
const sequenceBits = 20

// row is a post as the snapshot holds it: the texts of one post are one string, as 100,000 posts of three strings each
// would cost twice as much.
type row struct {
	position  int64
	texts     string // id, title and link
	id, title uint16 // lengths in bytes; feed bounds all three
	audio     bool   // it is an episode
}

func newRow(position int64, e feed.Entry) row {
	return row{position, e.ID + e.Title + e.Link, uint16(len(e.ID)), uint16(len(e.Title)), e.Audio.URL != ""}
}

func (r row) toPost() feed.Post {
	title := int(r.id) + int(r.title)
	return feed.Post{ID: r.texts[:r.id], Title: r.texts[r.id:title], Link: r.texts[title:], Published: positionTime(r.position)}
}

func positionTime(position int64) time.Time { return time.Unix(position>>sequenceBits, 0).UTC() }

// snapshot is the newest posts, newest first. It is never changed once it is stored.
type snapshot []row

// indexBefore is the index of the newest post published before t.
func (s snapshot) indexBefore(t time.Time) int {
	second := t.Unix()
	if t.Nanosecond() > 0 {
		second++ // posts are dated to the second: one of this second is before t
	}
	return sort.Search(len(s), func(i int) bool { return s[i].position>>sequenceBits < second })
}

// between is what was published in [from, to); a zero time is no bound.
func (s snapshot) between(from, to time.Time) snapshot {
	first, last := 0, len(s)
	if !to.IsZero() {
		first = s.indexBefore(to)
	}
	if !from.IsZero() {
		last = s.indexBefore(from)
	}
	return s[first:max(first, last)]
}

// withChanges is the snapshot without the rows at some positions, and with others.
func (s snapshot) withChanges(removed map[int64]bool, changed map[int64]row) snapshot {
	newestFirst := func(a, b row) int { return cmp.Compare(b.position, a.position) }
	added := slices.SortedFunc(maps.Values(changed), newestFirst)
	next := make(snapshot, 0, len(s)+len(added)) // what is gone need not have been here
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
	query := "SELECT position, id, title, link, " + episode + " FROM posts ORDER BY position DESC LIMIT ?"
	rows, err := a.writer.QueryContext(ctx, query, maxSnapshotPosts)
	var position, audio int64
	var id, title, link sql.RawBytes
	var texts []byte
	err = forEachRow(rows, err, []any{&position, &id, &title, &link, &audio}, func() error {
		texts = append(append(append(texts[:0], id...), title...), link...)
		s = append(s, row{position, string(texts), uint16(len(id)), uint16(len(title)), audio != 0})
		return nil
	})
	return slices.Clip(s), err
}

// publishSnapshot makes a snapshot the one that answers.
func (a *Archive) publishSnapshot(s snapshot) {
	a.snapshot.Store(&s)
	a.generation.Add(1) // behind it: who has read the new number reads the new posts
}

func (a *Archive) currentSnapshot() snapshot {
	if s := a.snapshot.Load(); s != nil {
		return *s
	}
	return nil
}

// Len is how many posts there are to answer from.
func (a *Archive) Len() int { return len(a.currentSnapshot()) }

// Latest is the newest post; false where there is none.
func (a *Archive) Latest() (feed.Post, bool) {
	return a.currentSnapshot().newestExcept("", feed.Filter{})
}

// Oldest is the oldest post that there is in memory; false where there is none.
func (a *Archive) Oldest() (feed.Post, bool) {
	s := a.currentSnapshot()
	return s[max(0, len(s)-1):].newestExcept("", feed.Filter{})
}

// Generation is another number whenever a post, or anything that belongs to it, may have changed. It is this process's
// alone. Who keeps what was made of posts reads it before the posts, and makes it anew where it has changed since.
func (a *Archive) Generation() uint64 { return a.generation.Load() }
