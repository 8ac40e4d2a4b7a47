package archive

import (
	"container/list"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
	"time"

	"lastpost/internal/feed"
)

// maxListeners bounds the listeners in memory and in the file. The listeners with the oldest visits are removed first.
const maxListeners = 20_000

// listenerHash is the HMAC of a user's id with the archive's key. So a thief of the file cannot read from it who used
// the skill, and cannot match listeners between two archives.
type listenerHash [16]byte

// visit is the last visit of a listener.
type visit struct {
	listener  listenerHash
	postID    string // id of the post that was the newest at the visit
	published int64  // date of that post, in seconds since 1970
	day       int64  // day of the visit, in days since 1970
}

// visitCache holds the last visit of each listener in memory, and the changes that are not in the file yet.
type visitCache struct {
	key        []byte
	macs       sync.Pool // holds hash.Hash values that are set up with the key, because setting up takes as long as hashing
	persistent bool      // changes will be written to the file

	flushMu sync.Mutex // held from takePending until the changes are written

	mu         sync.Mutex // never held during disk access
	visits     map[listenerHash]*list.Element
	order      list.List // elements are visits, latest first
	changed    map[listenerHash]struct{}
	rewriteAll bool // too many visits have changed for a list, so the next write replaces all visits in the file
}

// initialize prepares the cache before its first use. visits are sorted, latest first.
func (c *visitCache) initialize(key []byte, persistent bool, visits ...visit) {
	c.key, c.persistent = key, persistent
	c.visits, c.changed = make(map[listenerHash]*list.Element, len(visits)), map[listenerHash]struct{}{}
	for _, v := range visits {
		c.visits[v.listener] = c.order.PushBack(v)
	}
}

func (c *visitCache) hashUser(user string) (h listenerHash) {
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
func (a *Archive) Visit(user string, newest feed.Post, now time.Time) (last feed.Post, known bool) {
	if user == "" || newest.ID == "" {
		return feed.Post{}, false
	}
	const day = 24 * 60 * 60
	c := &a.visits
	v := visit{c.hashUser(user), newest.ID, newest.Published.Unix(), now.Unix() / day}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.visits[v.listener]; ok {
		last = e.Value.(visit).newestPost()
		c.order.MoveToFront(e)
		if e.Value != v {
			e.Value = v
			c.markChanged(v.listener)
		}
		return last, true
	}
	c.visits[v.listener] = c.order.PushFront(v)
	c.markChanged(v.listener)
	if len(c.visits) > maxListeners {
		c.removeVisit(c.order.Back())
	}
	return feed.Post{}, false
}

// newestPost returns the post that was the newest at the visit.
func (v visit) newestPost() feed.Post {
	return feed.Post{ID: v.postID, Published: time.Unix(v.published, 0).UTC()}
}

// ForgetListener removes a listener's visit from memory. The next time that Watch or Close writes visits, the visit is
// also removed from the file.
func (a *Archive) ForgetListener(user string) {
	c := &a.visits
	id := c.hashUser(user)
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.visits[id]; ok {
		c.removeVisit(e)
	}
}

func (c *visitCache) removeVisit(e *list.Element) {
	id := c.order.Remove(e).(visit).listener
	delete(c.visits, id)
	c.markChanged(id)
}

// markChanged records that the visit of a listener in the file is outdated.
func (c *visitCache) markChanged(id listenerHash) {
	if !c.persistent || c.rewriteAll {
		return
	}
	c.changed[id] = struct{}{}
	if len(c.changed) > 2*maxListeners { // happens only if the disk is full for a long time
		c.rewriteAll, c.changed = true, map[listenerHash]struct{}{}
	}
}

// pendingVisits are changes that are not in the file yet.
type pendingVisits struct {
	replaceAll bool // delete all visits in the file first
	removed    []listenerHash
	changed    []visit
}

// takePending returns the pending changes and removes them from the cache. If writing them fails, restorePending adds
// them again.
func (c *visitCache) takePending() (p pendingVisits, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.replaceAll = c.rewriteAll; p.replaceAll {
		for e := c.order.Front(); e != nil; e = e.Next() {
			p.changed = append(p.changed, e.Value.(visit))
		}
	}
	for id := range c.changed {
		if e, ok := c.visits[id]; ok {
			p.changed = append(p.changed, e.Value.(visit))
		} else {
			p.removed = append(p.removed, id)
		}
	}
	c.rewriteAll, c.changed = false, map[listenerHash]struct{}{}
	return p, p.replaceAll || len(p.removed)+len(p.changed) > 0
}

// restorePending makes changes pending again after a failed write.
func (c *visitCache) restorePending(p pendingVisits) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.replaceAll {
		c.rewriteAll, c.changed = true, map[listenerHash]struct{}{}
	}
	for _, id := range p.removed {
		c.markChanged(id)
	}
	for _, v := range p.changed {
		c.markChanged(v.listener)
	}
}

// stopRecording ends the recording of changes, so that later visits stay in memory only.
func (c *visitCache) stopRecording() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.persistent, c.rewriteAll, c.changed = false, false, nil
}
