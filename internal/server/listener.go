package server

import (
	"container/list"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// A boundedListener keeps at most max connections. One more takes the place of the oldest that has no whole request
// under way: those who dawdle make room for those who ask, and no number of them can keep a true request out.
type boundedListener struct {
	net.Listener
	max int

	mu    sync.Mutex
	conns list.List // of *connection, the oldest in front
}

// A connection of a boundedListener.
type connection struct {
	net.Conn
	listener *boundedListener
	place    *list.Element
	busy     atomic.Bool // a whole request was read, and is not answered yet
}

// Accept waits for a connection that there is room for.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &connection{Conn: accepted, listener: l}
		victim := l.admit(c)
		if victim != nil {
			_ = victim.Close()
		}
		if victim != c {
			return c, nil
		}
	}
}

// admit lists a connection, and gives the one that has to go for it, if any: itself where all others are busy.
func (l *boundedListener) admit(c *connection) (victim *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.place = l.conns.PushBack(c)
	if l.conns.Len() <= l.max {
		return nil
	}
	for e := l.conns.Front(); e != nil; e = e.Next() {
		if candidate := e.Value.(*connection); !candidate.busy.Load() {
			return candidate
		}
	}
	return nil
}

// Close gives the place free.
func (c *connection) Close() error {
	c.listener.mu.Lock()
	if c.place != nil {
		c.listener.conns.Remove(c.place)
		c.place = nil
	}
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

type connectionKey struct{}

// withConnection makes the connection known to the requests on it.
func withConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, underlying(c))
}

// keepConnection keeps a request's connection from being closed for another until the request is answered.
func keepConnection(ctx context.Context) {
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		c.busy.Store(true)
	}
}

// releaseConnection is told of every change of a connection's state.
func releaseConnection(c net.Conn, state http.ConnState) {
	if c, ok := underlying(c).(*connection); ok && state == http.StateIdle {
		c.busy.Store(false)
	}
}

func underlying(c net.Conn) net.Conn {
	if encrypted, ok := c.(*tls.Conn); ok {
		return encrypted.NetConn()
	}
	return c
}
