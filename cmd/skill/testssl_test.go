package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify/verifytest"
)

// An observation is one entry of testssl.sh's report.
type observation struct {
	ID, Severity, Finding string
}

// keyParts returns the options of testssl.sh for the checks that depend on the type of key; commonParts returns the other
// checks, which run with one key. The simulation of browsers is omitted: Alexa is the only client.
func keyParts() []string {
	return []string{"--protocols", "--std", "--fs", "--server-preference", "--server-defaults"}
}
func commonParts() []string { return []string{"--header", "--vulnerable"} }

// TestTestssl scans the real program with testssl.sh and a certificate of each type of key. .ci/testssl-allowed must contain a
// reason for each problem that testssl.sh reports, and no other entries.
func TestTestssl(t *testing.T) {
	program := requireTool(t, "TESTSSL")
	authority, err := verifytest.NewAuthority(time.Now())
	require.NoError(t, err)
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	allowed, unreported := allowedObservations(t), allowedObservations(t)
	var mu sync.Mutex
	t.Run("keys", func(t *testing.T) {
		for kind, c := range map[string]struct {
			key     crypto.Signer
			parts   []string
			testIDs []string
		}{
			"RSA":   {authority.Key, append(keyParts(), commonParts()...), append(keyTestIDs(), commonTestIDs()...)},
			"ECDSA": {elliptic, keyParts(), keyTestIDs()},
		} {
			t.Run(kind, func(t *testing.T) {
				t.Parallel()
				found := runTestssl(t, program, authority, c.key, c.parts...)
				requireCompleteScan(t, found, c.testIDs...)
				for _, o := range found {
					if slices.Contains([]string{"OK", "INFO", "DEBUG"}, o.Severity) {
						continue
					}
					t.Logf("%s %s: %s", o.Severity, o.ID, o.Finding)
					if _, ok := allowed[o.ID]; !ok {
						t.Errorf("%s %s: %s. Fix it, or add a reason to .ci/testssl-allowed", o.Severity, o.ID, o.Finding)
					}
					mu.Lock()
					delete(unreported, o.ID)
					mu.Unlock()
				}
			})
		}
	})
	require.Empty(t, slices.Sorted(maps.Keys(unreported)), "in .ci/testssl-allowed, but testssl.sh no longer reports it")
}

// runTestssl starts the program with a certificate for the key, scans it with testssl.sh, and returns the report.
func runTestssl(t *testing.T, program string, authority *verifytest.Authority, key crypto.Signer, parts ...string) []observation {
	t.Helper()
	leaf, err := authority.Issue(verifytest.CertificateTemplate{Names: []string{"skill.example.com"}, CommonName: "skill.example.com", Key: key,
		NotAfter: time.Now().AddDate(0, 0, 90)})
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	dir := t.TempDir()
	certFile, keyFile, roots, out := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "roots.pem"), filepath.Join(dir, "out.json")
	writeFile(t, certFile, verifytest.PEMBundle(leaf, authority.Intermediate))
	writeFile(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	writeFile(t, roots, verifytest.PEMBundle(authority.Root))
	h := newHarness(t, fmt.Sprintf("{mode: files, cert_file: %s, key_file: %s}", certFile, keyFile))
	h.startAndWait()
	h.waitUntilReady()
	_, port, err := net.SplitHostPort(strings.TrimSuffix(strings.TrimPrefix(h.url, "https://"), "/alexa/halfelf"))
	require.NoError(t, err)

	arguments := append(parts, "--quiet", "--color", "0", "--warnings", "batch", "--nodns", "none", "--ip", "127.0.0.1", "--add-ca", roots,
		"--jsonfile", out, "https://skill.example.com:"+port+"/alexa/halfelf")
	command := exec.CommandContext(t.Context(), program, arguments...)
	command.Dir = dir
	text, err := command.CombinedOutput()
	content, missing := os.ReadFile(out)
	require.NoError(t, missing, "it ended with %v: %s", err, text)
	var found []observation
	require.NoError(t, json.Unmarshal(content, &found), "it ended with %v: %s", err, text)
	require.Equal(t, 0, h.stop())
	return found
}

// keyTestIDs returns IDs of checks in keyParts; commonTestIDs returns IDs of checks in commonParts.
func keyTestIDs() []string {
	return []string{"cipherlist_NULL", "cipherlist_aNULL", "cipherlist_EXPORT", "cipherlist_LOW", "cipherlist_3DES_IDEA", "cipherlist_AVERAGE"}
}

func commonTestIDs() []string {
	return []string{"heartbleed", "CCS", "ticketbleed", "ROBOT", "secure_renego", "secure_client_renego", "CRIME_TLS", "BREACH", "POODLE_SSL",
		"fallback_SCSV", "SWEET32", "FREAK", "DROWN", "LOGJAM", "BEAST", "LUCKY13", "RC4", "HTTP_status_code"}
}

// requireCompleteScan checks that the scan reached each part. A scan that stops early reports few problems.
func requireCompleteScan(t *testing.T, found []observation, testIDs ...string) {
	t.Helper()
	findings := map[string]string{}
	for _, o := range found {
		findings[o.ID] = o.Finding
	}
	for id, finding := range map[string]string{
		"SSLv2": "not offered", "SSLv3": "not offered", "TLS1": "not offered", "TLS1_1": "not offered",
		"TLS1_2": "offered", "TLS1_3": "offered with final", "cert_chain_of_trust": "passed.", "cert_trust": "Ok via SAN",
	} {
		require.Contains(t, findings[id], finding, id)
	}
	for _, id := range testIDs {
		require.NotEmpty(t, findings[id], "testssl.sh did not run %s", id)
	}
}

// allowedObservations reads .ci/testssl-allowed, which has lines of the form "id: reason".
func allowedObservations(t testing.TB) map[string]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", ".ci", "testssl-allowed"))
	require.NoError(t, err)
	reasons := map[string]string{}
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, why, _ := strings.Cut(line, ": ")
		require.Greater(t, len(why), 20, "%s needs a reason", id)
		reasons[id] = why
	}
	return reasons
}
