package server

import "net/http"

// DrainTimeout is how long the service may take to end.
const DrainTimeout = drainTimeout

// PublicHandler is what the public listener serves, for tests that need no network.
func (s *Server) PublicHandler() http.Handler {
	s.prepare()
	return http.HandlerFunc(s.servePublic)
}

// Clients tells whose a request is.
func (p TrustedProxy) Clients() func(*http.Request) string { return p.clients() }

// CheckDigest is what a body is asked before the guard.
func CheckDigest(header http.Header, body []byte) error { return checkDigest(header, body) }
