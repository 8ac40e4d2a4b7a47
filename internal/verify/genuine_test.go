package verify_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// readAmazonFile reads a file that was recorded from Amazon.
func readAmazonFile(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "alexa", name))
	if os.IsNotExist(err) {
		t.Skip("data recorded from Amazon is not on this machine")
	}
	require.NoError(t, err)
	return content
}

// amazonRootPool returns a pool with only the system's Amazon Root CA 1.
func amazonRootPool(t *testing.T) *x509.CertPool {
	t.Helper()
	bundle, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		t.Skip("this system keeps its roots elsewhere")
	}
	pool := x509.NewCertPool()
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil && cert.Subject.CommonName == "Amazon Root CA 1" {
			pool.AddCert(cert)
			return pool
		}
	}
	t.Skip("this system does not have Amazon Root CA 1")
	return nil
}

// TestAcceptsAmazonChainsWhileValid checks requests that name a chain recorded from Amazon. The rule Signature shows that the chain was
// accepted: only Amazon can create a valid signature.
func TestAcceptsAmazonChainsWhileValid(t *testing.T) {
	for _, row := range []struct {
		claim, file string
		at          string
		want        verify.Rule
	}{
		{"2019, while valid", "chain-2019.pem", "2019-07-15T22:44:23Z", verify.Signature},
		{"2019, before it is valid", "chain-2019.pem", "2019-05-21T23:59:59Z", verify.CertificateDates},
		{"2019, expired", "chain-2019.pem", "2026-03-14T00:00:00Z", verify.CertificateDates},
		{"2023, while valid", "chain-2023.pem", "2023-07-01T00:00:00Z", verify.Signature},
		{"2023, expired", "chain-2023.pem", "2026-03-14T00:00:00Z", verify.CertificateDates},
		{"2017, while valid, with a root that is not trusted any more", "chain-2017-retired-root.pem", "2018-01-01T00:00:00Z", verify.CertificateChain},
		{"2017, expired", "chain-2017-retired-root.pem", "2026-03-14T00:00:00Z", verify.CertificateDates},
	} {
		t.Run(row.claim, func(t *testing.T) {
			file := readAmazonFile(t, row.file)
			at, err := time.Parse(time.RFC3339, row.at)
			require.NoError(t, err)
			for roots, pool := range map[string]*x509.CertPool{"the system's": nil, "Amazon's own": amazonRootPool(t)} {
				s := newFixture(t)
				s.clock = at
				s.verifier.Roots = pool
				s.bucket.Put(verifytest.CertificateURL, file)
				require.Equal(t, row.want, verify.RuleOf(s.verifier.VerifySignature(s.sign(body), body)), "roots: %s", roots)
			}
		})
	}
}

// TestRefusesRecordedSHA1Signature sends a recorded request with its genuine SHA-1 signature, which must be refused.
func TestRefusesRecordedSHA1Signature(t *testing.T) {
	captured := readAmazonFile(t, "request-2019.json")
	signature := strings.TrimSpace(string(readAmazonFile(t, "request-2019.signature-sha1.txt")))
	s := newFixture(t)
	s.clock = time.Date(2019, 7, 15, 22, 44, 30, 0, time.UTC)
	s.verifier.Roots = nil
	s.bucket.Put(verifytest.CertificateURL, readAmazonFile(t, "chain-2019.pem"))

	requireSHA1(t, captured, signature)
	header := http.Header{}
	header.Set("SignatureCertChainUrl", verifytest.CertificateURL)
	header.Set("Signature", signature)
	require.ErrorIs(t, s.verifier.VerifySignature(header, captured), verify.SignatureHeader)
	header.Set("Signature-256", signature)
	require.ErrorIs(t, s.verifier.VerifySignature(header, captured), verify.Signature)

	require.NoError(t, verify.CheckTimestamp("LaunchRequest", "2019-07-15T22:44:23Z", s.clock))
}

// requireSHA1 checks that the recorded signature is genuine, so that the test does not pass because of a damaged signature.
func requireSHA1(t *testing.T, body []byte, text string) {
	t.Helper()
	signature, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	block, _ := pem.Decode(readAmazonFile(t, "chain-2019.pem"))
	leaf, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	sum := sha1.Sum(body)
	require.NoError(t, rsa.VerifyPKCS1v15(leaf.PublicKey.(*rsa.PublicKey), crypto.SHA1, sum[:], signature))
}
