package server_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// insecureTLSConfig returns a configuration that accepts every certificate. The tests check the certificate themselves.
func (env *testEnv) insecureTLSConfig() *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(env.authority.Root.Certificate)
	return &tls.Config{RootCAs: roots, ServerName: serverName, InsecureSkipVerify: true}
}

func (env *testEnv) dialWithConfig(config *tls.Config) *tls.Conn {
	env.t.Helper()
	conn := tls.Client(env.dialTCP(), config)
	require.NoError(env.t, conn.Handshake())
	return conn
}

func TestSupportedTLS(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t).open()
	for _, row := range []struct {
		claim  string
		change func(*tls.Config)
		want   uint16
	}{
		{"1.3", func(*tls.Config) {}, tls.VersionTLS13},
		{"1.2", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, tls.VersionTLS12},
		{"1.2 with AES-128-GCM", tls12With(tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256), tls.VersionTLS12},
		{"1.2 with AES-256-GCM", tls12With(tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384), tls.VersionTLS12},
		{"1.2 with ChaCha20", tls12With(tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256), tls.VersionTLS12},
		{"1.2 with CBC, which some of Amazon's clients are reported to need", tls12With(tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA), tls.VersionTLS12},
		{"1.2 with CBC and AES-256", tls12With(tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA), tls.VersionTLS12},
		{"an unknown name", func(c *tls.Config) { c.ServerName = "unknown.example.org" }, tls.VersionTLS13},
		{"no name", func(c *tls.Config) { c.ServerName = "" }, tls.VersionTLS13},
		{"an IP address as the name", func(c *tls.Config) { c.ServerName = "127.0.0.1" }, tls.VersionTLS13},
		{"HTTP/2 preferred, HTTP/1.1 offered", func(c *tls.Config) { c.NextProtos = []string{"h2", "http/1.1"} }, tls.VersionTLS13},
	} {
		t.Run(row.claim, func(t *testing.T) {
			config := env.insecureTLSConfig()
			row.change(config)
			conn := env.dialWithConfig(config)
			state := conn.ConnectionState()
			require.Equal(t, row.want, state.Version)
			require.Equal(t, env.server.Certificate.Leaf().Raw, state.PeerCertificates[0].Raw)
			require.NotEqual(t, "h2", state.NegotiatedProtocol)
			require.Equal(t, responseBody("Hello.", defaultRequestID), sendOverConn(t, env, conn))
		})
	}
}

// sendOverConn sends a signed request over conn and returns the body of the answer.
func sendOverConn(t *testing.T, env *testEnv, conn *tls.Conn) string {
	t.Helper()
	require.NoError(t, env.signedRequest(requestSpec{}.body()).Write(conn))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	return readResult(t, response).body
}

func tls12With(suite uint16) func(*tls.Config) {
	return func(c *tls.Config) { c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{suite} }
}

// TestRefusesWeakTLS offers only weak versions or cipher suites. It also uses a server with an RSA key, because a server
// without one refuses RSA suites in any case.
func TestRefusesWeakTLS(t *testing.T) {
	t.Parallel()
	elliptic, rsa := newTestEnv(t).open(), openWithRSACertificate(t)
	const noVersion, noSuite = "remote error: tls: protocol version not supported", "remote error: tls: handshake failure"
	for _, row := range []struct {
		claim  string
		env    *testEnv
		change func(*tls.Config)
		want   string
	}{
		{"1.1", elliptic, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, noVersion},
		{"1.0", elliptic, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 }, noVersion},
		{"ECDSA with CBC and SHA-256", elliptic, tls12With(tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256), noSuite},
		{"RSA with CBC and SHA-256", rsa, tls12With(tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256), noSuite},
		{"RSA without forward secrecy", rsa, tls12With(tls.TLS_RSA_WITH_AES_128_GCM_SHA256), noSuite},
		{"triple DES", rsa, tls12With(tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA), noSuite},
		{"RC4", rsa, tls12With(tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA), noSuite},
		{"only HTTP/2", elliptic, func(c *tls.Config) { c.NextProtos = []string{"h2"} }, "remote error: tls: no application protocol"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			config := row.env.insecureTLSConfig()
			row.change(config)
			require.EqualError(t, tls.Client(row.env.dialTCP(), config).Handshake(), row.want)
		})
	}
	for _, suite := range []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA} {
		config := rsa.insecureTLSConfig()
		tls12With(suite)(config)
		require.Equal(t, suite, rsa.dialWithConfig(config).ConnectionState().CipherSuite)
	}
}

// TestPrefersAuthenticatedEncryption offers suites with CBC first. The server must choose authenticated encryption.
func TestPrefersAuthenticatedEncryption(t *testing.T) {
	env := openWithRSACertificate(t)
	config := env.insecureTLSConfig()
	config.MaxVersion = tls.VersionTLS12
	config.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
	require.Equal(t, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, env.dialWithConfig(config).ConnectionState().CipherSuite)
}

// openWithRSACertificate starts a server with an RSA certificate.
func openWithRSACertificate(t *testing.T) *testEnv {
	t.Helper()
	authority, err := sharedAuthority()
	require.NoError(t, err)
	p := newCertificateFiles(t)
	return p.open(p.generateWithKey(authority.Key))
}

// TestPlainHTTPIsRefused sends a valid request without TLS to the TLS listener.
func TestPlainHTTPIsRefused(t *testing.T) {
	env := newTestEnv(t).open()
	conn := env.dialTCP()
	require.NoError(t, env.signedRequest(requestSpec{}.body()).Write(conn))
	got, _ := io.ReadAll(conn) // an error message, or nothing if the connection was reset first
	require.NotContains(t, string(got), "Hello.")
	require.Empty(t, env.stopAndRequestLines())
}
