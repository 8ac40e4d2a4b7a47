// Package visits holds the last visit of each listener in memory, and the changes that are not in the archive's file yet.
// Package archive reads and writes the file.
package visits

import (
	"container/list"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"hash"
	"sync"
	"time"

	"lastpost/internal/feed"
)

// MaxListeners bounds the listeners in memory and in the file. The listeners with the oldest visits are removed first.
const MaxListeners = 20_000

// ListenerHash is the HMAC of a user's id with the archive's key. So a thief of the file cannot read from it who used
// the skill, and cannot match listeners between two archives.
type ListenerHash [16]byte

// Visit is the last visit of a listener.
type Visit struct {
	Listener  ListenerHash
	PostID    string // id of the post that was the newest at the visit
	Published int64  // date of that post, in seconds since 1970
	Day       int64  // day of the visit, in days since 1970
}

// NewKey returns a random key for the hashes of listeners, so that every archive has a different one.
func NewKey() []byte {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return key
}

// Cache holds the last visit of each listener in memory, and the changes that are not in the file yet.
type Cache struct {
	key        []byte
	macs       sync.Pool // holds hash.Hash values that are set up with the key, because setting up takes as long as hashing
	persistent bool      // changes will be written to the file

	mu         sync.Mutex // never held during disk access
	visits     map[ListenerHash]*list.Element
	order      list.List // elements are visits, latest first
	changed    map[ListenerHash]struct{}
	rewriteAll bool // too many visits have changed for a list, so the next write replaces all visits in the file
}

// Initialize prepares the cache before its first use. visits are sorted, latest first.
func (c *Cache) Initialize(key []byte, persistent bool, visits ...Visit) {
	c.key, c.persistent = key, persistent
	c.visits, c.changed = make(map[ListenerHash]*list.Element, len(visits)), map[ListenerHash]struct{}{}
	for _, v := range visits {
		c.visits[v.Listener] = c.order.PushBack(v)
	}
}

func (c *Cache) hashUser(user string) (h ListenerHash) {
	mac, ok := c.macs.Get().(hash.Hash)
	if !ok {
		mac = hmac.New(sha256.New, c.key)
	}
	_, _ = mac.Write([]byte(user)) // never fails
	var sum [sha256.Size]byte
	copy(h[:], mac.Sum(sum[:0]))
	mac.Reset()
	c.macs.Put(mac)
	return h
}

// Visit records a visit of a listener, with the time and the newest post. It returns the post that was the newest at
// the listener's previous visit, with only ID and Published set. known is false for a new listener. It does not access
// the disk: Watch and Close write the visits. It records nothing without a user id or without a newest post.
func (c *Cache) Visit(user string, newest feed.Post, now time.Time) (last feed.Post, known bool) {
	if user == "" || newest.ID == "" {
		return feed.Post{}, false
	}
	const day = 24 * 60 * 60
	v := Visit{c.hashUser(user), newest.ID, newest.Published.Unix(), now.Unix() / day}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.visits[v.Listener]; ok {
		last = e.Value.(Visit).newestPost()
		c.order.MoveToFront(e)
		if e.Value != v {
			e.Value = v
			c.markChanged(v.Listener)
		}
		return last, true
	}
	c.visits[v.Listener] = c.order.PushFront(v)
	c.markChanged(v.Listener)
	if len(c.visits) > MaxListeners {
		c.removeVisit(c.order.Back())
	}
	return feed.Post{}, false
}

// newestPost returns the post that was the newest at the visit.
func (v Visit) newestPost() feed.Post {
	return feed.Post{ID: v.PostID, Published: time.Unix(v.Published, 0).UTC()}
}

// ForgetListener removes a listener's visit from memory. The next time that Watch or Close writes visits, the visit is
// also removed from the file.
func (c *Cache) ForgetListener(user string) {
	id := c.hashUser(user)
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.visits[id]; ok {
		c.removeVisit(e)
	}
}

func (c *Cache) removeVisit(e *list.Element) {
	id := c.order.Remove(e).(Visit).Listener
	delete(c.visits, id)
	c.markChanged(id)
}

// markChanged records that the visit of a listener in the file is outdated.
func (c *Cache) markChanged(id ListenerHash) {
	if !c.persistent || c.rewriteAll {
		return
	}
	c.changed[id] = struct{}{}
	if len(c.changed) > 2*MaxListeners { // happens only if the disk is full for a long time
		c.rewriteAll, c.changed = true, map[ListenerHash]struct{}{}
	}
}

// Pending are changes that are not in the file yet.
type Pending struct {
	ReplaceAll bool // delete all visits in the file first
	Removed    []ListenerHash
	Changed    []Visit
}

// TakePending returns the pending changes and removes them from the cache. If writing them fails, RestorePending adds
// them again.
func (c *Cache) TakePending() (p Pending, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.ReplaceAll = c.rewriteAll; p.ReplaceAll {
		for e := c.order.Front(); e != nil; e = e.Next() {
			p.Changed = append(p.Changed, e.Value.(Visit))
		}
	}
	for id := range c.changed {
		if e, ok := c.visits[id]; ok {
			p.Changed = append(p.Changed, e.Value.(Visit))
		} else {
			p.Removed = append(p.Removed, id)
		}
	}
	c.rewriteAll, c.changed = false, map[ListenerHash]struct{}{}
	return p, p.ReplaceAll || len(p.Removed)+len(p.Changed) > 0
}

// RestorePending makes changes pending again after a failed write.
func (c *Cache) RestorePending(p Pending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.ReplaceAll {
		c.rewriteAll, c.changed = true, map[ListenerHash]struct{}{}
	}
	for _, id := range p.Removed {
		c.markChanged(id)
	}
	for _, v := range p.Changed {
		c.markChanged(v.Listener)
	}
}

// StopRecording ends the recording of changes, so that later visits stay in memory only.
func (c *Cache) StopRecording() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.persistent, c.rewriteAll, c.changed = false, false, nil
}

// Last returns the same post as a listener's next Visit, but does not record a visit.
func (c *Cache) Last(user string) (last feed.Post, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.visits[c.hashUser(user)]; ok {
		return e.Value.(Visit).newestPost(), true
	}
	return feed.Post{}, false
}

// CountPending returns the number of changed visits that are not in the file yet. It returns -1 if the next write
// replaces all visits in the file.
func (c *Cache) CountPending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rewriteAll {
		return -1
	}
	return len(c.changed)
}
