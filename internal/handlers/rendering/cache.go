package rendering

import "sync"

// A RenderCache holds recently rendered posts, because most listeners ask for the same post, and because parsing HTML is slow.
// The cache is emptied when a post changes or when it is full. The zero RenderCache is empty and ready.
type RenderCache struct {
	mu         sync.Mutex
	generation uint64
	posts      map[Key]*Rendered
	size       int // sum of memorySize
}

// A Key identifies a rendered post.
type Key struct {
	ID     string // of the post
	Locale string // of the listener
}

// Limits of the cache. The number of posts alone is not enough, because a post of 256 KiB with 65,000 sentences of one
// letter takes 4 MiB.
const (
	maxCachedPosts = 32
	maxCachedBytes = 8 << 20
)

// memorySize estimates the memory that a rendered post takes, in bytes.
func (r *Rendered) memorySize() int {
	const perSentence, base = 64, 4 << 10 // bytes per sentence, and bytes for the other fields
	size := base
	for _, turn := range r.Turns {
		size += len(turn.String()) + perSentence*turn.SentenceCount()
	}
	return size
}

// Get returns a post that was rendered in a generation of the archive.
func (c *RenderCache) Get(generation uint64, key Key) (*Rendered, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation != generation {
		return nil, false
	}
	rendered, ok := c.posts[key]
	return rendered, ok
}

// Put adds a post that was rendered in a generation of the archive.
func (c *RenderCache) Put(generation uint64, key Key, rendered *Rendered) {
	c.mu.Lock()
	defer c.mu.Unlock()
	size := rendered.memorySize()
	if c.posts == nil || c.generation != generation || len(c.posts) >= maxCachedPosts || c.size+size > maxCachedBytes {
		c.generation, c.posts, c.size = generation, map[Key]*Rendered{}, 0
	}
	if _, again := c.posts[key]; !again { // two requests may render the same post concurrently
		c.size += size
	}
	c.posts[key] = rendered
}
