package server_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/durable"
	"lastpost/internal/server"
	"lastpost/internal/verify/verifytest"
)

const (
	reloaded    = "certificate reloaded"
	notReloaded = "certificate not reloaded, the old one stays"
)

// A pair is a certificate and its key in files, as an ACME client keeps them.
type pair struct {
	t                 testing.TB
	certFile, keyFile string
}

func newPair(t testing.TB) pair {
	dir := t.TempDir()
	return pair{t, filepath.Join(dir, "fullchain.pem"), filepath.Join(dir, "privkey.pem")}
}

// A making is what an ACME client writes when it renews.
type making struct {
	leaf      *x509.Certificate
	leafKey   crypto.Signer
	cert, key []byte
}

// make makes a certificate with an elliptic key.
func (p pair) make() making { return p.making(ellipticKey()) }

func (p pair) making(key crypto.Signer) making {
	p.t.Helper()
	authority, err := shared()
	require.NoError(p.t, err)
	leaf, err := authority.Issue(verifytest.CertificateTemplate{Names: []string{serverName}, Key: key})
	require.NoError(p.t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(p.t, err)
	return making{
		leaf.Certificate, key, verifytest.PEMBundle(leaf, authority.Intermediate),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	}
}

func (p pair) write(m making) {
	p.t.Helper()
	p.put(p.certFile, m.cert)
	p.put(p.keyFile, m.key)
}

// put replaces a file at once, so that nobody sees half of it.
func (p pair) put(file string, content []byte) {
	p.t.Helper()
	require.NoError(p.t, durable.Replace(file, content, 0o600))
}

// openPair serves with a new pair.
func openPair(t *testing.T) (*world, pair, making) {
	t.Helper()
	p := newPair(t)
	m := p.make()
	return p.open(m), p, m
}

// open serves with m.
func (p pair) open(m making) *world {
	p.t.Helper()
	p.write(m)
	w := newWorld(p.t)
	var err error
	w.server.Certificate, err = server.LoadCertificate(p.certFile, p.keyFile)
	require.NoError(p.t, err)
	return w.open()
}

// shown is the chain that a new connection is shown.
func (w *world) shown() (chain [][]byte) {
	w.t.Helper()
	conn := w.dialAs(w.anyone())
	for _, cert := range conn.ConnectionState().PeerCertificates {
		chain = append(chain, cert.Raw)
	}
	return chain
}

func (m making) chain(w *world) [][]byte {
	return [][]byte{m.leaf.Raw, w.authority.Intermediate.Raw}
}

func TestReload(t *testing.T) {
	w, p, old := openPair(t)
	require.Equal(t, old.chain(w), w.shown())
	require.Equal(t, old.leaf.NotAfter, w.server.Certificate.NotAfter())
	require.Equal(t, []*x509.Certificate{w.authority.Intermediate.Certificate}, w.server.Certificate.Intermediates())

	renewed := p.make()
	p.write(renewed)
	w.server.ReloadCertificates()
	require.Equal(t, renewed.chain(w), w.shown())
	require.Equal(t, renewed.leaf.Raw, w.server.Certificate.Leaf().Raw)
	require.Equal(t, map[string]any{"message": reloaded, "file": p.certFile, "not_after": renewed.leaf.NotAfter}, w.log.said(reloaded)[0].attrs)
}

func TestBadReloadKeepsTheOld(t *testing.T) {
	for _, row := range []struct {
		claim string
		spoil func(p pair, other making)
		error string
	}{
		{"a certificate of another key", func(p pair, other making) { p.put(p.certFile, other.cert) }, "private key does not match public key"},
		{"a key of another certificate", func(p pair, other making) { p.put(p.keyFile, other.key) }, "private key does not match public key"},
		{"garbage for a certificate", func(p pair, _ making) { p.put(p.certFile, []byte("garbage")) }, "failed to find any PEM data in certificate input"},
		{"garbage for a key", func(p pair, _ making) { p.put(p.keyFile, []byte("garbage")) }, "failed to find any PEM data in key input"},
		{"an empty certificate", func(p pair, _ making) { p.put(p.certFile, nil) }, "failed to find any PEM data in certificate input"},
		{"half a certificate", func(p pair, other making) { p.put(p.certFile, other.cert[:200]) }, "failed to find any PEM data in certificate input"},
		{"no certificate", func(p pair, _ making) { require.NoError(p.t, os.Remove(p.certFile)) }, "no such file or directory"},
		{"no key", func(p pair, _ making) { require.NoError(p.t, os.Remove(p.keyFile)) }, "no such file or directory"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w, p, old := openPair(t)
			row.spoil(p, p.make())
			w.server.ReloadCertificates()
			require.Equal(t, old.chain(w), w.shown())
			lines := w.log.said(notReloaded)
			require.Equal(t, slog.LevelError, lines[0].level)
			require.Contains(t, lines[0].attrs["error"], "certificate "+p.certFile+" with key "+p.keyFile+": ")
			require.Contains(t, lines[0].attrs["error"], row.error)
			require.Empty(t, w.log.said(reloaded))

			renewed := p.make()
			p.write(renewed)
			w.server.ReloadCertificates()
			require.Equal(t, renewed.chain(w), w.shown(), "it recovers")
		})
	}
}

