package doctor

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify/verifytest"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// A faultCase is an endpoint with a fault, and a pattern for each line of the report whose verdict is not ok.
type faultCase struct {
	claim string
	start func(p endpointFixture) (address string)
	want  []string
}

func (row faultCase) run(t *testing.T) {
	p := newEndpointFixture(t)
	row.requireLines(t, problemLines(p.examine(row.start(p), endpointURL)))
}

func (row faultCase) requireLines(t *testing.T, lines []string) {
	t.Helper()
	require.Len(t, lines, len(row.want), "%q", lines)
	for i, want := range row.want {
		require.Regexp(t, want, lines[i])
	}
}

// TestReportsBadCertificates checks correct services with certificates that Alexa refuses.
func TestReportsBadCertificates(t *testing.T) {
	t.Parallel()
	for _, row := range []faultCase{
		{"an incomplete chain", func(p endpointFixture) string { return p.serverWithChain(p.chain(verifytest.CertificateTemplate{})) }, []string{
			`^FAIL url path: incomplete: the certificate of "CN=Throw-away Intermediate", which issued "CN=echo-api.amazon.com", is missing, and .*; send the full chain`}},
		{"an untrusted root", func(p endpointFixture) string {
			other := newFixtureWithForeignCA(p.t)
			return p.serverWithChain(other.chain(verifytest.CertificateTemplate{}, other.authority.Intermediate, other.authority.Root))
		}, []string{`^FAIL url path: ends at the root "CN=Throw-away Root", which this system does not trust; `}},
		{"a wrong host", func(p endpointFixture) string {
			return p.serverWithChain(p.chain(verifytest.CertificateTemplate{Names: []string{"other.example.com"}}, p.authority.Intermediate))
		}, []string{`^FAIL url host: skill\.example\.com is not among its names \(other\.example\.com\); get a certificate for skill\.example\.com$`}},
		{"an expired certificate", func(p endpointFixture) string {
			return p.serverWithChain(p.chain(verifytest.CertificateTemplate{NotAfter: time.Now().Add(-time.Hour)}, p.authority.Intermediate))
		}, []string{`^FAIL url dates: valid from .* 0 days left; renew it$`}},
		{"a certificate that is not yet valid", func(p endpointFixture) string {
			return p.serverWithChain(p.chain(verifytest.CertificateTemplate{NotBefore: time.Now().Add(time.Hour)}, p.authority.Intermediate))
		}, []string{`^FAIL url dates: valid from .*; check the clock, or wait$`}},
		{"a certificate that expires in a week", func(p endpointFixture) string {
			return p.serverWithChain(p.chain(verifytest.CertificateTemplate{NotBefore: time.Now().AddDate(0, 0, -83), NotAfter: time.Now().Add(7*24*time.Hour + time.Hour)}, p.authority.Intermediate))
		}, []string{`^warn url dates: valid from .* 7 days left; renew it$`}},
		{"a self-signed certificate", func(p endpointFixture) string {
			return p.serverWithChain(p.chain(verifytest.CertificateTemplate{SelfSigned: true}))
		},
			[]string{`^warn url type: self-signed: choose "I will upload a self-signed certificate" in Amazon's console \(SelfSigned in the manifest\); `}},
	} {
		t.Run(row.claim, row.run)
	}
}

