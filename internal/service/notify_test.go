package service

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A supervisor receives the messages of a service, as systemd does.
type supervisor struct {
	t    testing.TB
	conn *net.UnixConn
}

func newSupervisor(t testing.TB, address string) *supervisor {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &supervisor{t, conn}
}

// receive returns the next message, or "" if none arrives before the timeout.
func (s *supervisor) receive(timeout time.Duration) string {
	s.t.Helper()
	require.NoError(s.t, s.conn.SetReadDeadline(time.Now().Add(timeout)))
	buffer := make([]byte, 4096)
	n, err := s.conn.Read(buffer)
	if err != nil {
		require.ErrorIs(s.t, err, os.ErrDeadlineExceeded)
	}
	return string(buffer[:n])
}

// waitFor waits for a message that contains text, and fails the test if none arrives.
func (s *supervisor) waitFor(text string) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if message := s.receive(time.Until(end)); strings.Contains(message, text) {
			return
		}
	}
	require.FailNow(s.t, "message not received: "+text)
}

// TestWatchdogMessagesStopIfServiceHangs makes a healthy service hang in one place. It must report the failed self-check
// and send no more watchdog messages.
func TestWatchdogMessagesStopIfServiceHangs(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) }) // runs after the parallel subtests
	for _, row := range []struct {
		claim string
		spoil func(*hangingService)
	}{
		{"a handler hangs", func(p *hangingService) { p.handle.Store(&hang) }},
		{"the state of the posts cannot be read", func(p *hangingService) { p.feed.Store(&hang) }},
		{"the listener does not accept connections", func(p *hangingService) { p.accept.Store(&hang) }},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			systemd := newSupervisor(t, filepath.Join(t.TempDir(), "notify"))
			p := newHangingService(t, systemd)
			systemd.waitFor("READY=1")
			systemd.waitFor("WATCHDOG=1")
			systemd.waitFor("WATCHDOG=1")
			row.spoil(p)
			systemd.waitFor("STATUS=self-check failed: ")
			require.Empty(t, systemd.receive(3*time.Second), "no message in three watchdog intervals")
		})
	}
}

func TestWatchdogInterval(t *testing.T) {
	own := fmt.Sprint(os.Getpid())
	for _, row := range []struct {
		claim     string
		usec, pid string
		want      time.Duration
	}{
		{"for any process", "30000000", "", 30 * time.Second},
		{"for this process", "30000000", own, 30 * time.Second},
		{"for another process", "30000000", "1", 0},
		{"no watchdog", "", "", 0},
		{"garbage", "soon", "", 0},
		{"zero", "0", "", 0},
	} {
		t.Run(row.claim, func(t *testing.T) {
			systemd := newSupervisor(t, filepath.Join(t.TempDir(), "notify"))
			t.Setenv("NOTIFY_SOCKET", systemd.conn.LocalAddr().String())
			t.Setenv("WATCHDOG_USEC", row.usec)
			t.Setenv("WATCHDOG_PID", row.pid)
			n, err := newNotifier()
			require.NoError(t, err)
			defer func() { require.NoError(t, n.close()) }()
			require.Equal(t, row.want, n.watchdogInterval())
			for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
				_, set := os.LookupEnv(name)
				require.False(t, set, name)
			}
		})
	}
}

func TestRefusesInvalidNotifySocket(t *testing.T) {
	for _, address := range []string{"vsock:2:1234", "notify", filepath.Join(t.TempDir(), "missing")} {
		t.Setenv("NOTIFY_SOCKET", address)
		_, err := newNotifier()
		require.ErrorContains(t, err, "NOTIFY_SOCKET: ")
	}
}
