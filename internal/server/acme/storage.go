package acme

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/caddyserver/certmagic"
)

// A storage is certmagic's file storage with locks of the operating system. The system releases these locks when the process
// dies. certmagic's own locks would delay the restart of a killed process, and each would need a goroutine.
type storage struct {
	*certmagic.FileStorage

	mu   sync.Mutex
	held map[string]*os.File
}

// lockRetryInterval is the time between two attempts to get a lock.
const lockRetryInterval = 250 * time.Millisecond

func newStorage(dir string) *storage {
	return &storage{FileStorage: &certmagic.FileStorage{Path: dir}, held: map[string]*os.File{}}
}

// Lock waits for the lock with this name.
func (s *storage) Lock(ctx context.Context, name string) error {
	for {
		if ok, err := s.TryLock(ctx, name); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockRetryInterval):
		}
	}
}

// TryLock takes the lock with this name if it is free, in this process and in all others.
func (s *storage) TryLock(_ context.Context, name string) (bool, error) {
	file := s.lockFile(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return false, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return false, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, f.Close()
	}
	if err != nil {
		return false, errors.Join(err, f.Close())
	}
	if !isSameFile(f, file) { // the last holder has removed f meanwhile, and another file may have its name
		return false, f.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[name] = f
	return true, nil
}

func isSameFile(f *os.File, name string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	current, err := os.Stat(name)
	return err == nil && os.SameFile(opened, current)
}

// Unlock releases the lock. It removes the file before it releases the lock, so that the next holder can detect the removal.
func (s *storage) Unlock(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.held[name]
	if f == nil {
		return errors.New("unlock " + name + ": it is not locked")
	}
	delete(s.held, name)
	return errors.Join(os.Remove(s.lockFile(name)), f.Close())
}

func (s *storage) lockFile(name string) string {
	return filepath.Join(s.Path, "locks", certmagic.StorageKeys.Safe(name)+".lock")
}

// waitUntilUnlocked waits until all locks are released, which means that no request to the CA is running. It waits at most
// for the time limit.
func (s *storage) waitUntilUnlocked(limit time.Duration) {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		held := len(s.held)
		s.mu.Unlock()
		if held == 0 {
			return
		}
	}
}

// accountEmail returns the email by which certmagic selects the account. If an account with this CA exists, accountEmail
// returns the account's email, even if the configured email has changed. certmagic would create another account for another
// email, and a CA renews a certificate only for the account that ordered it (RFC 9773, section 5).
func (a *Manager) accountEmail() string {
	const defaultUser = "default" // certmagic's folder for an account without an email
	wanted := certmagic.StorageKeys.Safe(cmp.Or(a.Email, defaultUser))
	issuer := certmagic.ACMEIssuer{CA: cmp.Or(a.Directory, certmagic.LetsEncryptProductionCA)}
	users, err := os.ReadDir(filepath.Join(a.Dir, "acme", certmagic.StorageKeys.Safe(issuer.IssuerKey()), "users"))
	if err != nil || len(users) == 0 {
		return a.Email
	}
	var newest string
	var newestTime time.Time
	for _, user := range users {
		info, err := user.Info()
		if err != nil || !user.IsDir() {
			continue
		}
		if user.Name() == wanted {
			return a.Email
		}
		if newest == "" || info.ModTime().After(newestTime) {
			newest, newestTime = user.Name(), info.ModTime()
		}
	}
	switch newest {
	case "":
		return a.Email
	case defaultUser:
		return ""
	}
	return newest
}
