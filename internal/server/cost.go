package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"lastpost/internal/limits"
	"lastpost/internal/server/clients"
	"lastpost/internal/server/handshake"
)

// Bounds of the bodies that are held in memory at the same time, for skills and account linking. The connections alone would
// allow 256 MiB. The first usualBodyBytes of a body do not count, so Amazon's requests never wait for a flood of large ones.
const (
	maxBodiesBytes = 8 << 20
	maxLinkBody    = 256 << 10       // the limit of package linkproxy
	bodyWait       = 2 * time.Second // the rest of readTimeout is enough to read the body
)

// errBodyBudget is the refusal of a large body while others use all of the memory for bodies.
var errBodyBudget = fmt.Errorf("%w: other large bodies use all of the memory for bodies", bodyBudget)

// limitHeader answers 400 to a request whose header has too many parts, before anything else reads the header. maxHeaderBytes
// does not stop this attack: 3,600 names fit into it. Each part costs little to parse and much to process: account linking
// masks, hashes, stores and reads back each one.
func (s *Server) limitHeader(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if c := requestConnection(r.Context()); c != nil {
			c.header.Accept()
		}
		excess := limits.HeaderExcess(r)
		if excess == "" {
			next(w, r)
			return
		}
		w.Header().Set("Connection", "close") // otherwise the server reads the body to find the next request
		writeError(w, http.StatusBadRequest, "the header has too many parts")
		s.Faults.Report(limits.PartsFault(excess), slog.String("client", s.current.Load().Proxy.AddrFunc()(r)))
	}
}

// reportUnreadHeader reports a closed connection whose last header was beyond the size limit, or was not HTTP because a proxy
// speaks another protocol. net/http answers 431 or 400 and does not call a handler.
func (s *Server) reportUnreadHeader(c *connection) {
	if c.header.RefusedSize() > maxHeaderBytes {
		s.Faults.Report(limits.SizeFault(maxHeaderBytes), slog.String("client", c.peerAddress()))
	}
	if fault, ok := handshake.ExplainPlain(c.begin); ok && c.listener == s.public && s.certificateSource() == nil {
		s.Faults.Report(fault, slog.String("client", c.peerAddress()))
	}
}

// limitBody makes a request's body use the budget for bodies. The caller calls release when the body is not in memory any more.
func (s *Server) limitBody(r *http.Request, client clients.AddrFunc, maxBytes int64) (release func()) {
	if s.bodies == nil || 0 <= r.ContentLength && r.ContentLength <= usualBodyBytes {
		return func() {}
	}
	address := client(r)
	body := &limits.Body{Budget: s.bodies, Client: clients.Block(address), Free: usualBodyBytes, Max: maxBytes, Wait: bodyWait}
	body.Err = errBodyBudget
	body.Attach(r)
	return func() {
		body.Release()
		if body.Refused() {
			s.Faults.Report(limits.BodyFault(), slog.String("client", address))
		}
	}
}

// requestConnection returns the connection of a request, or nil if no boundedListener accepted it.
func requestConnection(ctx context.Context) *connection {
	c, _ := ctx.Value(connectionKey{}).(*connection)
	return c
}
