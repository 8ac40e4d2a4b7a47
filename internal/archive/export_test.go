package archive

import (
	"context"

	"lastpost/internal/feed"
)

// SnapshotPosts returns the posts of the snapshot, newest first.
func (a *Archive) SnapshotPosts() (posts []feed.Post) {
	for _, r := range a.currentSnapshot() {
		posts = append(posts, r.toPost())
	}
	return posts
}

// Reload reads the snapshot again even if the file has not changed.
func (a *Archive) Reload(ctx context.Context) error { return a.reloadSnapshot(ctx) }

// Flush writes the pending visits.
func (a *Archive) Flush(ctx context.Context) error { return a.flushVisits(ctx) }

// MaxListeners is the maximum number of stored listeners.
const MaxListeners = maxListeners

// PendingVisits returns the number of changed visits that are not in the file yet. It returns -1 if the next write
// replaces all visits in the file.
func (a *Archive) PendingVisits() int {
	a.visits.mu.Lock()
	defer a.visits.mu.Unlock()
	if a.visits.rewriteAll {
		return -1
	}
	return len(a.visits.changed)
}

// LastVisit returns the same post as a listener's next Visit, but does not record a visit.
func (a *Archive) LastVisit(user string) (feed.Post, bool) {
	l := &a.visits
	who := l.hashUser(user)
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.visits[who]; ok {
		return e.Value.(visit).newestPost(), true
	}
	return feed.Post{}, false
}
