package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// The shutdown has these steps, so that every received request is answered:
//
//  1. The service reports that it is not ready, and stops accepting. If another process also holds the listening socket,
//     as systemd does, new connections wait in the kernel for the next process. Otherwise they are refused.
//  2. The service still answers on open connections, with "Connection: close", so that a client opens another connection
//     for its next request. New connections have newConnectionGrace to send their first request. Idle connections have
//     idleGrace to send another request. net/http alone drops these requests: after Shutdown it reads no more headers.
//  3. When no more requests are expected, or after drainTimeout, all connections are closed.
//
// One request can still be lost, as always in HTTP/1.1 (RFC 9112, section 9.5): the service can close a connection that
// was idle for longer than idleGrace while the client sends a request. The service has not processed this request, so the
// client can repeat it.
const (
	idleGrace          = time.Second
	newConnectionGrace = readTimeout
	drainPollInterval  = 5 * time.Millisecond

	// drainTimeout is long enough for the slowest allowed client, which connects and sends at the last moment and reads
	// slowly. A shorter limit would make a normal shutdown fail. The added second is for net/http, which looks for idle
	// connections every half second. The kill timeouts in deploy/ are longer.
	drainTimeout = newConnectionGrace + writeTimeout + time.Second
)

// drain shuts the servers down. accepting is closed when the public server has stopped accepting.
func (s *Server) drain(ctx context.Context, accepting <-chan struct{}, public *http.Server, others ...*http.Server) error {
	s.draining.Store(true)
	s.current.Load().markReplaced()
	closing := s.public.Close()
	<-accepting // net/http now knows all accepted connections
	// ctx has ended, so requests in flight need another context. The private listener closes last, so that it reports the
	// drain until then.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	s.public.awaitQuiet(end)
	err := errors.Join(closing, shutDownServer(end, public))
	for _, server := range others {
		err = errors.Join(err, shutDownServer(end, server))
	}
	return err
}

// awaitQuiet waits until no connection is expected to send another request, or ctx ends.
func (l *boundedListener) awaitQuiet(ctx context.Context) {
	began, idle := time.Now(), map[*connection]time.Time{}
	for ctx.Err() == nil && l.expectsRequest(began, idle) {
		time.Sleep(drainPollInterval)
	}
}

// expectsRequest reports whether a connection is sending a request or may soon send one. began is when the drain began.
// idle maps each idle connection to the time when it was first seen idle.
func (l *boundedListener) expectsRequest(began time.Time, idle map[*connection]time.Time) (expects bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for e := l.conns.Front(); e != nil; e = e.Next() {
		c := e.Value.(*connection)
		switch http.ConnState(c.state.Load()) {
		case http.StateNew:
			expects = expects || time.Since(began) < newConnectionGrace
		case http.StateIdle:
			if _, known := idle[c]; !known {
				idle[c] = time.Now()
			}
			expects = expects || time.Since(idle[c]) < idleGrace
		default:
			delete(idle, c)
			expects = true
		}
	}
	return expects
}

// shutDownServer waits for the requests in flight, and closes their connections when ctx ends.
func shutDownServer(ctx context.Context, server *http.Server) error {
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests in flight were cut off: %w", err), server.Close())
	}
	return nil
}

// serveListener serves until the listener fails, or is closed by a shutdown. A shutdown is not an error.
func (s *Server) serveListener(server *http.Server, listener net.Listener, encrypted bool) error {
	var err error
	if encrypted {
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) || s.draining.Load() && errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
