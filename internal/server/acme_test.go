package server_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/freeport"
	"lastpost/internal/server/acme"
)

// newACMETestEnv returns a server whose CA is unreachable. Package acmetest tests with a real CA.
func newACMETestEnv(t *testing.T) *testEnv {
	t.Helper()
	env := newTestEnv(t)
	env.server.Certificate = nil
	env.server.IssuerAddress = freeport.Address(t)
	env.server.Issuer = &acme.Manager{
		Domains: []string{serverName, "www." + serverName}, Dir: t.TempDir(),
		Directory: "https://127.0.0.1:1/directory",
	}
	return env
}

const notIssued = "certificate not issued"

func TestReportsMissingCertificate(t *testing.T) {
	t.Parallel()
	env := newACMETestEnv(t).open()
	env.log.awaitLines(t, notIssued, 2)
	for _, protocols := range [][]string{nil, {"http/1.1"}, {"acme-tls/1"}} {
		for _, name := range []string{serverName, "", "other.example.org"} {
			_, err := tls.Dial("tcp", env.server.Addr().String(), &tls.Config{ServerName: name, NextProtos: protocols, InsecureSkipVerify: true})
			require.ErrorContains(t, err, "tls: internal error", "%q with %v", name, protocols)
		}
	}
	for _, line := range env.log.linesWithMessage(notIssued) {
		require.Contains(t, line.attrs["remedy"], "let this service reach the CA over HTTPS")
		require.Equal(t, now.Add(time.Minute), line.attrs["next_try"])
	}
	got := env.getPrivate("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Contains(t, got.body, "certificate "+serverName+": not ready, not issued yet: ")
	require.Contains(t, got.body, "connection refused; let this service reach the CA over HTTPS")
	require.Contains(t, got.body, "\nhalfelf: ready, 3 posts\n")
	require.Contains(t, env.getPrivate("/metrics").body, "\nlastpost_certificate_not_after_timestamp_seconds 0\n")

	began := time.Now()
	require.NoError(t, env.close())
	require.Less(t, time.Since(began), 2*time.Second, "the shutdown does not wait for the attempts")
	require.Len(t, env.log.linesWithMessage(notIssued), 2, "the shutdown is not logged as a failure")
}

// TestReportsHandshakesWithoutCertificate has a client, this service's own check, and a CA that validates.
func TestReportsHandshakesWithoutCertificate(t *testing.T) {
	t.Parallel()
	env := newACMETestEnv(t).open()
	require.NoError(t, env.server.SelfCheck(t.Context()))
	for _, protocol := range []string{"acme-tls/1", "http/1.1"} {
		_, err := tls.Dial("tcp", env.server.Addr().String(), &tls.Config{ServerName: serverName, NextProtos: []string{protocol}, InsecureSkipVerify: true})
		require.ErrorContains(t, err, "tls: internal error")
	}
	require.NoError(t, env.close())
	seen := env.server.Faults.Seen()
	require.Len(t, seen, 1)
	require.Equal(t, "tls-no-certificate", seen[0].Kind)
	require.Equal(t, uint64(1), seen[0].Count, "only the client is a fault")
}

func TestPlainListenerAnswersOnlyChallenges(t *testing.T) {
	env := newACMETestEnv(t).open()
	for _, row := range []struct{ claim, method, host, path string }{
		{"the root path", "GET", serverName, "/"},
		{"a skill's path", "POST", serverName, "/alexa"},
		{"an unknown challenge", "GET", serverName, "/.well-known/acme-challenge/token"},
		{"a challenge for another domain", "GET", "other.example.org", "/.well-known/acme-challenge/token"},
		{"a path with dot segments", "GET", serverName, "/.well-known/acme-challenge/../../acme"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			r, err := http.NewRequest(row.method, "http://"+env.server.IssuerAddress+row.path, nil)
			require.NoError(t, err)
			r.Host = row.host
			require.Equal(t, http.StatusNotFound, env.send(r).status)
		})
	}
}

// TestPlainListenerClosesSlowClient sends a part of a header. The server must close the connection within 5 s.
func TestPlainListenerClosesSlowClient(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	env := newACMETestEnv(t).open()
	conn, err := net.Dial("tcp", env.server.IssuerAddress)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = conn.Write([]byte("GET / HTTP/1.1\r\nX: "))
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, conn.SetReadDeadline(began.Add(testTimeout)))
	_, err = io.ReadAll(conn)
	require.NoError(t, err)
	require.Less(t, time.Since(began), 5*time.Second)
}

// TestListenClosesAllAfterFailure checks that a failed Listen closes the listeners that it has opened, so that a second
// Listen can use their addresses.
func TestListenClosesAllAfterFailure(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	env := newACMETestEnv(t)
	env.server.Address = freeport.Address(t)
	free := env.server.IssuerAddress
	env.server.IssuerAddress = taken.Addr().String()
	require.EqualError(t, env.server.Listen(t.Context()), "listener for HTTP-01: listen tcp "+taken.Addr().String()+": bind: address already in use")

	env.server.IssuerAddress, env.server.PrivateAddress = free, taken.Addr().String()
	require.ErrorContains(t, env.server.Listen(t.Context()), "private listener: ")
	env.server.PrivateAddress = "127.0.0.1:0"
	env.open()
}

func TestReloadRetriesIssuance(t *testing.T) {
	t.Parallel()
	env := newACMETestEnv(t).open()
	env.log.awaitLines(t, notIssued, 2)
	env.server.ReloadCertificates()
	env.log.awaitLines(t, notIssued, 4)
}
