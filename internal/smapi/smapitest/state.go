package smapitest

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"time"
)

// state is what the fake knows. The lock of Amazon guards it.
type state struct {
	offset  time.Duration // of the fake's clock
	vendors []Vendor

	secrets  []string
	requests []Call
	faults   []*Fault

	roots  *x509.CertPool
	dialTo string
}

func newState() state {
	return state{}
}

// now returns the time of the fake.
func (s *state) now() time.Time { return time.Now().Add(s.offset) }

// newSecret makes a random text with a prefix and remembers it as a secret.
func (s *state) newSecret(prefix string) string {
	secret := prefix + randomHex(24)
	s.secrets = append(s.secrets, secret)
	return secret
}

// randomHex returns n random bytes as text.
func randomHex(n int) string {
	random := make([]byte, n)
	_, _ = rand.Read(random)
	return hex.EncodeToString(random)
}
