package server_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/freeport"
)

// TestShutdownFinishesLongAnswer stops the server during a request with a long answer. The client must get the whole
// answer.
func TestShutdownFinishesLongAnswer(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	env := newTestEnv(t)
	handler := newHoldingHandler()
	long := strings.Repeat("word ", 1000)
	handler.response = &alexa.Response{Speech: alexa.Say(long)}
	env.server.Skills[0].Handler = handler
	env.open()
	busy := handler.startRequests(env, "slow", 1)[0]
	idle := env.dialTLS()
	require.Equal(t, certificateLine(env)+"halfelf: ready, 3 posts\n", env.getPrivate("/readyz").body)

	env.cancel()
	require.Eventually(t, env.refusesConnections, testTimeout, time.Millisecond)
	draining := env.getPrivate("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, draining.status)
	require.Equal(t, "not ready: the service is shutting down\n"+certificateLine(env)+"halfelf: ready, 3 posts\n", draining.body)
	require.Equal(t, "ok\n", env.getPrivate("/healthz").body, "the process is healthy until it ends")
	require.NotEmpty(t, env.metricSamples("lastpost_feed_posts"))

	close(handler.release)
	got := busy.readResult()
	require.Equal(t, http.StatusOK, got.status)
	require.Contains(t, got.body, "<speak>"+strings.TrimSpace(long)+"</speak>")
	busy.requireClosed()
	idle.requireClosed()
	require.Len(t, env.stopAndRequestLines(), 1) // Serve must return nil
	_, err := net.Dial("tcp", env.server.PrivateAddr().String())
	require.Error(t, err)
}

// refusesConnections reports whether a new connection to the public listener is refused.
func (env *testEnv) refusesConnections() bool {
	conn, err := net.Dial("tcp", env.server.Addr().String())
	if err == nil {
		_ = conn.Close()
	}
	return err != nil
}

// TestShutdownAnswersOpenConnections sends requests after the shutdown has started, on a new connection, on a connection
// with half a header, and on a connection with an answered request. All requests must be answered.
func TestShutdownAnswersOpenConnections(t *testing.T) {
	for _, row := range []struct {
		claim  string
		before func(*rawConn, string)
		after  func(*rawConn, string)
		wait   time.Duration
	}{
		{"the first request on a connection", func(*rawConn, string) {}, (*rawConn).write, 2 * time.Second},
		{"the second half of a header", func(c *rawConn, text string) { c.write(text[:20]) }, func(c *rawConn, text string) { c.write(text[20:]) }, 2 * time.Second},
		{"another request on a connection", func(c *rawConn, text string) { c.write(text); c.readResult() }, (*rawConn).write, 700 * time.Millisecond},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t).open()
			text := env.rawRequest(requestSpec{}.body())
			conn := env.dialTLS()
			row.before(conn, text)
			env.cancel()
			require.Eventually(t, env.refusesConnections, testTimeout, time.Millisecond)
			time.Sleep(row.wait)
			row.after(conn, text)
			got := conn.readResult()
			require.Equal(t, http.StatusOK, got.status)
			require.True(t, got.closesConn, "the answer closes the connection")
			conn.requireClosed()
			require.NoError(t, env.close())
		})
	}
}

func TestShutdownDoesNotWaitForIdleConnections(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t).open()
	conn := env.dialTLS()
	conn.write(env.rawRequest(requestSpec{}.body()))
	require.Equal(t, http.StatusOK, conn.readResult().status)
	began := time.Now()
	require.NoError(t, env.close())
	require.Less(t, time.Since(began), 5*time.Second) // a shutdown with requests in flight can take 12 s
	conn.requireClosed()
}

func TestRestartReusesAddress(t *testing.T) {
	address := freeport.Address(t)
	for range 3 {
		env := newTestEnv(t)
		env.server.Address = address
		env.open()
		require.Equal(t, responseBody("Hello.", defaultRequestID), env.sendSigned(requestSpec{}.body()).body)
		require.NoError(t, env.close())
	}
}
