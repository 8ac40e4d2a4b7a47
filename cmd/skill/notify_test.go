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

// TestSignsOfLifeStop breaks the service in one way each, after it was well.
func TestSignsOfLifeStop(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) }) // after the parallel ones
	for _, row := range []struct {
		claim string
		spoil func(*patient)
	}{
		{"a handler hangs", func(p *patient) { p.handle.Store(&hang) }},
		{"the state of the posts cannot be read", func(p *patient) { p.feed.Store(&hang) }},
		{"the listener accepts no more", func(p *patient) { p.accept.Store(&hang) }},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			systemd := newSupervisor(t, filepath.Join(t.TempDir(), "notify"))
			p := newPatient(t, systemd)
			systemd.until("READY=1")
			systemd.until("WATCHDOG=1")
			systemd.until("WATCHDOG=1")
			row.spoil(p)
			systemd.until("STATUS=does not answer itself: ")
			require.Empty(t, systemd.hear(3*time.Second), "no sign of life for three times as long as it may take")
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
		{"for whoever is asked", "30000000", "", 30 * time.Second},
		{"for this process", "30000000", own, 30 * time.Second},
		{"for another process", "30000000", "1", 0},
		{"none", "", "", 0},
		{"garbage", "soon", "", 0},
		{"zero", "0", "", 0},
	} {
		t.Run(row.claim, func(t *testing.T) {
			vars := map[string]string{"WATCHDOG_USEC": row.usec, "WATCHDOG_PID": row.pid}
			require.Equal(t, row.want, watchdogInterval(func(name string) (string, bool) { return vars[name], vars[name] != "" }))
		})
	}
}

func TestNotifySocketThatIsNone(t *testing.T) {
	for _, address := range []string{"vsock:2:1234", "notify", filepath.Join(t.TempDir(), "nobody")} {
		_, err := newNotifier(func(string) (string, bool) { return address, true })
		require.ErrorContains(t, err, "NOTIFY_SOCKET: ")
	}
}
