package archive

import "lastpost/internal/feed"

// Answers is the snapshot, newest first.
func (a *Archive) Answers() (posts []feed.Post) {
	for _, r := range a.posts() {
		posts = append(posts, r.post())
	}
	return posts
}
