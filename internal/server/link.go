package server

import "net/http"

// A Link stands in for an OAuth server. It answers what no other route takes, and it claims.
type Link interface {
	http.Handler
	// Claims reports whether a request is for it. It must not change the request.
	Claims(r *http.Request) bool
}
