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
	"sync"
	"sync/atomic"
	"time"

	"lastpost/internal/durable"
)

// filePollInterval is how often the certificate's files are looked at. Their renewal is a matter of weeks; what counts is
// that whoever watches sees it happen.
const filePollInterval = 2 * time.Second

// A Certificate is what the public listener shows, from two files that are read again when they change.
type ServingCertificate struct {
	current atomic.Pointer[tls.Certificate]

	mu                sync.Mutex // holds what follows; a handshake needs none of it
	certFile, keyFile string
	lastVersion       string // the version of the files when they were last read, with or without success
	lastReadFailed    bool   // the last attempt to read them had none
}

// Protocols leaves to the listener what a handshake may agree on.
func (c *ServingCertificate) Protocols() []string { return nil }

// Names is one without a name.
func (c *ServingCertificate) Names() []string { return []string{""} }

// State returns when the certificate ends.
func (c *ServingCertificate) State(string) (time.Time, error) { return c.NotAfter(), nil }

// LoadCertificate reads a certificate (PEM, the leaf first, then the intermediates) and its key, which may lie in one
// file.
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
		return fmt.Errorf("certificate %s with key %s: %w", c.certFile, c.keyFile, err)
	}
	c.current.Store(&pair)
	return nil
}

// fileVersion tells one state of the files from another without reading them.
func (c *ServingCertificate) fileVersion() (string, error) {
	cert, certErr := os.Stat(c.certFile)
	key, keyErr := os.Stat(c.keyFile)
	if err := cmp.Or(certErr, keyErr); err != nil {
		return "", err
	}
	return fmt.Sprint(cert.ModTime().UnixNano(), cert.Size(), key.ModTime().UnixNano(), key.Size()), nil
}

// NotAfter is when the certificate ends.
func (c *ServingCertificate) NotAfter() time.Time { return c.current.Load().Leaf.NotAfter }

// Leaf is the certificate as it is now.
func (c *ServingCertificate) Leaf() *x509.Certificate { return c.current.Load().Leaf }

// Intermediates are the other certificates of the file, as far as they can be read.
func (c *ServingCertificate) Intermediates() (certs []*x509.Certificate) {
	for _, der := range c.current.Load().Certificate[1:] {
		if cert, err := x509.ParseCertificate(der); err == nil {
			certs = append(certs, cert)
		}
	}
	return certs
}

// GetCertificate shows the same to everybody.
func (c *ServingCertificate) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.current.Load(), nil
}

// ReplaceWith has the certificate and the files of another one in the place of its own from now on.
func (c *ServingCertificate) ReplaceWith(other *ServingCertificate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.certFile, c.keyFile, c.lastVersion, c.lastReadFailed = other.certFile, other.keyFile, other.lastVersion, false
	c.current.Store(other.current.Load())
}

// Watch reads the files again when they change, until ctx ends. Where that fails, as it does while only one of the two
// is new, the old certificate stays and they are tried again: what was amiss need not show in the files, such as who may
// read them.
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
	now, _ := c.fileVersion() // files that are gone are a change too
	if changed := now != c.lastVersion; changed || c.lastReadFailed {
		c.lastVersion = now
		c.reloadLocked(log, changed)
	}
}

// Reload reads the files, and keeps the old certificate where they are not good.
func (c *ServingCertificate) Reload(log *slog.Logger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reloadLocked(log, true)
}

// reloadLocked is Reload for who holds the lock. It complains where that is news.
func (c *ServingCertificate) reloadLocked(log *slog.Logger, shouldLog bool) {
	if c.certFile == "" { // it lies in no file
		return
	}
	err := c.readFiles()
	c.lastReadFailed = err != nil
	if err == nil {
		log.Info("certificate reloaded", "file", c.certFile, "not_after", c.NotAfter())
	} else if shouldLog {
		log.Error("certificate not reloaded, the old one stays", "error", err.Error())
	}
}

// selfSignedLifetime is how long a self-signed certificate lasts.
const selfSignedLifetime = 365 * 24 * time.Hour

// SelfSignedCertificate gives a certificate for names that nobody but its owner signed. It lies in dir and is used again until it
// ends or the names change, as its owner may have uploaded it to Amazon's console. Without a dir it is forgotten.
func SelfSignedCertificate(dir string, names []string, now time.Time) (*ServingCertificate, error) {
	if len(names) == 0 {
		return nil, errors.New("self-signed certificate: for which names?")
	}
	file := filepath.Join(dir, "self-signed.pem")
	if dir != "" {
		c, err := LoadCertificate(file, file)
		if err == nil && c.isUsableFor(names, now) {
			return c, nil
		}
		if errors.Is(err, fs.ErrPermission) { // it is somebody's, who would miss it
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

// newSelfSignedPEM gives certificate and key in one file, so that they cannot be of two makings.
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
