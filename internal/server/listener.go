package server

import (
	"container/list"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
)

// A boundedListener keeps at most max connections. One more takes the place of another: of the address that has the most
// of them, the oldest that has no genuine request under way. Those who dawdle or forge make room for those who ask.
type boundedListener struct {
	net.Listener
	max int

	mu         sync.Mutex
	conns      list.List             // of *connection, the oldest in front
	peerCounts map[netip.Prefix]*int // how many of them an address has

	closeOnce     sync.Once
	answeredConns atomic.Uint64 // connections whose first request was answered
}

// A connection of a boundedListener.
type connection struct {
	net.Conn
	listener      *boundedListener
	peer          netip.Prefix
	element       *list.Element
	busy          atomic.Bool  // a request has passed every check, and is not answered yet
	answered      atomic.Bool  // a request was answered
	writeTimedOut atomic.Bool  // nobody has read what was written, for as long as may be
	state         atomic.Int32 // as net/http has it: http.StateNew, StateActive when a header was read, or StateIdle
}

// Accept waits for a connection that there is room for.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &connection{Conn: accepted, listener: l, peer: peerPrefix(accepted.RemoteAddr())}
		victim := l.addConnection(c)
		if victim != nil {
			_ = victim.Close()
		}
		if victim != c {
			return c, nil
		}
	}
}

// addConnection lists a connection, and gives the one that has to go for it, if any: itself where all others are busy.
func (l *boundedListener) addConnection(c *connection) (victim *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.element = l.conns.PushBack(c)
	if l.peerCounts == nil {
		l.peerCounts = make(map[netip.Prefix]*int)
	}
	if l.peerCounts[c.peer] == nil {
		l.peerCounts[c.peer] = new(int)
	}
	*l.peerCounts[c.peer]++
	if l.conns.Len() <= l.max {
		return nil
	}
	return l.selectVictim()
}

func (l *boundedListener) selectVictim() (selectVictim *connection) {
	most := 0
	for e := l.conns.Front(); e != nil; e = e.Next() {
		c := e.Value.(*connection)
		if count := *l.peerCounts[c.peer]; count > most && !c.busy.Load() {
			selectVictim, most = c, count
		}
	}
	return selectVictim
}

// Close may be called twice: by the service, which stops accepting before its server ends, and then by the server.
func (l *boundedListener) Close() (err error) {
	l.closeOnce.Do(func() { err = l.Listener.Close() })
	return err
}

// peerPrefix is the address that a connection counts for: of IPv6 the network that one customer has.
func peerPrefix(addr net.Addr) netip.Prefix {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	ip := tcp.AddrPort().Addr().Unmap()
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	prefix, _ := ip.WithZone("").Prefix(bits) // fails for more bits than the address has alone
	return prefix
}

// Write waits once alone for somebody who does not read: crypto/tls would wait for five seconds more to say that it closes.
func (c *connection) Write(text []byte) (int, error) {
	if c.writeTimedOut.Load() {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := c.Conn.Write(text)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.writeTimedOut.Store(true)
	}
	return n, err
}

// Close gives the place free.
func (c *connection) Close() error {
	c.listener.mu.Lock()
	if c.element != nil {
		c.listener.conns.Remove(c.element)
		c.element = nil
		if *c.listener.peerCounts[c.peer]--; *c.listener.peerCounts[c.peer] == 0 {
			delete(c.listener.peerCounts, c.peer)
		}
	}
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

type connectionKey struct{}

// contextWithConnection makes the connection known to the requests on it.
func contextWithConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, underlyingConn(c))
}

// protectConnection keeps a request's connection from being closed for another until the request is answered. It is for
// requests that have passed every check: whoever does not read his answers could else hold every place, with forgeries or
// with requests that Amazon signed for a skill of his own.
func protectConnection(ctx context.Context) {
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		c.busy.Store(true)
	}
}

// trackConnectionState is told of every change of a connection's state.
func trackConnectionState(conn net.Conn, state http.ConnState) {
	c, ok := underlyingConn(conn).(*connection)
	if !ok {
		return
	}
	before := http.ConnState(c.state.Swap(int32(state)))
	if state == http.StateIdle {
		c.busy.Store(false)
	}
	if before == http.StateActive && state != http.StateActive && c.answered.CompareAndSwap(false, true) {
		c.listener.answeredConns.Add(1)
	}
}

func underlyingConn(c net.Conn) net.Conn {
	if encrypted, ok := c.(*tls.Conn); ok {
		return encrypted.NetConn()
	}
	return c
}
