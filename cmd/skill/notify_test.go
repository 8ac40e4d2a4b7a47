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

// A supervisor hears what a service tells, as systemd does.
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

// receive gives the next message, and "" where none comes in time.
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

// waitFor gives the first message with a text, and fails where none comes.
func (s *systemdSocket) waitFor(text string) string {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if heard := s.receive(time.Until(end)); strings.Contains(heard, text) {
			return heard
		}
	}
	require.FailNow(s.t, "not heard: "+text)
	return ""
}

// TestNotifiesSystemd follows a service from its start to its end, on a socket in a folder and on an abstract one.
func TestNotifiesSystemd(t *testing.T) {
	t.Parallel()
	for claim, address := range map[string]string{
		"a socket in a folder": filepath.Join(t.TempDir(), "notify"),
		"an abstract socket":   fmt.Sprintf("@lastpost-%d", os.Getpid()),
	} {
		t.Run(claim, func(t *testing.T) {
			h := newHarness(t, "{mode: self-signed}")
			systemd := listenForSystemd(t, address)
			h.env = append(h.env, systemd.env, "WATCHDOG_USEC=400000")
			h.startAndWait()
			require.Regexp(t, `^READY=1\nSTATUS=1 skill, \d+ posts$`, systemd.receive(20*time.Second), "nothing comes before it is ready")
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
			require.Empty(t, h.log.withMessage("request"), "what it asks itself is not in the log")
		})
	}
}

// TestFeedFailureKeepsService has a feed that is down, which a restart does not mend.
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
