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

// maxListeners is how many are remembered: those who have been away the longest are forgotten first.
const maxListeners = 20_000

// listenerHash is a user's id under the archive's key: who has the file, but does not know an id, learns nothing of who was
// here, and who knows an id learns nothing from another archive.
type listenerHash [16]byte

// visit is the last one of a listener.
type visit struct {
	listener  listenerHash
	postID    string // the id of the newest one
	published int64  // that one's second since 1970
	day       int64  // since 1970
}

// visitCache remembers in memory who was here when, and what of that is not in the file yet.
type visitCache struct {
	key        []byte
	macs       sync.Pool // of hash.Hash under the key, as to begin with it takes as long as the rest
	persistent bool      // they are kept in the file

	flushMu sync.Mutex // from taking what is to be written until it is

	mu         sync.Mutex // never held while anything waits for the file
	visits     map[listenerHash]*list.Element
	order      list.List // of visit; who was here last is first
	changed    map[listenerHash]struct{}
	rewriteAll bool // more has changed than is worth a list: what is in the file is written anew
}

// initialize is before anything else. The visits are in order, the last one first.
func (l *visitCache) initialize(key []byte, lasting bool, visits ...visit) {
	l.key, l.persistent = key, lasting
	l.visits, l.changed = make(map[listenerHash]*list.Element, len(visits)), map[listenerHash]struct{}{}
	for _, v := range visits {
		l.visits[v.listener] = l.order.PushBack(v)
	}
}

func (l *visitCache) hashUser(user string) (h listenerHash) {
	mac, ok := l.macs.Get().(hash.Hash)
	if !ok {
		mac = hmac.New(sha256.New, l.key)
	}
	_, _ = mac.Write([]byte(user)) // it never fails
	var sum [sha256.Size]byte
	copy(h[:], mac.Sum(sum[:0]))
	mac.Reset()
	l.macs.Put(mac)
	return h
}

// Visit remembers that a listener is here now, and which post is the newest. It gives the post that was the newest when
// the listener was here before, of which it has ID and Published alone; false for a new one. It reads and writes no disk:
// Watch and Close see to that. A user without an id, or a blog without posts, leaves nothing to remember.
func (a *Archive) Visit(user string, newest feed.Post, now time.Time) (last feed.Post, known bool) {
	if user == "" || newest.ID == "" {
		return feed.Post{}, false
	}
	const day = 24 * 60 * 60
	l := &a.visits
	v := visit{l.hashUser(user), newest.ID, newest.Published.Unix(), now.Unix() / day}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.visits[v.listener]; ok {
		last = e.Value.(visit).newestPost()
		l.order.MoveToFront(e)
		if e.Value != v {
			e.Value = v
			l.markChanged(v.listener)
		}
		return last, true
	}
	l.visits[v.listener] = l.order.PushFront(v)
	l.markChanged(v.listener)
	if len(l.visits) > maxListeners {
		l.removeVisit(l.order.Back())
	}
	return feed.Post{}, false
}

// newestPost is the post that was the newest then.
func (v visit) newestPost() feed.Post {
	return feed.Post{ID: v.postID, Published: time.Unix(v.published, 0).UTC()}
}

// ForgetListener removes what is remembered of a listener: at once from memory, and soon from the file, as Visit has it.
func (a *Archive) ForgetListener(user string) {
	l := &a.visits
	id := l.hashUser(user)
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.visits[id]; ok {
		l.removeVisit(e)
	}
}

func (l *visitCache) removeVisit(e *list.Element) {
	id := l.order.Remove(e).(visit).listener
	delete(l.visits, id)
	l.markChanged(id)
}

// markChanged notes that the file does not say of a listener what memory does.
func (l *visitCache) markChanged(id listenerHash) {
	if !l.persistent || l.rewriteAll {
		return
	}
	l.changed[id] = struct{}{}
	if len(l.changed) > 2*maxListeners { // a full disk, and no end of new listeners
		l.rewriteAll, l.changed = true, map[listenerHash]struct{}{}
	}
}

// pendingVisits is what the file has to learn.
type pendingVisits struct {
	replaceAll bool // nothing else is to stay in the file
	removed    []listenerHash
	changed    []visit
}

// takePending gives what has changed, and holds it for written.
func (l *visitCache) takePending() (p pendingVisits, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.replaceAll = l.rewriteAll; p.replaceAll {
		for e := l.order.Front(); e != nil; e = e.Next() {
			p.changed = append(p.changed, e.Value.(visit))
		}
	}
	for id := range l.changed {
		if e, ok := l.visits[id]; ok {
			p.changed = append(p.changed, e.Value.(visit))
		} else {
			p.removed = append(p.removed, id)
		}
	}
	l.rewriteAll, l.changed = false, map[listenerHash]struct{}{}
	return p, p.replaceAll || len(p.removed)+len(p.changed) > 0
}

// restorePending has what take gave written at another time.
func (l *visitCache) restorePending(p pendingVisits) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.replaceAll {
		l.rewriteAll, l.changed = true, map[listenerHash]struct{}{}
	}
	for _, id := range p.removed {
		l.markChanged(id)
	}
	for _, v := range p.changed {
		l.markChanged(v.listener)
	}
}

// stopRecording has nothing written any more.
func (l *visitCache) stopRecording() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.persistent, l.rewriteAll, l.changed = false, false, nil
}
