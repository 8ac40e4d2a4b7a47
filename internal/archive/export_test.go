package archive

import (
	"context"

	"lastpost/internal/feed"
)

// SnapshotPosts is the snapshot, newest first.
func (a *Archive) SnapshotPosts() (posts []feed.Post) {
	for _, r := range a.currentSnapshot() {
		posts = append(posts, r.toPost())
	}
	return posts
}

// Reload reads the snapshot anew, whether the file was changed or not.
func (a *Archive) Reload(ctx context.Context) error { return a.reloadSnapshot(ctx) }

// Flush writes the visits now.
func (a *Archive) Flush(ctx context.Context) error { return a.flushVisits(ctx) }

// MostListeners is how many are remembered.
const MostListeners = maxListeners

// PendingVisits is how many listeners the file does not know the truth of; -1 where it is to be written anew.
func (a *Archive) PendingVisits() int {
	a.visits.mu.Lock()
	defer a.visits.mu.Unlock()
	if a.visits.rewriteAll {
		return -1
	}
	return len(a.visits.changed)
}

// LastVisit is what a listener's next visit would give, without one.
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
