package archive

import (
	"sort"
	"time"

	"lastpost/internal/feed"
)

// Range is the posts published in [from, to), newest first, without the first skip of them, and limit at most. A zero
// time is no bound.
func (a *Archive) Range(from, to time.Time, skip, limit int) []feed.Post {
	s := a.posts().between(from, to)
	s = s[min(max(skip, 0), len(s)):]
	s = s[:min(max(limit, 0), len(s))]
	if len(s) == 0 {
		return nil
	}
	posts := make([]feed.Post, len(s))
	for i, r := range s {
		posts[i] = r.post()
	}
	return posts
}

// Older is the post behind p in the order, newest first; false where there is none. p is known by its second and its ID.
// Where it is no longer kept there, it is taken to have been the newest one of its second: Older is then the newest one
// published in that second or before, and Newer the oldest one published after it. So who goes on from a post that was
// forgotten in the meantime misses none. A p that was given another date is not its own neighbour.
func (a *Archive) Older(p feed.Post) (feed.Post, bool) {
	s := a.posts()
	i := s.behind(p)
	if i < len(s) && s[i].is(p.ID) {
		i++
	}
	return s.at(i)
}

// Newer is the post before p in the order, as Older is the one behind it; false where there is none.
func (a *Archive) Newer(p feed.Post) (feed.Post, bool) {
	s := a.posts()
	i, _ := s.index(p)
	if i--; i >= 0 && s[i].is(p.ID) {
		i--
	}
	return s.at(i)
}

// Since is how many posts are newer than p in the order: those of Range without bounds and skip, up to that many. Where p
// is no longer kept at its second they are those published after it.
func (a *Archive) Since(p feed.Post) int {
	i, _ := a.posts().index(p)
	return i
}

// At is the newest post published in a second since 1970 that match accepts; false where there is none.
func (a *Archive) At(second int64, match func(feed.Post) bool) (feed.Post, bool) {
	s := a.posts()
	for i := s.firstOf(second); i < len(s) && s[i].second() == second; i++ {
		if p := s[i].post(); match(p) {
			return p, true
		}
	}
	return feed.Post{}, false
}

// Episode is the newest post with audio published in [from, to); false where there is none. A zero time is no bound.
func (a *Archive) Episode(from, to time.Time) (feed.Post, bool) {
	return a.posts().between(from, to).episodeBut("")
}

// OlderEpisode is the next post with audio behind p in the order, as Older is the next of all; p itself need not have any.
func (a *Archive) OlderEpisode(p feed.Post) (feed.Post, bool) {
	s := a.posts()
	return s[s.behind(p):].episodeBut(p.ID)
}

// NewerEpisode is the next post with audio before p in the order, as Newer is the next of all.
func (a *Archive) NewerEpisode(p feed.Post) (feed.Post, bool) {
	s := a.posts()
	i, _ := s.index(p)
	for i--; i >= 0; i-- {
		if s[i].audio && !s[i].is(p.ID) {
			return s[i].post(), true
		}
	}
	return feed.Post{}, false
}

// episodeBut is the newest post with audio that has another id.
func (s snapshot) episodeBut(id string) (feed.Post, bool) {
	for _, r := range s {
		if r.audio && !r.is(id) {
			return r.post(), true
		}
	}
	return feed.Post{}, false
}

func (r row) second() int64 { return r.position >> placeBits }

func (r row) is(id string) bool { return r.texts[:r.id] == id }

// firstOf is the index of the newest post published in a second, or before it where there is none in it.
func (s snapshot) firstOf(second int64) int {
	return sort.Search(len(s), func(i int) bool { return s[i].second() <= second })
}

// index is where p is; where it is not kept, where the newest post of its second is, or would be.
func (s snapshot) index(p feed.Post) (i int, kept bool) {
	second := p.Published.Unix()
	first := s.firstOf(second)
	for i := first; i < len(s) && s[i].second() == second; i++ {
		if s[i].is(p.ID) {
			return i, true
		}
	}
	return first, false
}

// behind is the index of what comes behind p.
func (s snapshot) behind(p feed.Post) int {
	i, kept := s.index(p)
	if kept {
		i++
	}
	return i
}
