package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/faultlog"
	"lastpost/internal/verify/verifytest"
)

// handshakeFault waits for a fault of a handshake, and requires that it is the only one and that the log and the metric have it.
func (env *testEnv) handshakeFault() faultlog.Seen {
	env.t.Helper()
	require.Eventually(env.t, func() bool { return len(env.server.Faults.Seen()) > 0 }, testTimeout, time.Millisecond, "a fault")
	seen := env.server.Faults.Seen()
	require.Len(env.t, seen, 1)
	require.Equal(env.t, uint64(1), seen[0].Count)
	require.NotEmpty(env.t, seen[0].Remedy)
	var lines []logLine
	require.Eventually(env.t, func() bool {
		lines = env.log.linesWithMessage(seen[0].Text)
		return len(lines) == 1
	}, testTimeout, time.Millisecond)
	require.Equal(env.t, slog.LevelInfo, lines[0].level)
	require.Equal(env.t, seen[0].Kind, lines[0].attrs["fault"])
	require.Equal(env.t, seen[0].Remedy, lines[0].attrs["remedy"])
	require.Equal(env.t, "127.0.0.1", lines[0].attrs["client"])
	require.Equal(env.t, map[string]string{fmt.Sprintf("lastpost_faults_total{kind=%q,skill=\"\"}", seen[0].Kind): "1"},
		env.metricSamples("lastpost_faults_total"))
	return seen[0]
}

// requireProbes requires that the listener has counted n connections as probes, and has reported no fault.
func (env *testEnv) requireProbes(n int) {
	env.t.Helper()
	want := fmt.Sprintf("\nlastpost_tls_probes_total %d\n", n)
	require.Eventually(env.t, func() bool { return strings.Contains(env.getPrivate("/metrics").body, want) },
		testTimeout, 10*time.Millisecond, "%d probes", n)
	require.Empty(env.t, env.server.Faults.Seen())
	require.Empty(env.t, env.log.visibleLines())
}

// handshake connects with a client that accepts every certificate, after change, and returns the error of the handshake.
func (env *testEnv) handshake(change func(*tls.Config)) error {
	env.t.Helper()
	config := env.insecureTLSConfig()
	change(config)
	conn := tls.Client(env.dialTCP(), config)
	defer func() { _ = conn.Close() }()
	return conn.Handshake()
}

// TestReportsFailedHandshakes has Go clients with odd settings. Each failure must be reported with its reason and remedy.
func TestReportsFailedHandshakes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim        string
		change       func(*tls.Config)
		kind         string
		text, remedy string // patterns
	}{
		{"TLS 1.1", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, "tls-no-shared-version",
			`no shared protocol version; the client offers TLS 1\.1, TLS 1\.0$`, `TLS 1\.2`},
		{"a suite without forward secrecy", tls12With(tls.TLS_RSA_WITH_AES_128_CBC_SHA), "tls-no-shared-suite",
			`no shared cipher suite; the client offers TLS_RSA_WITH_AES_128_CBC_SHA$`, `Java 8`},
		{"suites for the other type of key", tls12With(tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256), "tls-no-shared-suite",
			`no shared cipher suite for the ECDSA key of the certificate; the client offers TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256$`, `certificate with an RSA key`},
		{"only HTTP/2", func(c *tls.Config) { c.NextProtos = []string{"h2"} }, "tls-no-shared-protocol",
			`no shared application protocol; the client offers "h2"`, `HTTP/1\.1`},
		{"an unknown CA", func(c *tls.Config) { c.InsecureSkipVerify, c.RootCAs = false, x509.NewCertPool() }, "tls-alert-bad-certificate",
			`the client refuses the certificate with the alert bad_certificate`, `self-signed`},
		{"an unknown CA, over TLS 1.2", func(c *tls.Config) {
			c.InsecureSkipVerify, c.RootCAs, c.MaxVersion = false, x509.NewCertPool(), tls.VersionTLS12
		}, "tls-alert-bad-certificate", `the client refuses the certificate with the alert bad_certificate`, `self-signed`},
		{"another name", func(c *tls.Config) { c.InsecureSkipVerify, c.ServerName = false, "other.example.org" }, "tls-alert-bad-certificate",
			`bad_certificate: it asks for "other\.example\.org", and the certificate is for skill\.example\.com`, `get a certificate for other\.example\.org`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t).open()
			require.Error(t, env.handshake(row.change))
			fault := env.handshakeFault()
			require.Equal(t, row.kind, fault.Kind)
			require.Regexp(t, row.text, fault.Text)
			require.Regexp(t, row.remedy, fault.Remedy)
		})
	}
}

