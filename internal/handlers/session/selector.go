package session

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/period"
)

// An ListIndex finds posts in memory; see conversation.PostIndex.
type ListIndex interface {
	Range(f feed.Filter, skip, limit int) []feed.Post
	At(second int64, match func(feed.Post) bool) (feed.Post, bool)
	Older(p feed.Post, f feed.Filter) (feed.Post, bool)
	Newer(p feed.Post, f feed.Filter) (feed.Post, bool)
	Since(p feed.Post) int
}

// A ListStore finds posts on disk; see conversation.PostStore.
type ListStore interface {
	Search(ctx context.Context, words string, limit int) ([]feed.Post, error)
	InCategory(ctx context.Context, category string, skip, limit int) ([]feed.Post, error)
}

// A Selector finds the posts of a conversation's lists.
type Selector struct {
	Context context.Context //nolint:containedctx // a Selector answers one request
	Posts   ListIndex
	Store   ListStore
	Now     time.Time // periods are relative to it
	Zone    *time.Location
	Since   Ref // the newest post at the listener's previous visit
}

// A step is Older or Newer of an ListIndex.
type step = func(feed.Post, feed.Filter) (feed.Post, bool)

// Post returns the post that a ref identifies, or false if the archive has removed it.
func (t Selector) Post(r Ref) (feed.Post, bool) {
	second, id, ok := r.Decode()
	if !ok {
		return feed.Post{}, false
	}
	return t.Posts.At(second, func(p feed.Post) bool { return Hash32(p.ID) == id })
}

// Listed returns at most limit posts of a list, beginning at l.Offset.
func (t Selector) Listed(l PostList, limit int) ([]feed.Post, error) {
	index, store := t.Posts, t.Store
	l.Offset = max(0, l.Offset)
	switch l.Source {
	case SourceNewest:
		return index.Range(feed.Filter{}, l.Offset, limit), nil
	case SourcePeriod:
		p, err := alexa.ParseDate(l.Query, t.Now, t.Zone)
		if err != nil {
			return nil, fmt.Errorf("parse list period: %w", err)
		}
		return index.Range(period.Filter(p), l.Offset, limit), nil
	case SourceSearch:
		found, err := store.Search(t.Context, l.Query, min(l.Offset+limit, MaxFound))
		return found[min(l.Offset, len(found)):], err
	case SourceCategory:
		return store.InCategory(t.Context, l.Query, l.Offset, limit)
	}
	return index.Range(feed.Filter{}, l.Offset, max(0, min(limit, t.CountNew()-l.Offset))), nil
}

// CountNew returns the number of posts that are new to the listener.
func (t Selector) CountNew() int {
	if last, known := t.LastSeen(); known {
		return t.Posts.Since(last)
	}
	return 0
}

// LastSeen returns the newest post at the listener's previous visit. If the archive has removed it, the result has only
// the publication time. LastSeen returns false if there was not a visit.
func (t Selector) LastSeen() (feed.Post, bool) {
	second, _, ok := t.Since.Decode()
	if !ok {
		return feed.Post{}, false
	}
	if last, kept := t.Post(t.Since); kept {
		return last, true
	}
	last := feed.Post{Published: time.Unix(second, 0)}
	// A post with such a date has another date now, so its former place says nothing about the posts after it.
	return last, !last.Published.Before(feed.FirstDate())
}

// The drift is the number of positions that a page has moved in its list since the listener heard it. New and removed
// posts cause it. maxDrift is the largest drift that Drift finds.
const maxDrift = 20

// Drift returns by how many positions the list has moved since its last page was named, because posts were added or
// removed. For positions before the end of the page, it looks up the page's first remaining post. For later positions,
// it looks up the page's last remaining post. So a spoken number selects the same post as before, and the next page
// begins where the last page ended. If the archive fails, Drift returns 0, because the caller's next read reports
// the failure.
func (t Selector) Drift(l PostList, position int) int {
	from := max(0, l.Offset-PageLength)
	posts, _ := t.Listed(PostList{Source: l.Source, Query: l.Query, Offset: from}, l.Offset-from+len(l.Page)+maxDrift)
	indexOf := func(r Ref) int {
		return slices.IndexFunc(posts, func(p feed.Post) bool { return RefOf(p) == r })
	}
	end := l.Offset + len(l.Page)
	if position >= end {
		for _, r := range slices.Backward(l.Page) {
			if i := indexOf(r); i >= 0 {
				return from + i + 1 - end
			}
		}
		return 0
	}
	for _, r := range l.Page {
		if i := indexOf(r); i >= 0 {
			return from + i - l.Offset
		}
	}
	return 0
}

// Neighbour returns the post after the current one of a series, or before it. If the current post was removed, it
// returns the post that followed it, or else searches from its date.
func (t Selector) Neighbour(s State, direction int) (feed.Post, bool, error) {
	l := *s.List
	began := t
	began.Now, began.Since = time.Unix(l.Series.Began, 0).In(t.Zone), l.Series.Since
	current, kept := t.Post(l.Page[0])
	if !kept {
		if next, ok := t.followingPost(l); ok && direction > 0 {
			return next, true, nil
		}
		second, _, _ := l.Page[0].Decode() // IsValid refuses malformed refs
		current = feed.Post{Published: time.Unix(second, 0)}
	}
	switch l.Source {
	case SourceSearch, SourceCategory:
		return began.storedNeighbour(l, direction)
	case SourcePeriod:
		p, err := alexa.ParseDate(l.Query, began.Now, t.Zone)
		if err != nil {
			return feed.Post{}, false, err
		}
		post, ok := t.stepBy(direction)(current, period.Filter(p))
		return post, ok, nil
	}
	post, ok := t.stepBy(direction)(current, feed.Filter{})
	if ok && l.Source == SourceNew {
		ok = t.Posts.Since(post) < began.CountNew()
	}
	return post, ok, nil
}

// followingPost returns the post that followed the current one of a series at the last answer, unless it was removed.
func (t Selector) followingPost(l PostList) (feed.Post, bool) {
	if len(l.Page) < 2 {
		return feed.Post{}, false
	}
	return t.Post(l.Page[1])
}

func (t Selector) stepBy(direction int) step {
	if direction < 0 {
		return t.Posts.Newer
	}
	return t.Posts.Older
}

// seriesWindow is how many posts storedNeighbour looks at around the current post. Posts that were added or removed in the
// meantime move it.
const seriesWindow = 200

// storedNeighbour is Neighbour for lists that only the store knows. If the current post left the list, the post after
// it has its position now.
func (t Selector) storedNeighbour(l PostList, direction int) (feed.Post, bool, error) {
	from := max(0, l.Offset-seriesWindow/2)
	posts, err := t.Listed(PostList{Source: l.Source, Query: l.Query, Offset: from}, seriesWindow)
	if err != nil {
		return feed.Post{}, false, err
	}
	indexOf := func(r Ref) int { return slices.IndexFunc(posts, func(p feed.Post) bool { return RefOf(p) == r }) }
	at := indexOf(l.Page[0])
	switch {
	case at >= 0:
		at += direction
	case direction < 0:
		at = l.Offset - from - 1
	default:
		if at = l.Offset - from; len(l.Page) > 1 && indexOf(l.Page[1]) >= 0 {
			at = indexOf(l.Page[1])
		}
	}
	if at < 0 || at >= len(posts) {
		return feed.Post{}, false, nil
	}
	return posts[at], true, nil
}
