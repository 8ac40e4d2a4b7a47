package server

import (
	"crypto/tls"
	"log/slog"
	"net"

	"lastpost/internal/server/handshake"
)

// tlsConfig returns the TLS settings of the public listener, or nil if a proxy terminates TLS. The cipher suites are Go's
// defaults. A shorter list fails with some of Amazon's clients: they are reported to offer only suites with CBC. Go prefers
// authenticated encryption, so a client that offers it never gets CBC.
func (s *Server) tlsConfig() *tls.Config {
	certificates := s.certificateSource()
	if certificates == nil {
		return nil
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12, // Go's default, which GODEBUG could change
		GetConfigForClient: recordHello,
		GetCertificate: func(info *tls.ClientHelloInfo) (*tls.Certificate, error) {
			// Unknown names get a certificate too: an unrecognized_name alert makes Alexa give up.
			certificate, err := certificates.GetCertificate(info)
			if c, ok := info.Conn.(*connection); ok && c.hello != nil {
				c.hello.Certificate, c.hello.Refused = certificate, err
			}
			return certificate, err
		},
		NextProtos: certificates.Protocols(),
	}
}

// recordHello keeps a summary of what the client offers, until its first request. It does not change the settings.
func recordHello(info *tls.ClientHelloInfo) (*tls.Config, error) {
	if c, ok := info.Conn.(*connection); ok {
		c.hello = handshake.Summarize(info)
	}
	return nil, nil //nolint:nilnil // Go's contract: no other settings
}

// reportHandshake reports a TLS connection that ended without a request. net/http only writes a text to its log. But the
// connection itself returns the error of its handshake again, with its type.
func (s *Server) reportHandshake(conn net.Conn, c *connection) {
	encrypted, ok := conn.(*tls.Conn)
	if !ok {
		return
	}
	attempt := handshake.Attempt{Hello: c.hello, Tail: c.tail, Received: c.received.Load(), Timeout: readTimeout, Now: s.Now()}
	attempt.Succeeded = encrypted.ConnectionState().HandshakeComplete
	if attempt.Succeeded {
		_, attempt.Err = encrypted.Read(make([]byte, 1)) // returns at once, because the connection is closed
	} else {
		attempt.Err = encrypted.Handshake() // returns the error of the first call
	}
	switch fault, outcome := attempt.Explain(); outcome {
	case handshake.Failed:
		s.Faults.Report(fault, slog.String("client", c.peerAddress()))
	case handshake.Probed:
		s.tlsProbes.Add(1)
	case handshake.Ignored:
	}
}

// peerAddress returns the client's address without its port.
func (c *connection) peerAddress() string {
	host, _, _ := net.SplitHostPort(c.RemoteAddr().String()) // the address of a TCP connection has a port
	return host
}