// TestReportsBadTLS checks servers that Alexa cannot connect to with TLS.
func TestReportsBadTLS(t *testing.T) {
	// These checks are skipped if the endpoint is not a service of this program.
	const headers, body = `^warn url headers: skipped: `, `^warn url body: skipped: `
	const noProbes = `^warn url probe: skipped: no address answers like a skill; `
	for _, row := range []faultCase{
		{"TLS 1.0 only", serverWithVersions(tls.VersionTLS10, tls.VersionTLS10), []string{`^FAIL url tls: 203\.0\.113\.10:443 speaks TLS 1\.0 at most; offer TLS 1\.2 and 1\.3$`, headers, body}},
		{"TLS 1.1 at most", serverWithVersions(tls.VersionTLS10, tls.VersionTLS11), []string{`^FAIL url tls: 203\.0\.113\.10:443 speaks TLS 1\.1 at most; `, headers, body}},
		{"TLS 1.3 only", serverWithVersions(tls.VersionTLS13, tls.VersionTLS13), []string{`^warn url tls: 203\.0\.113\.10:443 speaks TLS 1\.3 and not TLS 1\.2; `, headers, body}},
		{"TLS 1.2 with outdated cipher suites", func(p endpointFixture) string {
			return p.startServer(&tls.Config{Certificates: []tls.Certificate{p.validChain()}, MaxVersion: tls.VersionTLS12,
				CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}}, refusingHandler())
		}, []string{`^warn url tls: .* speaks TLS 1\.2 with an outdated cipher suite, TLS_RSA_WITH_AES_128_CBC_SHA; `, headers, body}},
		{"only ChaCha20 for TLS 1.2", serverWithSuites(tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256), []string{
			`^warn url tls: 203\.0\.113\.10:443 speaks TLS 1\.3 and TLS 1\.2, but shares no cipher suite with a Java 8 client: ` +
				`for TLS 1\.2 it chose TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256; Alexa's client names Java 8: ` +
				`also offer TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 and TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA$`, headers, body}},
		{"only ChaCha20, and only TLS 1.2", func(p endpointFixture) string {
			return p.startServer(&tls.Config{Certificates: []tls.Certificate{p.validChain()}, MaxVersion: tls.VersionTLS12,
				CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}}, refusingHandler())
		}, []string{`^warn url tls: 203\.0\.113\.10:443 speaks TLS 1\.2, but shares no cipher suite with a Java 8 client: `, headers, body}},
		{"only a group that Java 8 does not have", func(p endpointFixture) string {
			return p.startServer(&tls.Config{Certificates: []tls.Certificate{p.validChain()}, CurvePreferences: []tls.CurveID{tls.X25519}}, refusingHandler())
		}, []string{`^warn url tls: .* speaks TLS 1\.3 and TLS 1\.2, but shares no elliptic curve with a Java 8 client: for TLS 1\.2 it chose X25519; ` +
			`Alexa's client names Java 8: also offer P-256 \(prime256v1\)$`, headers, body}},
		{"no TLS", func(p endpointFixture) string { return p.startService(false) }, []string{`^FAIL url connect: 203\.0\.113\.10:443 speaks HTTP without TLS; `, noProbes}},
		{"neither TLS nor HTTP", func(p endpointFixture) string { return greetingServer(p.t, "SSH-2.0-OpenSSH_9.9\r\n") }, []string{`^FAIL url connect: .* does not speak TLS; `, noProbes}},
		{"a connection that is closed immediately", func(p endpointFixture) string { return greetingServer(p.t, "") }, []string{`^FAIL url connect: .* closes the connection during the TLS handshake; `, noProbes}},
		{"a closed port", func(p endpointFixture) string { return closedAddress(p.t) }, []string{`^FAIL url connect: .* refuses connections: nothing listens there; `, noProbes}},
	} {
		t.Run(row.claim, row.run)
	}
}

// serverWithVersions supports only these TLS versions.
func serverWithVersions(from, to uint16) func(endpointFixture) string {
	return func(p endpointFixture) string {
		return p.startServer(&tls.Config{Certificates: []tls.Certificate{p.validChain()}, MinVersion: from, MaxVersion: to}, refusingHandler())
	}
}

// serverWithSuites supports only these suites for TLS 1.2, and TLS 1.3.
func serverWithSuites(suites ...uint16) func(endpointFixture) string {
	return func(p endpointFixture) string {
		return p.startServer(&tls.Config{Certificates: []tls.Certificate{p.validChain()}, CipherSuites: suites}, refusingHandler())
	}
}

// TestAcceptsSuitesOfJava8 has servers with a suite that a Java 8 client offers. If the server has no suite with CBC, the line says
// that some of Amazon's clients are reported to need one. It is not a warning, because reports disagree.
func TestAcceptsSuitesOfJava8(t *testing.T) {
	t.Parallel()
	const speaks, onlyAEAD = "203.0.113.10:443 speaks TLS 1.3 and TLS 1.2", ", for TLS 1.2 only with authenticated encryption"
	const hint = "if Alexa cannot connect, also offer TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: some of Amazon's clients are reported to need it"
	for _, row := range []struct {
		claim  string
		suites []uint16
		want   Finding
	}{
		{"Go's default suites", nil, Finding{OK, "url tls", speaks, ""}},
		{"CBC with SHA-1", []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}, Finding{OK, "url tls", speaks, ""}},
		{"AES-128-GCM", []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, Finding{OK, "url tls", speaks + onlyAEAD, hint}},
		{"AES-256-GCM and ChaCha20", []uint16{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256},
			Finding{OK, "url tls", speaks + onlyAEAD, hint}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			p := newEndpointFixture(t)
			findings := p.examine(serverWithSuites(row.suites...)(p), endpointURL)
			found := slices.IndexFunc(findings, func(f Finding) bool { return f.Check == row.want.Check })
			require.Equal(t, row.want, findings[found])
		})
	}
}

// refusingHandler is a foreign service that refuses all requests.
func refusingHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
}

// greetingServer sends a text to each client and then stops sending.
func greetingServer(t *testing.T, text string) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(connection, text)
			_ = connection.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, connection)
			_ = connection.Close()
		}
	}()
	return listener.Addr().String()
}
