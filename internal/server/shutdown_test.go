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
	w := newWorld(t)
	office := newOffice()
	long := strings.Repeat("word ", 1000)
	office.response = &alexa.Response{Speech: alexa.Say(long)}
	w.server.Skills[0].Handler = office
	w.open()
	busy := office.occupy(w, "slow", 1)[0]
	idle := w.dial()
	require.Equal(t, certificateLine(w)+"halfelf: ready, 3 posts\n", w.private("/readyz").body)

	w.cancel()
	require.Eventually(t, w.refuses, patience, time.Millisecond)
	draining := w.private("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, draining.status)
	require.Equal(t, "not ready: the service is ending\n"+certificateLine(w)+"halfelf: ready, 3 posts\n", draining.body)
	require.Equal(t, "ok\n", w.private("/healthz").body, "it lives to its end")
	require.NotEmpty(t, w.samples("lastpost_feed_posts"))

	close(office.release)
	got := busy.read()
	require.Equal(t, http.StatusOK, got.status)
	require.Contains(t, got.body, "<speak>"+strings.TrimSpace(long)+"</speak>")
	busy.ended()
	idle.ended()
	require.Len(t, w.requests(), 1) // which has Serve return nil
	_, err := net.Dial("tcp", w.server.PrivateAddr().String())
	require.Error(t, err)
}

// refuses reports whether a new connection to the public listener is refused.
func (w *world) refuses() bool {
	conn, err := net.Dial("tcp", w.server.Addr().String())
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
		before func(*wire, string)
		after  func(*wire, string)
		wait   time.Duration
	}{
		{"the first request of a connection", func(*wire, string) {}, (*wire).send, 2 * time.Second},
		{"the second half of its header", func(c *wire, text string) { c.send(text[:20]) }, func(c *wire, text string) { c.send(text[20:]) }, 2 * time.Second},
		{"another request on a connection", func(c *wire, text string) { c.send(text); c.read() }, (*wire).send, 700 * time.Millisecond},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).open()
			text := w.wire(ask{}.body())
			conn := w.dial()
			row.before(conn, text)
			w.cancel()
			require.Eventually(t, w.refuses, patience, time.Millisecond)
			time.Sleep(row.wait)
			row.after(conn, text)
			got := conn.read()
			require.Equal(t, http.StatusOK, got.status)
			require.True(t, got.last, "it is told to go elsewhere")
			conn.ended()
			require.NoError(t, w.close())
		})
	}
}

// TestShutdownOfTheIdle does not wait for connections that nothing happens on.
func TestShutdownOfTheIdle(t *testing.T) {
	w := newWorld(t).open()
	conn := w.dial()
	conn.send(w.wire(ask{}.body()))
	require.Equal(t, http.StatusOK, conn.read().status)
	began := time.Now()
	require.NoError(t, w.close())
	require.Less(t, time.Since(began), 5*time.Second) // of the 12 s that requests in flight would have
	conn.ended()
}

// TestAddressIsGivenBack serves twice on one address, as after a restart.
func TestAddressIsGivenBack(t *testing.T) {
	address := freeAddress(t)
	for range 3 {
		w := newWorld(t)
		w.server.Address = address
		w.open()
		require.Equal(t, said("Hello.", usualID), w.post(ask{}.body()).body)
		require.NoError(t, w.close())
	}
}
