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
	notReloaded = "certificate reload failed; serving the previous certificate"
)

// A certificateFiles holds the paths of a certificate file and a key file.
type certificateFiles struct {
	t                 testing.TB
	certFile, keyFile string
}

func newCertificateFiles(t testing.TB) certificateFiles {
	dir := t.TempDir()
	return certificateFiles{t, filepath.Join(dir, "fullchain.pem"), filepath.Join(dir, "privkey.pem")}
}

// A testCertificate is the content of both files after a renewal.
type testCertificate struct {
	leaf      *x509.Certificate
	leafKey   crypto.Signer
	cert, key []byte
}

// generate creates a certificate with an ECDSA key.
func (p certificateFiles) generate() testCertificate { return p.generateWithKey(ellipticKey()) }

func (p certificateFiles) generateWithKey(key crypto.Signer) testCertificate {
	p.t.Helper()
	authority, err := sharedAuthority()
	require.NoError(p.t, err)
	leaf, err := authority.Issue(verifytest.CertificateTemplate{Names: []string{serverName}, Key: key})
	require.NoError(p.t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(p.t, err)
	return testCertificate{
		leaf.Certificate, key, verifytest.PEMBundle(leaf, authority.Intermediate),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	}
}

func (p certificateFiles) write(m testCertificate) {
	p.t.Helper()
	p.replaceFile(p.certFile, m.cert)
	p.replaceFile(p.keyFile, m.key)
}

// replaceFile replaces a file atomically.
func (p certificateFiles) replaceFile(file string, content []byte) {
	p.t.Helper()
	require.NoError(p.t, durable.Replace(file, content, 0o600))
}

// openWithCertificateFiles starts a server with new certificate files.
func openWithCertificateFiles(t *testing.T) (*testEnv, certificateFiles, testCertificate) {
	t.Helper()
	p := newCertificateFiles(t)
	m := p.generate()
	return p.open(m), p, m
}

// open starts a server with the certificate m.
func (p certificateFiles) open(m testCertificate) *testEnv {
	p.t.Helper()
	p.write(m)
	env := newTestEnv(p.t)
	var err error
	env.server.Certificate, err = server.LoadCertificate(p.certFile, p.keyFile)
	require.NoError(p.t, err)
	return env.open()
}

// servedChain returns the certificate chain of a new connection.
func (env *testEnv) servedChain() (chain [][]byte) {
	env.t.Helper()
	conn := env.dialWithConfig(env.insecureTLSConfig())
	for _, cert := range conn.ConnectionState().PeerCertificates {
		chain = append(chain, cert.Raw)
	}
	return chain
}

func (m testCertificate) chainWithIntermediate(env *testEnv) [][]byte {
	return [][]byte{m.leaf.Raw, env.authority.Intermediate.Raw}
}

func TestReloadsCertificate(t *testing.T) {
	env, p, old := openWithCertificateFiles(t)
	require.Equal(t, old.chainWithIntermediate(env), env.servedChain())
	require.Equal(t, old.leaf.NotAfter, env.server.Certificate.NotAfter())
	require.Equal(t, []*x509.Certificate{env.authority.Intermediate.Certificate}, env.server.Certificate.Intermediates())

	renewed := p.generate()
	p.write(renewed)
	env.server.ReloadCertificates()
	require.Equal(t, renewed.chainWithIntermediate(env), env.servedChain())
	require.Equal(t, renewed.leaf.Raw, env.server.Certificate.Leaf().Raw)
	require.Equal(t, map[string]any{"message": reloaded, "file": p.certFile, "not_after": renewed.leaf.NotAfter}, env.log.linesWithMessage(reloaded)[0].attrs)
}

func TestFailedReloadKeepsCertificate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim string
		spoil func(p certificateFiles, other testCertificate)
		error string
	}{
		{"a certificate of another key", func(p certificateFiles, other testCertificate) { p.replaceFile(p.certFile, other.cert) }, "private key does not match public key"},
		{"a key of another certificate", func(p certificateFiles, other testCertificate) { p.replaceFile(p.keyFile, other.key) }, "private key does not match public key"},
		{"garbage for a certificate", func(p certificateFiles, _ testCertificate) { p.replaceFile(p.certFile, []byte("garbage")) }, "failed to find any PEM data in certificate input"},
		{"garbage for a key", func(p certificateFiles, _ testCertificate) { p.replaceFile(p.keyFile, []byte("garbage")) }, "failed to find any PEM data in key input"},
		{"an empty certificate", func(p certificateFiles, _ testCertificate) { p.replaceFile(p.certFile, nil) }, "failed to find any PEM data in certificate input"},
		{"half a certificate", func(p certificateFiles, other testCertificate) { p.replaceFile(p.certFile, other.cert[:200]) }, "failed to find any PEM data in certificate input"},
		{"no certificate", func(p certificateFiles, _ testCertificate) { require.NoError(p.t, os.Remove(p.certFile)) }, "no such file or directory"},
		{"no key", func(p certificateFiles, _ testCertificate) { require.NoError(p.t, os.Remove(p.keyFile)) }, "no such file or directory"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env, p, old := openWithCertificateFiles(t)
			row.spoil(p, p.generate())
			env.server.ReloadCertificates()
			require.Equal(t, old.chainWithIntermediate(env), env.servedChain())
			lines := env.log.linesWithMessage(notReloaded)
			require.Equal(t, slog.LevelError, lines[0].level)
			require.Contains(t, lines[0].attrs["error"], "certificate "+p.certFile+" with key "+p.keyFile+": ")
			require.Contains(t, lines[0].attrs["error"], row.error)
			require.Empty(t, env.log.linesWithMessage(reloaded))
			ready := env.getPrivate("/readyz")
			require.Equal(t, 200, ready.status)
			require.Regexp(t, "certificate: ready, valid until .*, not renewed: certificate .*"+row.error, ready.body)

			renewed := p.generate()
			p.write(renewed)
			env.server.ReloadCertificates()
			require.NotContains(t, env.getPrivate("/readyz").body, "not renewed")
			require.Equal(t, renewed.chainWithIntermediate(env), env.servedChain(), "valid files are loaded after the failure")
		})
	}
}

