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

// A service is the server with the certificates that a lab issues.
type service struct {
	t       *testing.T
	server  *server.Server
	manager *acme.Manager
	log     *logbook
	close   func()
}

// newService listens, and serves only when it is told: what the CA is told to ask must be known before that.
func newService(t *testing.T, manager acme.Manager) *service {
	t.Helper()
	s := &service{t: t, manager: &manager, log: &logbook{}}
	if manager.Dir == "" {
		manager.Dir = t.TempDir()
	}
	// certmagic takes the email that it has first heard of in this process where there is none.
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

// serve serves until the test ends, or close is called.
func (s *service) serve(l *lab) *service {
	s.t.Helper()
	if l != nil {
		s.manager.Directory, s.manager.Roots = l.directory(), l.roots()
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

// open opens a lab whose CA asks the service, and serves. The domains lead there.
func open(t *testing.T, manager acme.Manager) (*lab, *service) {
	t.Helper()
	s := newService(t, manager).listen()
	l := newLab(t, conduct{tlsPort: s.port()})
	l.point(manager.Domains)
	return l, s.serve(l)
}

// point lets domains lead to this machine.
func (l *lab) point(domains []string) {
	for _, domain := range domains {
		l.names.AddDNSARecord(domain, []string{"127.0.0.1"})
	}
}

// handshake is what a client who asks for name sees.
func (s *service) handshake(name string, protocols ...string) (tls.ConnectionState, error) {
	config := &tls.Config{ServerName: name, InsecureSkipVerify: true, NextProtos: protocols}
	conn, err := tls.Dial("tcp", s.server.Addr().String(), config)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState(), nil
}

// shown is the certificate that a client who asks for name is shown.
func (s *service) shown(name string) *x509.Certificate {
	s.t.Helper()
	state, err := s.handshake(name)
	require.NoError(s.t, err)
	return state.PeerCertificates[0]
}

// await waits for the n-th line of a message, and gives it.
func (s *service) await(message string, n int) map[string]any {
	s.t.Helper()
	var lines []map[string]any
	require.Eventually(s.t, func() bool {
		lines = s.log.said(message)
		return len(lines) >= n
	}, 3*patience, 10*time.Millisecond, "line %q\n%s", message, s.log)
	return lines[n-1]
}

// private asks the private listener.
func (s *service) private(path string) (status int, body string) {
	s.t.Helper()
	response, err := http.Get("http://" + s.server.PrivateAddr().String() + path)
	require.NoError(s.t, err)
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, string(content)
}

// noEnd is what ends gives where a certificate is yet to come.
const noEnd = "lastpost_certificate_not_after_timestamp_seconds 0"

// ends are the lines of the metrics that say when certificates end.
func (s *service) ends() (lines []string) {
	_, body := s.private("/metrics")
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "lastpost_certificate_not_after_timestamp_seconds") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// A logbook keeps what is logged.
type logbook struct {
	mu      sync.Mutex
	content bytes.Buffer
}

// Write takes a line.
func (l *logbook) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.content.Write(line)
}

// String is all of it.
func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.content.String()
}

// said gives the lines of a message.
func (l *logbook) said(message string) (lines []map[string]any) {
	for _, line := range l.all() {
		if line["msg"] == message {
			lines = append(lines, line)
		}
	}
	return lines
}

// loud gives the lines that the usual level shows.
func (l *logbook) loud() (lines []map[string]any) {
	for _, line := range l.all() {
		if line["level"] != "DEBUG" {
			lines = append(lines, line)
		}
	}
	return lines
}

func (l *logbook) all() (lines []map[string]any) {
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

// get asks a plain listener for a path, and gives the status.
func (s *service) get(host, address, path string) int {
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
