package trace

import (
	"slices"
	"sync"
)

// Bounds of the queue and of a batch.
const (
	maxWaiting      = 256
	maxWaitingBytes = 32 << 20
	maxBatch        = 64
	maxBatchBytes   = 8 << 20
)

// A queue holds exchanges until they are written. If it is full, it drops the newest exchange of the client that uses the
// most bytes of the queue. So a flood from one client displaces only exchanges of that client.
type queue struct {
	ready chan struct{} // capacity 1; receives a value if the queue is not empty

	mu      sync.Mutex // guards the fields below
	waiting []*RawExchange
	cost    int // sum of queueCost of waiting
	lost    int // exchanges dropped since the last takeLost
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

// queueCost returns the part of the byte limit that an exchange uses. Its minimum ensures that at most maxWaiting
// exchanges are in the queue.
func (x *RawExchange) queueCost() int {
	return max(len(x.RequestBody)+len(x.ResponseBody), maxWaitingBytes/maxWaiting)
}

// enqueue adds an exchange. It never blocks.
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

// dropNewest drops the newest exchange of the client with the most bytes in the queue.
func (q *queue) dropNewest() {
	costByClient, newest := map[string]int{}, 0
	for i, x := range q.waiting {
		if costByClient[x.Client] += x.queueCost(); costByClient[x.Client] >= costByClient[q.waiting[newest].Client] {
			newest = i
		}
	}
	q.cost -= q.waiting[newest].queueCost()
	q.waiting = slices.Delete(q.waiting, newest, newest+1)
	q.lost++
}

// nextBatch removes and returns the oldest exchanges, or none if the queue is empty.
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

// takeLost returns the number of exchanges that were dropped since its last call.
func (q *queue) takeLost() (lost int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	lost, q.lost = q.lost, 0
	return lost
}
