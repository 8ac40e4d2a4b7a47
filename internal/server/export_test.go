package server

import "net/http"

// DrainTimeout is the maximum duration of a shutdown.
const DrainTimeout = drainTimeout

// PublicHandler returns the handler of the public listener, for tests without a network.
func (s *Server) PublicHandler() http.Handler {
	s.initialize()
	return http.HandlerFunc(s.servePublic)
}

// CheckContentDigest exports checkContentDigest.
func CheckContentDigest(header http.Header, body []byte) error {
	return checkContentDigest(header, body)
}
