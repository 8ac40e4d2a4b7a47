package acmetest

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server/acme"
)

const often = 100 * time.Millisecond

// openIssued opens a service that has its certificate. Pebble finds no order for a serial number whose first digit is 0
// when it is told which certificate is replaced: such a one is issued again.
func openIssued(t *testing.T, manager acme.Manager) (*lab, *service, *x509.Certificate) {
	t.Helper()
	for {
		manager.Dir = t.TempDir()
		l, s := open(t, manager)
		s.await(issued, 1)
		require.Eventually(t, func() bool { _, err := s.handshake(""); return err == nil }, patience, 10*time.Millisecond)
		if cert := s.shown(""); cert.SerialNumber.Bytes()[0] >= 0x10 {
			return l, s, cert
		}
		s.close()
	}
}

// TestRenewalWhenTheCASays has the CA want a certificate back that is good for 90 days more.
func TestRenewalWhenTheCASays(t *testing.T) {
	t.Parallel()
	const domain = "renew.example.com"
	l, s, first := openIssued(t, acme.Manager{Domains: []string{domain}, RenewInterval: often})
	time.Sleep(10 * often)
	require.EqualValues(t, 1, l.orders.Load(), "nothing is renewed before the CA says so")

	l.wantsRenewal(first)
	line := s.await(renewed, 1)
	require.Eventually(t, func() bool { return !s.shown(domain).Equal(first) }, patience, 10*time.Millisecond)
	require.Equal(t, s.shown(domain).NotAfter.Format(time.RFC3339), line["not_after"])
	require.EqualValues(t, 2, l.orders.Load())
}

// TestRenewalThatFails keeps the certificate there is, and says so.
func TestRenewalThatFails(t *testing.T) {
	t.Parallel()
	const domain = "stale.example.com"
	l, s, first := openIssued(t, acme.Manager{Domains: []string{domain}, RenewInterval: often})
	l.names.DeleteDNSARecord(domain)
	l.wantsRenewal(first)
	line := s.await("certificate not renewed", 1)
	require.Equal(t, "ERROR", line["level"])
	require.Equal(t, domain, line["domain"])
	time.Sleep(10 * often)
	require.Len(t, s.log.said("certificate not renewed"), 1, "a line an attempt")
	require.Equal(t, first.Raw, s.shown(domain).Raw)
	status, body := s.private("/readyz")
	require.Equal(t, 200, status)
	require.Contains(t, body, "ready, valid until "+first.NotAfter.Format(time.RFC3339)+", not renewed: malformed: ")
}

// TestRenewalAtStart finds a certificate on the disk that is due, and does not wait for the first look at it.
func TestRenewalAtStart(t *testing.T) {
	t.Parallel()
	const domain = "due.example.com"
	l, s, first := openIssued(t, acme.Manager{Domains: []string{domain}})
	s.close()
	l.wantsRenewal(first)

	// Another email is no other account: the CA would not let that one renew.
	again := newService(t, acme.Manager{Domains: []string{domain}, Dir: s.manager.Dir, Email: "another@example.com"})
	again.server.Address = s.server.Addr().String()
	again.listen().serve(l)
	again.await(loaded, 1)
	require.Equal(t, first.Raw, again.shown(domain).Raw, "it is shown meanwhile")
	again.await(renewed, 1)
	require.Eventually(t, func() bool { return !again.shown(domain).Equal(first) }, patience, 10*time.Millisecond)
}
