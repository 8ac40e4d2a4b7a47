package server

import "net/http"

// PublicHandler is what the public listener serves, for tests that need no network.
func (s *Server) PublicHandler() http.Handler {
	s.setDefaults()
	return s.endpoints(newMetrics(s))
}