// issue creates a certificate from template. complete reports whether the file has the intermediate as well.
func (p certificateFiles) issue(authority *verifytest.Authority, template verifytest.CertificateTemplate, complete bool) testCertificate {
	p.t.Helper()
	m := p.generateWithKey(authority.Key)
	leaf, err := authority.Issue(template)
	require.NoError(p.t, err)
	m.leaf, m.cert = leaf.Certificate, verifytest.PEMBundle(leaf)
	if complete {
		m.cert = verifytest.PEMBundle(leaf, authority.Intermediate)
	}
	return m
}

// TestReportsCertificateFaults has certificates that a client refuses.
func TestReportsCertificateFaults(t *testing.T) {
	t.Parallel()
	authority, err := sharedAuthority()
	require.NoError(t, err)
	names := []string{serverName}
	for _, row := range []struct {
		claim        string
		template     verifytest.CertificateTemplate
		incomplete   bool
		text, remedy string
	}{
		{"an incomplete chain", verifytest.CertificateTemplate{Names: names}, true, `the chain has only the server's certificate`, `full chain`},
		{"an expired certificate", verifytest.CertificateTemplate{Names: names, NotAfter: now.Add(-time.Hour)}, false, `expired on`, `renew`},
		{"a complete chain", verifytest.CertificateTemplate{Names: names}, false, `alert bad_certificate$`, `CA that Amazon trusts`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			p := newCertificateFiles(t)
			env := p.open(p.issue(authority, row.template, !row.incomplete))
			require.Error(t, env.handshake(func(c *tls.Config) { c.InsecureSkipVerify, c.RootCAs = false, x509.NewCertPool() }))
			fault := env.handshakeFault()
			require.Regexp(t, row.text, fault.Text)
			require.Regexp(t, row.remedy, fault.Remedy)
		})
	}
}

// TestReportsOtherPeers has clients without TLS, and clients that stop in the middle of the handshake.
func TestReportsOtherPeers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim        string
		send         func(env *testEnv, conn net.Conn)
		kind         string
		text, remedy string
	}{
		{"plain HTTP", sendText("GET / HTTP/1.1\r\nHost: skill.example.com\r\n\r\n"), "tls-plain-http", `HTTP without TLS`, `https://`},
		{"the PROXY protocol", sendText("PROXY TCP4 192.0.2.1 192.0.2.2 1000 443\r\n"), "tls-proxy-protocol", `PROXY protocol`, `load balancer`},
		{"the PROXY protocol, version 2", sendText("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c"), "tls-proxy-protocol", `PROXY protocol`, `load balancer`},
		{"another protocol", sendText("SSH-2.0-Go\r\n"), "tls-not-tls", `does not speak TLS: it begins with "SSH-2"`, ``},
		{"a method that is rare in HTTP", sendText("PROPFIND / HTTP/1.1\r\n\r\n"), "tls-not-tls", `does not speak TLS: it begins with "PROPF"`, ``},
		{"a record that is too long", sendText("\x16\x03\x01\xff\xff"), "tls-malformed", `oversized record`, `changes TLS`},
		{"a hello, then other bytes", func(env *testEnv, conn net.Conn) {
			_ = tls.Client(writeOnly{conn}, env.tlsConfig()).Handshake()
			sendText("GET / HTTP/1.1\r\n\r\n")(env, conn)
		}, "tls-malformed", `tls: received record with version 4554`, `changes TLS`},
		{"half a hello, then the end", func(env *testEnv, conn net.Conn) {
			_ = tls.Client(writeOnly{halfWriter{conn}}, env.tlsConfig()).Handshake()
			_ = conn.(*net.TCPConn).CloseWrite()
		}, "tls-closed", `closed the connection in the middle of its hello`, ``},
		{"half a hello, then silence", func(env *testEnv, conn net.Conn) {
			_ = tls.Client(writeOnly{halfWriter{conn}}, env.tlsConfig()).Handshake()
		}, "tls-timeout", `did not finish its hello within 3s`, ``},
		{"a hello, then the end", func(env *testEnv, conn net.Conn) {
			_ = tls.Client(writeOnly{conn}, env.tlsConfig()).Handshake()
			_ = conn.(*net.TCPConn).CloseWrite()
		}, "tls-closed", `closed the connection after it received the certificate, without an alert: the certificate is self-signed$`, `upload the certificate`},
		{"a hello, then silence", func(env *testEnv, conn net.Conn) {
			_ = tls.Client(writeOnly{conn}, env.tlsConfig()).Handshake()
		}, "tls-timeout", `did not answer the certificate within 3s`, `MTU`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t).open()
			row.send(env, env.dialTCP())
			fault := env.handshakeFault()
			require.Equal(t, row.kind, fault.Kind)
			require.Regexp(t, row.text, fault.Text)
			require.Regexp(t, row.remedy, fault.Remedy)
		})
	}
}

