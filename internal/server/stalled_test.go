package server_test

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

// A stalling listener has clients that read some KiB and then no more.
type stallingListener struct{ net.Listener }

func (l stallingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &stalledConn{Conn: conn}, err
}

// A stalled connection is one whose buffers are full.
type stalledConn struct {
	net.Conn
	written  int
	deadline atomic.Pointer[time.Time]
}

func (c *stalledConn) Write(text []byte) (int, error) {
	if c.written += len(text); c.written < 8<<10 {
		return c.Conn.Write(text)
	}
	time.Sleep(time.Until(*c.deadline.Load()))
	return 0, os.ErrDeadlineExceeded
}

func (c *stalledConn) SetWriteDeadline(at time.Time) error {
	c.deadline.Store(&at)
	return c.Conn.SetWriteDeadline(at)
}

// TestShutdownOfTheSlowest ends the service while the slowest client is there that the limits allow: it has just been
// accepted, takes nearly all of its time to ask, and then does not read the answer. That is no failure.
func TestShutdownOfTheSlowest(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	env := newTestEnv(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	env.server.Listener = stallingListener{listener}
	env.server.Skills[0].Handler = respondWithAttribute("long", strings.Repeat("x", 20<<10))
	env.open()
	conn := env.dialTLS()
	text := env.rawRequest(requestSpec{}.body())
	env.cancel()
	began := time.Now()
	require.Eventually(t, env.refusesConnections, testTimeout, time.Millisecond)
	time.Sleep(2700 * time.Millisecond)
	conn.write(text)
	require.NoError(t, env.close())
	require.Greater(t, time.Since(began), 10*time.Second, "it was let read for as long as others")
	require.Less(t, time.Since(began), 12*time.Second, "and no longer")
	require.Len(t, env.stopAndRequestLines(), 1)
}

// TestEndsBeforeItIsKilled holds what is deployed to what the service may take to end, and what is said there of it.
func TestEndsBeforeItIsKilled(t *testing.T) {
	said := regexp.MustCompile(`what is in flight,? (?:for )?(\d+) s at the most`)
	for _, row := range []struct {
		file, killed string
		before       time.Duration // passes until it hears of its end
	}{
		{"deploy/systemd/skill.service", `(?m)^TimeoutStopSec=(\d+)s$`, 0},
		{"deploy/systemd/socket-activated/skill.service", `(?m)^TimeoutStopSec=(\d+)s$`, 0},
		{"deploy/docker/compose.yaml", `stop_grace_period: (\d+)s\n`, 0},
		{"deploy/kubernetes/deployment.yaml", `terminationGracePeriodSeconds: (\d+)\n`, 5 * time.Second}, // preStop
		{".ci/container", `podman stop --time (\d+) `, 0},
	} {
		t.Run(row.file, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(row.file)))
			require.NoError(t, err)
			const toClose = 5 * time.Second // its files
			require.Greater(t, secondsIn(t, regexp.MustCompile(row.killed), content), row.before+server.DrainTimeout+toClose)
			require.Equal(t, server.DrainTimeout, secondsIn(t, said, content), "what is said there")
		})
	}
}

func secondsIn(t *testing.T, pattern *regexp.Regexp, text []byte) time.Duration {
	t.Helper()
	found := pattern.FindSubmatch(text)
	require.NotNil(t, found)
	seconds, err := strconv.Atoi(string(found[1]))
	require.NoError(t, err)
	return time.Duration(seconds) * time.Second
}
