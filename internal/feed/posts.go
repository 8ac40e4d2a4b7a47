package feed

import (
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// maxPosts bounds how many posts of one blog are kept: the newest.
const maxPosts = 10_000

// Posts is what is known of one blog. It is safe for concurrent use, and reads take no lock. The zero
// value is empty and ready.
//
// Of posts published at the same instant the one that stands earlier in the feed is the newer one; those
// that the feed no longer shows come after those that it shows.
type Posts struct {
	writing sync.Mutex
	list    atomic.Pointer[[]kept] // newest first; never changed once stored
}

// kept is a post and what its feed claimed as its date, by which a later poll knows whether the publisher
// has changed his mind.
type kept struct {
	Post
	claim time.Time
}

func (p *Posts) load() []kept {
	if l := p.list.Load(); l != nil {
		return *l
	}
	return nil
}

// Len is how many posts are kept.
func (p *Posts) Len() int { return len(p.load()) }

// Latest is the newest post; false where there is none.
func (p *Posts) Latest() (Post, bool) {
	l := p.load()
	if len(l) == 0 {
		return Post{}, false
	}
	return l[0].Post, true
}

// Before is the newest post published before t; false where there is none.
func (p *Posts) Before(t time.Time) (Post, bool) {
	l := p.load()
	i := firstBefore(l, t)
	if i == len(l) {
		return Post{}, false
	}
	return l[i].Post, true
}

// Between is the newest post published in [from, to), and how many there are. Where count is 0 newest is
// the zero Post.
func (p *Posts) Between(from, to time.Time) (newest Post, count int) {
	l := p.load()
	first, last := firstBefore(l, to), firstBefore(l, from)
	if last <= first {
		return Post{}, 0
	}
	return l[first].Post, last - first
}

// firstBefore is the index of the newest post published before t.
func firstBefore(l []kept, t time.Time) int {
	return sort.Search(len(l), func(i int) bool { return l[i].Published.Before(t) })
}

// merge takes in what a feed shows, in the feed's order, with the dates that it claims. A post whose ID
// is known is replaced; of several with one ID and one link in the feed the first one counts, as it is the
// newest by the feed's own order. Posts that the feed no longer shows stay.
func (p *Posts) merge(shown []Post, now time.Time) {
	p.writing.Lock()
	defer p.writing.Unlock()
	old := p.load()
	known := make(map[string]int, len(old))
	for i := range old {
		known[old[i].ID] = i
	}
	seen := make(map[string]struct{}, len(shown))
	merged := make([]kept, 0, len(shown)+len(old))
	for _, post := range distinct(shown) {
		seen[post.ID] = struct{}{}
		was := kept{}
		if i, ok := known[post.ID]; ok {
			was = old[i]
		}
		merged = append(merged, kept{dated(post, was, now), post.Published})
	}
	for _, k := range old {
		if _, again := seen[k.ID]; !again {
			merged = append(merged, k)
		}
	}
	p.store(merged)
}

// distinct gives the posts with an ID each. One GUID for posts of several links is a template's mistake, and
// the links tell them apart.
func distinct(shown []Post) []Post {
	links := make(map[string]string, len(shown)) // by ID
	posts := make([]Post, 0, len(shown))
	for _, post := range shown {
		if link, twice := links[post.ID]; twice && post.Link != "" && post.Link != link {
			post.ID = post.Link
		}
		if _, twice := links[post.ID]; !twice {
			links[post.ID] = post.Link
			posts = append(posts, post)
		}
	}
	return posts
}

func (p *Posts) store(merged []kept) {
	slices.SortStableFunc(merged, func(a, b kept) int { return b.Published.Compare(a.Published) })
	if len(merged) > maxPosts {
		merged = merged[:maxPosts]
	}
	merged = slices.Clone(merged) // lets go of what was cut off
	p.list.Store(&merged)
}

// dated gives a post its instant. A claim is judged once, when the feed first makes it: a date that has
// passed is taken as it is, however old; one that is missing or lies ahead of now is the publisher's
// mistake, and the post bears the time at which it was first seen. While the feed repeats its claim the
// instant stays, so that a post dated eight hours ahead does not jump forward eight hours later.
func dated(post Post, was kept, now time.Time) Post {
	first := was.Published
	if was.ID == "" {
		first = now.UTC().Round(0)
	}
	switch claim := post.Published; {
	case was.ID != "" && claim.Equal(was.claim), claim.IsZero(), claim.After(now):
		post.Published = first
	}
	return post
}
