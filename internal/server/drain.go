package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// The end of the service, in this order, so that no request is lost that has reached it:
//
//  1. It reports that it is not ready, and accepts no more. Where somebody else holds the listening socket too, as systemd
//     does that handed it over, new connections wait with the kernel for the next process; else they are refused.
//  2. On the connections that there are it goes on answering, each time with "Connection: close", so that a client takes
//     its next request elsewhere. Those that were just accepted have freshTime to send their first request, and those
//     that are idle quietTime for another. net/http alone would drop both: once its Shutdown has begun it answers no
//     request whose header it had not read.
//  3. When nothing is to be expected any more, after drainTimeout at the latest, what is still there is closed.
//
// What remains is what HTTP/1.1 leaves to every client (RFC 9112, section 9.5): a connection that was idle for longer may be
// closed just as it sends its next request, of which then nothing has been answered nor done.
const (
	idleGrace          = time.Second
	newConnectionGrace = readTimeout
	drainPollInterval  = 5 * time.Millisecond

	// drainTimeout is for whoever was accepted last, asks last, and reads as slowly as a client may: to cut that one off
	// would make a failure of an end that is none. net/http looks every half second whether it is done. What deploy/ gives
	// the service before it is killed is more.
	drainTimeout = newConnectionGrace + writeTimeout + time.Second
)

// drain ends the servers. accepting is closed when the public one accepts no more.
func (s *Server) drain(ctx context.Context, accepting <-chan struct{}, public *http.Server, others ...*http.Server) error {
	s.draining.Store(true)
	s.current.Load().markReplaced()
	closing := s.public.Close()
	<-accepting // what was accepted is now known to net/http
	// ctx has ended: those in flight need one of their own. The private listener tells of the draining to its end.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	s.public.awaitQuiet(end)
	err := errors.Join(closing, shutDownServer(end, public))
	for _, server := range others {
		err = errors.Join(err, shutDownServer(end, server))
	}
	return err
}

// awaitQuiet waits until no connection is likely to bring another request, or ctx ends.
func (l *boundedListener) awaitQuiet(ctx context.Context) {
	began, idle := time.Now(), map[*connection]time.Time{}
	for ctx.Err() == nil && l.expects(began, idle) {
		time.Sleep(drainPollInterval)
	}
}

// expects reports whether a connection has a request under way, or may soon have. idle is since when each is known to be.
func (l *boundedListener) expects(began time.Time, idle map[*connection]time.Time) (expects bool) {
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

// shutDownServer waits for the requests in flight, and cuts off those that take longer than ctx.
func shutDownServer(ctx context.Context, server *http.Server) error {
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests in flight were cut off: %w", err), server.Close())
	}
	return nil
}

// serveListener serves a listener, and returns when that is closed to end the service, or failed.
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
