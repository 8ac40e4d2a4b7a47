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

// An storage is a folder of certmagic's, with locks that the system frees when their holder dies: those of
// certmagic's own would keep a process that was killed from starting anew for a while, and a goroutine each alive.
type storage struct {
	*certmagic.FileStorage

	mu   sync.Mutex
	held map[string]*os.File
}

// lockRetryInterval is how often a lock that somebody else has is tried again.
const lockRetryInterval = 250 * time.Millisecond

func newStorage(dir string) *storage {
	return &storage{FileStorage: &certmagic.FileStorage{Path: dir}, held: map[string]*os.File{}}
}

// Lock waits for the lock of that name.
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

// TryLock takes the lock of that name where nobody has it, in this process or in another one.
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
	if !isSameFile(f, file) { // whoever had it has removed the file in between, and another may lie there
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

// Unlock gives the lock free. The file goes first, so that whoever is given it next finds that it is gone.
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

// waitUnlocked waits until no lock is held, and so nothing is under way with the CA, or for that long.
func (s *storage) waitUnlocked(limit time.Duration) {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		held := len(s.held)
		s.mu.Unlock()
		if held == 0 {
			return
		}
	}
}

// accountEmail is the email by which certmagic knows the account to use: that of the account which there is with this CA, if
// any, whatever the configuration says by now. An account keeps its name, since a CA renews a certificate for nobody but
// the account that has asked for it (RFC 9773, section 5), and certmagic would make another one for another email.
func (a *Manager) accountEmail() string {
	const defaultUser = "default" // certmagic's folder of an account without an email
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
