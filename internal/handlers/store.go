package handlers

import (
	"context"
	"time"

	"lastpost/internal/feed"
)

// A Shelf has the posts in their order, newest first, and answers from memory.
type PostIndex interface {
	// Newest returns the newest post that f selects; false if there is none.
	Newest(f feed.Filter) (feed.Post, bool)
	// Count returns the number of posts that f selects, and the newest of them. Both are of one moment.
	Count(f feed.Filter) (count int, newest feed.Post)
	// Range returns the posts that f selects, newest first: limit at most, without the first skip.
	Range(f feed.Filter, skip, limit int) []feed.Post
	// At gives the post of a Unix second that match accepts.
	At(second int64, match func(feed.Post) bool) (feed.Post, bool)
	// Older and Newer return the nearest posts that f selects; where p is no longer kept, those of its instant.
	Older(p feed.Post, f feed.Filter) (feed.Post, bool)
	Newer(p feed.Post, f feed.Filter) (feed.Post, bool)
	// Since counts the posts that are newer than p.
	Since(p feed.Post) int
	// Generation changes whenever a post, or what belongs to it, has changed.
	Generation() uint64
}

// PostStore is what is too much to hold in memory: it is read from the disk, where no writer keeps a reader waiting.
type PostStore interface {
	// Entry gives all of a post; false where there is none of this id.
	Entry(ctx context.Context, id string) (e feed.Entry, ok bool, err error)
	// Search gives the newest posts that have all of the words, those with the words in their titles first.
	Search(ctx context.Context, words string, limit int) ([]feed.Post, error)
	// InCategory gives the newest posts of a category, however its name is capitalised.
	InCategory(ctx context.Context, category string, skip, limit int) ([]feed.Post, error)
	// Categories gives the categories of most posts.
	Categories(ctx context.Context, limit int) ([]string, error)
}

// VisitStore is who was here, known by a keyed hash alone. It answers from memory.
type VisitStore interface {
	// Visit notes that a user is here, and what the newest post is. It gives the newest one of the visit before, of which
	// it knows the id and the date; false for a new user.
	Visit(user string, newest feed.Post, now time.Time) (last feed.Post, known bool)
	// ForgetListener forgets a user.
	ForgetListener(user string)
}
