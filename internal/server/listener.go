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

	"lastpost/internal/limits"
	"lastpost/internal/server/handshake"
)

// A boundedListener keeps at most max connections. If another client connects, it closes one connection. It takes the
// address with the most connections, and closes its oldest connection without a verified request in flight. So an
// attacker with many slow or forging connections cannot block genuine requests.
type boundedListener struct {
	net.Listener
	max int

	mu         sync.Mutex
	conns      list.List             // of *connection, the oldest first
	peerCounts map[netip.Prefix]*int // connections per address

	headers       limits.Headers
	closeOnce     sync.Once
	answeredConns atomic.Uint64 // connections with at least one answered request
}

// A connection is one accepted connection of a boundedListener.
type connection struct {
	net.Conn
	listener      *boundedListener
	peer          netip.Prefix
	element       *list.Element
	busy          atomic.Bool  // a verified request is in flight
	answered      atomic.Bool  // a request was answered
	writeTimedOut atomic.Bool  // a write has timed out: the client does not read
	state         atomic.Int32 // an http.ConnState: StateNew, StateActive after a header was read, or StateIdle
	received      atomic.Bool  // the client has sent at least one byte
	begin         []byte       // the first bytes that the client sent, at most handshake.BeginBytes
	header        *limits.Header

	// Until the first request. Only the connection's own goroutine uses them.
	hello *handshake.ClientHello
	tail  handshake.Tail
}

// Accept waits for a connection and returns it, unless addConnection selects the new connection itself to be closed.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &connection{Conn: accepted, listener: l, peer: peerPrefix(accepted.RemoteAddr())}
		c.header = l.headers.Open(c.peer, func() { _ = c.Close() })
		victim := l.addConnection(c)
		if victim != nil {
			_ = victim.Close()
		}
		if victim != c {
			return c, nil
		}
	}
}

// addConnection registers c and returns the connection to close, or nil. It returns c itself if all other connections are
// busy.
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

func (l *boundedListener) selectVictim() (victim *connection) {
	most := 0
	for e := l.conns.Front(); e != nil; e = e.Next() {
		c := e.Value.(*connection)
		if count := *l.peerCounts[c.peer]; count > most && !c.busy.Load() {
			victim, most = c, count
		}
	}
	return victim
}

// Close closes the listener at its first call. drain calls it to stop accepting, and http.Server calls it again.
func (l *boundedListener) Close() (err error) {
	l.closeOnce.Do(func() { err = l.Listener.Close() })
	return err
}

// peerPrefix returns the address block to which a connection counts: one IPv4 address, or one IPv6 /64, which usually
// belongs to one customer of a provider.
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
	prefix, _ := ip.WithZone("").Prefix(bits) // fails only for more bits than the address has
	return prefix
}

// Read reads from the connection. It counts the bytes of a header, and notes that the client has sent something and, during the
// handshake, the last bytes.
func (c *connection) Read(text []byte) (int, error) {
	n, err := c.Conn.Read(text)
	if n > 0 {
		c.received.Store(true)
		if room := handshake.BeginBytes - len(c.begin); room > 0 {
			c.begin = append(c.begin, text[:min(n, room)]...)
		}
		c.header.Received(n)
	}
	if c.hello != nil {
		c.tail.Append(text[:n])
	}
	return n, err
}

// Write writes to the connection. After one write has timed out, because the client does not read, all later writes fail
// at once. Otherwise crypto/tls would wait five more seconds to send its close message.
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

// Close unregisters and closes the connection.
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
	c.header.Close()
	return c.Conn.Close()
}

type connectionKey struct{}

// contextWithConnection stores the connection in the context of its requests.
func contextWithConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, underlyingConn(c))
}

// protectConnection protects a request's connection from selectVictim until the request is answered. Call it only for
// verified requests. Otherwise an attacker who does not read answers could hold all connections, with forged requests or
// with requests that Amazon signed for another skill.
func protectConnection(ctx context.Context) {
	if c := requestConnection(ctx); c != nil {
		c.busy.Store(true)
	}
}

// trackConnectionState records the state of a connection, for http.Server.ConnState. It reports TLS connections that end
// without a request.
func (s *Server) trackConnectionState(conn net.Conn, state http.ConnState) {
	c, ok := underlyingConn(conn).(*connection)
	if !ok {
		return
	}
	before := http.ConnState(c.state.Swap(int32(state)))
	switch {
	case state == http.StateActive:
		c.hello = nil
		c.header.Complete()
	case state == http.StateIdle:
		c.busy.Store(false)
		c.header.Next()
	case state == http.StateClosed && before == http.StateNew:
		s.reportHandshake(conn, c)
	case state == http.StateClosed && before == http.StateActive:
		s.reportUnreadHeader(c)
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
