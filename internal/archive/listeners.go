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

// mostListeners is how many are remembered: those who have been away the longest are forgotten first.
const mostListeners = 20_000

// listener is a user's id under the archive's key: who has the file, but does not know an id, learns nothing of who was
// here, and who knows an id learns nothing from another archive.
type listener [16]byte

// visit is the last one of a listener.
type visit struct {
	listener  listener
	post      string // the id of the newest one
	published int64  // that one's second since 1970
	day       int64  // since 1970
}

// listeners remembers in memory who was here when, and what of that is not in the file yet.
type listeners struct {
	key     []byte
	macs    sync.Pool // of hash.Hash under the key, as to begin with it takes as long as the rest
	lasting bool      // they are kept in the file

	writing sync.Mutex // from taking what is to be written until it is

	mu      sync.Mutex // never held while anything waits for the file
	visits  map[listener]*list.Element
	order   list.List // of visit; who was here last is first
	changed map[listener]struct{}
	all     bool // more has changed than is worth a list: what is in the file is written anew
}

// begin is before anything else. The visits are in order, the last one first.
func (l *listeners) begin(key []byte, lasting bool, visits ...visit) {
	l.key, l.lasting = key, lasting
	l.visits, l.changed = make(map[listener]*list.Element, len(visits)), map[listener]struct{}{}
	for _, v := range visits {
		l.visits[v.listener] = l.order.PushBack(v)
	}
}

func (l *listeners) hash(user string) (h listener) {
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
	l := &a.listeners
	v := visit{l.hash(user), newest.ID, newest.Published.Unix(), now.Unix() / day}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.visits[v.listener]; ok {
		last = e.Value.(visit).newest()
		l.order.MoveToFront(e)
		if e.Value != v {
			e.Value = v
			l.change(v.listener)
		}
		return last, true
	}
	l.visits[v.listener] = l.order.PushFront(v)
	l.change(v.listener)
	if len(l.visits) > mostListeners {
		l.forget(l.order.Back())
	}
	return feed.Post{}, false
}

// newest is the post that was the newest then.
func (v visit) newest() feed.Post {
	return feed.Post{ID: v.post, Published: time.Unix(v.published, 0).UTC()}
}

// ForgetListener removes what is remembered of a listener: at once from memory, and soon from the file, as Visit has it.
func (a *Archive) ForgetListener(user string) {
	l := &a.listeners
	who := l.hash(user)
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.visits[who]; ok {
		l.forget(e)
	}
}

func (l *listeners) forget(e *list.Element) {
	who := l.order.Remove(e).(visit).listener
	delete(l.visits, who)
	l.change(who)
}

// change notes that the file does not say of a listener what memory does.
func (l *listeners) change(who listener) {
	if !l.lasting || l.all {
		return
	}
	l.changed[who] = struct{}{}
	if len(l.changed) > 2*mostListeners { // a full disk, and no end of new listeners
		l.all, l.changed = true, map[listener]struct{}{}
	}
}

// unwritten is what the file has to learn.
type unwritten struct {
	all    bool // nothing else is to stay in the file
	gone   []listener
	visits []visit
}

// take gives what has changed, and holds it for written.
func (l *listeners) take() (c unwritten, some bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.all = l.all; c.all {
		for e := l.order.Front(); e != nil; e = e.Next() {
			c.visits = append(c.visits, e.Value.(visit))
		}
	}
	for who := range l.changed {
		if e, ok := l.visits[who]; ok {
			c.visits = append(c.visits, e.Value.(visit))
		} else {
			c.gone = append(c.gone, who)
		}
	}
	l.all, l.changed = false, map[listener]struct{}{}
	return c, c.all || len(c.gone)+len(c.visits) > 0
}

// giveBack has what take gave written at another time.
func (l *listeners) giveBack(c unwritten) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.all {
		l.all, l.changed = true, map[listener]struct{}{}
	}
	for _, who := range c.gone {
		l.change(who)
	}
	for _, v := range c.visits {
		l.change(v.listener)
	}
}

// end has nothing written any more.
func (l *listeners) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lasting, l.all, l.changed = false, false, nil
}