func sendText(text string) func(*testEnv, net.Conn) {
	return func(env *testEnv, conn net.Conn) {
		_, err := io.WriteString(conn, text)
		require.NoError(env.t, err)
	}
}

// TestReportsOtherProtocolsBehindProxy has a listener without TLS. A proxy that forwards with TLS, or with the PROXY protocol, must be
// visible. The same bytes at the private listener are not.
func TestReportsOtherProtocolsBehindProxy(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ claim, text, kind, remedy string }{
		{"TLS", "\x16\x03\x01\x00\x03\x01\x00\x00\r\n\r\n", "tls-to-plain-port", "http://"},
		{"the PROXY protocol", "PROXY TCP4 192.0.2.1 192.0.2.2 1000 443\r\n\r\n", "tls-proxy-protocol", "load balancer"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t)
			env.server.Certificate = nil
			env.open()
			for _, address := range []net.Addr{env.server.PrivateAddr(), env.server.Addr()} {
				require.Empty(t, env.server.Faults.Seen())
				conn, err := net.Dial("tcp", address.String())
				require.NoError(t, err)
				sendText(row.text)(env, conn)
				_, _ = io.ReadAll(conn)
				require.NoError(t, conn.Close())
			}
			fault := env.handshakeFault()
			require.Equal(t, row.kind, fault.Kind)
			require.Contains(t, fault.Remedy, row.remedy)
		})
	}
}

// TestReportsWrongNameAfterHandshake has a client that checks the name after the handshake, as Apache's HTTP client for Java does.
func TestReportsWrongNameAfterHandshake(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t).open()
	require.NoError(t, env.handshake(func(c *tls.Config) { c.ServerName = "alexa.example.org" }))
	fault := env.handshakeFault()
	require.Equal(t, "tls-wrong-name", fault.Kind)
	require.Contains(t, fault.Text, `it asks for "alexa.example.org", and the certificate is for skill.example.com`)
	require.Contains(t, fault.Remedy, "get a certificate for alexa.example.org")
}

// TestProbesAreNotFaults has connections of port scanners, load balancers and monitors. They are counted, and not logged.
func TestProbesAreNotFaults(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim string
		send  func(env *testEnv, conn net.Conn)
	}{
		{"connect and close", func(_ *testEnv, conn net.Conn) { _ = conn.Close() }},
		{"connect and reset", func(_ *testEnv, conn net.Conn) {
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}},
		{"connect and wait", func(*testEnv, net.Conn) {}},
		{"a handshake with the right name", func(env *testEnv, conn net.Conn) {
			require.NoError(env.t, tls.Client(conn, env.tlsConfig()).Handshake())
			_ = conn.Close()
		}},
		{"a handshake without a name", func(env *testEnv, conn net.Conn) {
			config := env.insecureTLSConfig()
			config.ServerName = ""
			require.NoError(env.t, tls.Client(conn, config).Handshake())
			_ = conn.Close()
		}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t).open()
			row.send(env, env.dialTCP())
			env.requireProbes(1)
		})
	}
}

