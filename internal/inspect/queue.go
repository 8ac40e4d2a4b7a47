package inspect

import (
	"slices"
	"sync"
)

// An exchangeQueue holds the exchanges that wait to be stored, oldest first. Their number and size are limited. If the
// queue is full, a genuine exchange replaces the oldest refused exchange, or else the oldest genuine one. A refused
// exchange is dropped. So a flood of forged requests cannot displace Alexa's requests.
type exchangeQueue struct {
	maxItems, maxBytes, maxRefused int

	mu      sync.Mutex
	waiting []*ObservedExchange
	refused int // number of refused exchanges in waiting
	bytes   int
	dropped uint64
}

// enqueue adds an exchange, and reports whether the queue was empty before.
func (q *exchangeQueue) enqueue(x *ObservedExchange) (first bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	full := func() bool {
		return len(q.waiting) == q.maxItems || len(q.waiting) > 0 && q.bytes+x.queuedBytes() > q.maxBytes
	}
	if !x.isGenuine() && (q.refused == q.maxRefused || full()) {
		q.dropped++
		return false
	}
	for full() {
		q.dropOldest()
	}
	q.waiting = append(q.waiting, x)
	q.updateTotals(x, 1)
	return len(q.waiting) == 1
}

// dropOldest removes the oldest refused exchange, or the oldest exchange if all are genuine.
func (q *exchangeQueue) dropOldest() {
	i := 0
	if q.refused > 0 {
		i = slices.IndexFunc(q.waiting, func(x *ObservedExchange) bool { return !x.isGenuine() })
	}
	q.updateTotals(q.waiting[i], -1)
	q.waiting = slices.Delete(q.waiting, i, i+1)
	q.dropped++
}

// updateTotals adds an exchange to the fields bytes and refused, or subtracts it if sign is -1.
func (q *exchangeQueue) updateTotals(x *ObservedExchange, sign int) {
	q.bytes += sign * x.queuedBytes()
	if !x.isGenuine() {
		q.refused += sign
	}
}

// queuedBytes returns approximately how many bytes the exchange uses in the queue.
func (x *ObservedExchange) queuedBytes() int { return len(x.Body) + len(x.Answer) }

// takeAll empties the queue and returns its content.
func (q *exchangeQueue) takeAll() []*ObservedExchange {
	q.mu.Lock()
	defer q.mu.Unlock()
	batch := q.waiting
	q.waiting, q.refused, q.bytes = nil, 0, 0
	return batch
}

func (q *exchangeQueue) droppedCount() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}
