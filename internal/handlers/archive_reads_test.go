package handlers_test

import (
	"context"

	"lastpost/internal/feed"
	"lastpost/internal/handlers"
)

// A watched archive counts what is read from its disk, which fails where it is told to.
type watched struct {
	handlers.PostStore
	reads int   // of the disk
	most  int   // that a search was asked for
	fail  error // what a read gives
}

func (c *watched) Entry(ctx context.Context, id string) (feed.Entry, bool, error) {
	if c.reads++; c.fail != nil {
		return feed.Entry{}, false, c.fail
	}
	return c.PostStore.Entry(ctx, id)
}

func (c *watched) Search(ctx context.Context, words string, limit int) ([]feed.Post, error) {
	c.most = max(c.most, limit)
	if c.reads++; c.fail != nil {
		return nil, c.fail
	}
	return c.PostStore.Search(ctx, words, limit)
}

func (c *watched) InCategory(ctx context.Context, category string, skip, limit int) ([]feed.Post, error) {
	if c.reads++; c.fail != nil {
		return nil, c.fail
	}
	return c.PostStore.InCategory(ctx, category, skip, limit)
}

func (c *watched) Categories(ctx context.Context, limit int) ([]string, error) {
	if c.reads++; c.fail != nil {
		return nil, c.fail
	}
	return c.PostStore.Categories(ctx, limit)
}
