package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"lastpost/internal/durable"
)

// Credentials are the stored result of a sign-in.
type Credentials struct {
	Profile
	RefreshToken string   `json:"refresh_token,omitempty"` // "": not signed in
	Scopes       []string `json:"scopes,omitempty"`        // granted; nil: unknown
}

// A CredentialStore keeps Credentials in a folder that only its owner can access. Two processes can use it at the same time.
type CredentialStore struct{ Dir string }

const (
	storeFile     = "amazon.json"
	storeLock     = "amazon.lock" // stays, because the removal of a locked file would permit two locks
	maxStoredSize = 64 << 10
	lockPause     = 50 * time.Millisecond
)

// DefaultDir returns the operator's configuration folder of this program: ~/.config/lastpost, or lastpost below
// XDG_CONFIG_HOME.
func DefaultDir(getenv func(string) (string, bool)) (string, error) {
	if dir, _ := getenv("XDG_CONFIG_HOME"); dir != "" {
		if !filepath.IsAbs(dir) {
			return "", fmt.Errorf("XDG_CONFIG_HOME is %q. Set an absolute path", dir)
		}
		return filepath.Join(dir, "lastpost"), nil
	}
	home, _ := getenv("HOME")
	if !filepath.IsAbs(home) {
		return "", errors.New("find the configuration folder: HOME is not an absolute path. Set HOME or XDG_CONFIG_HOME")
	}
	return filepath.Join(home, ".config", "lastpost"), nil
}

// Path returns the name of the file.
func (s CredentialStore) Path() string { return filepath.Join(s.Dir, storeFile) }

// Load returns the stored credentials. Without a file they are empty. Load refuses a file or a folder that other users can
// access, because the file's secrets permit changes of every skill of the account.
func (s CredentialStore) Load() (Credentials, error) {
	if s.Dir == "" {
		return Credentials{}, nil
	}
	content, err := s.read()
	if errors.Is(err, fs.ErrNotExist) {
		return Credentials{}, nil
	}
	if err != nil {
		return Credentials{}, err
	}
	var c Credentials
	if json.Unmarshal(content, &c) != nil { // the error could show a part of a secret
		return Credentials{}, fmt.Errorf("%s is damaged. Delete it and sign in again", s.Path())
	}
	return c, nil
}

func (s CredentialStore) read() ([]byte, error) {
	file, err := os.OpenFile(s.Path(), os.O_RDONLY|syscall.O_NONBLOCK, 0) // the open of a named pipe would wait
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	folder, err := os.Stat(s.Dir)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkAccess(s.Path(), info, 0o077, "600"), checkAccess(s.Dir, folder, 0o022, "700")); err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxStoredSize {
		return nil, fmt.Errorf("%s is not a file that this command wrote. Delete it and sign in again", s.Path())
	}
	return io.ReadAll(io.LimitReader(file, maxStoredSize))
}

// checkAccess refuses a file that other users can access, and one of another user: this process would replace it by a file
// that its owner cannot read.
func checkAccess(name string, info fs.FileInfo, refused fs.FileMode, mode string) error {
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to the user with the id %d. Run the command as that user", name, owner.Uid)
	}
	if info.Mode().Perm()&refused != 0 {
		return fmt.Errorf("other users of this machine can access %s (mode %04o). Run: chmod %s %s",
			name, info.Mode().Perm(), mode, name)
	}
	return nil
}

// Save replaces the stored credentials.
func (s CredentialStore) Save(ctx context.Context, c Credentials) error {
	return s.locked(ctx, func() error { return s.write(c) })
}

// write replaces the file. The caller has the lock.
func (s CredentialStore) write(c Credentials) error {
	content, err := json.MarshalIndent(c, "", "\t")
	if err != nil {
		return err
	}
	return durable.Replace(s.Path(), append(content, '\n'), 0o600)
}

// Delete removes the stored credentials and reports whether there were any.
func (s CredentialStore) Delete(ctx context.Context) (deleted bool, err error) {
	if _, err := os.Stat(s.Dir); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	err = s.locked(ctx, func() error {
		err := os.Remove(s.Path())
		deleted = err == nil
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return errors.Join(err, durable.SyncDir(s.Dir))
	})
	return deleted, err
}

// locked calls use while no other process writes to the folder or renews the token. Before that it removes files that a killed
// process left, because they can have secrets.
func (s CredentialStore) locked(ctx context.Context, use func() error) (err error) {
	if s.Dir == "" {
		return errors.New("store the sign-in: no folder is given")
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(s.Dir, 0o700); err != nil { //nolint:gosec // a folder
		return err
	}
	file, err := os.OpenFile(filepath.Join(s.Dir, storeLock), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }() // this also releases the lock
	if err := lockFile(ctx, file); err != nil {
		return fmt.Errorf("lock %s: %w", file.Name(), err)
	}
	if err := durable.RemoveTemporary(s.Dir); err != nil {
		return err
	}
	return use()
}

// lockFile waits for the lock. A file system without locks is accepted: there, two processes at the same time are not safe.
func lockFile(ctx context.Context, file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil, errors.Is(err, syscall.ENOLCK), errors.Is(err, errors.ErrUnsupported):
			return nil
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			return err
		}
		if err := pause(ctx, lockPause); err != nil {
			return err
		}
	}
}

// pause waits for a duration or the end of the context.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
