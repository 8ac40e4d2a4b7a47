package acmetest

import (
	"crypto/x509"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server/acme"
)

const (
	issued    = "certificate issued"
	notIssued = "certificate not issued"
	renewed   = "certificate renewed"
	loaded    = "certificate loaded"
)

func TestIssue(t *testing.T) {
	t.Parallel()
	l, s := open(t, acme.Manager{Domains: []string{"issue.example.com", "www.issue.example.com"}})
	s.await(issued, 2)
	for _, domain := range s.manager.Domains {
		require.Eventually(t, func() bool {
			state, err := s.handshake(domain)
			return err == nil && state.PeerCertificates[0].VerifyHostname(domain) == nil
		}, patience, 10*time.Millisecond)
		state, err := s.handshake(domain)
		require.NoError(t, err)
		between := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			between.AddCert(cert)
		}
		_, err = state.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: domain, Roots: l.issues(), Intermediates: between})
		require.NoError(t, err, "the chain is complete")
	}
	require.EqualValues(t, 2, l.orders.Load())

	first := s.shown("issue.example.com")
	for _, name := range []string{"", "other.example.org", "127.0.0.1", "_under.score", "xn--a", "ISSUE.example.com"} {
		require.Equal(t, first.Raw, s.shown(name).Raw, "whoever asks for %q gets the first", name)
	}
	state, err := s.handshake("issue.example.com", "h2", "http/1.1")
	require.NoError(t, err)
	require.Equal(t, "http/1.1", state.NegotiatedProtocol)
	_, err = s.handshake("issue.example.com", "acme-tls/1")
	require.ErrorContains(t, err, "internal error", "nobody is being asked anything now")

	status, body := s.private("/readyz")
	require.Equal(t, 200, status)
	require.Equal(t, fmt.Sprintf("certificate issue.example.com: ready, valid until %s\ncertificate www.issue.example.com: ready, valid until %s\n",
		first.NotAfter.Format(time.RFC3339), s.shown("www.issue.example.com").NotAfter.Format(time.RFC3339)), body)
	require.Len(t, s.ends(), 1)
	require.NotContains(t, s.ends(), noEnd)
	s.close()
	for _, line := range s.log.loud() {
		require.Equal(t, issued, line["msg"], "nothing else is worth a line: %v", line)
	}
	requirePrivate(t, s.manager.Dir)
}

// requirePrivate looks whether anybody but the owner may look into dir.
func requirePrivate(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(filepath.Join(dir), func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		if path != dir { // which the test has made
			require.Zero(t, info.Mode().Perm()&0o077, "%s is %v", path, info.Mode())
		}
		return nil
	}))
	locks, err := os.ReadDir(filepath.Join(dir, "locks"))
	require.NoError(t, err)
	require.Empty(t, locks)
}

func TestRestartOrdersNothing(t *testing.T) {
	t.Parallel()
	manager := acme.Manager{Domains: []string{"restart.example.com"}, Dir: t.TempDir()}
	l, s := open(t, manager)
	s.await(issued, 1)
	address := s.server.Addr().String()
	s.close()

	again := newService(t, manager)
	again.server.Address = address
	again.listen().serve(l)
	line := again.await(loaded, 1)
	cert := again.shown("restart.example.com")
	require.Equal(t, cert.NotAfter.Format(time.RFC3339), line["not_after"])
	require.EqualValues(t, 1, l.orders.Load())
}

// TestHTTP01 has the CA ask at the plain listener, as its way to the other one is blocked.
func TestHTTP01(t *testing.T) {
	t.Parallel()
	plain := freeAddress(t)
	s := newService(t, acme.Manager{Domains: []string{"plain.example.com"}})
	s.server.IssuerAddress = plain
	s.listen()
	l := newLab(t, conduct{tlsPort: portOf(t, freeAddress(t)), httpPort: portOf(t, plain)})
	l.point(s.manager.Domains)
	s.serve(l)
	s.await(issued, 1)
	for _, path := range []string{"/", "/alexa", "/.well-known/acme-challenge/", "/.well-known/acme-challenge/x"} {
		require.Equal(t, 404, s.get("plain.example.com", plain, path), path)
		require.Equal(t, 404, s.get("other.example.com", plain, path), path)
	}
}

// TestTwoProcesses has two of them share a folder. One orders, and both show what is issued.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	manager := acme.Manager{Domains: []string{"shared.example.com"}, Dir: t.TempDir()}
	one := newService(t, manager).listen()
	l := newLab(t, conduct{tlsPort: one.port()}) // and never asks the other, as a balancer might
	l.point(manager.Domains)
	other := newService(t, manager).listen().serve(l)
	one.serve(l)
	for _, s := range []*service{one, other} {
		require.Eventually(t, func() bool {
			_, err := s.handshake("shared.example.com")
			return err == nil
		}, patience, 20*time.Millisecond, "%s", s.log)
	}
	require.Equal(t, one.shown("shared.example.com").Raw, other.shown("shared.example.com").Raw)
	require.EqualValues(t, 1, l.orders.Load())
}
