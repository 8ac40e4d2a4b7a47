// Package snapshot holds the newest posts of an archive in memory. It answers requests without a lock and without disk
// access. Package archive reads the posts and changes them.
package snapshot

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	"lastpost/internal/feed"
)

// MaxPosts bounds the posts in memory. So many posts take about 50 MiB. Older posts are only in the file, where
// search and export find them.
const MaxPosts = 250_000

// SequenceBits is the number of bits of a position that order the posts of one second.
const SequenceBits = 20

// Row is a post in the snapshot. It joins the texts of a post into one string, because three strings for each post
// would take twice the memory.
type Row struct {
	position  int64
	texts     string // id, title and link
	id, title uint16 // lengths in bytes; feed bounds all three
	audio     bool   // the post is an episode
	dateKind  feed.DateKind
}

// NewRow returns the row of an entry.
func NewRow(position int64, e feed.Entry) Row {
	return Row{position, e.ID + e.Title + e.Link, uint16(len(e.ID)), uint16(len(e.Title)), e.Audio.URL != "", e.DateKind}
}

// ReadRow returns the row of a post that is read from a file. It copies the texts.
func ReadRow(position int64, id, title, link []byte, audio bool, kind feed.DateKind) Row {
	var texts strings.Builder
	texts.Grow(len(id) + len(title) + len(link))
	for _, text := range [][]byte{id, title, link} {
		_, _ = texts.Write(text) // never fails
	}
	return Row{position, texts.String(), uint16(len(id)), uint16(len(title)), audio, kind}
}

// Post returns the post of a row.
func (r Row) Post() feed.Post {
	title := int(r.id) + int(r.title)
	return feed.Post{
		ID: r.texts[:r.id], Title: r.texts[r.id:title], Link: r.texts[title:], Published: PositionTime(r.position), DateKind: r.dateKind,
	}
}

// PositionTime returns the date of a position, to the second.
func PositionTime(position int64) time.Time { return time.Unix(position>>SequenceBits, 0).UTC() }

// Posts are the newest posts, newest first. They never change after they are published.
type Posts []Row

// indexBefore returns the index of the newest post published before t.
func (s Posts) indexBefore(t time.Time) int {
	second := t.Unix()
	if t.Nanosecond() > 0 {
		second++ // posts have whole seconds, so a post of this second is before t
	}
	return sort.Search(len(s), func(i int) bool { return s[i].position>>SequenceBits < second })
}

// between returns the posts published in [from, to). A zero time is not a bound. With a bound, it leaves out the posts
// without a date, which are the last posts of the snapshot.
func (s Posts) between(from, to time.Time) Posts {
	isBounded := !from.IsZero() || !to.IsZero()
	if first := feed.FirstDate(); isBounded && from.Before(first) {
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

// WithChanges returns new posts without the rows at the removed positions and with the changed rows.
func (s Posts) WithChanges(removed map[int64]bool, changed map[int64]Row) Posts {
	newestFirst := func(a, b Row) int { return cmp.Compare(b.position, a.position) }
	added := slices.SortedFunc(maps.Values(changed), newestFirst)
	next := make(Posts, 0, len(s)+len(added)) // not less, because a removed position may be missing in the snapshot
	for _, r := range s {
		for len(added) > 0 && newestFirst(added[0], r) < 0 {
			next, added = append(next, added[0]), added[1:]
		}
		if !removed[r.position] {
			next = append(next, r)
		}
	}
	next = append(next, added...)
	return next[:min(len(next), MaxPosts)]
}

// Holder holds the current posts. Its zero value has none. It is safe for concurrent use.
type Holder struct {
	posts      atomic.Pointer[Posts]
	generation atomic.Uint64 // incremented with every new snapshot
}

// Publish makes s the posts that answer requests.
func Publish(h *Holder, s Posts) {
	h.posts.Store(&s)
	h.generation.Add(1) // after Store: a reader that sees the new number also sees the new posts
}

// Current returns the current posts.
func Current(h *Holder) Posts {
	if s := h.posts.Load(); s != nil {
		return *s
	}
	return nil
}

// Len returns the number of posts in the snapshot.
func (h *Holder) Len() int { return len(Current(h)) }

// Latest returns the newest post, or false if there are none.
func (h *Holder) Latest() (feed.Post, bool) { return Current(h).newestExcept("", feed.Filter{}) }

// Oldest returns the oldest post in the snapshot that has a date, or false if none has.
func (h *Holder) Oldest() (feed.Post, bool) {
	s := Current(h).between(feed.FirstDate(), time.Time{})
	return s[max(0, len(s)-1):].newestExcept("", feed.Filter{})
}

// Generation returns a number that changes whenever a post or its content may have changed. It is local to this
// process. A cache of rendered posts reads the number before it reads the posts. It renders the posts again when the
// number has changed.
func (h *Holder) Generation() uint64 { return h.generation.Load() }
