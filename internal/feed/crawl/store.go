package crawl

import (
	"context"
	"net/url"
	"time"

	"lastpost/internal/feed"
)

// Store holds posts and the crawl state. archive.Archive implements it.
type Store interface {
	// Keep stores entries and memos in one transaction. So entries and crawl state stay consistent even if the process
	// is killed.
	Keep(ctx context.Context, b feed.Batch) (feed.StoreResult, error)
	// Memo returns the last stored memo with this name, or nil.
	Memo(ctx context.Context, name string) ([]byte, error)
	// Len returns the number of posts that the skill can serve.
	Len() int
	// Latest returns the newest post, or false if there are none.
	Latest() (feed.Post, bool)
}

// Hub is the subscription to a feed. websub.Subscription implements it.
type Hub interface {
	// UpdateHub sets the hub and the topic that the last full response named. Nil means that it did not name one.
	UpdateHub(hub, topic *url.URL)
	// NextDue returns the time at which to call SubscribeIfDue, or zero if no request is planned.
	NextDue() time.Time
	// SubscribeIfDue sends a subscription or renewal request to the hub, if one is due.
	SubscribeIfDue(ctx context.Context) error
	// IsActive reports whether the hub currently pushes new posts.
	IsActive() bool
	// RecordMissedPush records that a scheduled poll found a new post while the hub was active.
	RecordMissedPush()
}
