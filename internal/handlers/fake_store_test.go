package handlers_test

import (
	"context"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
)

// A readCounter is a store that counts its reads. If err is set, each read returns it.
type readCounter struct {
	conversation.PostStore
	reads    int
	maxLimit int   // largest limit that a search was called with
	err      error // returned by every read
}

func (c *readCounter) Entry(ctx context.Context, id string) (feed.Entry, bool, error) {
	if c.reads++; c.err != nil {
		return feed.Entry{}, false, c.err
	}
	return c.PostStore.Entry(ctx, id)
}

func (c *readCounter) Search(ctx context.Context, words string, limit int) ([]feed.Post, error) {
	c.maxLimit = max(c.maxLimit, limit)
	if c.reads++; c.err != nil {
		return nil, c.err
	}
	return c.PostStore.Search(ctx, words, limit)
}

func (c *readCounter) InCategory(ctx context.Context, category string, skip, limit int) ([]feed.Post, error) {
	if c.reads++; c.err != nil {
		return nil, c.err
	}
	return c.PostStore.InCategory(ctx, category, skip, limit)
}

func (c *readCounter) CountInCategory(ctx context.Context, category string) (int, error) {
	if c.reads++; c.err != nil {
		return 0, c.err
	}
	return c.PostStore.CountInCategory(ctx, category)
}

func (c *readCounter) Categories(ctx context.Context, limit int) ([]string, error) {
	if c.reads++; c.err != nil {
		return nil, c.err
	}
	return c.PostStore.Categories(ctx, limit)
}

func (c *readCounter) FirstSeen(ctx context.Context, id string) (time.Time, error) {
	if c.reads++; c.err != nil {
		return time.Time{}, c.err
	}
	return c.PostStore.FirstSeen(ctx, id)
}
