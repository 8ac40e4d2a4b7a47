package verify_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

var (
	now  = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)
	body = []byte(`{"version":"1.0","request":{"type":"LaunchRequest"}}`)

	// Key generation is slow, so all tests share these two.
	authority = sync.OnceValues(func() (*verifytest.Authority, error) { return verifytest.NewAuthority(now) })
	otherKey  = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
)

// A fixture is a verifier, the bucket that it fetches from, and a signer that it accepts.
type fixture struct {
	t         testing.TB
	authority *verifytest.Authority
	signer    verifytest.Signer
	bucket    *verifytest.Bucket
	verifier  *verify.Verifier
	clock     time.Time
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	a, err := authority()
	require.NoError(t, err)
	s := &fixture{t: t, authority: a, signer: verifytest.Signer{Key: a.Key}, bucket: &verifytest.Bucket{}, clock: now}
	s.bucket.Put(verifytest.CertificateURL, verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{}), a.Intermediate))
	s.verifier = s.newVerifier()
	return s
}

// newVerifier returns another verifier with an empty cache, as after a restart.
func (s *fixture) newVerifier() *verify.Verifier {
	return &verify.Verifier{
		Roots:     s.authority.Pool(),
		Transport: s.bucket,
		Now:       func() time.Time { return s.clock },
		Warn:      func(err error) { s.t.Errorf("unexpected warning: %v", err) },
	}
}

func (s *fixture) issue(template verifytest.CertificateTemplate) *verifytest.IssuedCertificate {
	s.t.Helper()
	cert, err := s.authority.Issue(template)
	require.NoError(s.t, err)
	return cert
}

func (s *fixture) otherKey() *rsa.PrivateKey {
	s.t.Helper()
	key, err := otherKey()
	require.NoError(s.t, err)
	return key
}

func (s *fixture) sign(body []byte) http.Header {
	s.t.Helper()
	header, err := s.signer.Sign(body)
	require.NoError(s.t, err)
	return header
}

// signWithURL signs body and names url as the certificate's address.
func (s *fixture) signWithURL(url string) http.Header {
	header := s.sign(body)
	header.Set("SignatureCertChainUrl", url)
	return header
}
