package server_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/verify"
)

// maxAnswerDelay limits the time from the start of a connection until a slow sender is answered or closed.
const maxAnswerDelay = 9 * time.Second

const (
	header            = "POST /alexa HTTP/1.1\r\nHost: x\r\n"
	fetchFailedAnswer = `{"message":"the certificate chain could not be fetched","data":{"status":400}}`
)

// TestClosesSlowHandshakes has clients that do not complete the TLS handshake. The server must close their connections.
func TestClosesSlowHandshakes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim string
		send  func(env *testEnv, conn net.Conn)
	}{
		{"a silent client", func(*testEnv, net.Conn) {}},
		{"a byte per second without TLS", func(_ *testEnv, conn net.Conn) {
			_, _ = io.WriteString(newSlowWriter(conn), strings.Repeat("\x16", 100))
		}},
		{"a ClientHello, a byte per second", func(env *testEnv, conn net.Conn) {
			_ = tls.Client(writeOnly{newSlowWriter(conn)}, env.tlsConfig()).Handshake()
		}},
		{"only half a ClientHello", func(env *testEnv, conn net.Conn) {
			_ = tls.Client(writeOnly{halfWriter{conn}}, env.tlsConfig()).Handshake()
		}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t).open()
			conn := env.dialTCP()
			require.NoError(t, conn.SetDeadline(time.Now().Add(maxAnswerDelay)))
			runUntilClosed(t, conn, func() { row.send(env, conn) })
			_, err := io.ReadAll(conn) // an alert, or nothing
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
			require.Empty(t, env.stopAndRequestLines())
			require.LessOrEqual(t, len(env.log.visibleLines()), 1)
		})
	}
}

// TestClosesSlowSenders has clients that send a request slowly or in part. The server must end each connection in time,
// with the answer in want.
func TestClosesSlowSenders(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim         string
		atOnce, after string // the client sends atOnce at once, and then one byte of after per second
		want          string // the answer's body; "": the server closes without an answer
	}{
		{"nothing after the handshake", "", "", ""},
		{"a header that does not end", header, "", ""},
		{"the header, a byte per second", "", header, "400 Bad Request"}, // net/http's answer to an incomplete line
		{"the body, a byte per second", header + "Content-Length: 1000\r\n\r\n", "xxxxxxxxxx", bodyIncompleteAnswer},
		{"a chunk, a byte per second", header + "Transfer-Encoding: chunked\r\n\r\n400\r\n", "xxxxxxxxxx", bodyIncompleteAnswer},
		{"only half a body", header + "Content-Length: 1000\r\n\r\n" + strings.Repeat("x", 500), "", bodyIncompleteAnswer},
		{"half a body to an unknown path", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx", "", notFoundAnswer},
		{"half a body with a method that is not allowed", "PUT /alexa HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx", "", postOnlyAnswer},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t).open()
			conn := env.dialTLS()
			require.NoError(t, conn.SetDeadline(time.Now().Add(maxAnswerDelay)))
			conn.write(row.atOnce)
			runUntilClosed(t, conn, func() { writeBytePerSecond(conn, row.after) })
			require.Equal(t, row.want, conn.readRemainingBody())
			_ = conn.Close() // the error is ignored, because the server may have closed it
			for _, line := range env.stopAndRequestLines() {
				require.Equal(t, "body-read", line.attrs["rule"])
			}
		})
	}
}

// readRemainingBody reads until the connection ends and returns the body of the answer, if there is one.
func (c *rawConn) readRemainingBody() string {
	c.t.Helper()
	text, err := io.ReadAll(c.reader)
	require.NotErrorIs(c.t, err, os.ErrDeadlineExceeded)
	_, body, _ := strings.Cut(string(text), "\r\n\r\n")
	return body
}

// TestRefusesWithinSumOfLimits uses almost the whole time limit of each step. The refusal must arrive within maxAnswerDelay.
func TestRefusesWithinSumOfLimits(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	env := newTestEnv(t)
	env.bucket.Before = waitForCancel
	env.open()
	began := time.Now()
	tcp := env.dialTCP()
	step := time.NewTicker(600 * time.Millisecond)
	defer step.Stop()

	for range 3 {
		<-step.C
	}
	conn := tls.Client(tcp, env.tlsConfig())
	require.NoError(t, conn.SetDeadline(began.Add(maxAnswerDelay)))
	require.NoError(t, conn.Handshake())
	head, body, _ := strings.Cut(env.rawRequest(requestSpec{}.body()), "\r\n\r\n")
	for _, part := range []string{head, "\r\n\r\n", body[:1], body[1:]} {
		_, err := io.WriteString(conn, part)
		require.NoError(t, err)
		<-step.C
	}
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Equal(t, fetchFailedAnswer, readResult(t, got).body)
	require.Less(t, time.Since(began), maxAnswerDelay)
	require.Len(t, env.stopAndRequestLines(), 1)
}

