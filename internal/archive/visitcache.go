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

// maxListeners bounds the listeners in memory and in the file. The ones with the oldest visits are removed first.
const maxListeners = 20_000

// listenerHash is the HMAC of a user's id under the archive's key. A reader of the file who does not know an id cannot
// find out who used the skill. A known id does not reveal visits in another archive.
type listenerHash [16]byte

// visit is the last visit of a listener.
type visit struct {
	listener  listenerHash
	postID    string // id of the newest post at that time
	published int64  // its date, in seconds since 1970
	day       int64  // of the visit, in days since 1970
}

// visitCache holds the last visit of each listener in memory, and the changes that are not in the file yet.
type visitCache struct {
	key        []byte
	macs       sync.Pool // of hash.Hash with the key; setting up the key takes as long as hashing
	persistent bool      // changes are written to the file

	flushMu sync.Mutex // held from takePending until the changes are written

	mu         sync.Mutex // never held during disk access
	visits     map[listenerHash]*list.Element
	order      list.List // of visit, latest first
	changed    map[listenerHash]struct{}
	rewriteAll bool // too many changes for a list: the file's visits are replaced
}

// initialize prepares the cache before its first use. visits are in order, latest first.
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

// Visit records that a listener visits now, and the newest post. It returns the post that was the newest at the
// listener's previous visit, with only ID and Published set, and false for a new listener. It does not access the disk:
// Watch and Close write the visits. It records nothing without a user id or without a newest post.
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

// ForgetListener removes a listener's visit: at once from memory, and from the file when Watch or Close next writes the
// visits.
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

// markChanged records that the file's visit of a listener is out of date.
func (c *visitCache) markChanged(id listenerHash) {
	if !c.persistent || c.rewriteAll {
		return
	}
	c.changed[id] = struct{}{}
	if len(c.changed) > 2*maxListeners { // the disk is full and new listeners keep coming
		c.rewriteAll, c.changed = true, map[listenerHash]struct{}{}
	}
}

// pendingVisits are changes that are not in the file yet.
type pendingVisits struct {
	replaceAll bool // delete the other visits in the file
	removed    []listenerHash
	changed    []visit
}

// takePending returns the changes and treats them as written.
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

// restorePending marks the changes as unwritten again after a failed write.
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

// stopRecording ends the recording of changes.
func (c *visitCache) stopRecording() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.persistent, c.rewriteAll, c.changed = false, false, nil
}
