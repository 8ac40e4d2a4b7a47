package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A systemdSocket receives a service's notifications, as systemd does.
type systemdSocket struct {
	t    testing.TB
	conn *net.UnixConn
	env  string
}

func listenForSystemd(t testing.TB, address string) *systemdSocket {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &systemdSocket{t, conn, "NOTIFY_SOCKET=" + address}
}

// receive returns the next message, or "" after timeout.
func (s *systemdSocket) receive(timeout time.Duration) string {
	s.t.Helper()
	require.NoError(s.t, s.conn.SetReadDeadline(time.Now().Add(timeout)))
	buffer := make([]byte, 4096)
	n, err := s.conn.Read(buffer)
	if err != nil {
		require.ErrorIs(s.t, err, os.ErrDeadlineExceeded)
	}
	return string(buffer[:n])
}

// waitFor returns the first message that contains text. It fails after 20 s.
func (s *systemdSocket) waitFor(text string) string {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if message := s.receive(time.Until(end)); strings.Contains(message, text) {
			return message
		}
	}
	require.FailNow(s.t, "no message contains "+text)
	return ""
}

// TestNotifiesSystemd checks the notifications from the start to the end, through a socket file and an abstract socket.
func TestNotifiesSystemd(t *testing.T) {
	t.Parallel()
	for claim, address := range map[string]string{
		"a socket file":      filepath.Join(t.TempDir(), "notify"),
		"an abstract socket": fmt.Sprintf("@lastpost-%d", os.Getpid()),
	} {
		t.Run(claim, func(t *testing.T) {
			h := newHarness(t, "{mode: self-signed}")
			systemd := listenForSystemd(t, address)
			h.env = append(h.env, systemd.env, "WATCHDOG_USEC=400000")
			h.startAndWait()
			require.Regexp(t, `^READY=1\nSTATUS=1 skill, \d+ posts$`, systemd.receive(20*time.Second), "the first message is READY")
			systemd.waitFor("WATCHDOG=1")
			systemd.waitFor("WATCHDOG=1")
			h.waitUntilReady()
			h.sendHUP()
			require.Regexp(t, `^RELOADING=1\nMONOTONIC_USEC=\d+$`, systemd.waitFor("RELOADING"))
			require.Equal(t, "READY=1\nSTATUS=1 skill, 10 posts", systemd.waitFor("READY"))
			require.NoError(t, os.WriteFile(filepath.Join(h.dir, "skill.yaml"), []byte("listne: x\n"), 0o600))
			h.sendHUP()
			require.Contains(t, systemd.waitFor("READY"), `STATUS=1 skill, 10 posts; configuration reload failed: `+h.dir+`/skill.yaml:1: listne: `)

			require.NoError(t, h.process.Process.Signal(syscall.SIGTERM))
			require.Contains(t, systemd.waitFor("STOPPING"), "STOPPING=1\nSTATUS=stopping")
			_ = h.process.Wait()
			require.Equal(t, 0, h.process.ProcessState.ExitCode())
			require.Empty(t, h.log.withMessage("request"), "self-check requests are not logged")
		})
	}
}

// TestFeedFailureKeepsService serves a feed that is down. The watchdog must stay alive: a restart would not fix the feed.
func TestFeedFailureKeepsService(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	h.feed.setHandler(http.NotFound)
	systemd := listenForSystemd(t, filepath.Join(h.dir, "notify"))
	h.env = append(h.env, systemd.env, "WATCHDOG_USEC=400000")
	h.startAndWait()
	systemd.waitFor("READY=1")
	h.log.waitFor(t, feedFailedMessage)
	require.Contains(t, systemd.waitFor("; halfelf: "), "STATUS=1 skill, 0 posts; halfelf: ")
	for range 3 {
		systemd.waitFor("WATCHDOG=1")
	}
}
