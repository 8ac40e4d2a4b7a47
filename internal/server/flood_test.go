package server_test

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// maxUnnoticedDelay is a delay that users do not notice.
const maxUnnoticedDelay = 100 * time.Millisecond

// medianLatency sends valid requests, each on a new connection, and returns the median of their durations. It calls
// beforeEach before each request.
func (env *testEnv) medianLatency(t *testing.T, beforeEach func()) time.Duration {
	t.Helper()
	request := env.rawRequest(requestSpec{}.body())
	var took []time.Duration
	for range 21 {
		beforeEach()
		began := time.Now()
		conn := env.dialTLS()
		conn.write(request)
		require.Equal(t, responseBody("Hello.", defaultRequestID), conn.readResult().body)
		took = append(took, time.Since(began))
		require.NoError(t, conn.Close())
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// TestClosesSlowConnections opens many connections that do not send a whole request. Genuine requests must be answered
// without a delay.
func TestClosesSlowConnections(t *testing.T) {
	for _, row := range []struct {
		claim string
		sends string // after the handshake
	}{
		{"nothing", ""},
		{"half a header", header},
		{"half a body", header + "Content-Length: 100\r\n\r\n{"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t)
			env.server.MaxConnections = 20
			env.open()
			env.openSlowConns(60, row.sends)
			require.Less(t, env.medianLatency(t, func() { env.openSlowConns(3, row.sends) }), maxUnnoticedDelay)
		})
	}
}

func (env *testEnv) openSlowConns(n int, sends string) {
	for range n {
		env.dialTLS().write(sends)
	}
}

// TestClosesSilentConnections opens many connections that do not start a TLS handshake. Genuine requests must be answered
// without a delay.
func TestClosesSilentConnections(t *testing.T) {
	env := newTestEnv(t)
	env.server.MaxConnections = 20
	env.open()
	require.Less(t, env.medianLatency(t, func() {
		for range 100 {
			env.dialTCP()
		}
	}), maxUnnoticedDelay)
}

// TestClosesIdleConnections keeps many answered connections open. The server must close the oldest ones.
func TestClosesIdleConnections(t *testing.T) {
	env := newTestEnv(t)
	env.server.MaxConnections = 3
	env.open()
	for range 10 {
		conn := env.dialTLS()
		conn.write(env.rawRequest(requestSpec{}.body()))
		require.Equal(t, responseBody("Hello.", defaultRequestID), conn.readResult().body)
	}
}

