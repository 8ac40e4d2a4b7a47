package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// A CertificateSource supplies the certificates of the public listener.
type CertificateSource interface {
	GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	// Protocols returns the ALPN protocols for handshakes. Nil means the listener's default.
	Protocols() []string
	// Watch renews or reloads the certificates until ctx ends.
	Watch(ctx context.Context, log *slog.Logger)
	// Reload renews or reloads the certificates at once.
	Reload(log *slog.Logger)
	// Names returns the names of the certificates, the most important one first. A single certificate may have the name "".
	Names() []string
	// State returns when the certificate with this name expires, or the zero time if there is none. name is one of Names.
	// err is the reason why the certificate was not issued or renewed.
	State(name string) (notAfter time.Time, err error)
}

// An Issuer gets certificates from a CA. As an [http.Handler] it answers the CA's HTTP-01 challenges over plain HTTP.
type Issuer interface {
	CertificateSource
	http.Handler
	// Prepare is called once, before all other methods. plain is the address of the listener for HTTP-01, or nil.
	Prepare(public, plain net.Addr, log *slog.Logger, now func() time.Time)
}

// certificateSource returns the configured source of certificates, or nil if a proxy terminates TLS.
func (s *Server) certificateSource() CertificateSource {
	switch {
	case s.Certificate != nil:
		return s.Certificate
	case s.Issuer != nil:
		return s.Issuer
	}
	return nil
}

// A CertificateState is the state of one certificate of the public listener.
type CertificateState struct {
	Name     string    // the certificate's domain; "": there is only one certificate
	NotAfter time.Time // zero: not issued yet
	Begin    time.Time // when it becomes valid; zero: it was valid when the CA issued it
	Err      error     // why the certificate was not issued or renewed; nil: no problem
}

// isReady reports whether the certificate is valid at now.
func (c CertificateState) isReady(now time.Time) bool {
	return now.Before(c.NotAfter) && !now.Before(c.Begin)
}

func (c CertificateState) statusLine(now time.Time) string {
	line := "certificate"
	if c.Name != "" {
		line += " " + c.Name
	}
	switch end := c.NotAfter.UTC().Format(time.RFC3339); {
	case c.NotAfter.IsZero():
		return line + ": not ready, not issued yet: " + cmp.Or(c.Err, errors.New("waiting for the CA")).Error()
	case now.Before(c.Begin):
		line += ": not ready, valid from " + c.Begin.UTC().Format(time.RFC3339)
	case !c.isReady(now):
		line += ": not ready, expired " + end
	default:
		line += ": ready, valid until " + end
	}
	if c.Err != nil {
		line += ", not renewed: " + c.Err.Error()
	}
	return line
}

// CertificateStates returns the states of all certificates, or nil if a proxy terminates TLS.
func (s *Server) CertificateStates() (states []CertificateState) {
	certificates := s.certificateSource()
	if certificates == nil {
		return nil
	}
	for _, name := range certificates.Names() {
		notAfter, err := certificates.State(name)
		states = append(states, CertificateState{Name: name, NotAfter: notAfter, Err: err})
	}
	if s.Certificate != nil {
		states[0].Begin = s.Certificate.Leaf().NotBefore
	}
	return states
}

// PresentedChain returns the certificates that the public listener presents to clients that ask for host, the leaf first. It
// returns nil if a proxy has the certificate, or if there is none yet.
func (s *Server) PresentedChain(host string) (chain []*x509.Certificate) {
	source := s.certificateSource()
	if source == nil || !s.prepared.Load() {
		return nil
	}
	certificate, err := source.GetCertificate(&tls.ClientHelloInfo{ServerName: host})
	if err != nil {
		return nil // not issued yet: other lines say why
	}
	for _, der := range certificate.Certificate {
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			break
		}
		chain = append(chain, parsed)
	}
	return chain
}
