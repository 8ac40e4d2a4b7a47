package linkproxy

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Limits of the concurrent requests to each endpoint of the OAuth server.
const (
	maxTokenSlots   = 64
	maxBrowserSlots = 32
	clientSlots     = 16          // of one client, so that a stranger with many connections leaves places for Amazon's servers
	clientWaiting   = 8           // requests of one client that wait for a place
	siteShare       = 2           // a site gets half of the places and of those that wait
	maxSlotsWaiting = 128         // requests that wait for a place
	slotWait        = time.Second // Amazon waits 4.5 s for a token
)

// fairSlots limits concurrent requests. A client gets a part of the places only, and so does its site, because an attacker may
// have all networks of an IPv6 /48. If no place is free, a request waits a short time, and the next free place goes to the
// site with the fewest places. So strangers who hold all places with many addresses delay a request of Amazon's servers, and
// do not stop it.
type fairSlots struct {
	max int

	mu      sync.Mutex
	total   int
	held    map[string]int // by client, see clientKey, and by site
	waiting []*slotWaiter  // oldest first
}

type slotWaiter struct {
	client  string
	site    string        // see siteOf
	granted chan struct{} // closed when the waiter has a place
}

// acquire takes a place for a client. It returns false if there is none within slotWait. The caller must release it.
func (s *fairSlots) acquire(ctx context.Context, client string) bool {
	w := &slotWaiter{client: client, site: siteOf(client), granted: make(chan struct{})}
	if granted, waits := s.take(w); !waits {
		return granted
	}
	timer := time.NewTimer(slotWait)
	defer timer.Stop()
	select {
	case <-w.granted:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return !s.cancel(w)
}

// take grants a place, or adds the waiter, or does neither because too many requests wait.
func (s *fairSlots) take(w *slotWaiter) (granted, waits bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total < s.max && s.mayHold(w) {
		s.grant(w)
		return true, false
	}
	waiting, waitingOfSite := 0, 0
	for _, other := range s.waiting {
		if other.client == w.client {
			waiting++
		}
		if other.site == w.site {
			waitingOfSite++
		}
	}
	if waiting >= clientWaiting || waitingOfSite >= maxSlotsWaiting/siteShare || len(s.waiting) >= maxSlotsWaiting {
		return false, false
	}
	s.waiting = append(s.waiting, w)
	return false, true
}

// mayHold reports whether a waiter's client and site have less than their part of the places. The caller holds mu.
func (s *fairSlots) mayHold(w *slotWaiter) bool {
	return s.held[w.client] < clientSlots && s.held[w.site] < max(clientSlots, s.max/siteShare)
}

// grant gives a place to a waiter. The caller holds mu.
func (s *fairSlots) grant(w *slotWaiter) {
	if s.held == nil {
		s.held = map[string]int{}
	}
	for _, name := range w.names() {
		s.held[name]++
	}
	s.total++
	close(w.granted)
}

// cancel removes a waiter. It returns false if the waiter has got its place meanwhile.
func (s *fairSlots) cancel(w *slotWaiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.waiting, w)
	if i < 0 {
		return false
	}
	s.waiting = slices.Delete(s.waiting, i, i+1)
	return true
}

// release returns a place of a client and gives it to the waiter whose site has the fewest places.
func (s *fairSlots) release(client string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	for _, name := range (&slotWaiter{client: client, site: siteOf(client)}).names() {
		if s.held[name]--; s.held[name] == 0 {
			delete(s.held, name)
		}
	}
	next := -1
	for i, w := range s.waiting {
		if s.mayHold(w) && (next < 0 || s.held[w.site] < s.held[s.waiting[next].site]) {
			next = i
		}
	}
	if next >= 0 {
		s.grant(s.waiting[next])
		s.waiting = slices.Delete(s.waiting, next, next+1)
	}
}

// names returns what a place counts for: the client, and its site if that is another one.
func (w *slotWaiter) names() []string {
	if w.site == w.client {
		return []string{w.client}
	}
	return []string{w.client, w.site}
}
