package acme

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/stretchr/testify/require"
)

// A certificateDirFixture is a Manager with a folder of certificates, without a CA.
type certificateDirFixture struct {
	t *testing.T
	*Manager
}

func newCertificateDirFixture(t *testing.T, domains ...string) certificateDirFixture {
	a := &Manager{Domains: domains, Directory: "https://127.0.0.1:1/directory", Dir: t.TempDir()}
	a.Prepare(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443}, nil, slog.New(slog.DiscardHandler), time.Now)
	return certificateDirFixture{t, a}
}

// certificateFile returns the path of a domain's certificate.
func (s certificateDirFixture) certificateFile(domain string) string {
	return filepath.Join(s.Dir, filepath.FromSlash(certmagic.StorageKeys.SiteCert(s.domains[0].config.Issuers[0].IssuerKey(), domain)))
}

// domainNames returns the domains of certificate files.
func domainNames(files []string) (domains []string) {
	for _, file := range files {
		domains = append(domains, strings.TrimSuffix(filepath.Base(file), ".crt"))
	}
	return domains
}

// writeCertificate writes a certificate that expires in days.
func (s certificateDirFixture) writeCertificate(domain string, days int) {
	s.t.Helper()
	end := time.Now().AddDate(0, 0, days)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(s.t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{domain}, NotBefore: end.AddDate(-1, 0, 0), NotAfter: end}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(s.t, err)
	key, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(s.t, err)
	file := s.certificateFile(domain)
	require.NoError(s.t, os.MkdirAll(filepath.Dir(file), 0o700))
	base := file[:len(file)-len(".crt")]
	require.NoError(s.t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600))
	require.NoError(s.t, os.WriteFile(base+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
	require.NoError(s.t, os.WriteFile(base+".json", []byte(`{"sans": ["`+domain+`"]}`), 0o600))
}

// TestRemovesExpiredCertificates writes certificates that expire in the given number of days. A negative number means that
// the certificate is expired. If the clock is wrong, all certificates seem expired.
func TestRemovesExpiredCertificates(t *testing.T) {
	const own, second, former = "skill.example.com", "www.example.com", "former.example.com"
	for _, row := range []struct {
		claim string
		ends  map[string]int
		want  []string // the remaining certificates
	}{
		{"an old expired certificate is removed", map[string]int{own: 60, second: 60, former: -31}, []string{own, second}},
		{"a recently expired certificate stays", map[string]int{own: 60, second: 60, former: -29}, []string{own, second, former}},
		{"nothing is removed if the clock is years ahead", map[string]int{own: -1000, second: -1000, former: -1000}, []string{own, second, former}},
		{"nothing is removed if a configured domain's certificate is expired", map[string]int{own: 60, second: -31, former: -31}, []string{own, second, former}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := newCertificateDirFixture(t, own, second)
			defer s.cache.Stop()
			for domain, days := range row.ends {
				s.writeCertificate(domain, days)
			}
			soon, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			for _, d := range s.domains {
				require.True(t, d.obtainWithRetries(soon))
			}
			s.removeExpired(t.Context(), slog.New(slog.DiscardHandler))
			left, err := filepath.Glob(filepath.Join(s.Dir, "certificates", "*", "*", "*.crt"))
			require.NoError(t, err)
			require.ElementsMatch(t, row.want, domainNames(left))
		})
	}
}

// TestRemovesExpiredAfterLoading checks that expired certificates are removed only after the needed certificates are loaded.
func TestRemovesExpiredAfterLoading(t *testing.T) {
	s := newCertificateDirFixture(t, "skill.example.com")
	s.writeCertificate("skill.example.com", 300)
	s.writeCertificate("former.example.com", -31)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.Watch(ctx, slog.New(slog.DiscardHandler)); close(ended) }()
	require.Eventually(t, func() bool {
		_, err := os.Stat(s.certificateFile("former.example.com"))
		return os.IsNotExist(err)
	}, 10*time.Second, time.Millisecond)
	cancel()
	<-ended
}
