package archive

import (
	"context"

	"lastpost/internal/feed"
)

// Answers is the snapshot, newest first.
func (a *Archive) Answers() (posts []feed.Post) {
	for _, r := range a.posts() {
		posts = append(posts, r.post())
	}
	return posts
}

// Reload reads the snapshot anew, whether the file was changed or not.
func (a *Archive) Reload(ctx context.Context) error { return a.reload(ctx) }

// Flush writes the visits now.
func (a *Archive) Flush(ctx context.Context) error { return a.flush(ctx) }

// MostListeners is how many are remembered.
const MostListeners = mostListeners

// Unwritten is how many listeners the file does not know the truth of; -1 where it is to be written anew.
func (a *Archive) Unwritten() int {
	a.listeners.mu.Lock()
	defer a.listeners.mu.Unlock()
	if a.listeners.all {
		return -1
	}
	return len(a.listeners.changed)
}

// LastVisit is what a listener's next visit would give, without one.
func (a *Archive) LastVisit(user string) (feed.Post, bool) {
	l := &a.listeners
	who := l.hash(user)
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.visits[who]; ok {
		return e.Value.(visit).newest(), true
	}
	return feed.Post{}, false
}
