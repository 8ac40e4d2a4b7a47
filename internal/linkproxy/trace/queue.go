package trace

import (
	"slices"
	"sync"
)

// Bounds of what waits to be written, and of what is written at once.
const (
	maxWaiting      = 256
	maxWaitingBytes = 32 << 20
	maxBatch        = 64
	maxBatchBytes   = 8 << 20
)

// A queue is what waits to be written down. Where too much does, the client who has the most of it loses the newest: a
// flood from one address is lost itself, and nobody else's exchange.
type queue struct {
	ready chan struct{} // has one place: something waits

	mu      sync.Mutex // holds what follows
	waiting []*RawExchange
	cost    int
	lost    int
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

// queueCost is what an exchange takes of the bytes that may wait: at least so much that no more than maxWaiting do.
func (x *RawExchange) queueCost() int {
	return max(len(x.RequestBody)+len(x.ResponseBody), maxWaitingBytes/maxWaiting)
}

// enqueue takes an exchange, and never waits.
func (q *queue) enqueue(x *RawExchange) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, x)
	q.cost += x.queueCost()
	for q.cost > maxWaitingBytes {
		q.dropNewest()
	}
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// dropNewest loses the newest exchange of the client with the most.
func (q *queue) dropNewest() {
	of, newest := map[string]int{}, 0
	for i, x := range q.waiting {
		if of[x.Client] += x.queueCost(); of[x.Client] >= of[q.waiting[newest].Client] {
			newest = i
		}
	}
	q.cost -= q.waiting[newest].queueCost()
	q.waiting = slices.Delete(q.waiting, newest, newest+1)
	q.lost++
}

// nextBatch gives the next ones in the order in which they came; none: nothing waits.
func (q *queue) nextBatch() (batch []*RawExchange) {
	q.mu.Lock()
	defer q.mu.Unlock()
	weight := 0
	for _, x := range q.waiting {
		if weight += x.queueCost(); len(batch) > 0 && (len(batch) == maxBatch || weight > maxBatchBytes) {
			break
		}
		batch = append(batch, x)
		q.cost -= x.queueCost()
	}
	q.waiting = slices.Delete(q.waiting, 0, len(batch))
	return batch
}

// takeLost is how many were lost since it was last asked.
func (q *queue) takeLost() (lost int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	lost, q.lost = q.lost, 0
	return lost
}
