package trace

import "sync"

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
	waiting []*Passed
	weight  int
	of      map[string]int // of weight, by client
	lost    int
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1), of: map[string]int{}} }

// waits is what an exchange takes of the bytes that may wait: at least so much that no more than maxWaiting do.
func (x *Passed) waits() int {
	return max(len(x.Body)+len(x.Content), maxWaitingBytes/maxWaiting)
}

// put takes an exchange, and never waits.
func (q *queue) put(x *Passed) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, x)
	q.count(x, x.waits())
	for q.weight > maxWaitingBytes {
		q.drop()
	}
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func (q *queue) count(x *Passed, weight int) {
	q.weight += weight
	if q.of[x.From] += weight; q.of[x.From] == 0 {
		delete(q.of, x.From)
	}
}

// drop loses the newest exchange of the client with the most.
func (q *queue) drop() {
	most := ""
	for from, weight := range q.of {
		if weight > q.of[most] {
			most = from
		}
	}
	for i := len(q.waiting) - 1; ; i-- {
		if x := q.waiting[i]; x.From == most {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			q.count(x, -x.waits())
			q.lost++
			return
		}
	}
}

// take gives the next ones in the order in which they came; none: nothing waits.
func (q *queue) take() (batch []*Passed) {
	q.mu.Lock()
	defer q.mu.Unlock()
	weight := 0
	for _, x := range q.waiting {
		if weight += x.waits(); len(batch) > 0 && (len(batch) == maxBatch || weight > maxBatchBytes) {
			break
		}
		batch = append(batch, x)
		q.count(x, -x.waits())
	}
	rest := copy(q.waiting, q.waiting[len(batch):])
	clear(q.waiting[rest:]) // or else what was written would stay in memory
	q.waiting = q.waiting[:rest]
	return batch
}

// losses is how many were lost since it was last asked.
func (q *queue) losses() (lost int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	lost, q.lost = q.lost, 0
	return lost
}
