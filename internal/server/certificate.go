package server

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"lastpost/internal/durable"
)

// filePollInterval is the time between two checks of the certificate's files. It is short so that an operator sees the
// reload soon after a renewal.
const filePollInterval = 2 * time.Second

// A ServingCertificate is the certificate of the public listener. Watch reads its two files again when they change.
type ServingCertificate struct {
	current atomic.Pointer[tls.Certificate]

	mu                sync.Mutex // protects the fields below; a handshake does not need them
	certFile, keyFile string
	lastVersion       string // the version of the files at the last read, successful or not
	lastErr           error  // of the last read of the files
}

// Protocols returns nil, so that the listener uses its default protocols.
func (c *ServingCertificate) Protocols() []string { return nil }

// Names returns one empty name, because there is only one certificate.
func (c *ServingCertificate) Names() []string { return []string{""} }

// State returns when the certificate expires, and why the files could not be read again.
func (c *ServingCertificate) State(string) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.NotAfter(), c.lastErr
}

// LoadCertificate reads a certificate and its key. certFile is PEM: first the leaf, then the intermediates. Certificate and
// key may be in one file.
func LoadCertificate(certFile, keyFile string) (*ServingCertificate, error) {
	c := &ServingCertificate{certFile: certFile, keyFile: keyFile}
	var err error
	if c.lastVersion, err = c.fileVersion(); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return c, c.readFiles()
}

func (c *ServingCertificate) readFiles() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		if strings.Contains(err.Error(), "private key") {
			err = fmt.Errorf("%w; the key must belong to the first certificate of the file, which is the server's own", err)
		}
		return fmt.Errorf("certificate %s with key %s: %w", c.certFile, c.keyFile, err)
	}
	c.current.Store(&pair)
	return nil
}

// fileVersion returns a string that changes when the files change. It does not read the files.
func (c *ServingCertificate) fileVersion() (string, error) {
	cert, certErr := os.Stat(c.certFile)
	key, keyErr := os.Stat(c.keyFile)
	if err := cmp.Or(certErr, keyErr); err != nil {
		return "", err
	}
	return fmt.Sprint(cert.ModTime().UnixNano(), cert.Size(), key.ModTime().UnixNano(), key.Size()), nil
}

// NotAfter returns when the certificate expires.
func (c *ServingCertificate) NotAfter() time.Time { return c.current.Load().Leaf.NotAfter }

// Leaf returns the current certificate.
func (c *ServingCertificate) Leaf() *x509.Certificate { return c.current.Load().Leaf }

// Intermediates returns the certificates after the leaf. It skips certificates that cannot be parsed.
func (c *ServingCertificate) Intermediates() (certs []*x509.Certificate) {
	for _, der := range c.current.Load().Certificate[1:] {
		if cert, err := x509.ParseCertificate(der); err == nil {
			certs = append(certs, cert)
		}
	}
	return certs
}

// GetCertificate returns the same certificate for every handshake.
func (c *ServingCertificate) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.current.Load(), nil
}

// ReplaceWith switches to the certificate and the files of other.
func (c *ServingCertificate) ReplaceWith(other *ServingCertificate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.certFile, c.keyFile, c.lastVersion, c.lastErr = other.certFile, other.keyFile, other.lastVersion, nil
	c.current.Store(other.current.Load())
}

// Watch reads the files again when they change, until ctx ends. If a read fails, for example because only one file is
// new, it keeps the old certificate and tries again. It tries again even if the files do not change, because the cause
// can be outside them, such as permissions.
func (c *ServingCertificate) Watch(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(filePollInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			c.reloadIfChanged(log)
		}
	}
}

func (c *ServingCertificate) reloadIfChanged(log *slog.Logger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, _ := c.fileVersion() // the error is ignored, because the removal of a file is a change too
	if changed := now != c.lastVersion; changed || c.lastErr != nil {
		c.lastVersion = now
		c.reloadLocked(log, changed)
	}
}

// Reload reads the files. It keeps the old certificate if they are not valid.
func (c *ServingCertificate) Reload(log *slog.Logger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reloadLocked(log, true)
}

// reloadLocked is Reload for a caller that holds mu. It logs a failure only if shouldLog is set.
func (c *ServingCertificate) reloadLocked(log *slog.Logger, shouldLog bool) {
	if c.certFile == "" { // the certificate is only in memory
		return
	}
	c.lastErr = c.readFiles()
	if c.lastErr == nil {
		log.Info("certificate reloaded", "file", c.certFile, "not_after", c.NotAfter())
	} else if shouldLog {
		log.Error("certificate reload failed; serving the previous certificate", "error", c.lastErr.Error())
	}
}

// SelfSignedFile has the self-signed certificate and its key. selfSignedLifetime is the validity of the certificate.
const SelfSignedFile, selfSignedLifetime = "self-signed.pem", 365 * 24 * time.Hour

// SelfSignedCertificate returns a self-signed certificate for names. It saves the certificate in dir, and returns the saved
// certificate until it expires or the names change, because the operator may have uploaded it to Amazon's console. If dir
// is "", the certificate is only in memory.
func SelfSignedCertificate(dir string, names []string, now time.Time) (*ServingCertificate, error) {
	if len(names) == 0 {
		return nil, errors.New("self-signed certificate: no names given")
	}
	file := filepath.Join(dir, SelfSignedFile)
	if dir != "" {
		c, err := LoadCertificate(file, file)
		if err == nil && c.isUsableFor(names, now) {
			return c, nil
		}
		if errors.Is(err, fs.ErrPermission) { // do not replace a file of another user
			return nil, err
		}
	}
	content, err := newSelfSignedPEM(names, now)
	if err != nil {
		return nil, fmt.Errorf("self-signed certificate: %w", err)
	}
	if dir == "" {
		return certificateFromPEM(content)
	}
	if err := durable.Replace(file, content, fs.FileMode(0o600)); err != nil {
		return nil, fmt.Errorf("self-signed certificate: %w", err)
	}
	return LoadCertificate(file, file)
}

func certificateFromPEM(content []byte) (*ServingCertificate, error) {
	pair, err := tls.X509KeyPair(content, content)
	if err != nil {
		return nil, err
	}
	c := &ServingCertificate{}
	c.current.Store(&pair)
	return c, nil
}

func (c *ServingCertificate) isUsableFor(names []string, now time.Time) bool {
	return slices.Equal(c.Leaf().DNSNames, names) && now.Before(c.NotAfter())
}

// newSelfSignedPEM returns certificate and key in one PEM file, so that they always match.
func newSelfSignedPEM(names []string, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: names[0]},
		DNSNames:              names,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(selfSignedLifetime),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	file := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	return append(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...), nil
}
