package crawl

import (
	"context"
	"slices"
	"sync"
	"time"

	"lastpost/internal/feed"
)

// memoryStore is a Store in memory. Unlike the archive, it stores entries unchanged, with their dates and duplicates.
type memoryStore struct {
	mu        sync.Mutex
	posts     []feed.Post // newest first
	notes     map[string][]byte
	backfills map[string]int
	hosts     []string // of the last batch
	err       error
}

var _ Store = (*memoryStore)(nil)

func (s *memoryStore) Keep(_ context.Context, b feed.Batch) (kept feed.StoreResult, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return feed.StoreResult{}, s.err
	}
	if s.notes == nil {
		s.notes, s.backfills = map[string][]byte{}, map[string]int{}
	}
	s.hosts = b.Hosts
	for _, e := range b.Entries {
		if e.Published.IsZero() || e.Published.After(b.Now) {
			e.Published = b.Now
		}
		i := slices.IndexFunc(s.posts, func(p feed.Post) bool { return p.ID == e.ID })
		if i >= 0 {
			s.posts[i] = e.Post
		} else {
			s.posts = append(s.posts, e.Post)
			kept.New++
		}
		if b.BackfillID > 0 && s.backfills[e.ID] != b.BackfillID {
			s.backfills[e.ID] = b.BackfillID
			kept.NewlySeen++
		}
	}
	slices.SortStableFunc(s.posts, func(a, b feed.Post) int { return b.Published.Compare(a.Published) })
	if b.Notes == nil {
		return kept, nil
	}
	notes, err := b.Notes(kept)
	for name, note := range notes {
		s.notes[name] = note
	}
	return kept, err
}

func (s *memoryStore) Memo(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.notes[name], nil
}

func (s *memoryStore) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.posts)
}

func (s *memoryStore) Latest() (feed.Post, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.posts) == 0 {
		return feed.Post{}, false
	}
	return s.posts[0], true
}

func hours(n int) time.Time { return t0.Add(time.Duration(n) * time.Hour) }
