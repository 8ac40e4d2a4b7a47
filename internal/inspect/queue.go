package inspect

import "sync"

// A queue is where exchanges wait to be recorded: those of Alexa's apart from the others, so that nobody can push hers
// out. A lane has no more room than the shelf behind it. When it is full the newest takes the place of the oldest, which
// would have been pushed off the shelf soon: of a flood only what would stay is ever masked, whatever the rate, and of
// strangers' no more than maxStrangers a gathering.
type queue struct {
	mu                 sync.Mutex
	genuine, strangers lane
	overtaken          uint64 // that gave up their places
}

// A lane is a ring.
type lane struct {
	ring      []*Exchange
	first, n  int
	bytes     int
	mostBytes int
}

func newLane(most, mostBytes int) lane {
	return lane{ring: make([]*Exchange, max(most, 1)), mostBytes: mostBytes}
}

// put adds an exchange. first tells that nothing was waiting.
func (q *queue) put(x *Exchange) (first bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	first = q.genuine.n+q.strangers.n == 0
	l := &q.strangers
	if believed(x.Request.Type, x.Rule) {
		l = &q.genuine
	}
	for l.n == len(l.ring) || l.n > 0 && l.bytes+x.weight() > l.mostBytes {
		l.take()
		q.overtaken++
	}
	l.ring[(l.first+l.n)%len(l.ring)] = x
	l.n++
	l.bytes += x.weight()
	return first
}

// weight is about what an exchange takes while it waits, in bytes.
func (x *Exchange) weight() int { return len(x.Body) + len(x.Answer) }

// take gives the oldest; nil where none waits.
func (l *lane) take() *Exchange {
	if l.n == 0 {
		return nil
	}
	x := l.ring[l.first]
	l.ring[l.first] = nil
	l.first, l.n = (l.first+1)%len(l.ring), l.n-1
	l.bytes -= x.weight()
	return x
}

// take gives all that waits, each kind in its order, behind what batch has.
func (q *queue) take(batch []*Exchange) []*Exchange {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range []*lane{&q.strangers, &q.genuine} {
		for x := l.take(); x != nil; x = l.take() {
			batch = append(batch, x)
		}
	}
	return batch
}

func (q *queue) lost() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.overtaken
}
