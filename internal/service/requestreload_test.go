package service

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRequestReloadSignalsLockHolder locks a data directory like the service, in this process.
func TestRequestReloadSignalsLockHolder(t *testing.T) {
	dir := t.TempDir()
	received := make(chan os.Signal, 1)
	signal.Notify(received, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(received) })
	lock, err := lockDataDir(dir, syscall.Flock, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	pid, err := RequestReload(dir)
	require.NoError(t, err)
	require.Equal(t, os.Getpid(), pid)
	select {
	case <-received:
	case <-time.After(20 * time.Second):
		require.Fail(t, "no SIGHUP")
	}

	require.NoError(t, lock.release())
	_, err = RequestReload(dir)
	require.ErrorContains(t, err, "serve.lock is not locked; if the service runs, ")
	require.Empty(t, received)
	again, err := lockDataDir(dir, syscall.Flock, slog.New(slog.DiscardHandler))
	require.NoError(t, err, "the question has not kept the lock")
	require.NoError(t, again.release())
}

// TestRequestReloadSignalsNobodyElse has lock files whose process is not the service of this machine.
func TestRequestReloadSignalsNobodyElse(t *testing.T) {
	other := exec.CommandContext(t.Context(), "sleep", "60") // SIGHUP would end it
	require.NoError(t, other.Start())
	ended := make(chan error, 1)
	go func() { ended <- other.Wait() }()
	host, err := os.Hostname()
	require.NoError(t, err)
	gone := exec.CommandContext(t.Context(), "true")
	require.NoError(t, gone.Run())

	for _, row := range []struct{ claim, content, want string }{
		{"of another host", fmt.Sprintf("%d\nskill-6c9\n", other.Process.Pid), `the service runs on the host "skill-6c9": reload it there`},
		{"of a process that has ended", fmt.Sprintf("%d\n%s\n", gone.Process.Pid, host), "no service runs with data_dir"},
		{"of a process that does not have the file", fmt.Sprintf("%d\n%s\n", other.Process.Pid, host), "does not have "},
		{"without a process", "\n", "does not have the process of a running service"},
		{"of a process group", fmt.Sprintf("-%d\n%s\n", other.Process.Pid, host), "does not have the process of a running service"},
		{"of every process", "0\n" + host + "\n", "does not have the process of a running service"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			dir := t.TempDir()
			lock, err := lockDataDir(dir, syscall.Flock, slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, lockFileName), []byte(row.content), 0o600))
			pid, err := RequestReload(dir)
			require.ErrorContains(t, err, row.want)
			require.Zero(t, pid)
			require.NoError(t, lock.release())
		})
	}
	_, err = RequestReload(t.TempDir())
	require.ErrorContains(t, err, "no service runs with data_dir")
	require.ErrorContains(t, err, "systemctl reload skill")
	link := t.TempDir()
	require.NoError(t, os.Symlink("/etc/hostname", filepath.Join(link, lockFileName)))
	_, err = RequestReload(link)
	require.ErrorIs(t, err, syscall.ELOOP)

	select {
	case err := <-ended:
		require.Fail(t, "the other process got a signal", "%v", err)
	case <-time.After(100 * time.Millisecond):
	}
	require.NoError(t, other.Process.Kill())
	require.Error(t, <-ended, "it was killed")
}