// TestFilesAreWatched renews as most do, a file after the other, and by no word to the service.
func TestFilesAreWatched(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	w, p, old := openPair(t)
	established := w.dial()

	renewed := p.make()
	p.put(p.certFile, renewed.cert)
	w.log.await(t, notReloaded, 1)
	require.Equal(t, old.chain(w), w.shown())
	p.put(p.keyFile, renewed.key)
	w.log.await(t, reloaded, 1)
	require.Equal(t, renewed.chain(w), w.shown())
	more := func() bool { return len(w.log.loud()) > 2 }
	require.Never(t, more, 2500*time.Millisecond, 100*time.Millisecond, "files that stay are read again")

	require.NoError(t, os.Remove(p.certFile))
	w.log.await(t, notReloaded, 2)
	require.Equal(t, renewed.chain(w), w.shown())
	p.put(p.certFile, renewed.cert)
	w.log.await(t, reloaded, 2)
	require.NoError(t, established.Close())
	require.Len(t, w.log.loud(), 4, "each change is told once")
}

// TestFilesAreTriedAgain has a file become good without a sign of it, as when it is made readable.
func TestFilesAreTriedAgain(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	w, p, old := openPair(t)
	renewed := p.making(old.leafKey)
	p.put(p.certFile, bytes.Repeat([]byte("\n"), len(renewed.cert)))
	w.log.await(t, notReloaded, 1)
	bad, err := os.Stat(p.certFile)
	require.NoError(t, err)

	good := p.certFile + ".new"
	p.put(good, renewed.cert)
	require.NoError(t, os.Chtimes(good, bad.ModTime(), bad.ModTime()))
	require.NoError(t, os.Rename(good, p.certFile))
	w.log.await(t, reloaded, 1)
	require.Equal(t, renewed.chain(w), w.shown())
	require.Len(t, w.log.said(notReloaded), 1, "and is told once")
}

func TestReloadWithoutCertificate(t *testing.T) {
	w := newWorld(t)
	w.server.Certificate = nil
	w.open()
	w.server.ReloadCertificates()
	require.Empty(t, w.log.loud())
}

func TestLoadCertificate(t *testing.T) {
	p := newPair(t)
	_, err := server.LoadCertificate(p.certFile, p.keyFile)
	require.ErrorIs(t, err, fs.ErrNotExist)
	p.put(p.certFile, []byte("garbage"))
	p.put(p.keyFile, []byte("garbage"))
	_, err = server.LoadCertificate(p.certFile, p.keyFile)
	require.EqualError(t, err, "certificate "+p.certFile+" with key "+p.keyFile+": tls: failed to find any PEM data in certificate input")
}

