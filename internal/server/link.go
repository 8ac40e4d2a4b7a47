package server

import "net/http"

// A Link stands in for an OAuth server. It answers what no other route takes, and it claims. RemoteAddr of the requests that
// it serves is the client's address: the peer's, or what a trusted proxy says, which has no port.
type LinkHandler interface {
	http.Handler
	// Claims reports whether a request is for it. It must not change the request.
	Claims(r *http.Request) bool
}

// serveLink hands a request on, and says whose it is.
func (snapshot *configSnapshot) serveLink(w http.ResponseWriter, r *http.Request, client clientAddrFunc) {
	forwarded := r.WithContext(r.Context()) // a copy
	forwarded.RemoteAddr = client(r)
	snapshot.Link.ServeHTTP(w, forwarded)
}
