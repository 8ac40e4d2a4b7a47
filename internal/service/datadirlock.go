package service

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// lockFileName is the file in data_dir that a running service locks. It contains the process id and the host name.
const lockFileName = "serve.lock"

// A dataDirLock stops a second service from using the same data_dir. Two services would write to one archive, request
// certificates twice, and lose each other's visits. The kernel releases the lock when the process ends, even after kill -9.
// Other commands do not take the lock, because the archive allows several processes.
//
// It locks the file and the directory. The directory keeps the lock if someone deletes the file while the process runs. Some
// network file systems can lock the file only.
type dataDirLock struct{ file, folder *os.File }

// flockFunc is flock(2).
type flockFunc func(fd, how int) error

// lockDataDir locks dir. If another process holds the lock, it returns an error with the process. Other faults, such as a file
// system without locks, are logged and do not stop the service: it worked there before.
func lockDataDir(dir string, flock flockFunc, log *slog.Logger) (*dataDirLock, error) {
	path := filepath.Join(dir, lockFileName)
	folder, err := lockFolder(dir, flock)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, describeLockHolder(dir, path)
	}
	// O_NOFOLLOW: in a folder that others can write, a link would let them choose the file that is overwritten here.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		if folder == nil {
			warnUnlocked(log, dir, err)
		} else {
			log.Warn("process id not written: a second service is refused without it", "file", path, "error", err.Error(),
				"remedy", "delete the file and restart the service")
		}
		return &dataDirLock{folder: folder}, nil
	}
	err = retryInterrupted(func() error { return flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) })
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(describeLockHolder(dir, path), (&dataDirLock{file, folder}).release())
	case err != nil:
		if folder == nil {
			warnUnlocked(log, dir, err)
		}
		return &dataDirLock{folder: folder}, file.Close()
	}
	if err := writeLockHolder(file); err != nil {
		log.Warn("process id not written: a second service is refused without it", "file", path, "error", err.Error())
	}
	return &dataDirLock{file, folder}, nil
}

// lockFolder locks the directory itself. A nil file means that it is not locked.
func lockFolder(dir string, flock flockFunc) (*os.File, error) {
	folder, err := os.Open(cmp.Or(dir, "."))
	if err != nil {
		return nil, err
	}
	if err := retryInterrupted(func() error { return flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }); err != nil {
		_ = folder.Close() // it was only read
		return nil, err
	}
	return folder, nil
}

// retryInterrupted repeats a system call that a signal has interrupted, for example a SIGHUP during the start.
func retryInterrupted(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func warnUnlocked(log *slog.Logger, dir string, err error) {
	log.Warn("data_dir is not locked: a second service with the same data_dir would not be noticed", "data_dir", dir,
		"error", err.Error(), "remedy", "set data_dir to a folder on a local disk that this user can write to, and start one service")
}

// writeLockHolder writes the process id and the host name. In containers the process id is often 1, and the host name differs.
func writeLockHolder(file *os.File) error {
	host, _ := os.Hostname() // unknown: ""
	return errors.Join(file.Truncate(0), func() error {
		_, err := file.WriteAt([]byte(fmt.Sprintf("%d\n%s\n", os.Getpid(), host)), 0)
		return err
	}())
}

// describeLockHolder returns the error for a second service. The file's content may be missing: the other process has perhaps
// just started, or its disk is full.
func describeLockHolder(dir, path string) error {
	content, _ := os.ReadFile(path)
	text, host, _ := strings.Cut(strings.TrimSpace(string(content[:min(len(content), 300)])), "\n")
	holder := "another process"
	if pid, err := strconv.Atoi(text); err == nil && pid > 0 {
		holder = "process " + strconv.Itoa(pid)
	}
	if own, _ := os.Hostname(); host != "" && host != own {
		holder += fmt.Sprintf(" on the host %q", host)
	}
	return fmt.Errorf("data_dir %s is in use by %s, which runs the service with it; stop that process, or set data_dir to another folder",
		cmp.Or(dir, "."), holder)
}

// release unlocks the directory. The file remains, because its removal would let two later processes lock two files.
func (l *dataDirLock) release() error {
	if l == nil {
		return nil
	}
	var errs []error
	for _, locked := range []*os.File{l.file, l.folder} {
		if locked != nil {
			errs = append(errs, locked.Close())
		}
	}
	return errors.Join(errs...)
}
