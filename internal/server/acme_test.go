package server_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server/acme"
)

// newACMEWorld has a CA that nobody can reach. What a real one does is tried in acmetest.
func newACMEWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.server.Certificate = nil
	w.server.IssuerAddress = freeAddress(t)
	w.server.Issuer = &acme.Manager{
		Domains: []string{serverName, "www." + serverName}, Dir: t.TempDir(),
		Directory: "https://" + freeAddress(t) + "/directory",
	}
	return w
}

const notIssued = "certificate not issued"

func TestWithoutACertificateYet(t *testing.T) {
	w := newACMEWorld(t).open()
	w.log.await(t, notIssued, 2)
	for _, protocols := range [][]string{nil, {"http/1.1"}, {"acme-tls/1"}} {
		for _, name := range []string{serverName, "", "other.example.org"} {
			_, err := tls.Dial("tcp", w.server.Addr().String(), &tls.Config{ServerName: name, NextProtos: protocols, InsecureSkipVerify: true})
			require.ErrorContains(t, err, "tls: internal error", "%q with %v", name, protocols)
		}
	}
	for _, line := range w.log.said(notIssued) {
		require.Contains(t, line.attrs["remedy"], "let this service reach the CA over HTTPS")
		require.Equal(t, now.Add(time.Minute), line.attrs["next_try"])
	}
	got := w.private("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Contains(t, got.body, "certificate "+serverName+": not ready, none yet: ")
	require.Contains(t, got.body, "connection refused; let this service reach the CA over HTTPS")
	require.Contains(t, got.body, "\nhalfelf: ready, 3 posts\n")
	require.Contains(t, w.private("/metrics").body, "\nlastpost_certificate_not_after_timestamp_seconds 0\n")

	began := time.Now()
	require.NoError(t, w.close())
	require.Less(t, time.Since(began), 2*time.Second, "the end waits for no attempt")
	require.Len(t, w.log.said(notIssued), 2, "and is no failure")
}

// TestPlainListenerAnswersNothingElse asks it what it is not for.
func TestPlainListenerAnswersNothingElse(t *testing.T) {
	w := newACMEWorld(t).open()
	for _, row := range []struct{ claim, method, host, path string }{
		{"the root", "GET", serverName, "/"},
		{"a skill", "POST", serverName, "/alexa"},
		{"no question of ours", "GET", serverName, "/.well-known/acme-challenge/token"},
		{"another's question", "GET", "other.example.org", "/.well-known/acme-challenge/token"},
		{"a way out of the folder", "GET", serverName, "/.well-known/acme-challenge/../../acme"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			r, err := http.NewRequest(row.method, "http://"+w.server.IssuerAddress+row.path, nil)
			require.NoError(t, err)
			r.Host = row.host
			require.Equal(t, http.StatusNotFound, w.do(r).status)
		})
	}
}

// TestPlainListenerIsBounded sends a header that does not end.
func TestPlainListenerIsBounded(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	w := newACMEWorld(t).open()
	conn, err := net.Dial("tcp", w.server.IssuerAddress)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = conn.Write([]byte("GET / HTTP/1.1\r\nX: "))
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, conn.SetReadDeadline(began.Add(patience)))
	_, err = io.ReadAll(conn)
	require.NoError(t, err)
	require.Less(t, time.Since(began), 5*time.Second)
}

// TestPlainListenerInUse gives the public address back when the other cannot be had, and the other way round.
func TestPlainListenerInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	w := newACMEWorld(t)
	w.server.Address = freeAddress(t)
	free := w.server.IssuerAddress
	w.server.IssuerAddress = taken.Addr().String()
	require.EqualError(t, w.server.Listen(t.Context()), "listener for HTTP-01: listen tcp "+taken.Addr().String()+": bind: address already in use")

	w.server.IssuerAddress, w.server.PrivateAddress = free, taken.Addr().String()
	require.ErrorContains(t, w.server.Listen(t.Context()), "private listener: ")
	w.server.PrivateAddress = "127.0.0.1:0"
	w.open()
}

// TestReloadAsksAgain does not wait for the minute to pass.
func TestReloadAsksAgain(t *testing.T) {
	w := newACMEWorld(t).open()
	w.log.await(t, notIssued, 2)
	w.server.ReloadCertificates()
	w.log.await(t, notIssued, 4)
}
