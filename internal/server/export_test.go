package server

import "net/http"

// DrainTimeout is how long the service may take to end.
const DrainTimeout = drainTimeout

// PublicHandler is what the public listener serves, for tests that need no network.
func (s *Server) PublicHandler() http.Handler {
	s.initialize()
	return http.HandlerFunc(s.servePublic)
}

// ClientAddrFunc tells whose a request is.
func (p TrustedProxy) ClientAddrFunc() func(*http.Request) string { return p.newClientAddrFunc() }

// CheckContentDigest is what a body is asked before the guard.
func CheckContentDigest(header http.Header, body []byte) error {
	return checkContentDigest(header, body)
}
