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

// A stallingListener accepts connections whose clients seem to stop reading after a few KiB.
type stallingListener struct{ net.Listener }

func (l stallingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &stalledConn{Conn: conn}, err
}

// A stalledConn is a connection whose writes block until the write deadline after the first 8 KiB, as with full buffers.
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

// TestShutdownWithSlowestClient stops the server with the slowest allowed client, which has just connected, sends its
// request late, and does not read the answer. The shutdown must succeed.
func TestShutdownWithSlowestClient(t *testing.T) {
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
	require.Greater(t, time.Since(began), 10*time.Second, "the client has the usual time to read")
	require.Less(t, time.Since(began), 12*time.Second, "the client does not get more time")
	require.Len(t, env.stopAndRequestLines(), 1)
}

// TestStopTimeoutsExceedDrainTimeout checks that the stop timeouts in the deployment files are longer than DrainTimeout,
// and that the comments on them state DrainTimeout.
func TestStopTimeoutsExceedDrainTimeout(t *testing.T) {
	timeInComment := regexp.MustCompile(`(?:in flight, for at most|waits up to) (\d+) s`)
	for _, row := range []struct {
		file, killed string
		before       time.Duration // time until the process gets its signal
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
			const toClose = 5 * time.Second // time for the service to close its files
			require.Greater(t, secondsIn(t, regexp.MustCompile(row.killed), content), row.before+server.DrainTimeout+toClose)
			require.Equal(t, server.DrainTimeout, secondsIn(t, timeInComment, content), "the time in the comment")
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