// TestReadTimeoutLeavesTimeForFetch uses almost the whole time limit of the handshake, and then sends only a part of the
// body. The server must refuse so early that a fetch would still fit into maxAnswerDelay.
func TestReadTimeoutLeavesTimeForFetch(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	env := newTestEnv(t).open()
	began := time.Now()
	tcp := env.dialTCP()
	<-time.After(2400 * time.Millisecond)
	conn := &rawConn{tls.Client(tcp, env.tlsConfig()), t, bufio.NewReader(nil)}
	conn.reader.Reset(conn.Conn)
	require.NoError(t, conn.SetDeadline(began.Add(maxAnswerDelay-verify.FetchTimeout)))
	conn.write(header + "Content-Length: 1000\r\n\r\nx")
	require.Equal(t, bodyIncompleteAnswer, conn.readRemainingBody())
}

// TestHangingBucketDoesNotDelayCachedCertificates sends a request whose certificate download hangs. Requests with a cached
// certificate must be answered meanwhile.
func TestHangingBucketDoesNotDelayCachedCertificates(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	env := newTestEnv(t)
	env.bucket.Before = func(r *http.Request) error {
		if r.URL.Path == "/echo.api/elsewhere.pem" {
			return waitForCancel(r)
		}
		return nil
	}
	env.open()
	refused := make(chan httpResult)
	r := withHeader("SignatureCertChainUrl", otherCertificateURL)(env)
	began := time.Now()
	go func() { refused <- env.send(r) }()
	for range 10 {
		require.Equal(t, responseBody("Hello.", defaultRequestID), env.sendSigned(requestSpec{}.body()).body)
	}
	require.Equal(t, fetchFailedAnswer, (<-refused).body)
	require.Less(t, time.Since(began), maxAnswerDelay)
	require.GreaterOrEqual(t, time.Since(began), verify.FetchTimeout)
}

func waitForCancel(r *http.Request) error {
	<-r.Context().Done()
	return context.Cause(r.Context())
}

// TestClosesClientThatDoesNotRead sends many requests and does not read the answers. The server must close this connection,
// and must not delay other clients.
func TestClosesClientThatDoesNotRead(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	env := newTestEnv(t)
	env.server.Skills[0].Handler = respondWithAttribute("long", strings.Repeat("x", 20<<10))
	env.open()
	conn := env.dialTLS()
	require.NoError(t, conn.NetConn().(*net.TCPConn).SetReadBuffer(4<<10))
	requests := env.rawRequest(requestSpec{}.body())
	cut := make(chan error, 1)
	go func() {
		cut <- writeUntilClosed(conn, requests)
	}()
	for range 20 {
		require.Equal(t, http.StatusOK, env.sendSigned(requestSpec{}.body()).status)
	}
	select {
	case err := <-cut:
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	case <-time.After(20 * time.Second):
		// A client with a full receive buffer may not see that the server has closed the connection until it reads.
		require.NoError(t, conn.SetDeadline(time.Now().Add(testTimeout)))
		_, err := io.Copy(io.Discard, conn.NetConn())
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	}
}

// TestShutdownCutsOffHangingRequest has a handler that does not return before its context ends. The shutdown must end it.
func TestShutdownCutsOffHangingRequest(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	env := newTestEnv(t)
	entered, left := make(chan struct{}), make(chan struct{})
	env.server.Skills[0].Handler = handlerFunc(func(ctx context.Context, _ *alexa.Envelope) *alexa.Response {
		close(entered)
		<-ctx.Done()
		close(left)
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, env.server.Listen(ctx))
	served := make(chan error)
	go func() { served <- env.server.Serve(ctx) }()
	conn := env.dialTLS()
	conn.write(env.rawRequest(requestSpec{}.body()))
	<-entered
	cancel()
	require.EqualError(t, <-served, "requests in flight were cut off: context deadline exceeded")
	conn.requireClosed()
	<-left
}

// runUntilClosed runs do in a goroutine. At the test's end it closes conn and waits until do returns.
func runUntilClosed(t *testing.T, conn io.Closer, do func()) {
	var group sync.WaitGroup
	group.Go(do)
	t.Cleanup(func() {
		_ = conn.Close()
		group.Wait()
	})
}

// writeBytePerSecond writes one byte per second.
func writeBytePerSecond(conn io.Writer, text string) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for i := range len(text) {
		<-second.C
		if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
			return
		}
	}
}

// A slowWriter writes ten bytes per second.
type slowWriter struct{ net.Conn }

func newSlowWriter(conn net.Conn) slowWriter { return slowWriter{conn} }

func (d slowWriter) Write(text []byte) (int, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for i := range text {
		<-tick.C
		if _, err := d.Conn.Write(text[i : i+1]); err != nil {
			return i, fmt.Errorf("after %d bytes: %w", i, err)
		}
	}
	return len(text), nil
}

// A halfWriter sends only the first half of each write.
type halfWriter struct{ net.Conn }

func (h halfWriter) Write(text []byte) (int, error) {
	_, err := h.Conn.Write(text[:len(text)/2])
	return len(text), err
}

// A writeOnly returns EOF for reads, so that the test can read the connection itself.
type writeOnly struct{ net.Conn }

func (writeOnly) Read([]byte) (int, error) { return 0, io.EOF }
