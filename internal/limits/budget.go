// Package limits bounds what strangers' requests cost: the parts of a header, headers that do not end, and the bytes of bodies.
// It does not answer requests.
package limits

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// A Budget limits the bytes of memory that requests hold at the same time: those of all clients, and those of each client.
// Without the second limit, one attacker could hold all bytes with slow requests.
type Budget struct {
	total *semaphore.Weighted
	share int64

	mu      sync.Mutex // guards clients
	clients map[string]*holder
}

// A holder is a client with bytes, or one that waits for bytes.
type holder struct {
	held     *semaphore.Weighted
	requests int
}

// NewBudget returns a budget of total bytes. One client gets at most share of them.
func NewBudget(total, share int64) *Budget {
	return &Budget{total: semaphore.NewWeighted(total), share: share, clients: map[string]*holder{}}
}

// Acquire waits until the client may hold n more bytes, or ctx ends. A number above the client's share is never granted. The
// caller calls release when it does not hold the bytes any more.
//
// A caller that already holds bytes must not acquire more: two callers could wait for each other.
func (b *Budget) Acquire(ctx context.Context, name string, n int64) (release func(), err error) {
	c := b.addRequest(name)
	if err := c.held.Acquire(ctx, n); err != nil {
		b.removeRequest(name)
		return nil, err
	}
	if err := b.total.Acquire(ctx, n); err != nil {
		c.held.Release(n)
		b.removeRequest(name)
		return nil, err
	}
	return sync.OnceFunc(func() {
		b.total.Release(n)
		c.held.Release(n)
		b.removeRequest(name)
	}), nil
}

func (b *Budget) addRequest(name string) *holder {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.clients[name]
	if c == nil {
		c = &holder{held: semaphore.NewWeighted(b.share)}
		b.clients[name] = c
	}
	c.requests++
	return c
}

// removeRequest removes the client with its last request, so that the clients in memory are not more than the requests.
func (b *Budget) removeRequest(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.clients[name]; c.requests > 1 {
		c.requests--
	} else {
		delete(b.clients, name)
	}
}
