package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

// writeCertificate writes a certificate of an issuer, and its key, and returns the configuration that names both. If the
// issuer is "", the certificate is self-signed.
func writeCertificate(t *testing.T, issuer string) config.TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "skill.example.com"}, DNSNames: []string{"skill.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	parent := leaf
	if issuer != "" {
		parent = &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{Organization: []string{issuer}, CommonName: "R3"}}
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, parent, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	dir := t.TempDir()
	files := config.TLS{Mode: config.TLSFiles, CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	require.NoError(t, os.WriteFile(files.CertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(files.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return files
}

// TestCertificateForAccountLinking checks the certificate of the Access Token URI against Amazon's requirements.
func TestCertificateForAccountLinking(t *testing.T) {
	const excluded, other = "exclude certificates of Let's Encrypt", "tls.directory"
	for _, row := range []struct {
		claim       string
		tls         config.TLS
		verdict     Verdict
		text, fixed string
	}{
		{"Let's Encrypt by default", config.TLS{Mode: config.TLSACME}, Warn, excluded, other},
		{"Let's Encrypt by its directory", config.TLS{Mode: config.TLSACME, Directory: "https://acme-v02.api.letsencrypt.org/directory"}, Warn, excluded, other},
		{"another CA", config.TLS{Mode: config.TLSACME, Directory: "https://dv.acme-v02.api.pki.goog/directory"}, "", "", ""},
		{"a host that only looks like it", config.TLS{Mode: config.TLSACME, Directory: "https://notletsencrypt.org/directory"}, "", "", ""},
		{"self-signed", config.TLS{Mode: config.TLSSelfSigned}, Fail, "refuse a self-signed certificate", "tls.mode"},
		{"files, self-signed", writeCertificate(t, ""), Fail, "refuse a self-signed certificate", "tls.mode"},
		{"files of Let's Encrypt", writeCertificate(t, "Let's Encrypt"), Warn, excluded, "another CA"},
		{"files of another CA", writeCertificate(t, "Example Trust"), "", "", ""},
		{"files that do not exist", config.TLS{Mode: config.TLSFiles, CertFile: "/nonexistent"}, "", "", ""}, // reported by the check of the certificate
		{"a proxy has the certificate", config.TLS{Mode: config.TLSOff}, "", "", ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			found := checkLinkingCertificate("account linking", row.tls)
			if row.verdict == "" {
				require.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			require.Equal(t, row.verdict, found[0].Verdict)
			require.Contains(t, found[0].Message, row.text)
			require.Contains(t, found[0].Remedy, row.fixed)
		})
	}
}
