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

// A Local is a client of the real server, which runs on loopback over TLS and verifies requests as always, but trusts
// only the client's identity.
type Local struct {
	Client
	certificate *x509.Certificate // that the server shows
	stop        func() error
}

// StartLocal starts a server for one skill. The caller stops it.
func StartLocal(ctx context.Context, skill server.ServedSkill, version string, now func() time.Time) (*Local, error) {
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

// A Key is what it takes to be Alexa to one demonstration, and to nobody else: its signing key was made with it, and
// is believed by no other service.
type Key struct {
	ApplicationID string        `json:"application_id"`
	Key           []byte        `json:"key"`         // PKCS #8: signs the requests
	Certificate   []byte        `json:"certificate"` // DER: what the server shows
	ClockOffset   time.Duration `json:"clock_offset"`

	signer verifytest.Signer
}

// SaveKey writes the key of a local server where only this user can read it. The caller removes it.
func (l *Local) SaveKey() (file string, err error) {
	key, err := x509.MarshalPKCS8PrivateKey(l.Identity.Signer.Key)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "skill-demo-*.key") // 0600
	if err != nil {
		return "", err
	}
	err = json.NewEncoder(f).Encode(Key{
		ApplicationID: l.ApplicationID, Key: key, Certificate: l.certificate.Raw, ClockOffset: time.Until(l.Now()).Round(time.Second),
	})
	return f.Name(), errors.Join(err, f.Close())
}

// LoadKey reads what a demonstration has saved.
func LoadKey(file string) (*Key, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w; it is there while the demonstration is up", err)
	}
	k := &Key{}
	if err := json.Unmarshal(content, k); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(k.Key)
	signing, ok := key.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s holds no RSA key", file)
	}
	k.signer = verifytest.Signer{Key: signing}
	return k, nil
}

// Client is one that the demonstration trusts.
func (k *Key) Client() *Client {
	return &Client{
		ApplicationID: k.ApplicationID, Identity: Identity{Signer: k.signer},
		Now: func() time.Time { return time.Now().Add(k.ClockOffset) },
	}
}

// Shows reports whether a certificate is the demonstration's.
func (k *Key) Shows(leaf *x509.Certificate) bool { return bytes.Equal(leaf.Raw, k.Certificate) }
