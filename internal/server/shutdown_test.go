package server_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// TestShutdown ends the service in the middle of a request, whose answer is a long one.
func TestShutdown(t *testing.T) {
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
	require.Equal(t, "ok\n", env.getPrivate("/healthz").body, "it lives to its end")
	require.NotEmpty(t, env.metricSamples("lastpost_feed_posts"))

	close(handler.release)
	got := busy.readResult()
	require.Equal(t, http.StatusOK, got.status)
	require.Contains(t, got.body, "<speak>"+strings.TrimSpace(long)+"</speak>")
	busy.requireClosed()
	idle.requireClosed()
	require.Len(t, env.stopAndRequestLines(), 1) // which has Serve return nil
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

// TestShutdownAnswersWhatIsAccepted sends requests after the service has begun to end: on a connection that it had just
// accepted, on one that has sent half a header, and on one that it had answered on.
func TestShutdownAnswersWhatIsAccepted(t *testing.T) {
	for _, row := range []struct {
		claim  string
		before func(*rawConn, string)
		after  func(*rawConn, string)
		wait   time.Duration
	}{
		{"the first request of a connection", func(*rawConn, string) {}, (*rawConn).write, 2 * time.Second},
		{"the second half of its header", func(c *rawConn, text string) { c.write(text[:20]) }, func(c *rawConn, text string) { c.write(text[20:]) }, 2 * time.Second},
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
			require.True(t, got.closesConn, "it is told to go elsewhere")
			conn.requireClosed()
			require.NoError(t, env.close())
		})
	}
}

// TestShutdownOfTheIdle does not wait for connections that nothing happens on.
func TestShutdownOfTheIdle(t *testing.T) {
	env := newTestEnv(t).open()
	conn := env.dialTLS()
	conn.write(env.rawRequest(requestSpec{}.body()))
	require.Equal(t, http.StatusOK, conn.readResult().status)
	began := time.Now()
	require.NoError(t, env.close())
	require.Less(t, time.Since(began), 5*time.Second) // of the 12 s that requests in flight would have
	conn.requireClosed()
}

// TestAddressIsGivenBack serves twice on one address, as after a restart.
func TestAddressIsGivenBack(t *testing.T) {
	address := freeAddress(t)
	for range 3 {
		env := newTestEnv(t)
		env.server.Address = address
		env.open()
		require.Equal(t, responseBody("Hello.", defaultRequestID), env.sendSigned(requestSpec{}.body()).body)
		require.NoError(t, env.close())
	}
}
