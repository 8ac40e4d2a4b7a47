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
//  2. For quietTime it goes on answering on the connections that there are, each with "Connection: close", so that a
//     client that is using one takes its next request elsewhere.
//  3. What is still idle is closed, and what is being answered has drainTimeout.
//
// What remains is what HTTP/1.1 leaves to every client (RFC 9112, section 9.5): a connection that was idle for longer may be
// closed just as it sends its next request, of which then nothing has been answered nor done.
const (
	quietTime    = time.Second
	drainTimeout = 10 * time.Second // for the requests in flight when the service ends
)

// drain ends both servers. accepting is closed when the public one accepts no more.
func (s *Server) drain(ctx context.Context, public, private *http.Server, accepting <-chan struct{}) error {
	s.draining.Store(true)
	closing := s.public.Close()
	<-accepting // what was accepted is now known to net/http, and will be waited for
	s.public.empty(quietTime)
	// ctx has ended: those in flight need one of their own. The private listener tells of the draining to its end.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	return errors.Join(closing, shutDown(end, public), shutDown(end, private))
}

// shutDown waits for the requests in flight, and cuts off those that take longer than ctx.
func shutDown(ctx context.Context, server *http.Server) error {
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests in flight were cut off: %w", err), server.Close())
	}
	return nil
}

// accept serves a listener, and returns when that is closed to end the service, or failed.
func (s *Server) accept(server *http.Server, listener net.Listener, encrypted bool) error {
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
