package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"time"
)

// certificates are where the public listener has what it shows: a Certificate, or an ACME.
type certificates interface {
	get(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	protocols() []string
	watch(ctx context.Context, log *slog.Logger) // keeps them new until ctx ends
	reload(log *slog.Logger)
	status() []certificateStatus // the first is the one that counts
}

// certificates gives nil where a proxy speaks TLS.
func (s *Server) certificates() certificates {
	switch {
	case s.Certificate != nil:
		return s.Certificate
	case s.ACME != nil:
		return s.ACME
	}
	return nil
}

// A certificateStatus is what health and metrics tell of a certificate.
type certificateStatus struct {
	name     string    // its domain; "": the only one there is
	notAfter time.Time // zero: there is none
	err      error     // why there is none, or no newer one; nil: nothing is wrong
}

// ready is whether Alexa would take it, and line says so.
func (c certificateStatus) ready(now time.Time) bool { return now.Before(c.notAfter) }

func (c certificateStatus) line(now time.Time) string {
	line := "certificate"
	if c.name != "" {
		line += " " + c.name
	}
	switch end := c.notAfter.UTC().Format(time.RFC3339); {
	case c.notAfter.IsZero():
		return line + ": not ready, none yet: " + cmp.Or(c.err, errors.New("the CA is being asked")).Error()
	case !c.ready(now):
		line += ": not ready, ended " + end
	default:
		line += ": ready, valid until " + end
	}
	if c.err != nil {
		line += ", not renewed: " + c.err.Error()
	}
	return line
}

// certificateStatuses are those of all certificates; none where a proxy speaks TLS.
func (s *Server) certificateStatuses() []certificateStatus {
	if certificates := s.certificates(); certificates != nil {
		return certificates.status()
	}
	return nil
}