// TestFloodDoesNotCloseOtherAddress floods the listener from one address. The idle connection of another address must stay
// open, although it is the oldest.
func TestFloodDoesNotCloseOtherAddress(t *testing.T) {
	env := newTestEnv(t)
	env.server.MaxConnections = 5
	env.open()
	first := env.dialTLS()
	flooder := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	for range 50 {
		conn, err := flooder.DialContext(t.Context(), "tcp", env.server.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
	}
	env.sendQuickRequest() // when it is answered, the server has accepted all earlier connections
	first.write(env.rawRequest(requestSpec{}.body()))
	require.Equal(t, responseBody("Hello.", defaultRequestID), first.readResult().body)
}

// TestKeepsBusyConnections floods the listener while verified requests use some or all connections. These requests must be
// answered.
func TestKeepsBusyConnections(t *testing.T) {
	env := newTestEnv(t)
	env.server.MaxConnections = 5
	handler := newHoldingHandler()
	env.server.Skills[0].Handler = handler
	env.open()

	busy := handler.startRequests(env, "slow", 4)
	for range 50 {
		env.dialTLS()
	}
	env.sendQuickRequest()
	busy = append(busy, handler.startRequests(env, "slow", 1)...)
	for range 10 {
		requireClosed(t, env.dialTCP())
	}
	close(handler.release)
	for _, conn := range busy {
		require.Equal(t, responseBody("Hello.", "slow"), conn.readResult().body)
	}
	require.Len(t, env.stopAndRequestLines(), 6)
}

// TestClosedConnectionsAreNotCounted ends connections in several ways. Then as many connections as the limit allows must
// be accepted.
func TestClosedConnectionsAreNotCounted(t *testing.T) {
	env := newTestEnv(t)
	env.server.MaxConnections = 3
	handler := newHoldingHandler()
	env.server.Skills[0].Handler = handler
	env.open()
	for range 5 {
		for _, conn := range handler.startRequests(env, "gone", 3) {
			require.NoError(t, conn.Close())
		}
		for range 3 {
			<-handler.abandoned
		}
	}
	env.log.awaitLines(t, "request", 15)
	for range 5 {
		env.sendQuickRequest()
	}
	busy := handler.startRequests(env, "slow", 3)
	close(handler.release)
	for _, conn := range busy {
		require.Equal(t, responseBody("Hello.", "slow"), conn.readResult().body)
	}
}

// A holdingHandler blocks each request until release is closed or the client disconnects. It answers a request with the ID
// "quick" at once.
type holdingHandler struct {
	entered, release, abandoned chan struct{}
	response                    *alexa.Response // nil: "Hello."
}

func newHoldingHandler() *holdingHandler {
	return &holdingHandler{entered: make(chan struct{}), release: make(chan struct{}), abandoned: make(chan struct{}, 100)}
}

// Handle answers a request after it was released.
func (o *holdingHandler) Handle(ctx context.Context, e *alexa.Envelope) (*alexa.Response, error) {
	if e.Request.RequestID != "quick" {
		o.entered <- struct{}{}
		select {
		case <-o.release:
		case <-ctx.Done():
			o.abandoned <- struct{}{}
		}
	}
	return cmp.Or(o.response, respondWith("Hello.")(ctx, e)), nil
}

// sendQuickRequest sends a request over a new connection, and returns when the connection is closed.
func (env *testEnv) sendQuickRequest() {
	env.t.Helper()
	conn := env.dialWithRetry()
	conn.write(strings.Replace(env.rawRequest(requestSpec{id: "quick"}.body()), "\r\n", "\r\nConnection: close\r\n", 1))
	require.Equal(env.t, responseBody("Hello.", "quick"), conn.readResult().body)
	conn.requireClosed()
}

// dialWithRetry opens a connection. It retries, because the server can count a closed connection for a short time.
func (env *testEnv) dialWithRetry() *rawConn {
	env.t.Helper()
	var conn *tls.Conn
	require.Eventually(env.t, func() bool {
		conn = tls.Client(env.dialTCP(), env.tlsConfig())
		return conn.Handshake() == nil
	}, testTimeout, time.Millisecond)
	return &rawConn{conn, env.t, bufio.NewReader(conn)}
}

// startRequests sends n requests, each on a new connection, and returns the connections when the handler blocks all
// requests.
func (o *holdingHandler) startRequests(env *testEnv, id string, n int) (busy []*rawConn) {
	for range n {
		conn := env.dialWithRetry()
		conn.write(env.rawRequest(requestSpec{id: id}.body()))
		<-o.entered
		busy = append(busy, conn)
	}
	return busy
}

func requireClosed(t *testing.T, conn net.Conn) {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Second))) // shorter than the time limit of a handshake
	_, err := io.ReadAll(conn)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection is still open")
}

// TestClosesForgingConnections sends forged requests on many connections and does not read the answers. The server must
// close these connections: only a verified request in flight protects a connection.
func TestClosesForgingConnections(t *testing.T) {
	env := newTestEnv(t)
	env.server.MaxConnections = 3
	env.open()
	forged := strings.Repeat(header+"Content-Length: 2\r\n\r\n{}", 100)
	for range 3 {
		conn := env.dialTLS()
		require.NoError(t, conn.NetConn().(*net.TCPConn).SetReadBuffer(4<<10))
		runUntilClosed(t, conn, func() { _ = writeUntilClosed(conn, forged) })
	}
	env.awaitNoNewLogLines()
	require.Less(t, env.medianLatency(t, func() {}), maxUnnoticedDelay)
}

