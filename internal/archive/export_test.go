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

// PendingVisits returns the number of unwritten changes of visits; -1 if all visits are to be replaced.
func (a *Archive) PendingVisits() int {
	a.visits.mu.Lock()
	defer a.visits.mu.Unlock()
	if a.visits.rewriteAll {
		return -1
	}
	return len(a.visits.changed)
}

// LastVisit returns what a listener's next visit would return, without recording a visit.
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
