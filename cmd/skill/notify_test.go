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
type supervisor struct {
	t    testing.TB
	conn *net.UnixConn
	env  string
}

func newSupervisor(t testing.TB, address string) *supervisor {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &supervisor{t, conn, "NOTIFY_SOCKET=" + address}
}

// hear gives the next message, and "" where none comes in time.
func (s *supervisor) hear(patience time.Duration) string {
	s.t.Helper()
	require.NoError(s.t, s.conn.SetReadDeadline(time.Now().Add(patience)))
	buffer := make([]byte, 4096)
	n, err := s.conn.Read(buffer)
	if err != nil {
		require.ErrorIs(s.t, err, os.ErrDeadlineExceeded)
	}
	return string(buffer[:n])
}

// until gives the first message with a text, and fails where none comes.
func (s *supervisor) until(text string) string {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if heard := s.hear(time.Until(end)); strings.Contains(heard, text) {
			return heard
		}
	}
	require.FailNow(s.t, "not heard: "+text)
	return ""
}

// TestSystemdIsTold follows a service from its start to its end, on a socket in a folder and on an abstract one.
func TestSystemdIsTold(t *testing.T) {
	t.Parallel()
	for claim, address := range map[string]string{
		"a socket in a folder": filepath.Join(t.TempDir(), "notify"),
		"an abstract socket":   fmt.Sprintf("@lastpost-%d", os.Getpid()),
	} {
		t.Run(claim, func(t *testing.T) {
			r := newRig(t, "{mode: self-signed}")
			systemd := newSupervisor(t, address)
			r.env = append(r.env, systemd.env, "WATCHDOG_USEC=400000")
			r.start()
			require.Regexp(t, `^READY=1\nSTATUS=1 skill, \d+ posts$`, systemd.hear(20*time.Second), "nothing comes before it is ready")
			systemd.until("WATCHDOG=1")
			systemd.until("WATCHDOG=1")
			r.ready()
			r.hangUp()
			require.Regexp(t, `^RELOADING=1\nMONOTONIC_USEC=\d+$`, systemd.until("RELOADING"))
			require.Equal(t, "READY=1\nSTATUS=1 skill, 10 posts", systemd.until("READY"))
			require.NoError(t, os.WriteFile(filepath.Join(r.dir, "skill.yaml"), []byte("listne: x\n"), 0o600))
			r.hangUp()
			require.Contains(t, systemd.until("READY"), `STATUS=1 skill, 10 posts; configuration not reloaded: `+r.dir+`/skill.yaml:1: listne: `)

			require.NoError(t, r.process.Process.Signal(syscall.SIGTERM))
			require.Contains(t, systemd.until("STOPPING"), "STOPPING=1\nSTATUS=ending")
			_ = r.process.Wait()
			require.Equal(t, 0, r.process.ProcessState.ExitCode())
			require.Empty(t, r.log.of("request"), "what it asks itself is not in the log")
		})
	}
}

// TestFeedIsNoReasonToDie has a feed that is down, which a restart does not mend.
func TestFeedIsNoReasonToDie(t *testing.T) {
	t.Parallel()
	r := newRig(t, "{mode: off}")
	r.feed.set(http.NotFound)
	systemd := newSupervisor(t, filepath.Join(r.dir, "notify"))
	r.env = append(r.env, systemd.env, "WATCHDOG_USEC=400000")
	r.start()
	systemd.until("READY=1")
	r.log.wait(t, feedFailed)
	require.Contains(t, systemd.until("; halfelf: "), "STATUS=1 skill, 0 posts; halfelf: ")
	for range 3 {
		systemd.until("WATCHDOG=1")
	}
}
