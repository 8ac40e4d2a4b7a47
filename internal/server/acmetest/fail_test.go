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

	"lastpost/internal/freeport"
	"lastpost/internal/server/acme"
)

// requireNotIssued checks logs, handshakes, health and metrics before a certificate is issued. It returns the log line of
// the failed attempt.
func (s *service) requireNotIssued(remedy string) map[string]any {
	s.t.Helper()
	line := s.awaitLine(notIssued, 1)
	domain := s.manager.Domains[0]
	require.Equal(s.t, "ERROR", line["level"])
	require.Equal(s.t, domain, line["domain"])
	require.Contains(s.t, line["remedy"], remedy)
	next, err := time.Parse(time.RFC3339, line["next_try"].(string))
	require.NoError(s.t, err)
	require.WithinRange(s.t, next, time.Now(), time.Now().Add(2*time.Minute))

	_, err = s.handshake(domain)
	require.ErrorContains(s.t, err, "internal error")
	status, body := s.getPrivate("/readyz")
	require.Equal(s.t, 503, status)
	require.Equal(s.t, fmt.Sprintf("certificate %s: not ready, not issued yet: %s; %s\n", domain, line["error"], line["remedy"]), body)
	require.Equal(s.t, []string{noExpiry}, s.expiryMetrics())
	refused := s.awaitLine(`TLS handshake failed: there is no certificate for the client: "no certificate yet"`, 1)
	require.Equal(s.t, "tls-no-certificate", refused["fault"])
	require.Len(s.t, s.log.visibleLines(), 2, "one line per attempt, and none for the CA's own handshakes: %v", s.log.visibleLines())
	return line
}

// TestReloadAfterDNSFix creates the DNS record only after the first attempt. A reload starts the next attempt at once.
func TestReloadAfterDNSFix(t *testing.T) {
	t.Parallel()
	const domain = "nowhere.example.com"
	s := newService(t, acme.Manager{Domains: []string{domain}}).listen()
	l := newTestCA(t, caConfig{tlsPort: s.port()})
	s.serve(l)
	line := s.requireNotIssued("A and AAAA records of " + domain)
	require.Contains(t, line["error"], "Could not resolve URL")

	l.addDNSRecords([]string{domain})
	s.server.ReloadCertificates()
	s.awaitLine(issued, 1)
	require.Eventually(t, func() bool { status, _ := s.getPrivate("/readyz"); return status == 200 }, testTimeout, 10*time.Millisecond)
	require.Len(t, s.expiryMetrics(), 1)
	require.NotContains(t, s.expiryMetrics(), noExpiry)
}

// TestReportsClosedPort has a CA that connects to a port without a listener, as behind a firewall.
func TestReportsClosedPort(t *testing.T) {
	t.Parallel()
	s := newService(t, acme.Manager{Domains: []string{"closed.example.com"}}).listen()
	l := newTestCA(t, caConfig{tlsPort: portOf(t, freeport.Address(t))})
	l.addDNSRecords(s.manager.Domains)
	s.serve(l)
	line := s.requireNotIssued("point the A and AAAA records of closed.example.com only to this machine")
	require.Contains(t, line["error"], "unauthorized: Failed to connect to 127.0.0.1:", "other CAs report this as connection")
}

// TestReportsAnotherServer points the DNS record to a service that does not have the domain.
func TestReportsAnotherServer(t *testing.T) {
	t.Parallel()
	_, other := open(t, acme.Manager{Domains: []string{"theirs.example.com"}})
	s := newService(t, acme.Manager{Domains: []string{"ours.example.com"}}).listen()
	l := newTestCA(t, caConfig{tlsPort: other.port()})
	l.addDNSRecords(s.manager.Domains)
	s.serve(l)
	s.requireNotIssued("point the A and AAAA records of ours.example.com only to this machine")
}

