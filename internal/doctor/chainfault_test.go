package doctor

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/verify/verifytest"
)

// TestNamesFaultOfChain has chains that look complete. The finding must name the certificate and the remedy that fits.
func TestNamesFaultOfChain(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim           string
		change          func(*runningFixture)
		check           string
		message, remedy string
	}{
		{"an intermediate that has expired", func(f *runningFixture) {
			old := f.issue(verifytest.CertificateTemplate{CA: true, CommonName: "Old", Issuer: f.authority.Root,
				NotBefore: time.Now().Add(-72 * time.Hour), NotAfter: time.Now().Add(-time.Hour)})
			f.service.Chain = []*x509.Certificate{f.issue(verifytest.CertificateTemplate{Names: skillHost, Issuer: old}).Certificate, old.Certificate}
		}, CertificatePathCheck, `^the certificate of "CN=Old", which comes after the first one, is valid from .* to `, "get the current intermediate"},
		{"an intermediate with the same name and another key", func(f *runningFixture) {
			f.service.Chain[1] = f.issue(verifytest.CertificateTemplate{CA: true, CommonName: "Throw-away Intermediate", Issuer: f.authority.Root}).Certificate
		}, CertificatePathCheck, `^the signature of "CN=.*" by "CN=Throw-away Intermediate" cannot be verified`, "put the intermediate certificates"},
		{"a certificate for clients", func(f *runningFixture) {
			f.service.Chain[0].ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}, CertificatePathCheck, `^not for servers`, "get a certificate for a TLS server"},
		{"an Ed25519 key", func(f *runningFixture) {
			_, key, err := ed25519.GenerateKey(rand.Reader)
			require.NoError(f.t, err)
			f.service.Chain = f.parsedChain(verifytest.CertificateTemplate{Key: key})
		}, CertificatePathCheck, `^its key is of type Ed25519`, "P-256"},
		{"without names", func(f *runningFixture) { f.service.Chain[0].DNSNames = nil },
			CertificateHostCheck, `not among its names \(none: the common name does not count\)$`, "get a certificate for skill.example.com"},
		{"with an address", func(f *runningFixture) {
			f.service.Chain[0].DNSNames, f.service.Chain[0].IPAddresses = nil, []net.IP{net.IPv4(192, 0, 2, 1)}
		}, CertificateHostCheck, `not among its names \(192\.0\.2\.1\)$`, "get a certificate for skill.example.com"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			f := newRunningFixture(t, config.TLSFiles)
			require.Empty(t, f.faults())
			row.change(f)
			faults := f.faults()
			require.Len(t, faults, 1)
			require.Equal(t, row.check, faults[0].Check)
			require.Regexp(t, row.message, faults[0].Message)
			require.Contains(t, faults[0].Remedy, row.remedy)
		})
	}
}

var skillHost = []string{"skill.example.com"}

func (f *runningFixture) issue(template verifytest.CertificateTemplate) *verifytest.IssuedCertificate {
	issued, err := f.authority.Issue(template)
	require.NoError(f.t, err)
	return issued
}
