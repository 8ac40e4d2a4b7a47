package acmetest

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server/acme"
)

const checkInterval = 100 * time.Millisecond

// openIssued starts a service and waits for its certificate. If the certificate's serial number starts with 0, openIssued
// starts again, because Pebble cannot find the order of such a certificate at its renewal.
func openIssued(t *testing.T, manager acme.Manager) (*testCA, *service, *x509.Certificate) {
	t.Helper()
	for {
		manager.Dir = t.TempDir()
		l, s := open(t, manager)
		s.awaitLine(issued, 1)
		require.Eventually(t, func() bool { _, err := s.handshake(""); return err == nil }, testTimeout, 10*time.Millisecond)
		if cert := s.servedCertificate(""); cert.SerialNumber.Bytes()[0] >= 0x10 {
			return l, s, cert
		}
		s.close()
	}
}

// TestRenewsWhenCARequests makes the CA request the renewal of a certificate that is valid for 90 more days. The service
// must renew it.
func TestRenewsWhenCARequests(t *testing.T) {
	t.Parallel()
	const domain = "renew.example.com"
	l, s, first := openIssued(t, acme.Manager{Domains: []string{domain}, RenewInterval: checkInterval})
	time.Sleep(10 * checkInterval)
	require.EqualValues(t, 1, l.orders.Load(), "the certificate is not renewed before the CA requests it")

	l.requestRenewal(first)
	line := s.awaitLine(renewed, 1)
	require.Eventually(t, func() bool { return !s.servedCertificate(domain).Equal(first) }, testTimeout, 10*time.Millisecond)
	require.Equal(t, s.servedCertificate(domain).NotAfter.Format(time.RFC3339), line["not_after"])
	require.EqualValues(t, 2, l.orders.Load())
}

// TestFailedRenewalKeepsCertificate removes the DNS record before the renewal. The service must serve the old certificate.
func TestFailedRenewalKeepsCertificate(t *testing.T) {
	t.Parallel()
	const domain = "stale.example.com"
	l, s, first := openIssued(t, acme.Manager{Domains: []string{domain}, RenewInterval: checkInterval})
	l.names.DeleteDNSARecord(domain)
	l.expireAuthorizations()
	l.requestRenewal(first)
	line := s.awaitLine("certificate not renewed", 1)
	require.Equal(t, "ERROR", line["level"])
	require.Equal(t, domain, line["domain"])
	time.Sleep(10 * checkInterval)
	require.Len(t, s.log.linesWithMessage("certificate not renewed"), 1, "one line per attempt")
	require.Equal(t, first.Raw, s.servedCertificate(domain).Raw)
	status, body := s.getPrivate("/readyz")
	require.Equal(t, 200, status)
	require.Contains(t, body, "ready, valid until "+first.NotAfter.Format(time.RFC3339)+", not renewed: malformed: ")
}

// TestRenewsAtStart starts with a saved certificate whose renewal is due. The service must renew it before the first
// periodic check.
func TestRenewsAtStart(t *testing.T) {
	t.Parallel()
	const domain = "due.example.com"
	l, s, first := openIssued(t, acme.Manager{Domains: []string{domain}})
	s.close()
	l.requestRenewal(first)

	// With another email the same account is used: the CA does not let another account renew.
	again := newService(t, acme.Manager{Domains: []string{domain}, Dir: s.manager.Dir, Email: "another@example.com"})
	again.server.Address = s.server.Addr().String()
	again.listen().serve(l)
	again.awaitLine(loaded, 1)
	require.Equal(t, first.Raw, again.servedCertificate(domain).Raw, "the old certificate is served meanwhile")
	again.awaitLine(renewed, 1)
	require.Eventually(t, func() bool { return !again.servedCertificate(domain).Equal(first) }, testTimeout, 10*time.Millisecond)
}
