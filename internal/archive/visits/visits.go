// Package visits holds the last visit of each listener and a bookmark: where the listener stopped. It answers from memory and
// writes changes to the archive's file later. The conversation decides what a bookmark contains.
package visits

import (
	"container/list"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"sync"
	"time"

	"lastpost/internal/feed"
)

// Limits of the memory and of the file. The listeners with the oldest visits are removed first.
const (
	MaxListeners     = 20_000
	MaxBookmarkBytes = 8 << 20 // all bookmarks together
)

// ListenerHash is the HMAC of a listener's ids with the archive's key. So a thief of the file cannot read from it who used
// the skill, and cannot match listeners between two archives.
type ListenerHash [16]byte

// Visit is the last visit of a listener.
type Visit struct {
	Listener  ListenerHash
	Account   ListenerHash // of the account alone, so that all persons of an account can be removed
	PostID    string       // id of the post that was the newest at the visit
	Published int64        // date of that post, in seconds since 1970
	Day       int64        // day of the visit, in days since 1970
	Bookmark  feed.Bookmark
}

// bookmarkSize returns the size of the visit's bookmark.
func (v Visit) bookmarkSize() int { return len(v.Bookmark.Reading) + len(v.Bookmark.Episode) }

// newKey returns a random key for the hashes of listeners, so that every archive has a different one.
func newKey() []byte {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return key
}

// Cache holds the last visit and the bookmark of each listener in memory, and the changes that are not in the file yet. It is
// safe for concurrent use.
type Cache struct {
	key        []byte
	macs       sync.Pool     // holds hash.Hash values that are set up with the key, because setting up takes as long as hashing
	persistent bool          // changes will be written to the file
	flushing   chan struct{} // holds a value while changes are written

	mu            sync.Mutex // never held during disk access
	visits        map[ListenerHash]*list.Element
	order         list.List // elements are visits, latest first
	bookmarkBytes int       // size of all bookmarks
	changed       map[ListenerHash]struct{}
	rewriteAll    bool // too many visits have changed for a list, so the next write replaces all visits in the file
}

// initialize prepares the cache before its first use. visits are sorted, latest first.
func (c *Cache) initialize(key []byte, persistent bool, visits ...Visit) {
	c.key, c.persistent, c.flushing = key, persistent, make(chan struct{}, 1)
	c.visits, c.changed = make(map[ListenerHash]*list.Element, len(visits)), map[ListenerHash]struct{}{}
	for _, v := range visits {
		c.visits[v.Listener] = c.order.PushBack(v)
		c.bookmarkBytes += v.bookmarkSize()
	}
	c.removeExcess()
}

// hash returns the hashes of a listener and of the listener's account. Without a person, they are equal.
func (c *Cache) hash(l feed.Listener) (listener, account ListenerHash) {
	account = c.hashID(l.Account)
	switch {
	case len(l.Key) == keyLength:
		_, _ = base64.RawURLEncoding.Decode(listener[:], []byte(l.Key)) // find ignores a wrong hash
		return listener, account
	case l.Key != "":
		return listener, account
	case l.Person != "":
		return c.hashID(l.Account + "\x00" + l.Person), account
	}
	return account, account
}

// keyLength is the length of a listener's key.
const keyLength = (8*len(ListenerHash{}) + 5) / 6

// ListenerKey returns the key of a listener; see feed.Listener.
func (c *Cache) ListenerKey(l feed.Listener) string {
	listener, _ := c.hash(l)
	return base64.RawURLEncoding.EncodeToString(listener[:])
}

// find returns the visit of a listener. A key finds only listeners of the account, because a session may be forged. The
// caller holds mu.
func (c *Cache) find(l feed.Listener) (e *list.Element, v Visit, ok bool) {
	listener, account := c.hash(l)
	if e, ok = c.visits[listener]; ok {
		v = e.Value.(Visit)
	}
	return e, v, ok && v.Account == account
}

func (c *Cache) hashID(id string) (h ListenerHash) {
	mac, ok := c.macs.Get().(hash.Hash)
	if !ok {
		mac = hmac.New(sha256.New, c.key)
	}
	_, _ = mac.Write([]byte(id)) // never fails
	var sum [sha256.Size]byte
	copy(h[:], mac.Sum(sum[:0]))
	mac.Reset()
	c.macs.Put(mac)
	return h
}

// Visit records a visit of a listener, with the time and the newest post. It returns the post that was the newest at
// the listener's previous visit, with only ID and Published set. known is false for a new listener. It does not access
// the disk: Flush writes the visits. It records nothing without an account's id or without a newest post.
func (c *Cache) Visit(l feed.Listener, newest feed.Post, now time.Time) (last feed.Post, known bool) {
	if l.Account == "" || newest.ID == "" {
		return feed.Post{}, false
	}
	const day = 24 * 60 * 60
	listener, account := c.hash(l)
	v := Visit{Listener: listener, Account: account, PostID: newest.ID, Published: newest.Published.Unix(), Day: now.Unix() / day}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.visits[listener]; ok {
		previous := e.Value.(Visit)
		v.Bookmark = previous.Bookmark
		c.order.MoveToFront(e)
		if previous != v {
			e.Value = v
			c.markChanged(listener)
		}
		return previous.newestPost(), true
	}
	c.visits[listener] = c.order.PushFront(v)
	c.markChanged(listener)
	c.removeExcess()
	return feed.Post{}, false
}

