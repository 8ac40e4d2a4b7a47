package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// CertificateSource supply what the public listener shows.
type CertificateSource interface {
	GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	// Protocols are what a handshake may agree on; nil: those of the listener.
	Protocols() []string
	// Watch keeps the certificates new until ctx ends.
	Watch(ctx context.Context, log *slog.Logger)
	// Reload looks for newer certificates at once.
	Reload(log *slog.Logger)
	// Names are those of the certificates, the one that counts in front. A single certificate may have the name "".
	Names() []string
	// State returns when the certificate of one of Names ends, zero while there is none, and why there is none or no newer
	// one.
	State(name string) (notAfter time.Time, err error)
}

// An Issuer gets certificates from a CA. As an [http.Handler] it answers the CA's questions over plain HTTP.
type Issuer interface {
	CertificateSource
	http.Handler
	// Prepare is called once before anything else, with the addresses of the public listener and of the one for the CA's
	// questions, which is nil where there is none.
	Prepare(public, questions net.Addr, log *slog.Logger, now func() time.Time)
}

// certificateSource gives nil where a proxy speaks TLS.
func (s *Server) certificateSource() CertificateSource {
	switch {
	case s.Certificate != nil:
		return s.Certificate
	case s.Issuer != nil:
		return s.Issuer
	}
	return nil
}

// A CertificateState is how a certificate of the public listener fares.
type CertificateState struct {
	Name     string    // its domain; "": the only one there is
	NotAfter time.Time // zero: there is none yet
	Err      error     // why there is none, or no newer one; nil: nothing is wrong
}

// isReady is whether Alexa would take it, and line says so.
func (c CertificateState) isReady(now time.Time) bool { return now.Before(c.NotAfter) }

func (c CertificateState) statusLine(now time.Time) string {
	line := "certificate"
	if c.Name != "" {
		line += " " + c.Name
	}
	switch end := c.NotAfter.UTC().Format(time.RFC3339); {
	case c.NotAfter.IsZero():
		return line + ": not ready, none yet: " + cmp.Or(c.Err, errors.New("the CA is being asked")).Error()
	case !c.isReady(now):
		line += ": not ready, ended " + end
	default:
		line += ": ready, valid until " + end
	}
	if c.Err != nil {
		line += ", not renewed: " + c.Err.Error()
	}
	return line
}

// CertificateStates are those of all certificates; none where a proxy speaks TLS.
func (s *Server) CertificateStates() (states []CertificateState) {
	certificates := s.certificateSource()
	if certificates == nil {
		return nil
	}
	for _, name := range certificates.Names() {
		notAfter, err := certificates.State(name)
		states = append(states, CertificateState{name, notAfter, err})
	}
	return states
}
