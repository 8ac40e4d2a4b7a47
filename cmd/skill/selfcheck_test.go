package main

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/freeport"
	"lastpost/internal/simulator"
	"lastpost/internal/verify/verifytest"
)

const (
	faultFound = "self-check found a fault"
	faultEnded = "self-check: the fault has ended"
)

// newCheckedHarness prepares a service for skill.example.com with a certificate of the test CA. Connections to its public
// address lead to it.
func newCheckedHarness(t *testing.T, template verifytest.CertificateTemplate, withIntermediate bool) *harness {
	t.Helper()
	h := newHarness(t, "{mode: files, cert_file: CERT, key_file: KEY}")
	address := freeport.Address(t)
	h.replaceInConfig("listen: 127.0.0.1:0", "listen: "+address+"\npublic_url: https://skill.example.com",
		"CERT", filepath.Join(h.dir, "cert.pem"), "KEY", filepath.Join(h.dir, "key.pem"))
	h.env = append(h.env, "ENDPOINT="+address)
	h.writeCertificate(template, withIntermediate)
	return h
}

func (h *harness) replaceInConfig(texts ...string) {
	h.t.Helper()
	file := filepath.Join(h.dir, "skill.yaml")
	content, err := os.ReadFile(file)
	require.NoError(h.t, err)
	writeFile(h.t, file, []byte(strings.NewReplacer(texts...).Replace(string(content))))
}

// writeCertificate writes a certificate of the test CA, for skill.example.com unless the template has other names.
func (h *harness) writeCertificate(template verifytest.CertificateTemplate, withIntermediate bool) {
	h.t.Helper()
	authority, err := sharedAuthority()
	require.NoError(h.t, err)
	if template.Names == nil {
		template.Names = []string{"skill.example.com"}
	}
	leaf, err := authority.Issue(template)
	require.NoError(h.t, err)
	bundle := verifytest.PEMBundle(leaf)
	if withIntermediate {
		bundle = verifytest.PEMBundle(leaf, authority.Intermediate)
	}
	key, err := x509.MarshalPKCS8PrivateKey(authority.Key)
	require.NoError(h.t, err)
	writeFile(h.t, filepath.Join(h.dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	writeFile(h.t, filepath.Join(h.dir, "cert.pem"), bundle)
}

// waitForPrivate waits until a page of the private listener contains text.
func (h *harness) waitForPrivate(path, text string) {
	h.t.Helper()
	var page string
	require.Eventually(h.t, func() bool {
		_, page = h.getPrivate(path)
		return strings.Contains(page, text)
	}, 30*time.Second, 50*time.Millisecond, "%s does not contain %q", path, text)
}

// requireNoFault requires that the service names no fault, after the checks have run.
func (h *harness) requireNoFault() {
	h.t.Helper()
	h.waitForPrivate("/", "<h1>Everything is healthy</h1>")
	status, ready := h.getPrivate("/readyz")
	require.Equal(h.t, http.StatusOK, status)
	require.NotContains(h.t, ready, "self-check")
	_, metrics := h.getPrivate("/metrics")
	require.NotContains(h.t, metrics, "lastpost_self_check{check=\"clock\"} 1")
	require.NotRegexp(h.t, `lastpost_self_check\{[^}]*\} [12]`, metrics)
}

// TestServiceNamesItsOwnFaults starts the real program with one fault. The log must have one line with the remedy, and /readyz,
// the metrics and the status page must name the fault.
func TestServiceNamesItsOwnFaults(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for _, row := range []struct {
		claim        string
		template     verifytest.CertificateTemplate
		bare         bool // without the intermediate certificate
		env          []string
		feedClock    time.Duration
		check, level string
		problem      string
		remedy       string
		status       int
	}{
		{claim: "a certificate for another host", template: verifytest.CertificateTemplate{Names: []string{"blog.example.com"}},
			check: "certificate host", level: "fail", problem: "skill.example.com is not among its names (blog.example.com)",
			remedy: "get a certificate for skill.example.com", status: http.StatusServiceUnavailable},
		{claim: "an expired certificate", template: verifytest.CertificateTemplate{NotBefore: time.Now().Add(-9 * day), NotAfter: time.Now().Add(-day)},
			check: "certificate dates", level: "fail", problem: "-1 days left", remedy: "renew it", status: http.StatusServiceUnavailable},
		{claim: "a certificate near its end", template: verifytest.CertificateTemplate{NotBefore: time.Now().Add(-80 * day), NotAfter: time.Now().Add(10*day + time.Hour)},
			check: "certificate dates", level: "warn", problem: "10 days left", remedy: "renew it", status: http.StatusOK},
		{claim: "a missing intermediate certificate", bare: true, check: "certificate path", level: "fail",
			problem: "incomplete: the certificate of", remedy: "put the intermediate certificates after the certificate in tls.cert_file", status: http.StatusServiceUnavailable},
		{claim: "a self-signed certificate from files", template: verifytest.CertificateTemplate{SelfSigned: true}, check: "certificate type", level: "warn",
			problem: "self-signed: choose", remedy: "this is only for a skill in development", status: http.StatusOK},
		{claim: "a wrong clock", env: []string{"SKILL_TEST_CLOCK=5m"}, feedClock: 5 * time.Minute, check: "clock", level: "fail",
			problem: "off from the clock of 127.0.0.1", remedy: "synchronise the clock", status: http.StatusServiceUnavailable},
		{claim: "a DNS record of another machine", env: []string{"SKILL_TEST_DNS=203.0.113.99", "ENDPOINT=127.0.0.1:1"}, check: "dns", level: "warn",
			problem: "skill.example.com is 203.0.113.99, where this service does not answer", remedy: "correct the DNS record", status: http.StatusOK},
		{claim: "a host without an address", env: []string{"SKILL_TEST_DNS=absent"}, check: "dns", level: "warn",
			problem: "skill.example.com has no address", remedy: "add an A record", status: http.StatusOK},
		{claim: "a closed port", env: []string{"ENDPOINT=127.0.0.1:1"}, check: "port 443", level: "warn",
			problem: "203.0.113.10 refuses connections to port 443", remedy: "set listen to", status: http.StatusOK},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			h := newCheckedHarness(t, row.template, !row.bare)
			h.env = append(h.env, row.env...)
			h.feed.setHandler(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", time.Now().Add(row.feedClock).UTC().Format(http.TimeFormat))
				simulator.ServeSampleFeed(w, r)
			})
			h.startAndWait()
			h.waitForPrivate("/readyz", "halfelf: ready")
			h.waitForPrivate("/readyz", "self-check "+row.check+": "+row.level+", ")
			status, ready := h.getPrivate("/readyz")
			require.Equal(t, row.status, status)
			require.Contains(t, ready, row.problem)
			require.Equal(t, 1, strings.Count(ready, "self-check "), ready)
			line := h.log.waitFor(t, faultFound)
			require.Len(t, h.log.withMessage(faultFound), 1)
			require.Equal(t, map[string]string{"warn": "warn", "fail": "error"}[row.level], line["level"])
			require.Equal(t, row.check, line["check"])
			require.Contains(t, line["problem"], row.problem)
			require.Contains(t, line["remedy"], row.remedy)
			_, metrics := h.getPrivate("/metrics")
			require.Contains(t, metrics, `lastpost_self_check{check="`+row.check+`"} `+map[string]string{"warn": "1", "fail": "2"}[row.level]+"\n")
			_, page := h.getPrivate("/")
			require.NotContains(t, page, "Everything is healthy")
			require.Contains(t, page, row.check)
			require.Contains(t, page, row.remedy)
			require.Equal(t, 0, h.stop())
		})
	}
}

