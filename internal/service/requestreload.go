package service

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// RequestReload sends SIGHUP to the service that runs with a data directory, and returns its process id. Nothing is sent
// unless the process holds the lock of the directory on this machine: a process id from a file may belong to another
// program by now. The error says what to run instead.
func RequestReload(dataDir string) (pid int, err error) {
	const remedy = "if the service runs, let it reload the configuration: systemctl reload skill, or send SIGHUP to its process"
	file, err := os.OpenFile(filepath.Join(dataDir, lockFileName), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("no service runs with data_dir %s on this machine; %s", dataDir, remedy)
	}
	if err != nil {
		return 0, fmt.Errorf("the running service is not known: %w; %s", err, remedy)
	}
	defer func() { _ = file.Close() }() // it was only read
	pid, host, err := readLockHolder(file)
	if err != nil {
		return 0, fmt.Errorf("%w; %s", err, remedy)
	}
	if own, _ := os.Hostname(); host != own {
		return 0, fmt.Errorf("the service runs on the host %q: reload it there, for example by a restart of its container", host)
	}
	err = syscall.Kill(pid, 0)
	if err == nil {
		if err = checkLockHolder(pid, file); err != nil {
			return 0, fmt.Errorf("no service runs with data_dir %s: %w; %s", dataDir, err, remedy)
		}
		err = syscall.Kill(pid, syscall.SIGHUP)
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return 0, fmt.Errorf("the service belongs to another user; run this as root: kill -HUP %d", pid)
	case err != nil:
		return 0, fmt.Errorf("no service runs with data_dir %s; %s", dataDir, remedy)
	}
	return pid, nil
}

// readLockHolder reads what writeLockHolder has written.
func readLockHolder(file *os.File) (pid int, host string, err error) {
	content, err := io.ReadAll(io.LimitReader(file, 300))
	if err != nil {
		return 0, "", err
	}
	number, host, _ := strings.Cut(strings.TrimSpace(string(content)), "\n")
	if pid, err = strconv.Atoi(number); err != nil || pid <= 0 {
		return 0, "", fmt.Errorf("%s does not have the process of a running service", file.Name())
	}
	return pid, host, nil
}

// checkLockHolder returns an error unless the process has locked the file. In another container, a process has another id
// than here, even if the host name is the same.
func checkLockHolder(pid int, file *os.File) error {
	err := retryInterrupted(func() error { return syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) })
	if err == nil { // closing the file unlocks it
		return fmt.Errorf("%s is not locked", file.Name())
	}
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return err
	}
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		return nil //nolint:nilerr // this system does not show the files of a process
	}
	locked, err := file.Stat()
	if err != nil {
		return err
	}
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	opened, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range opened {
		if info, err := os.Stat(filepath.Join(folder, entry.Name())); err == nil && os.SameFile(info, locked) {
			return nil
		}
	}
	return fmt.Errorf("process %d does not have %s open", pid, file.Name())
}
