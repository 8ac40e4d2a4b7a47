package service

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecondServiceIsRefused(t *testing.T) {
	dir := t.TempDir()
	discard := slog.New(slog.DiscardHandler)
	first, err := lockDataDir(dir, syscall.Flock, discard)
	require.NoError(t, err)
	for _, row := range []struct{ claim, content, holder string }{
		{"with the process id", "", fmt.Sprintf("process %d", os.Getpid())},
		{"of another host", "1\nskill-6c9\n", `process 1 on the host "skill-6c9"`},
		{"without a process id", "\n", "another process"},
		{"with a negative process id", "-1\n", "another process"},
		{"with a forged process id", "1 is gone\n\x1b[31m\n", `another process on the host "\x1b[31m"`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			if row.content != "" {
				require.NoError(t, os.WriteFile(filepath.Join(dir, lockFileName), []byte(row.content), 0o600))
			}
			_, err := lockDataDir(dir, syscall.Flock, discard)
			require.EqualError(t, err, "data_dir "+dir+" is in use by "+row.holder+
				", which runs the service with it; stop that process, or set data_dir to another folder")
		})
	}
	require.NoError(t, first.release())
	second, err := lockDataDir(dir, syscall.Flock, discard)
	require.NoError(t, err, "after the first has ended")
	require.NoError(t, second.release())
}

// TestMissingLocksAreAWarning has data directories that cannot be locked. The service must start and say so.
func TestMissingLocksAreAWarning(t *testing.T) {
	noLocks := func(err error) flockFunc { return func(int, int) error { return err } }
	for _, row := range []struct {
		claim   string
		flock   flockFunc
		prepare func(file string) error
		reason  string
	}{
		{"a file system without locks", noLocks(syscall.ENOLCK), nil, "no locks available"},
		{"a file system that does not know the call", noLocks(syscall.ENOSYS), nil, "function not implemented"},
		{"a lock server that does not answer", noLocks(syscall.EIO), nil, "input/output error"},
		{"a link with the name of the lock, and no locks", noLocks(syscall.ENOLCK), func(file string) error { return os.Symlink("/dev/null", file) }, "too many levels of symbolic links"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			dir := t.TempDir()
			if row.prepare != nil {
				require.NoError(t, row.prepare(filepath.Join(dir, lockFileName)))
			}
			var log bytes.Buffer
			lock, err := lockDataDir(dir, row.flock, slog.New(slog.NewTextHandler(&log, nil)))
			require.NoError(t, err)
			require.NoError(t, lock.release())
			require.Contains(t, log.String(), "level=WARN msg=\"data_dir is not locked")
			require.Contains(t, log.String(), row.reason)
			require.Contains(t, log.String(), "remedy=\"set data_dir to a folder on a local disk")
		})
	}
}

// TestLockSurvivesSignals interrupts the system call, as a SIGHUP during the start can do.
func TestLockSurvivesSignals(t *testing.T) {
	calls := 0
	lock, err := lockDataDir(t.TempDir(), func(fd, how int) error {
		if calls++; calls < 3 {
			return syscall.EINTR
		}
		return syscall.Flock(fd, how)
	}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, lock.release())
	require.Equal(t, 4, calls, "one for the file")
}

// TestFolderKeepsLock changes the lock's file as a person or an attacker could. The folder itself is still locked.
func TestFolderKeepsLock(t *testing.T) {
	t.Run("the file is deleted while the service runs", func(t *testing.T) {
		dir := t.TempDir()
		first, err := lockDataDir(dir, syscall.Flock, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.NoError(t, os.Remove(filepath.Join(dir, lockFileName)))
		_, err = lockDataDir(dir, syscall.Flock, slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, "in use by another process")
		require.NoError(t, first.release())
	})
	for name, create := range map[string]func(string) error{
		"a folder":   func(file string) error { return os.Mkdir(file, 0o700) },
		"a bad link": func(file string) error { return os.Symlink("/dev/null", file) },
	} {
		t.Run(name+" has the file's name", func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, create(filepath.Join(dir, lockFileName)))
			var log bytes.Buffer
			first, err := lockDataDir(dir, syscall.Flock, slog.New(slog.NewTextHandler(&log, nil)))
			require.NoError(t, err)
			require.NotContains(t, log.String(), "not locked")
			require.Contains(t, log.String(), "remedy=\"delete the file and restart the service\"")
			_, err = lockDataDir(dir, syscall.Flock, slog.New(slog.DiscardHandler))
			require.ErrorContains(t, err, "in use by")
			require.NoError(t, first.release())
		})
	}
	t.Run("a file system that can lock files only", func(t *testing.T) {
		dir := t.TempDir()
		filesOnly := func(fd, how int) error {
			var stat syscall.Stat_t
			if err := syscall.Fstat(fd, &stat); err != nil || stat.Mode&syscall.S_IFMT == syscall.S_IFDIR {
				return syscall.EBADF
			}
			return syscall.Flock(fd, how)
		}
		var log bytes.Buffer
		first, err := lockDataDir(dir, filesOnly, slog.New(slog.NewTextHandler(&log, nil)))
		require.NoError(t, err)
		require.Empty(t, log.String(), "the file's lock is enough")
		_, err = lockDataDir(dir, filesOnly, slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, fmt.Sprintf("in use by process %d, ", os.Getpid()))
		require.NoError(t, first.release())
	})
}
