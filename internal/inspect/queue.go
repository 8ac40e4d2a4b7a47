package inspect

import "sync"

// What may wait for the recorder, in exchanges and in bytes. A few thousand requests a second fit; of a flood it keeps
// what it can, and counts the rest.
const (
	maxWaiting      = 512
	maxWaitingBytes = 4 << 20
)

// A queue is where exchanges wait to be recorded. Its zero value is empty.
type queue struct {
	mu      sync.Mutex
	waiting []*Exchange
	bytes   int
	dropped uint64
}

// put adds an exchange, or counts it where there is no room. first tells that nothing was waiting.
func (q *queue) put(x *Exchange) (first bool) {
	size := len(x.Body) + len(x.Answer)
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= maxWaiting || q.bytes+size > maxWaitingBytes {
		q.dropped++
		return false
	}
	q.waiting = append(q.waiting, x)
	q.bytes += size
	return len(q.waiting) == 1
}

// take gives all that waits, and puts the emptied slice of the last time into its place.
func (q *queue) take(emptied []*Exchange) []*Exchange {
	clear(emptied) // or else what was recorded would live on in it
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := q.waiting
	q.waiting, q.bytes = emptied[:0], 0
	return taken
}

func (q *queue) drop(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped += uint64(n)
}

func (q *queue) lost() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}