// Bookmark returns where a listener stopped. It is zero for a new listener.
func (c *Cache) Bookmark(l feed.Listener) feed.Bookmark {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, v, ok := c.find(l)
	if !ok {
		return feed.Bookmark{}
	}
	return v.Bookmark
}

// KeepReading stores where the reading of posts stopped, without access to the disk. "" removes the bookmark, as does a text
// that is longer than feed.MaxBookmark. Without a recorded visit, nothing is stored.
func (c *Cache) KeepReading(l feed.Listener, position string) {
	c.changeBookmark(l, func(p *feed.Bookmark) {
		p.Reading, p.EpisodeLast = limitBookmark(position), p.EpisodeLast && position == ""
	})
}

// KeepEpisode is KeepReading for the playback of episodes.
func (c *Cache) KeepEpisode(l feed.Listener, position string) {
	c.changeBookmark(l, func(p *feed.Bookmark) {
		p.Episode, p.EpisodeLast = limitBookmark(position), position != ""
	})
}

func limitBookmark(position string) string {
	if len(position) > feed.MaxBookmark {
		return ""
	}
	return position
}

func (c *Cache) changeBookmark(l feed.Listener, change func(*feed.Bookmark)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, v, ok := c.find(l)
	if !ok {
		return
	}
	previous := v
	if change(&v.Bookmark); v == previous {
		return
	}
	e.Value = v
	c.bookmarkBytes += v.bookmarkSize() - previous.bookmarkSize()
	c.markChanged(v.Listener)
	c.removeExcess()
}

// newestPost returns the post that was the newest at the visit.
func (v Visit) newestPost() feed.Post {
	return feed.Post{ID: v.PostID, Published: time.Unix(v.Published, 0).UTC()}
}

// Forget removes the visits and bookmarks of an account and of all its persons from memory. The next Flush also removes
// them from the file.
func Forget(c *Cache, id string) {
	account := c.hashID(id)
	c.mu.Lock()
	defer c.mu.Unlock()
	for e := c.order.Front(); e != nil; {
		v := e
		if e = e.Next(); v.Value.(Visit).Account == account {
			c.removeVisit(v)
		}
	}
}

// removeExcess removes the oldest visits until the cache is within its limits.
func (c *Cache) removeExcess() {
	for len(c.visits) > MaxListeners || c.bookmarkBytes > MaxBookmarkBytes {
		c.removeVisit(c.order.Back())
	}
}

func (c *Cache) removeVisit(e *list.Element) {
	v := c.order.Remove(e).(Visit)
	delete(c.visits, v.Listener)
	c.bookmarkBytes -= v.bookmarkSize()
	c.markChanged(v.Listener)
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

// pending are changes that are not in the file yet.
type pending struct {
	replaceAll bool // delete all visits in the file first
	removed    []ListenerHash
	changed    []Visit
}

// takePending returns the pending changes and removes them from the cache. If writing them fails, restorePending adds
// them again.
func (c *Cache) takePending() (p pending, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.replaceAll = c.rewriteAll; p.replaceAll {
		for e := c.order.Front(); e != nil; e = e.Next() {
			p.changed = append(p.changed, e.Value.(Visit))
		}
	}
	for id := range c.changed {
		if e, ok := c.visits[id]; ok {
			p.changed = append(p.changed, e.Value.(Visit))
		} else {
			p.removed = append(p.removed, id)
		}
	}
	c.rewriteAll, c.changed = false, map[ListenerHash]struct{}{}
	return p, p.replaceAll || len(p.removed)+len(p.changed) > 0
}

// restorePending makes changes pending again after a failed write.
func (c *Cache) restorePending(p pending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.replaceAll {
		c.rewriteAll, c.changed = true, map[ListenerHash]struct{}{}
	}
	for _, id := range p.removed {
		c.markChanged(id)
	}
	for _, v := range p.changed {
		c.markChanged(v.Listener)
	}
}

// StopRecording ends the recording of changes, so that later visits stay in memory only.
func StopRecording(c *Cache) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.persistent, c.rewriteAll, c.changed = false, false, nil
}

// Last returns the same post as a listener's next Visit, but does not record a visit.
func Last(c *Cache, l feed.Listener) (last feed.Post, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, v, known := c.find(l)
	if known {
		last = v.newestPost()
	}
	return last, known
}

// CountPending returns the number of changed visits that are not in the file yet. It returns -1 if the next write
// replaces all visits in the file.
func CountPending(c *Cache) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rewriteAll {
		return -1
	}
	return len(c.changed)
}
