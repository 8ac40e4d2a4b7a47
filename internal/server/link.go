package server

import "net/http"

// A LinkHandler serves account linking in place of an OAuth server. It gets the requests that it claims and that match no
// other route. RemoteAddr of these requests is the client's address without a port. If the peer is a trusted proxy, the
// address comes from the proxy's header.
type LinkHandler interface {
	http.Handler
	// Claims reports whether the handler serves r. Claims must not change r.
	Claims(r *http.Request) bool
}

// serveLink passes r to the LinkHandler, with the client's address in RemoteAddr.
func (snapshot *configSnapshot) serveLink(w http.ResponseWriter, r *http.Request, client clientAddrFunc) {
	forwarded := r.WithContext(r.Context()) // a copy
	forwarded.RemoteAddr = client(r)
	snapshot.Link.ServeHTTP(w, forwarded)
}
