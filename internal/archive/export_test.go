package archive

import (
	"context"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/archive/visits"
	"lastpost/internal/feed"
)

// SnapshotPosts returns the posts of the snapshot, newest first.
func (a *Archive) SnapshotPosts() (posts []feed.Post) {
	for _, r := range snapshot.Current(&a.posts) {
		posts = append(posts, r.Post())
	}
	return posts
}

// Reload reads the snapshot again even if the file has not changed.
func (a *Archive) Reload(ctx context.Context) error { return a.reloadSnapshot(ctx) }

// Flush writes the pending visits.
func (a *Archive) Flush(ctx context.Context) error { return a.flushVisits(ctx) }

// MaxListeners is the maximum number of stored listeners.
const MaxListeners = visits.MaxListeners

// PendingVisits returns the number of changed visits that are not in the file yet; see visits.Cache.
func (a *Archive) PendingVisits() int { return visits.CountPending(&a.listeners) }

// LastVisit returns the same post as a listener's next Visit, but does not record a visit.
func (a *Archive) LastVisit(account string) (feed.Post, bool) {
	return visits.Last(&a.listeners, feed.Listener{Account: account})
}
