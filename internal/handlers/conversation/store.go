package conversation

import (
	"context"
	"time"

	"lastpost/internal/feed"
)

// A PostIndex lists the posts, newest first. It does not read from disk.
type PostIndex interface {
	// Newest returns the newest post that f selects, or false if there is none.
	Newest(f feed.Filter) (feed.Post, bool)
	// Count returns the number of posts that f selects, and the newest of them. Both come from the same snapshot.
	Count(f feed.Filter) (count int, newest feed.Post)
	// Range returns the posts that f selects, newest first. It leaves out the first skip posts and returns at most
	// limit.
	Range(f feed.Filter, skip, limit int) []feed.Post
	// At returns the post that was published in a Unix second and that match accepts, or false if it does not exist.
	At(second int64, match func(feed.Post) bool) (feed.Post, bool)
	// Older and Newer return the nearest post that f selects. If p was removed, they search from the publication time
	// of p.
	Older(p feed.Post, f feed.Filter) (feed.Post, bool)
	Newer(p feed.Post, f feed.Filter) (feed.Post, bool)
	// Since returns the number of posts newer than p.
	Since(p feed.Post) int
	// Generation changes whenever a post or its content changes.
	Generation() uint64
}

// A PostStore holds the data that is too large for memory. It reads from disk, and writers never block a read.
type PostStore interface {
	// Entry returns a post with its content, or false if the store does not have a post with this id.
	Entry(ctx context.Context, id string) (e feed.Entry, ok bool, err error)
	// Search returns the newest posts that contain all the words. Posts with the words in their titles come first.
	Search(ctx context.Context, words string, limit int) ([]feed.Post, error)
	// InCategory returns the newest posts of a category. The comparison ignores case.
	InCategory(ctx context.Context, category string, skip, limit int) ([]feed.Post, error)
	// CountInCategory returns the number of posts of a category. The comparison ignores case.
	CountInCategory(ctx context.Context, category string) (int, error)
	// FirstSeen returns when the store got a post, or zero if it does not know that.
	FirstSeen(ctx context.Context, id string) (time.Time, error)
	// Categories returns the categories with the most posts.
	Categories(ctx context.Context, limit int) ([]string, error)
}

// A VisitStore records listeners' visits and where they stopped. It identifies a listener only by a keyed hash. Only
// ForgetAccount waits for the disk.
type VisitStore interface {
	// Visit records a visit and the newest post at that time. It returns the newest post at the previous visit, with only
	// its id and date. It returns false for a new listener.
	Visit(l feed.Listener, newest feed.Post, now time.Time) (last feed.Post, known bool)
	// ListenerKey returns the key that identifies a listener in later requests of the session.
	ListenerKey(l feed.Listener) string
	// Bookmark returns where a listener stopped.
	Bookmark(l feed.Listener) feed.Bookmark
	// KeepReading and KeepEpisode store where a listener stopped, if a visit is recorded. "" removes the bookmark.
	KeepReading(l feed.Listener, position string)
	KeepEpisode(l feed.Listener, position string)
	// ForgetAccount deletes the records of an account and of all its persons. It returns nil when they are deleted on the
	// disk.
	ForgetAccount(ctx context.Context, id string) error
}
