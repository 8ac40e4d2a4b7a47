package acmetest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
	"lastpost/internal/server/acme"
)

const owner = "owner@example.com"

// A service is a server that gets its certificates from a testCA.
type service struct {
	t       *testing.T
	server  *server.Server
	manager *acme.Manager
	log     *logRecorder
	close   func()
}

// newService creates a service. The test calls listen and serve, because the CA must know the port before serve.
func newService(t *testing.T, manager acme.Manager) *service {
	t.Helper()
	s := &service{t: t, manager: &manager, log: &logRecorder{}}
	if manager.Dir == "" {
		manager.Dir = t.TempDir()
	}
	// Without an email, certmagic uses the first email of this process.
	manager.Email = cmp.Or(manager.Email, owner)
	s.server = &server.Server{
		Address: "127.0.0.1:0", PrivateAddress: "127.0.0.1:0", Issuer: s.manager,
		Log: slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	return s
}

func (s *service) listen() *service {
	s.t.Helper()
	require.NoError(s.t, s.server.Listen(context.Background()))
	return s
}

func (s *service) port() int { return s.server.Addr().(*net.TCPAddr).Port }

// serve serves until the test ends or close is called.
func (s *service) serve(l *testCA) *service {
	s.t.Helper()
	if l != nil {
		s.manager.Directory, s.manager.Roots = l.directory(), l.apiRoots()
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.server.Serve(ctx) }()
	s.close = sync.OnceFunc(func() {
		cancel()
		require.NoError(s.t, <-served)
	})
	s.t.Cleanup(s.close)
	return s
}

// open starts a service and a CA that validates it. DNS records of the domains point to the service.
func open(t *testing.T, manager acme.Manager) (*testCA, *service) {
	t.Helper()
	s := newService(t, manager).listen()
	l := newTestCA(t, caConfig{tlsPort: s.port()})
	l.addDNSRecords(manager.Domains)
	return l, s.serve(l)
}

// addDNSRecords points domains to this machine.
func (l *testCA) addDNSRecords(domains []string) {
	for _, domain := range domains {
		l.names.AddDNSARecord(domain, []string{"127.0.0.1"})
	}
}

// handshake returns the TLS state of a client that requests name.
func (s *service) handshake(name string, protocols ...string) (tls.ConnectionState, error) {
	config := &tls.Config{ServerName: name, InsecureSkipVerify: true, NextProtos: protocols}
	conn, err := tls.Dial("tcp", s.server.Addr().String(), config)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState(), nil
}

// servedCertificate returns the certificate that a client gets for name.
func (s *service) servedCertificate(name string) *x509.Certificate {
	s.t.Helper()
	state, err := s.handshake(name)
	require.NoError(s.t, err)
	return state.PeerCertificates[0]
}

// awaitLine waits for the n-th log line with a message and returns it.
func (s *service) awaitLine(message string, n int) map[string]any {
	s.t.Helper()
	var lines []map[string]any
	require.Eventually(s.t, func() bool {
		lines = s.log.linesWithMessage(message)
		return len(lines) >= n
	}, 3*testTimeout, 10*time.Millisecond, "line %q\n%s", message, s.log)
	return lines[n-1]
}

// getPrivate requests a path from the private listener.
func (s *service) getPrivate(path string) (status int, body string) {
	s.t.Helper()
	response, err := http.Get("http://" + s.server.PrivateAddr().String() + path)
	require.NoError(s.t, err)
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, string(content)
}

// noExpiry is the metric line before a certificate is issued.
const noExpiry = "lastpost_certificate_not_after_timestamp_seconds 0"

// expiryMetrics returns the metric lines with the expiry of certificates.
func (s *service) expiryMetrics() (lines []string) {
	_, body := s.getPrivate("/metrics")
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "lastpost_certificate_not_after_timestamp_seconds") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// A logRecorder stores the log.
type logRecorder struct {
	mu      sync.Mutex
	content bytes.Buffer
}

// Write stores a line.
func (l *logRecorder) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.content.Write(line)
}

// String returns the whole log.
func (l *logRecorder) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.content.String()
}

// linesWithMessage returns the lines whose message is message.
func (l *logRecorder) linesWithMessage(message string) (lines []map[string]any) {
	for _, line := range l.allLines() {
		if line["msg"] == message {
			lines = append(lines, line)
		}
	}
	return lines
}

// visibleLines returns the lines above level debug.
func (l *logRecorder) visibleLines() (lines []map[string]any) {
	for _, line := range l.allLines() {
		if line["level"] != "DEBUG" {
			lines = append(lines, line)
		}
	}
	return lines
}

func (l *logRecorder) allLines() (lines []map[string]any) {
	scanner := bufio.NewScanner(strings.NewReader(l.String()))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		line := map[string]any{}
		if json.Unmarshal(scanner.Bytes(), &line) == nil {
			lines = append(lines, line)
		}
	}
	return lines
}

// getStatus requests a path from a plain listener and returns the status.
func (s *service) getStatus(host, address, path string) int {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://"+address+path, nil)
	require.NoError(s.t, err)
	r.Host = host
	response, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	return response.StatusCode
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	parsed, err := net.ResolveTCPAddr("tcp", address)
	require.NoError(t, err)
	return parsed.Port
}
