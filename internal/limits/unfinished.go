package limits

import (
	"net/netip"
	"sync"
)

// Bounds of the headers that have not arrived completely. A header of many short lines takes 15 times its size in memory until
// it is complete and HeaderExcess finds it. An attacker could hold so much on all connections at the same time.
const (
	freeHeaderBytes     = 8 << 10 // of each connection; Amazon's handshake and header have about 5 KiB
	maxUnfinishedExcess = 2 << 20 // the sum of what connections have received beyond freeHeaderBytes
)

// Headers counts the headers of a listener's connections that have not arrived completely. Its zero value is ready.
type Headers struct {
	mu     sync.Mutex
	open   map[*Header]struct{}
	excess int // the sum over open
}

// A Header counts the received bytes of one connection, while its header is incomplete. They include the handshake.
type Header struct {
	all      *Headers
	peer     netip.Prefix
	end      func() // ends the connection
	received int
	lastRead int // the size of the last read: it can contain the start of the next header
	complete bool
	size     int // of a complete header that was not accepted yet
}

// Open begins to count for a new connection. end must close the connection, and may call Close.
func (a *Headers) Open(peer netip.Prefix, end func()) *Header {
	h := &Header{all: a, peer: peer, end: end}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == nil {
		a.open = map[*Header]struct{}{}
	}
	a.open[h] = struct{}{}
	return h
}

// Received counts n bytes. If all unfinished headers take too much memory, it ends the connection with the largest one, of the
// address with the most.
func (h *Header) Received(n int) {
	h.all.mu.Lock()
	h.lastRead = n
	var victim *Header
	if !h.complete {
		h.setReceived(h.received + n)
		victim = h.all.selectVictim()
	}
	h.all.mu.Unlock()
	if victim != nil {
		victim.end()
	}
}

// Complete ends the count until Next: the header has arrived, or it was refused.
func (h *Header) Complete() {
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	h.complete, h.size = true, h.received
	h.setReceived(0)
}

// Accept notes that a handler gets the header.
func (h *Header) Accept() {
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	h.size = 0
}

// RefusedSize returns the size of the last complete header if it was not accepted, otherwise 0.
func (h *Header) RefusedSize() int {
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	return h.size
}

// Next begins to count the next header.
func (h *Header) Next() {
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	h.complete = false
	h.setReceived(h.lastRead)
}

// Close ends the count of a closed connection.
func (h *Header) Close() {
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	h.setReceived(0)
	h.complete = true
	delete(h.all.open, h)
}

// excessBytes returns the bytes beyond freeHeaderBytes.
func (h *Header) excessBytes() int { return max(0, h.received-freeHeaderBytes) }

// setReceived sets the received bytes. The caller holds mu.
func (h *Header) setReceived(bytes int) {
	if _, open := h.all.open[h]; !open {
		return
	}
	h.all.excess -= h.excessBytes()
	h.received = bytes
	h.all.excess += h.excessBytes()
}

// selectVictim returns the header whose connection must end, or nil. The caller holds mu.
func (a *Headers) selectVictim() (largest *Header) {
	if a.excess <= maxUnfinishedExcess {
		return nil
	}
	byPeer := map[netip.Prefix]int{}
	for h := range a.open {
		byPeer[h.peer] += h.excessBytes()
	}
	for h := range a.open {
		if largest == nil || byPeer[h.peer] > byPeer[largest.peer] ||
			byPeer[h.peer] == byPeer[largest.peer] && h.excessBytes() > largest.excessBytes() {
			largest = h
		}
	}
	return largest
}
