package crawl

import (
	"context"
	"net/url"
	"time"

	"lastpost/internal/feed"
)

// Store is where a Refresher keeps what it finds. An archive is one.
type Store interface {
	// Keep takes in entries, and notes with them, in one step that happens whole or not at all: what was fetched
	// and how far the fetching has come cannot drift apart, whenever the process is killed.
	Keep(ctx context.Context, b feed.Batch) (feed.StoreResult, error)
	// Memo gives the last note of a name; nil where there is none.
	Memo(ctx context.Context, name string) ([]byte, error)
	// Len is how many posts there are to answer from.
	Len() int
	// Latest is the newest post; false where there is none.
	Latest() (feed.Post, bool)
}

// Hub is the subscription to a feed. A websub.Subscription is one.
type Hub interface {
	// UpdateHub gives the hub and the topic that the last full answer of the feed named; nil: none.
	UpdateHub(hub, topic *url.URL)
	// NextDue is when Step has something to do; zero: never.
	NextDue() time.Time
	// SubscribeIfDue does what is due.
	SubscribeIfDue(ctx context.Context) error
	// IsActive reports whether pushes can be relied on.
	IsActive() bool
}
