package acmetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server/acme"
)

// requireRefused looks at what is seen while there is no certificate, and gives the line that says why.
func (s *service) requireRefused(remedy string) map[string]any {
	s.t.Helper()
	line := s.await(notIssued, 1)
	domain := s.manager.Domains[0]
	require.Equal(s.t, "ERROR", line["level"])
	require.Equal(s.t, domain, line["domain"])
	require.Contains(s.t, line["remedy"], remedy)
	next, err := time.Parse(time.RFC3339, line["next_try"].(string))
	require.NoError(s.t, err)
	require.WithinRange(s.t, next, time.Now(), time.Now().Add(2*time.Minute))

	_, err = s.handshake(domain)
	require.ErrorContains(s.t, err, "internal error")
	status, body := s.private("/readyz")
	require.Equal(s.t, 503, status)
	require.Equal(s.t, fmt.Sprintf("certificate %s: not ready, none yet: %s; %s\n", domain, line["error"], line["remedy"]), body)
	require.Equal(s.t, []string{noEnd}, s.ends())
	require.Len(s.t, s.log.loud(), 1, "a line an attempt: %v", s.log.loud())
	return line
}

// TestWrongName lets the name lead nowhere, and then here. The owner need not wait for the next attempt.
func TestWrongName(t *testing.T) {
	t.Parallel()
	const domain = "nowhere.example.com"
	s := newService(t, acme.Manager{Domains: []string{domain}}).listen()
	l := newLab(t, conduct{tlsPort: s.port()})
	s.serve(l)
	line := s.requireRefused("A and AAAA records of " + domain)
	require.Contains(t, line["error"], "Could not resolve URL")

	l.point([]string{domain})
	s.server.ReloadCertificates()
	s.await(issued, 1)
	require.Eventually(t, func() bool { status, _ := s.private("/readyz"); return status == 200 }, patience, 10*time.Millisecond)
	require.Len(t, s.ends(), 1)
	require.NotContains(t, s.ends(), noEnd)
}

// TestClosedPort has the CA ask where nobody listens, as behind a firewall.
func TestClosedPort(t *testing.T) {
	t.Parallel()
	s := newService(t, acme.Manager{Domains: []string{"closed.example.com"}}).listen()
	l := newLab(t, conduct{tlsPort: portOf(t, freeAddress(t))})
	l.point(s.manager.Domains)
	s.serve(l)
	line := s.requireRefused("point the A and AAAA records of closed.example.com to this machine")
	require.Contains(t, line["error"], "unauthorized: Failed to connect to 127.0.0.1:", "which other CAs call connection")
}

// TestAnotherServer has the name lead to a service that knows nothing of it.
func TestAnotherServer(t *testing.T) {
	t.Parallel()
	_, other := open(t, acme.Manager{Domains: []string{"theirs.example.com"}})
	s := newService(t, acme.Manager{Domains: []string{"ours.example.com"}}).listen()
	l := newLab(t, conduct{tlsPort: other.port()})
	l.point(s.manager.Domains)
	s.serve(l)
	s.requireRefused("point the A and AAAA records of ours.example.com to this machine")
}

// TestCAOutOfReach opens the CA only after the first attempt. The next one comes by itself.
func TestCAOutOfReach(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for a minute, which is when the second attempt comes")
	}
	address := freeAddress(t)
	s := newService(t, acme.Manager{Domains: []string{"patient.example.com"}, Directory: "https://" + address + "/dir"}).listen()
	roots := newLab(t, conduct{}).roots() // that of every httptest.Server
	s.manager.Roots = roots
	s.serve(nil)
	line := s.requireRefused("let this service reach the CA over HTTPS")
	require.Contains(t, line["error"], "connection refused")

	l := newLab(t, conduct{tlsPort: s.port(), address: address})
	l.point(s.manager.Domains)
	s.await(issued, 1)
	require.Len(t, s.log.said(notIssued), 1)
}

func TestUntrustedCA(t *testing.T) {
	t.Parallel()
	s := newService(t, acme.Manager{Domains: []string{"untrusted.example.com"}}).listen()
	s.manager.Directory = newLab(t, conduct{}).directory()
	s.serve(nil)
	s.requireRefused("a certificate that this system does not trust")
}

// TestRateLimit has orders refused as Let's Encrypt does it, since Pebble has no limits.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	s := newService(t, acme.Manager{Domains: []string{"often.example.com"}}).listen()
	l := newLab(t, conduct{tlsPort: s.port()})
	l.point(s.manager.Domains)
	l.limited.Store("too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after 2026-12-24 18:00:00 UTC: see the rate limits")
	s.serve(l)
	s.requireRefused("wait until 2026-12-24 18:00:00 UTC: ")
	l.limited.Store("")
	s.server.ReloadCertificates()
	s.await(issued, 1)
}

const eabKey = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"

func TestExternalAccount(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim, domain, id, key string
		remedy                 string
	}{
		{"with the key that the CA gave", "bound.example.com", "kid-1", eabKey, ""},
		{"without one", "unbound.example.com", "", "", "set tls.eab_key_id and tls.eab_key_file"},
		{"with the key of another", "stolen.example.com", "kid-1", "c3RvbGVu" + eabKey[8:], "compare tls.eab_key_id and the key in tls.eab_key_file"},
		{"with an id that the CA has not given", "made-up.example.com", "kid-2", eabKey, "compare tls.eab_key_id and the key in tls.eab_key_file"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			s := newService(t, acme.Manager{Domains: []string{row.domain}, EABKeyID: row.id, EABKey: row.key}).listen()
			l := newLab(t, conduct{tlsPort: s.port(), eab: map[string]string{"kid-1": eabKey}})
			l.point(s.manager.Domains)
			s.serve(l)
			if row.remedy == "" {
				s.await(issued, 1)
			} else {
				s.requireRefused(row.remedy)
			}
			require.NotContains(t, s.log.String(), eabKey[8:], "no secret in the log")
		})
	}
}

// TestUselessFiles finds on the disk what a kill or a power failure in the middle of a renewal leaves, and worse. Nobody has
// to do anything about it.
func TestUselessFiles(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim, file string
		content     string
	}{
		{"half of a key", "key", "-----BEGI"},
		{"the key of another certificate", "key", anotherKey(t)},
		{"a certificate of zeros", "crt", strings.Repeat("\x00", 4096)},
		{"a certificate without its particulars", "json", "{"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			const domain = "damaged.example.com"
			manager := acme.Manager{Domains: []string{domain}, Dir: t.TempDir()}
			l, s := open(t, manager)
			s.await(issued, 1)
			s.close()
			files, err := filepath.Glob(filepath.Join(manager.Dir, "certificates", "*", domain, "*."+row.file))
			require.NoError(t, err)
			require.Len(t, files, 1)
			require.NoError(t, os.WriteFile(files[0], []byte(row.content), 0o600))

			again := newService(t, manager)
			again.server.Address = s.server.Addr().String()
			again.listen().serve(l)
			again.await(issued, 1)
			again.shown(domain)
			require.Len(t, again.log.said("what is kept of the certificate is of no use, another one is asked for"), 1)
		})
	}
}

// anotherKey is a good one, of no certificate.
func anotherKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
}
