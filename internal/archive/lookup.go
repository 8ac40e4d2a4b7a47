package archive

import (
	"slices"
	"sort"

	"lastpost/internal/feed"
)

// Newest returns the newest post that f selects; false if there is none.
func (a *Archive) Newest(f feed.Filter) (feed.Post, bool) {
	return a.currentSnapshot().newestExcept("", f)
}

// Count returns the number of posts that f selects, and the newest of them. Both are of one snapshot.
func (a *Archive) Count(f feed.Filter) (count int, newest feed.Post) {
	s := a.currentSnapshot().between(f.From, f.To)
	newest, _ = s.newestExcept("", f)
	if !f.Episodes {
		return len(s), newest
	}
	for _, r := range s {
		if r.audio {
			count++
		}
	}
	return count, newest
}

// Range returns the posts that f selects, newest first, without the first skip of them, and limit at most.
func (a *Archive) Range(f feed.Filter, skip, limit int) (posts []feed.Post) {
	s := a.currentSnapshot().between(f.From, f.To)
	posts = slices.Grow(posts, min(max(limit, 0), len(s)))
	for _, r := range s {
		switch {
		case len(posts) >= limit:
			return posts
		case !r.matchesFilter(f):
		case skip > 0:
			skip--
		default:
			posts = append(posts, r.toPost())
		}
	}
	return posts
}

// Older is the next post that f selects behind p in the order, newest first; false where there is none. p is known by its
// second and its ID, and f need not select it. Where it is no longer kept there, it is taken to have been the newest one of
// its second: Older is then the newest one published in that second or before, and Newer the oldest one published after it.
// So who goes on from a post that was forgotten in the meantime misses none. A p that was given another date is not its own
// neighbour.
func (a *Archive) Older(p feed.Post, f feed.Filter) (feed.Post, bool) {
	s := a.currentSnapshot()
	i, found := s.indexOfPost(p)
	if found {
		i++
	}
	return s[i:].newestExcept(p.ID, f)
}

// Newer is the next post that f selects before p in the order, as Older is the next one behind it; false where there is
// none.
func (a *Archive) Newer(p feed.Post, f feed.Filter) (feed.Post, bool) {
	s := a.currentSnapshot()
	i, _ := s.indexOfPost(p)
	for _, r := range slices.Backward(s[:i].between(f.From, f.To)) {
		if r.matchesFilter(f) && !r.hasID(p.ID) {
			return r.toPost(), true
		}
	}
	return feed.Post{}, false
}

// Since is how many posts are newer than p in the order: those of Range without bounds and skip, up to that many. Where p
// is no longer kept at its second they are those published after it.
func (a *Archive) Since(p feed.Post) int {
	i, _ := a.currentSnapshot().indexOfPost(p)
	return i
}

// At is the newest post published in a second since 1970 that match accepts; false where there is none.
func (a *Archive) At(second int64, match func(feed.Post) bool) (feed.Post, bool) {
	s := a.currentSnapshot()
	for i := s.indexOfSecond(second); i < len(s) && s[i].second() == second; i++ {
		if p := s[i].toPost(); match(p) {
			return p, true
		}
	}
	return feed.Post{}, false
}

// newestExcept is the newest post that f selects, except the one of an id. Without an id there is no exception.
func (s snapshot) newestExcept(id string, f feed.Filter) (feed.Post, bool) {
	for _, r := range s.between(f.From, f.To) {
		if r.matchesFilter(f) && (id == "" || !r.hasID(id)) {
			return r.toPost(), true
		}
	}
	return feed.Post{}, false
}

func (r row) second() int64 { return r.position >> sequenceBits }

// matchesFilter reports whether a post of the period of f is one of its kind.
func (r row) matchesFilter(f feed.Filter) bool { return r.audio || !f.Episodes }

func (r row) hasID(id string) bool { return r.texts[:r.id] == id }

// indexOfSecond is the index of the newest post published in a second, or before it where there is none in it.
func (s snapshot) indexOfSecond(second int64) int {
	return sort.Search(len(s), func(i int) bool { return s[i].second() <= second })
}

// indexOfPost is where p is; where it is not kept, where the newest post of its second is, or would be.
func (s snapshot) indexOfPost(p feed.Post) (i int, found bool) {
	second := p.Published.Unix()
	first := s.indexOfSecond(second)
	for i := first; i < len(s) && s[i].second() == second; i++ {
		if s[i].hasID(p.ID) {
			return i, true
		}
	}
	return first, false
}
