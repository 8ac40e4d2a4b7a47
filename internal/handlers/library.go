package handlers

import (
	"context"
	"time"

	"lastpost/internal/feed"
)

// Posts is what the conversation is about. An archive is one.
type Posts interface {
	Shelf
	Texts
	Listeners
}

// A Shelf has the posts in their order, newest first, and answers from memory.
type Shelf interface {
	// Latest gives the newest post; false where there is none.
	Latest() (feed.Post, bool)
	// Between gives the newest post of [from, to), and how many there are.
	Between(from, to time.Time) (newest feed.Post, count int)
	// Before gives the newest post before t; false where there is none.
	Before(t time.Time) (feed.Post, bool)
	// Range gives posts of [from, to), newest first: limit at most, without the first skip. A zero time is no bound.
	Range(from, to time.Time, skip, limit int) []feed.Post
	// At gives the post of a Unix second that match accepts.
	At(second int64, match func(feed.Post) bool) (feed.Post, bool)
	// Older and Newer give a post's neighbours; where it is no longer kept, those of its instant.
	Older(p feed.Post) (feed.Post, bool)
	Newer(p feed.Post) (feed.Post, bool)
	// Since counts the posts that are newer than p.
	Since(p feed.Post) int
	// Episode gives the newest post with audio of [from, to); a zero time is no bound.
	Episode(from, to time.Time) (feed.Post, bool)
	// OlderEpisode and NewerEpisode give the nearest posts with audio.
	OlderEpisode(p feed.Post) (feed.Post, bool)
	NewerEpisode(p feed.Post) (feed.Post, bool)
	// Generation changes whenever a post, or what belongs to it, has changed.
	Generation() uint64
}

// Texts is what is too much to hold in memory: it is read from the disk, where no writer keeps a reader waiting.
type Texts interface {
	// Entry gives all of a post; false where there is none of this id.
	Entry(ctx context.Context, id string) (e feed.Entry, ok bool, err error)
	// Search gives the newest posts that have all of the words, those with the words in their titles first.
	Search(ctx context.Context, words string, limit int) ([]feed.Post, error)
	// InCategory gives the newest posts of a category, however its name is capitalised.
	InCategory(ctx context.Context, category string, skip, limit int) ([]feed.Post, error)
	// Categories gives the categories of most posts.
	Categories(ctx context.Context, limit int) ([]string, error)
}

// Listeners is who was here, known by a keyed hash alone. It answers from memory.
type Listeners interface {
	// Visit notes that a user is here, and what the newest post is. It gives the newest one of the visit before, of which
	// it knows the id and the date; false for a new user.
	Visit(user string, newest feed.Post, now time.Time) (last feed.Post, known bool)
	// ForgetListener forgets a user.
	ForgetListener(user string)
}
