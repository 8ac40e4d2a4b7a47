package snapshot

import (
	"slices"
	"sort"

	"lastpost/internal/feed"
)

// Newest returns the newest post that f selects, or false if f selects none.
func (h *Holder) Newest(f feed.Filter) (feed.Post, bool) {
	return Current(h).newestExcept("", f)
}

// Count returns the number of posts that f selects, and the newest of them. Both are of one snapshot.
func (h *Holder) Count(f feed.Filter) (count int, newest feed.Post) {
	s := Current(h).between(f.From, f.To)
	newest, _ = s.newestExcept("", f)
	if !f.Episodes && !f.Exact {
		return len(s), newest
	}
	for _, r := range s {
		if r.matchesFilter(f) {
			count++
		}
	}
	return count, newest
}

// Range returns posts that f selects, newest first. It omits the first skip posts and returns at most limit of the
// next.
func (h *Holder) Range(f feed.Filter, skip, limit int) (posts []feed.Post) {
	s := Current(h).between(f.From, f.To)
	posts = slices.Grow(posts, min(max(limit, 0), len(s)))
	for _, r := range s {
		switch {
		case len(posts) >= limit:
			return posts
		case !r.matchesFilter(f):
		case skip > 0:
			skip--
		default:
			posts = append(posts, r.Post())
		}
	}
	return posts
}

// Older returns the newest post that is older than p and that f selects, or false if none is. It finds p by its date
// and its ID. f may exclude p. p may have been removed or have another date now. Then Older returns the newest post of
// the second of p.Published or before, and Newer returns the oldest post after that second. So a listener who continues
// from a forgotten post does not miss a post. A post whose date has changed is never its own neighbour.
func (h *Holder) Older(p feed.Post, f feed.Filter) (feed.Post, bool) {
	s := Current(h)
	i, found := s.indexOfPost(p)
	if found {
		i++
	}
	return s[i:].newestExcept(p.ID, f)
}

// Newer returns the oldest post that is newer than p and that f selects, or false if none is. See Older.
func (h *Holder) Newer(p feed.Post, f feed.Filter) (feed.Post, bool) {
	s := Current(h)
	i, _ := s.indexOfPost(p)
	for _, r := range slices.Backward(s[:i].between(f.From, f.To)) {
		if r.matchesFilter(f) && !r.hasID(p.ID) {
			return r.Post(), true
		}
	}
	return feed.Post{}, false
}

// Since returns the number of posts that are newer than p. Range with a zero filter returns these posts first. If p is
// not stored with the date p.Published, Since counts the posts after that second.
func (h *Holder) Since(p feed.Post) int {
	i, _ := Current(h).indexOfPost(p)
	return i
}

// At returns the newest post that match accepts among the posts of one second, or false if match accepts none. second
// is a Unix time.
func (h *Holder) At(second int64, match func(feed.Post) bool) (feed.Post, bool) {
	s := Current(h)
	for i := s.indexOfSecond(second); i < len(s) && s[i].second() == second; i++ {
		if p := s[i].Post(); match(p) {
			return p, true
		}
	}
	return feed.Post{}, false
}

// newestExcept returns the newest post that f selects, except the post with the given id. An empty id excludes nothing.
func (s Posts) newestExcept(id string, f feed.Filter) (feed.Post, bool) {
	for _, r := range s.between(f.From, f.To) {
		if r.matchesFilter(f) && (id == "" || !r.hasID(id)) {
			return r.Post(), true
		}
	}
	return feed.Post{}, false
}

func (r Row) second() int64 { return r.position >> SequenceBits }

// matchesFilter reports whether f selects a post whose date is in the period of f.
func (r Row) matchesFilter(f feed.Filter) bool {
	return (r.audio || !f.Episodes) && (!f.Exact || r.dateKind.IsExact())
}

func (r Row) hasID(id string) bool { return r.texts[:r.id] == id }

// indexOfSecond returns the index of the newest post published in a second or before.
func (s Posts) indexOfSecond(second int64) int {
	return sort.Search(len(s), func(i int) bool { return s[i].second() <= second })
}

// indexOfPost returns the index of p. If p is not stored with the date p.Published, found is false, and i is the index
// of the newest post of that second or before.
func (s Posts) indexOfPost(p feed.Post) (i int, found bool) {
	second := p.Published.Unix()
	first := s.indexOfSecond(second)
	for i := first; i < len(s) && s[i].second() == second; i++ {
		if s[i].hasID(p.ID) {
			return i, true
		}
	}
	return first, false
}
