package simulator

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"lastpost/internal/server"
	"lastpost/internal/verify/verifytest"
)

// A LocalServer is the real server on loopback with TLS, and a client for it. It verifies requests as usual, but trusts
// only the identity of this client.
type LocalServer struct {
	SigningClient
	certificate *x509.Certificate // of the server
	stop        func() error
}

// StartLocalServer starts a server for one skill. The caller stops it.
func StartLocalServer(ctx context.Context, skill server.ServedSkill, version string, now func() time.Time) (*LocalServer, error) {
	identity, err := NewIdentity(now)
	if err != nil {
		return nil, err
	}
	certificate, err := server.SelfSignedCertificate("", []string{"localhost"}, time.Now())
	if err != nil {
		return nil, err
	}
	s := &server.Server{
		Address: "127.0.0.1:0", PrivateAddress: "127.0.0.1:0", Certificate: certificate, Version: version, Now: now,
		Skills: []server.ServedSkill{skill}, Verifier: identity.Verifier,
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
	return &LocalServer{
		SigningClient: SigningClient{
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

// Stop stops the server and waits for it.
func (l *LocalServer) Stop() error { return l.stop() }

// An InProcessTransport passes requests to a handler without a network. Remote is the client address for the handler.
type InProcessTransport struct {
	Handler http.Handler
	Remote  string
}

// RoundTrip calls the handler.
func (p InProcessTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	clone := r.Clone(r.Context())
	clone.RemoteAddr = p.Remote
	recorder := httptest.NewRecorder()
	p.Handler.ServeHTTP(recorder, clone)
	return recorder.Result(), nil
}

// A DemoKey signs requests for one running demo. No other service trusts it.
type DemoKey struct {
	ApplicationID string        `json:"application_id"`
	PrivateKey    []byte        `json:"key"`         // PKCS #8: signs the requests
	Certificate   []byte        `json:"certificate"` // DER: of the server
	ClockOffset   time.Duration `json:"clock_offset"`

	signer verifytest.Signer
}

// SaveDemoKey writes the key of the server to a file that only this user can read. The caller removes it.
func (l *LocalServer) SaveDemoKey() (file string, err error) {
	key, err := x509.MarshalPKCS8PrivateKey(l.Identity.Signer.Key)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "skill-demo-*.key") // 0600
	if err != nil {
		return "", err
	}
	err = json.NewEncoder(f).Encode(DemoKey{
		ApplicationID: l.ApplicationID, PrivateKey: key, Certificate: l.certificate.Raw,
		ClockOffset: time.Until(l.Now()).Round(time.Second),
	})
	return f.Name(), errors.Join(err, f.Close())
}

// LoadDemoKey reads a key that SaveDemoKey wrote.
func LoadDemoKey(file string) (*DemoKey, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w; it exists only while the demo runs", err)
	}
	k := &DemoKey{}
	if err := json.Unmarshal(content, k); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(k.PrivateKey)
	signing, ok := key.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s does not contain an RSA key", file)
	}
	k.signer = verifytest.Signer{Key: signing}
	return k, nil
}

// NewClient returns a client that the demo trusts.
func (k *DemoKey) NewClient() *SigningClient {
	return &SigningClient{
		ApplicationID: k.ApplicationID, Identity: Identity{Signer: k.signer},
		Now: func() time.Time { return time.Now().Add(k.ClockOffset) },
	}
}

// MatchesCertificate reports whether leaf is the certificate of the demo.
func (k *DemoKey) MatchesCertificate(leaf *x509.Certificate) bool {
	return bytes.Equal(leaf.Raw, k.Certificate)
}