// TestServiceNamesEndOfFault renews a certificate for another host. The service must notice without a reload, and then name a
// fault that a reload brings.
func TestServiceNamesEndOfFault(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newCheckedHarness(t, verifytest.CertificateTemplate{Names: []string{"blog.example.com"}}, true)
	h.startAndWait()
	h.log.waitFor(t, faultFound)
	h.writeCertificate(verifytest.CertificateTemplate{}, true)
	ended := h.log.waitFor(t, faultEnded)
	require.Equal(t, "certificate host", ended["check"])
	h.requireNoFault()

	h.reloadAndWait(reloaded, "public_url: https://skill.example.com", "public_url: https://other.example.com")
	require.Eventually(t, func() bool { return len(h.log.withMessage(faultFound)) == 2 }, 30*time.Second, 20*time.Millisecond)
	require.Equal(t, "get a certificate for other.example.com", h.log.withMessage(faultFound)[1]["remedy"])
	h.reloadAndWait(reloaded, "public_url: https://other.example.com", "public_url: https://skill.example.com")
	require.Eventually(t, func() bool { return len(h.log.withMessage(faultEnded)) == 2 }, 30*time.Second, 20*time.Millisecond)
	h.requireNoFault()
	require.Equal(t, 0, h.stop())
}

// TestFaultlessServiceNamesNoFault starts services that work, some of them where the checks cannot see this. No one may name a
// fault.
func TestFaultlessServiceNamesNoFault(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim  string
		config []string
		env    []string
		metric string // its presence shows that the checks have run
	}{
		{"the public address leads to the service", nil, nil, `lastpost_self_check{check="port 443"} 0`},
		{"behind a router without a way back", nil, []string{"SKILL_TEST_DNS=198.51.100.1 2001:db8::1", "ENDPOINT=127.0.0.1:1", "SKILL_TEST_OWN=192.168.1.5"}, `lastpost_self_check{check="certificate host"} 0`},
		{"a local resolver with a private address", nil, []string{"SKILL_TEST_DNS=192.168.1.5", "ENDPOINT=127.0.0.1:1"}, `lastpost_self_check{check="certificate host"} 0`},
		{"without internet access", nil, []string{"SKILL_TEST_DNS=down", "ENDPOINT=127.0.0.1:1"}, `lastpost_self_check{check="certificate host"} 0`},
		{"behind a proxy", []string{"{mode: files, ", "{mode: \"off\"} #"}, []string{"SKILL_TEST_DNS=198.51.100.1", "ENDPOINT=127.0.0.1:1"}, `lastpost_self_check{check="clock"} 0`},
		{"without public_url", []string{"public_url: https://skill.example.com", ""}, []string{"ENDPOINT=127.0.0.1:1"}, `lastpost_self_check{check="certificate path"} 0`},
		{"self-signed, as configured", []string{"{mode: files, ", "{mode: self-signed} #"}, nil, `lastpost_self_check{check="certificate type"} 0`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			h := newCheckedHarness(t, verifytest.CertificateTemplate{}, true)
			h.replaceInConfig(row.config...)
			h.env = append(h.env, row.env...)
			h.startAndWait()
			h.waitForPrivate("/metrics", row.metric)
			h.waitForPrivate("/metrics", `lastpost_self_check{check="clock"} 0`)
			h.requireNoFault()
			require.Empty(t, h.log.withMessage(faultFound))
			require.Empty(t, h.log.withMessage("request"), "the probe is not a request")
			require.Equal(t, 0, h.stop())
		})
	}
}
