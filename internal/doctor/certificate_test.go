package doctor

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/server"
)

// TestReportsStoredCertificates puts certificates into the folder in which the service stores the CA's certificates.
func TestReportsStoredCertificates(t *testing.T) {
	now := time.Now()
	dir := t.TempDir()
	c := &config.Config{DataDir: dir, TLS: config.TLS{Mode: config.TLSACME, Domains: []string{"kept.example.com", "new.example.com", "damaged.example.com"}}}
	folder := filepath.Join(dir, "acme", "certificates", "acme-v02.api.letsencrypt.org-directory")
	keep := func(domain string, content []byte) {
		require.NoError(t, os.MkdirAll(filepath.Join(folder, domain), 0o700))
		for _, ending := range []string{".crt", ".key"} {
			require.NoError(t, os.WriteFile(filepath.Join(folder, domain, domain+ending), content, 0o600))
		}
	}
	made := t.TempDir()
	_, err := server.SelfSignedCertificate(made, []string{"kept.example.com"}, now)
	require.NoError(t, err)
	content, err := os.ReadFile(filepath.Join(made, "self-signed.pem"))
	require.NoError(t, err)
	keep("kept.example.com", content)
	keep("damaged.example.com", content[:40])

	findings := checkCertificate(c, now)
	require.Len(t, findings, 5)
	require.Equal(t, OK, findings[0].Verdict)
	require.Contains(t, findings[0].Message, "364 days left")
	require.Equal(t, Finding{OK, "certificate host", "kept.example.com", ""}, findings[1])
	require.Equal(t, "certificate type", findings[2].Check)
	require.Equal(t, Finding{Warn, "certificate", "none yet for new.example.com",
		"the service requests it from the CA when it starts: it must be reachable at TCP port 443 of new.example.com"}, findings[3])
	require.Equal(t, Fail, findings[4].Verdict)
	require.Contains(t, findings[4].Remedy, "restart the service: it deletes")

	late := checkCertificate(c, now.Add(360*24*time.Hour))
	require.Equal(t, Warn, late[0].Verdict)
	require.Equal(t, "the service failed to renew it: see the reason in its log and in /readyz", late[0].Remedy)
}

// TestReportsInvalidEABKey has a key file that the service would refuse. The check must report it.
func TestReportsInvalidEABKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte("\n"), 0o600))
	c := &config.Config{TLS: config.TLS{Mode: config.TLSACME, Domains: []string{"a.example.com"}, EABKeyID: "kid-1", EABKeyFile: file}}
	_, err := assembly.NewACMEManager(c)
	require.Error(t, err)
	require.Equal(t, []Finding{{Fail, "certificate", err.Error(), ""}}, checkCertificate(c, time.Now()))
}