// TestRetriesUnreachableCA starts the CA only after the first attempt. The second attempt succeeds.
func TestRetriesUnreachableCA(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits a minute for the second attempt")
	}
	address := freeport.Address(t)
	s := newService(t, acme.Manager{Domains: []string{"patient.example.com"}, Directory: "https://" + address + "/dir"}).listen()
	roots := newTestCA(t, caConfig{}).apiRoots() // the same for every httptest.Server
	s.manager.Roots = roots
	s.serve(nil)
	line := s.requireNotIssued("let this service reach the CA over HTTPS")
	require.Contains(t, line["error"], "connection refused")

	l := newTestCA(t, caConfig{tlsPort: s.port(), address: address})
	l.addDNSRecords(s.manager.Domains)
	s.awaitLine(issued, 1)
	require.Len(t, s.log.linesWithMessage(notIssued), 1)
}

func TestReportsUntrustedCA(t *testing.T) {
	t.Parallel()
	s := newService(t, acme.Manager{Domains: []string{"untrusted.example.com"}}).listen()
	s.manager.Directory = newTestCA(t, caConfig{}).directory()
	s.serve(nil)
	s.requireNotIssued("this system does not trust the certificate")
}

// TestReportsRateLimit refuses orders with a message of Let's Encrypt, because Pebble does not limit orders.
func TestReportsRateLimit(t *testing.T) {
	t.Parallel()
	s := newService(t, acme.Manager{Domains: []string{"often.example.com"}}).listen()
	l := newTestCA(t, caConfig{tlsPort: s.port()})
	l.addDNSRecords(s.manager.Domains)
	l.limited.Store("too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after 2026-12-24 18:00:00 UTC: see the rate limits")
	s.serve(l)
	s.requireNotIssued("wait until 2026-12-24 18:00:00 UTC: ")
	l.limited.Store("")
	s.server.ReloadCertificates()
	s.awaitLine(issued, 1)
}

const eabKey = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"

func TestExternalAccountBinding(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim, domain, id, key string
		remedy                 string
	}{
		{"the right key", "bound.example.com", "kid-1", eabKey, ""},
		{"no key", "unbound.example.com", "", "", "set tls.eab_key_id and tls.eab_key_file"},
		{"a wrong key", "stolen.example.com", "kid-1", "c3RvbGVu" + eabKey[8:], "compare tls.eab_key_id and the key in tls.eab_key_file"},
		{"an unknown ID", "made-up.example.com", "kid-2", eabKey, "compare tls.eab_key_id and the key in tls.eab_key_file"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			s := newService(t, acme.Manager{Domains: []string{row.domain}, EABKeyID: row.id, EABKey: row.key}).listen()
			l := newTestCA(t, caConfig{tlsPort: s.port(), eab: map[string]string{"kid-1": eabKey}})
			l.addDNSRecords(s.manager.Domains)
			s.serve(l)
			if row.remedy == "" {
				s.awaitLine(issued, 1)
			} else {
				s.requireNotIssued(row.remedy)
			}
			require.NotContains(t, s.log.String(), eabKey[8:], "the key is not in the log")
		})
	}
}

// TestReplacesUnusableFiles starts with damaged files, as after a kill or a power failure during a renewal. The service must
// get another certificate without help.
func TestReplacesUnusableFiles(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim, file string
		content     string
	}{
		{"half a key", "key", "-----BEGI"},
		{"the key of another certificate", "key", newUnrelatedKey(t)},
		{"a certificate of zeros", "crt", strings.Repeat("\x00", 4096)},
		{"damaged metadata", "json", "{"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			const domain = "damaged.example.com"
			manager := acme.Manager{Domains: []string{domain}, Dir: t.TempDir()}
			l, s := open(t, manager)
			s.awaitLine(issued, 1)
			s.close()
			files, err := filepath.Glob(filepath.Join(manager.Dir, "certificates", "*", domain, "*."+row.file))
			require.NoError(t, err)
			require.Len(t, files, 1)
			require.NoError(t, os.WriteFile(files[0], []byte(row.content), 0o600))

			again := newService(t, manager)
			again.server.Address = s.server.Addr().String()
			again.listen().serve(l)
			again.awaitLine(issued, 1)
			again.servedCertificate(domain)
			require.Len(t, again.log.linesWithMessage("stored certificate is unusable; requesting another one"), 1)
		})
	}
}

// newUnrelatedKey returns a valid key without a certificate.
func newUnrelatedKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
}