func TestSelfSigned(t *testing.T) {
	names := []string{serverName, "other.example.com"}
	dir := filepath.Join(t.TempDir(), "made", "when", "needed")
	made, err := server.SelfSignedCertificate(dir, names, now)
	require.NoError(t, err)
	leaf := made.Leaf()
	require.Equal(t, names, leaf.DNSNames)
	require.Equal(t, serverName, leaf.Subject.CommonName)
	require.Equal(t, now.Add(365*24*time.Hour), leaf.NotAfter)
	require.NoError(t, leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature))
	require.NoError(t, leaf.VerifyHostname("127.0.0.1"))
	require.Empty(t, made.Intermediates())

	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	info, err := entries[0].Info()
	require.NoError(t, err)
	require.Equal(t, "self-signed.pem", info.Name())
	require.Equal(t, fs.FileMode(0o600), info.Mode())
}

// TestSelfSignedAgain asks after a restart; its owner may have uploaded the certificate to Amazon's console.
func TestSelfSignedAgain(t *testing.T) {
	names := []string{serverName}
	end := now.Add(365 * 24 * time.Hour)
	nothing := func(*testing.T, string) {}
	spoiled := func(content string) func(*testing.T, string) {
		return func(t *testing.T, file string) { require.NoError(t, os.WriteFile(file, []byte(content), 0o600)) }
	}
	for _, row := range []struct {
		claim string
		spoil func(t *testing.T, file string)
		names []string
		now   time.Time
		same  bool
	}{
		{"the next day", nothing, names, now.Add(24 * time.Hour), true},
		{"in its last second", nothing, names, end.Add(-time.Second), true},
		{"at its end", nothing, names, end, false},
		{"with another name", nothing, []string{"other.example.com"}, now, false},
		{"with one name more", nothing, []string{serverName, "other.example.com"}, now, false},
		{"with a damaged file", spoiled("garbage"), names, now, false},
		{"with an empty file", spoiled(""), names, now, false},
		{"without the file", func(t *testing.T, file string) { require.NoError(t, os.Remove(file)) }, names, now, false},
	} {
		t.Run(row.claim, func(t *testing.T) {
			dir := t.TempDir()
			first, err := server.SelfSignedCertificate(dir, names, now)
			require.NoError(t, err)
			row.spoil(t, filepath.Join(dir, "self-signed.pem"))
			second, err := server.SelfSignedCertificate(dir, row.names, row.now)
			require.NoError(t, err)
			require.Equal(t, row.same, first.Leaf().Equal(second.Leaf()))
			require.Equal(t, row.names, second.Leaf().DNSNames)
			require.True(t, row.now.Before(second.NotAfter()))
			third, err := server.SelfSignedCertificate(dir, row.names, row.now)
			require.NoError(t, err)
			require.True(t, second.Leaf().Equal(third.Leaf()), "what was made is kept")
		})
	}
}

func TestSelfSignedNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := server.SelfSignedCertificate(file, []string{serverName}, now)
	require.ErrorContains(t, err, "self-signed certificate: ")
}

func TestSelfSignedInMemory(t *testing.T) {
	t.Chdir(t.TempDir())
	w := newWorld(t)
	var err error
	w.server.Certificate, err = server.SelfSignedCertificate("", []string{serverName}, now)
	require.NoError(t, err)
	w.open()
	require.Equal(t, [][]byte{w.server.Certificate.Leaf().Raw}, w.shown())
	w.server.ReloadCertificates()
	require.Empty(t, w.log.loud())
	left, err := os.ReadDir(".")
	require.NoError(t, err)
	require.Empty(t, left)

	_, err = server.SelfSignedCertificate("", nil, now)
	require.ErrorContains(t, err, "for which names?")
}
