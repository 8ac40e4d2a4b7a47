package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newSocketFile returns a listening socket as a file, as systemd passes it, and its address.
func newSocketFile(t testing.TB) (*os.File, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	file, err := listener.(*net.TCPListener).File()
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	t.Cleanup(func() { _ = file.Close() })
	return file, listener.Addr().String()
}

func TestServesOnInheritedSockets(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	private, privateAddress := newSocketFile(t)
	public, publicAddress := newSocketFile(t)
	h.sockets = []*os.File{private, public}
	h.env = append(h.env, "LISTEN_FDNAMES=private:public")
	h.startAndWait()
	require.Equal(t, "http://"+publicAddress+"/alexa/halfelf", h.url)
	require.Equal(t, "http://"+privateAddress, h.privateURL)
	h.waitUntilReady()
	status, _ := h.sendSigned(h.lastPostRequest(""))
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, 0, h.stop())
}

// TestRefusesUnusableSockets checks that the service exits with an error that names the socket's problem.
func TestRefusesUnusableSockets(t *testing.T) {
	t.Parallel()
	regular, err := os.Create(t.TempDir() + "/file")
	require.NoError(t, err)
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	datagram, err := udp.File()
	require.NoError(t, err)
	local, err := net.Listen("unix", t.TempDir()+"/s")
	require.NoError(t, err)
	stream, err := local.(*net.UnixListener).File()
	require.NoError(t, err)
	accepting, address := newSocketFile(t)
	dialled, err := net.Dial("tcp", address)
	require.NoError(t, err)
	connected, err := dialled.(*net.TCPConn).File()
	require.NoError(t, err)
	for _, row := range []struct {
		claim string
		file  *os.File
		name  string
		error string
	}{
		{"a regular file", regular, "public", `inherited socket "public" (file descriptor 3): not a socket`},
		{"a UDP socket", datagram, "public", "not a TCP socket; the socket unit needs ListenStream="},
		{"a Unix socket", stream, "public", "not a TCP socket; the socket unit needs ListenStream=ADDRESS:PORT"},
		{"a connected socket", connected, "public", "not listening; the socket unit needs Accept=no"},
		{"a socket for port 80 without tls.http_listen", accepting, "http", "tls.http_listen is not set"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, "{mode: off}")
			h.sockets = []*os.File{row.file}
			h.env = append(h.env, "LISTEN_FDNAMES="+row.name)
			h.startProcess()
			require.Error(t, h.process.Wait())
			require.Equal(t, exitFailure, h.process.ProcessState.ExitCode())
			require.Contains(t, h.log.String(), row.error)
		})
	}
}

// TestSocketRestartLosesNoRequests restarts the service several times under load. Some clients connect for each request,
// others keep their connections. No client retries. Each request must succeed; a restart may only delay it.
func TestSocketRestartLosesNoRequests(t *testing.T) {
	requireE2E(t)
	for _, mode := range []string{"off", "self-signed"} {
		t.Run(mode, func(t *testing.T) {
			h := newHarness(t, "{mode: "+mode+"}")
			socket, _ := newSocketFile(t)
			h.sockets = []*os.File{socket}
			h.startAndWait()
			h.waitUntilReady()
			l := startLoad(t, h, 4, 4)
			for range 3 {
				before := l.answered.Load()
				require.Eventually(t, func() bool { return l.answered.Load() > before+100 }, 20*time.Second, time.Millisecond)
				require.Equal(t, 0, h.stop())
				h.startAndWait()
			}
			require.Empty(t, l.stopAndReport())
			require.Greater(t, l.answered.Load(), int64(300))
			require.Equal(t, 0, h.stop())
		})
	}
}

// A loadGenerator runs clients in parallel. Each client sends the next request as soon as the last is answered.
type loadGenerator struct {
	answered atomic.Int64
	clients  sync.WaitGroup
	stop     context.CancelFunc

	mu       sync.Mutex
	failures []string
}

// startLoad starts clients that connect for each request, and clients with a persistent connection.
func startLoad(t *testing.T, h *harness, connecting, persistent int) *loadGenerator {
	t.Helper()
	body := h.lastPostRequest("")
	header, err := h.signer.Sign(body)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	l := &loadGenerator{stop: stop}
	t.Cleanup(func() { l.stopAndReport() })
	url := h.url
	for i := range connecting + persistent {
		transport := &http.Transport{DisableKeepAlives: i < connecting, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
		l.clients.Go(func() {
			defer transport.CloseIdleConnections()
			for ctx.Err() == nil {
				if err := l.sendOnce(transport, url, header, body); err != nil {
					l.recordFailure(fmt.Sprintf("client %d: %v", i, err))
				}
			}
		})
	}
	return l
}

// sendOnce sends one request. The body cannot be read twice, so the transport cannot retry.
func (l *loadGenerator) sendOnce(transport *http.Transport, url string, header http.Header, body []byte) error {
	request, err := http.NewRequest(http.MethodPost, url, io.NopCloser(bytes.NewReader(body)))
	if err != nil {
		return err
	}
	request.Header, request.ContentLength = header.Clone(), int64(len(body))
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(answer), "<speak>") {
		return fmt.Errorf("%d %s %w", response.StatusCode, answer, err)
	}
	l.answered.Add(1)
	return nil
}

func (l *loadGenerator) recordFailure(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures = append(l.failures, text)
}

// stopAndReport stops the clients and returns their failures.
func (l *loadGenerator) stopAndReport() []string {
	l.stop()
	l.clients.Wait()
	return l.failures
}
