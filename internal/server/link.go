package server

import "net/http"

// A LinkHandler stands in for an OAuth server. It serves the requests that it claims and that match no other route.
// RemoteAddr of these requests is the client's address without a port, as a trusted proxy names it.
type LinkHandler interface {
	http.Handler
	// Claims reports whether the handler serves r. It must not change r.
	Claims(r *http.Request) bool
}

// serveLink passes r to the LinkHandler, with the client's address in RemoteAddr.
func (snapshot *configSnapshot) serveLink(w http.ResponseWriter, r *http.Request, client clientAddrFunc) {
	forwarded := r.WithContext(r.Context()) // a copy
	forwarded.RemoteAddr = client(r)
	snapshot.Link.ServeHTTP(w, forwarded)
}
