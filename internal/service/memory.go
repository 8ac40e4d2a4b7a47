package service

import (
	"context"
	"runtime/debug"
	"time"
)

// tuneMemory lets the heap grow further before it is collected: the collector would else run every few hundred requests,
// at a cost that each of them bears. An operator's GOGC and GOMEMLIMIT go first.
func tuneMemory(getenv func(string) (string, bool)) {
	const percent = 1200 // of what is live; the limit is met first where that is much
	if _, set := getenv("GOGC"); !set {
		debug.SetGCPercent(percent)
	}
	boundMemory(getenv, 0)
}

// boundMemory has the heap collected as often as it takes to stay within what the posts need and some room to work in.
func boundMemory(getenv func(string) (string, bool), posts int) {
	if _, set := getenv("GOMEMLIMIT"); set {
		return
	}
	debug.SetMemoryLimit(heapFor(posts))
}

// keepMemoryBounded follows the posts as they become more, until ctx ends.
func keepMemoryBounded(ctx context.Context, getenv func(string) (string, bool), posts func() int) {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		boundMemory(getenv, posts())
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// heapFor is what the heap may take with so many posts in memory, in bytes. A post takes some 200 of them.
func heapFor(posts int) int64 {
	const room, post = 29 << 20, 250
	return room + post*int64(posts)
}