// TestClosesConnectionsThatWaitForCertificate sends requests whose certificate download hangs. The server must close their
// connections.
func TestClosesConnectionsThatWaitForCertificate(t *testing.T) {
	env := newTestEnv(t)
	env.server.MaxConnections = 3
	waiting, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	env.bucket.Before = func(r *http.Request) error {
		if r.URL.Path == "/echo.api/elsewhere.pem" {
			close(waiting)
			<-release
		}
		return nil
	}
	env.open()
	require.Equal(t, responseBody("Hello.", defaultRequestID), env.sendSigned(requestSpec{}.body()).body)
	env.client.CloseIdleConnections()
	for range 3 {
		env.dialTLS().write(header + "SignatureCertChainUrl: " + otherCertificateURL + "\r\nSignature-256: AAAA\r\nContent-Length: 2\r\n\r\n{}")
	}
	<-waiting
	require.Less(t, env.medianLatency(t, func() {}), maxUnnoticedDelay)
}

// writeUntilClosed writes until the connection ends and returns the error.
func writeUntilClosed(conn io.Writer, text string) error {
	for {
		if _, err := io.WriteString(conn, text); err != nil {
			return err
		}
	}
}

// awaitNoNewLogLines waits until the log does not grow, which means that all connections are blocked.
func (env *testEnv) awaitNoNewLogLines() {
	env.t.Helper()
	seen := 0
	require.Eventually(env.t, func() bool {
		before := seen
		seen = env.log.lineCount()
		return seen > 0 && seen == before
	}, testTimeout, 200*time.Millisecond)
}

// TestSlowClientsDoNotDelayOthers has 500 clients that send one byte per second, and connect again when the server closes
// their connection. Other clients must get answers without a delay.
func TestSlowClientsDoNotDelayOthers(t *testing.T) {
	before := runtime.NumGoroutine()
	env := newTestEnv(t).open()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var dawdlers sync.WaitGroup
	var ready sync.WaitGroup
	ready.Add(500)
	for i := range 500 {
		dawdlers.Go(func() { env.sendSlowly(ctx, i, ready.Done) })
	}
	ready.Wait()
	require.Greater(t, runtime.NumGoroutine(), 800, "each client has two goroutines: its own and the server's")
	require.Less(t, env.medianLatency(t, func() {}), maxUnnoticedDelay)

	cancel()
	dawdlers.Wait()
	require.NoError(t, env.close())
	left := func() bool { return runtime.NumGoroutine() <= before+1 } // Eventually calls it in one more goroutine
	require.Eventually(t, left, testTimeout, 10*time.Millisecond, "goroutines are left")
}

// sendSlowly opens connections one after the other until ctx ends, and sends one byte per second on each. i selects one of
// three ways to start a connection. sendSlowly calls ready once, when its first connection is open.
func (env *testEnv) sendSlowly(ctx context.Context, i int, ready func()) {
	ready = sync.OnceFunc(ready)
	begin := []func(net.Conn) io.Writer{
		func(conn net.Conn) io.Writer { return conn },
		func(conn net.Conn) io.Writer { return env.startTLSWith(conn, "") },
		func(conn net.Conn) io.Writer { return env.startTLSWith(conn, header+"Content-Length: 1000\r\n\r\n") },
	}[i%3]
	for ctx.Err() == nil {
		conn, err := net.Dial("tcp", env.server.Addr().String())
		if err != nil {
			env.t.Errorf("dawdler: %v", err)
			break
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		slow := begin(conn)
		ready()
		writeBytePerSecond(slow, strings.Repeat("\x16", 10))
		stop()
		_ = conn.Close()
	}
	ready()
}

// startTLSWith starts TLS over conn and sends text.
func (env *testEnv) startTLSWith(conn net.Conn, text string) io.Writer {
	encrypted := tls.Client(conn, env.tlsConfig())
	_, _ = io.WriteString(encrypted, text) // after an error, all later writes fail too
	return encrypted
}
