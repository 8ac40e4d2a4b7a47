package server

import "net/http"

// PublicHandler is what the public listener serves, for tests that need no network.
func (s *Server) PublicHandler() http.Handler {
	s.prepare()
	return http.HandlerFunc(s.servePublic)
}

// Clients tells whose a request is.
func (p Proxy) Clients() func(*http.Request) string { return p.clients() }
