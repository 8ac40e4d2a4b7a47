package inspect

import (
	"slices"
	"sync"
)

// A queue holds the exchanges that wait to be recorded, the oldest first. It is bounded in number and bytes. If it is full,
// a genuine exchange takes the place of a refused one, else of the oldest. A refused one takes no other's place.
type queue struct {
	most, mostBytes, mostStrangers int

	mu        sync.Mutex
	waiting   []*ObservedExchange
	strangers int // of waiting
	bytes     int
	dropped   uint64
}

// put adds an exchange, and reports whether it is the first that waits.
func (q *queue) put(x *ObservedExchange) (first bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	full := func() bool {
		return len(q.waiting) == q.most || len(q.waiting) > 0 && q.bytes+x.weight() > q.mostBytes
	}
	if !x.genuine() && (q.strangers == q.mostStrangers || full()) {
		q.dropped++
		return false
	}
	for full() {
		q.drop()
	}
	q.waiting = append(q.waiting, x)
	q.count(x, 1)
	return len(q.waiting) == 1
}

// drop removes the oldest refused exchange, or the oldest if none was refused.
func (q *queue) drop() {
	i := 0
	if q.strangers > 0 {
		i = slices.IndexFunc(q.waiting, func(x *ObservedExchange) bool { return !x.genuine() })
	}
	q.count(q.waiting[i], -1)
	q.waiting = slices.Delete(q.waiting, i, i+1)
	q.dropped++
}

// count adds an exchange to what is waiting, or with -1 takes it off.
func (q *queue) count(x *ObservedExchange, sign int) {
	q.bytes += sign * x.weight()
	if !x.genuine() {
		q.strangers += sign
	}
}

// weight is about what an exchange takes while it waits, in bytes.
func (x *ObservedExchange) weight() int { return len(x.Body) + len(x.Answer) }

// take empties the queue.
func (q *queue) take() []*ObservedExchange {
	q.mu.Lock()
	defer q.mu.Unlock()
	batch := q.waiting
	q.waiting, q.strangers, q.bytes = nil, 0, 0
	return batch
}

func (q *queue) lost() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}
