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

	"lastpost/internal/freeport"
	"lastpost/internal/server/acme"
)

const (
	issued    = "certificate issued"
	notIssued = "certificate not issued"
	renewed   = "certificate renewed"
	loaded    = "certificate loaded"
)

func TestIssuesCertificates(t *testing.T) {
	t.Parallel()
	l, s := open(t, acme.Manager{Domains: []string{"issue.example.com", "www.issue.example.com"}})
	s.awaitLine(issued, 2)
	for _, domain := range s.manager.Domains {
		require.Eventually(t, func() bool {
			state, err := s.handshake(domain)
			return err == nil && state.PeerCertificates[0].VerifyHostname(domain) == nil
		}, testTimeout, 10*time.Millisecond)
		state, err := s.handshake(domain)
		require.NoError(t, err)
		intermediates := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			intermediates.AddCert(cert)
		}
		_, err = state.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: domain, Roots: l.issuerRoots(), Intermediates: intermediates})
		require.NoError(t, err, "the chain is complete")
	}
	require.EqualValues(t, 2, l.orders.Load())

	first := s.servedCertificate("issue.example.com")
	for _, name := range []string{"", "other.example.org", "127.0.0.1", "_under.score", "xn--a", "ISSUE.example.com"} {
		require.Equal(t, first.Raw, s.servedCertificate(name).Raw, "a client that requests %q gets the first certificate", name)
	}
	state, err := s.handshake("issue.example.com", "h2", "http/1.1")
	require.NoError(t, err)
	require.Equal(t, "http/1.1", state.NegotiatedProtocol)
	_, err = s.handshake("issue.example.com", "acme-tls/1")
	require.ErrorContains(t, err, "internal error", "a challenge is not pending now")

	status, body := s.getPrivate("/readyz")
	require.Equal(t, 200, status)
	require.Equal(t, fmt.Sprintf("certificate issue.example.com: ready, valid until %s\ncertificate www.issue.example.com: ready, valid until %s\n",
		first.NotAfter.Format(time.RFC3339), s.servedCertificate("www.issue.example.com").NotAfter.Format(time.RFC3339)), body)
	require.Len(t, s.expiryMetrics(), 1)
	require.NotContains(t, s.expiryMetrics(), noExpiry)
	s.close()
	for _, line := range s.log.visibleLines() {
		if line["fault"] == "tls-wrong-name" { // the clients above that request other names
			continue
		}
		require.Equal(t, issued, line["msg"], "there are no other visible lines, not even for the CA's own handshakes: %v", line)
	}
	requirePrivate(t, s.manager.Dir)
}

// requirePrivate checks that only the owner can read dir.
func requirePrivate(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(filepath.Join(dir), func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		if path != dir { // created by the test
			require.Zero(t, info.Mode().Perm()&0o077, "%s is %v", path, info.Mode())
		}
		return nil
	}))
	locks, err := os.ReadDir(filepath.Join(dir, "locks"))
	require.NoError(t, err)
	require.Empty(t, locks)
}

func TestRestartDoesNotOrder(t *testing.T) {
	t.Parallel()
	manager := acme.Manager{Domains: []string{"restart.example.com"}, Dir: t.TempDir()}
	l, s := open(t, manager)
	s.awaitLine(issued, 1)
	address := s.server.Addr().String()
	s.close()

	again := newService(t, manager)
	again.server.Address = address
	again.listen().serve(l)
	line := again.awaitLine(loaded, 1)
	cert := again.servedCertificate("restart.example.com")
	require.Equal(t, cert.NotAfter.Format(time.RFC3339), line["not_after"])
	require.EqualValues(t, 1, l.orders.Load())
}

// TestHTTP01 blocks the TLS port, so that the CA must use the plain listener. The certificate must be issued.
func TestHTTP01(t *testing.T) {
	t.Parallel()
	plain := freeport.Address(t)
	s := newService(t, acme.Manager{Domains: []string{"plain.example.com"}})
	s.server.IssuerAddress = plain
	s.listen()
	l := newTestCA(t, caConfig{tlsPort: portOf(t, freeport.Address(t)), httpPort: portOf(t, plain)})
	l.addDNSRecords(s.manager.Domains)
	s.serve(l)
	s.awaitLine(issued, 1)
	for _, path := range []string{"/", "/alexa", "/.well-known/acme-challenge/", "/.well-known/acme-challenge/x"} {
		require.Equal(t, 404, s.getStatus("plain.example.com", plain, path), path)
		require.Equal(t, 404, s.getStatus("other.example.com", plain, path), path)
	}
}

// TestTwoProcessesShareDir runs two services with one folder. One service must order the certificate, and both must use it.
func TestTwoProcessesShareDir(t *testing.T) {
	t.Parallel()
	manager := acme.Manager{Domains: []string{"shared.example.com"}, Dir: t.TempDir()}
	one := newService(t, manager).listen()
	l := newTestCA(t, caConfig{tlsPort: one.port()}) // the CA contacts only one, as behind a load balancer
	l.addDNSRecords(manager.Domains)
	other := newService(t, manager).listen().serve(l)
	one.serve(l)
	for _, s := range []*service{one, other} {
		require.Eventually(t, func() bool {
			_, err := s.handshake("shared.example.com")
			return err == nil
		}, testTimeout, 20*time.Millisecond, "%s", s.log)
	}
	require.Equal(t, one.servedCertificate("shared.example.com").Raw, other.servedCertificate("shared.example.com").Raw)
	require.EqualValues(t, 1, l.orders.Load())
}