// TestWatchReloadsChangedFiles replaces the certificate file and then the key file, without a reload signal. Watch must
// load the new certificate.
func TestWatchReloadsChangedFiles(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	env, p, old := openWithCertificateFiles(t)
	established := env.dialTLS()

	renewed := p.generate()
	p.replaceFile(p.certFile, renewed.cert)
	env.log.awaitLines(t, notReloaded, 1)
	require.Equal(t, old.chainWithIntermediate(env), env.servedChain())
	p.replaceFile(p.keyFile, renewed.key)
	env.log.awaitLines(t, reloaded, 1)
	require.Equal(t, renewed.chainWithIntermediate(env), env.servedChain())
	more := func() bool { return len(env.log.visibleLines()) > 2 }
	require.Never(t, more, 2500*time.Millisecond, 100*time.Millisecond, "unchanged files are not read again")

	require.NoError(t, os.Remove(p.certFile))
	env.log.awaitLines(t, notReloaded, 2)
	require.Equal(t, renewed.chainWithIntermediate(env), env.servedChain())
	p.replaceFile(p.certFile, renewed.cert)
	env.log.awaitLines(t, reloaded, 2)
	require.NoError(t, established.Close())
	require.Len(t, env.log.visibleLines(), 4, "each change is logged once")
}

// TestWatchRetriesUnchangedFiles makes a file valid without a change that fileVersion shows, as chmod does. Watch must
// load it.
func TestWatchRetriesUnchangedFiles(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	env, p, old := openWithCertificateFiles(t)
	renewed := p.generateWithKey(old.leafKey)
	p.replaceFile(p.certFile, bytes.Repeat([]byte("\n"), len(renewed.cert)))
	env.log.awaitLines(t, notReloaded, 1)
	bad, err := os.Stat(p.certFile)
	require.NoError(t, err)

	good := p.certFile + ".new"
	p.replaceFile(good, renewed.cert)
	require.NoError(t, os.Chtimes(good, bad.ModTime(), bad.ModTime()))
	require.NoError(t, os.Rename(good, p.certFile))
	env.log.awaitLines(t, reloaded, 1)
	require.Equal(t, renewed.chainWithIntermediate(env), env.servedChain())
	require.Len(t, env.log.linesWithMessage(notReloaded), 1, "the failure is logged once")
}

func TestReloadBehindProxyDoesNothing(t *testing.T) {
	env := newTestEnv(t)
	env.server.Certificate = nil
	env.open()
	env.server.ReloadCertificates()
	require.Empty(t, env.log.visibleLines())
}

func TestLoadCertificate(t *testing.T) {
	p := newCertificateFiles(t)
	_, err := server.LoadCertificate(p.certFile, p.keyFile)
	require.ErrorIs(t, err, fs.ErrNotExist)
	p.replaceFile(p.certFile, []byte("garbage"))
	p.replaceFile(p.keyFile, []byte("garbage"))
	_, err = server.LoadCertificate(p.certFile, p.keyFile)
	require.EqualError(t, err, "certificate "+p.certFile+" with key "+p.keyFile+": tls: failed to find any PEM data in certificate input")
}

// TestExplainsWrongOrder has the intermediate certificate first, so that the key seems to be wrong.
func TestExplainsWrongOrder(t *testing.T) {
	p := newCertificateFiles(t)
	m := p.generate()
	authority, err := sharedAuthority()
	require.NoError(t, err)
	p.write(m)
	p.replaceFile(p.certFile, append(verifytest.PEMBundle(authority.Intermediate), m.cert...))
	_, err = server.LoadCertificate(p.certFile, p.keyFile)
	require.ErrorContains(t, err, "; the key must belong to the first certificate of the file, which is the server's own")
}

func TestCreatesSelfSignedCertificate(t *testing.T) {
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

// TestReusesSelfSignedCertificate requests a certificate twice, as before and after a restart. Each row states whether the
// second certificate must be the first one.
func TestReusesSelfSignedCertificate(t *testing.T) {
	t.Parallel()
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
		{"in the last second of its validity", nothing, names, end.Add(-time.Second), true},
		{"when it expires", nothing, names, end, false},
		{"with another name", nothing, []string{"other.example.com"}, now, false},
		{"with an additional name", nothing, []string{serverName, "other.example.com"}, now, false},
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
			require.True(t, second.Leaf().Equal(third.Leaf()), "the certificate is saved")
		})
	}
}

func TestSelfSignedFailsInUnwritableDir(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := server.SelfSignedCertificate(file, []string{serverName}, now)
	require.ErrorContains(t, err, "self-signed certificate: ")
}

func TestSelfSignedStaysInMemoryWithoutDir(t *testing.T) {
	t.Chdir(t.TempDir())
	env := newTestEnv(t)
	var err error
	env.server.Certificate, err = server.SelfSignedCertificate("", []string{serverName}, now)
	require.NoError(t, err)
	env.open()
	require.Equal(t, [][]byte{env.server.Certificate.Leaf().Raw}, env.servedChain())
	env.server.ReloadCertificates()
	require.Empty(t, env.log.visibleLines())
	left, err := os.ReadDir(".")
	require.NoError(t, err)
	require.Empty(t, left)

	_, err = server.SelfSignedCertificate("", nil, now)
	require.ErrorContains(t, err, "no names given")
}