// TestRequestsAreNotProbes checks that a faultless service reports nothing.
func TestRequestsAreNotProbes(t *testing.T) {
	env := newTestEnv(t).open()
	for range 3 {
		require.Equal(t, responseBody("Hello.", defaultRequestID), env.sendSigned(requestSpec{}.body()).body)
		env.client.CloseIdleConnections()
	}
	require.NoError(t, env.server.SelfCheck(t.Context()))
	require.NoError(t, env.close())
	require.Empty(t, env.server.Faults.Seen())
}

// TestFloodOfHandshakesHasBoundedLog sends 10,000 handshakes that fail.
func TestFloodOfHandshakesHasBoundedLog(t *testing.T) {
	env := newTestEnv(t).open()
	const flood = 10_000
	for range flood {
		conn, err := net.Dial("tcp", env.server.Addr().String())
		require.NoError(t, err)
		_, err = io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n")
		require.NoError(t, err)
		_, _ = io.ReadAll(conn) // the answer to plain HTTP, or a reset
		require.NoError(t, conn.Close())
	}
	require.Eventually(t, func() bool {
		seen := env.server.Faults.Seen()
		return len(seen) == 1 && seen[0].Count == flood
	}, testTimeout, 10*time.Millisecond)
	require.LessOrEqual(t, len(env.log.visibleLines()), 20)
}

// TestReportsFailuresOfOpenSSL connects with a client that is not written in Go.
func TestReportsFailuresOfOpenSSL(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("needs openssl")
	}
	for _, row := range []struct {
		claim     string
		arguments string
		kind      string
		text      string
	}{
		{"an unknown CA", "-verify_return_error -CAfile EMPTY", "tls-alert-unknown-ca", `the client refuses the certificate with the alert unknown_ca: the certificate is self-signed`},
		{"an unknown CA, over TLS 1.2", "-tls1_2 -verify_return_error -CAfile EMPTY", "tls-alert-unknown-ca", `unknown_ca`},
		{"another name", "-verify_return_error -CAfile LEAF -verify_hostname other.example.org -servername other.example.org", "tls-alert-bad-certificate", `it asks for "other\.example\.org"`},
		{"TLS 1.1", "-tls1_1 -cipher ALL:@SECLEVEL=0", "tls-no-shared-version", `the client offers TLS 1\.1, TLS 1\.0$`},
		{"a suite that Go does not have", "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256:CAMELLIA128-SHA", "tls-no-shared-suite", `the client offers TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, 0x0041$`},
		{"a suite of TLS 1.3 that Go does not have", "-tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256", "tls-no-shared-suite", `the client offers TLS_AES_128_CCM_SHA256$`},
		{"signatures that the key does not have", "-tls1_3 -sigalgs ed25519:ECDSA+SHA384", "tls-no-shared-signature", `certificate's key \(ECDSA\); it offers Ed25519, ECDSAWithP384AndSHA384$`},
		{"a group that Go does not have", "-tls1_3 -groups X448", "tls-no-shared-group", `no shared group for the key exchange; the client offers X448$`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t).open()
			dir := t.TempDir()
			empty, leaf := filepath.Join(dir, "empty.pem"), filepath.Join(dir, "leaf.pem")
			authority, err := sharedAuthority()
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(empty, verifytest.PEMBundle(authority.Root), 0o600))
			require.NoError(t, os.WriteFile(leaf, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: env.server.Certificate.Leaf().Raw}), 0o600))
			arguments := strings.NewReplacer("EMPTY", empty, "LEAF", leaf).Replace(row.arguments)
			command := exec.Command(openssl, append([]string{"s_client", "-connect", env.server.Addr().String()}, strings.Fields(arguments)...)...)
			command.Env = append(os.Environ(), "OPENSSL_CONF="+os.DevNull)
			out, err := command.CombinedOutput()
			require.Error(t, err, "%s", out)
			fault := env.handshakeFault()
			require.Equal(t, row.kind, fault.Kind, "%s\n%s", fault.Text, out)
			require.Regexp(t, row.text, fault.Text)
		})
	}
}
