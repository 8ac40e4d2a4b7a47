package simulator

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"lastpost/internal/verify/verifytest"
)

// A Key is what it takes to be Alexa to one demonstration, and to nobody else: its signing key was made with it, and
// is believed by no other service.
type Key struct {
	ApplicationID string        `json:"application_id"`
	Key           []byte        `json:"key"`         // PKCS #8: signs the requests
	Certificate   []byte        `json:"certificate"` // DER: what the server shows
	ClockOffset   time.Duration `json:"clock_offset"`

	signer verifytest.Signer
}

// SaveKey writes the key of a local server where only this user can read it. The caller removes it.
func (l *Local) SaveKey() (file string, err error) {
	key, err := x509.MarshalPKCS8PrivateKey(l.Identity.Signer.Key)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "skill-demo-*.key") // 0600
	if err != nil {
		return "", err
	}
	err = json.NewEncoder(f).Encode(Key{
		ApplicationID: l.ApplicationID, Key: key, Certificate: l.certificate.Raw, ClockOffset: time.Until(l.Now()).Round(time.Second),
	})
	return f.Name(), errors.Join(err, f.Close())
}

// LoadKey reads what a demonstration has saved.
func LoadKey(file string) (*Key, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w; it is there while the demonstration is up", err)
	}
	k := &Key{}
	if err := json.Unmarshal(content, k); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(k.Key)
	signing, ok := key.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s holds no RSA key", file)
	}
	k.signer = verifytest.Signer{Key: signing}
	return k, nil
}

// Client is one that the demonstration trusts.
func (k *Key) Client() *Client {
	return &Client{
		ApplicationID: k.ApplicationID, Identity: Identity{Signer: k.signer},
		Now: func() time.Time { return time.Now().Add(k.ClockOffset) },
	}
}

// Shows reports whether a certificate is the demonstration's.
func (k *Key) Shows(leaf *x509.Certificate) bool { return bytes.Equal(leaf.Raw, k.Certificate) }
