package login

import (
	"context"
	"errors"
)

// Credentials are the stored result of a sign-in.
type Credentials struct {
	Profile
	RefreshToken string   // "": not signed in
	Scopes       []string // granted; nil: unknown
}

// A CredentialStore keeps Credentials in a folder that only its owner can access.
type CredentialStore struct{ Dir string }

// DefaultDir returns the operator's configuration folder of this program: ~/.config/lastpost, or below XDG_CONFIG_HOME.
func DefaultDir(getenv func(string) (string, bool)) (string, error) {
	return "", errors.New("not built yet")
}

// Path returns the name of the file.
func (s CredentialStore) Path() string { return s.Dir + "/amazon.json" }

// Load returns the stored credentials. Without a file they are empty.
func (s CredentialStore) Load() (Credentials, error) {
	return Credentials{}, errors.New("not built yet")
}

// Save replaces the stored credentials.
func (s CredentialStore) Save(ctx context.Context, c Credentials) error {
	return errors.New("not built yet")
}

// Delete removes the stored credentials. It reports whether there were any.
func (s CredentialStore) Delete(ctx context.Context) (bool, error) {
	return false, errors.New("not built yet")
}
