package simulator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"time"

	"lastpost/internal/server"
)

// A Local is a client of the real server, which runs on loopback over TLS and verifies requests as always, but trusts
// only the client's identity.
type Local struct {
	Client
	certificate *x509.Certificate // that the server shows
	stop        func() error
}

// StartLocal starts a server for one skill. The caller stops it.
func StartLocal(ctx context.Context, skill server.Skill, version string, now func() time.Time) (*Local, error) {
	identity, err := NewIdentity(now)
	if err != nil {
		return nil, err
	}
	certificate, err := server.SelfSigned("", []string{"localhost"}, time.Now())
	if err != nil {
		return nil, err
	}
	s := &server.Server{
		Address: "127.0.0.1:0", PrivateAddress: "127.0.0.1:0", Certificate: certificate, Version: version, Now: now,
		Skills: []server.Skill{skill}, Verifier: identity.Verifier,
	}
	if err := s.Listen(ctx); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return &Local{
		Client: Client{
			ApplicationID: skill.ApplicationID, URL: "https://" + s.Addr().String() + skill.Path, Identity: identity, Now: now,
			HTTP: &http.Client{Transport: transport, Timeout: 10 * time.Second},
		},
		certificate: certificate.Leaf(),
		stop: func() error {
			transport.CloseIdleConnections()
			stop()
			return <-served
		},
	}, nil
}

// Stop ends the server and waits for it.
func (l *Local) Stop() error { return l.stop() }

// InProcess carries requests to a handler without a network. Remote is the address that the handler sees.
type InProcess struct {
	Handler http.Handler
	Remote  string
}

// RoundTrip asks the handler.
func (p InProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := r.Clone(r.Context())
	asked.RemoteAddr = p.Remote
	answer := httptest.NewRecorder()
	p.Handler.ServeHTTP(answer, asked)
	return answer.Result(), nil
}
