// Package verifytest signs requests like Alexa, for tests and for the commands that simulate Alexa. It has a temporary
// certificate authority, signing certificates with any fault, a stand-in for Amazon's certificate bucket, and a signer.
// A service accepts these requests only if it is configured to trust the authority's root.
package verifytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// AlexaName is the DNS name in Amazon's signing certificates.
const AlexaName = "echo-api.amazon.com"

// An Authority issues certificates. A verifier trusts them only if its roots are Pool.
type Authority struct {
	// Root is the self-signed certificate. Intermediate is the certificate that issues the leaves.
	Root, Intermediate *IssuedCertificate
	// Key is the RSA key of every leaf whose template does not have a key. Leaves share it, because key generation is slow.
	Key *rsa.PrivateKey

	now time.Time
}

// An IssuedCertificate is a certificate and its private key.
type IssuedCertificate struct {
	*x509.Certificate
	Key crypto.Signer
}

// A CertificateTemplate describes a certificate to issue. Its zero value is a valid signing certificate of Alexa.
type CertificateTemplate struct {
	CommonName          string             // default: AlexaName
	Names               []string           // SAN DNS names; nil: AlexaName. An empty slice: none
	NotBefore, NotAfter time.Time          // default: a day before to 30 days after the authority's now
	CA                  bool               // it can issue certificates
	Key                 crypto.Signer      // default: the authority's Key; for a CA a new one
	Issuer              *IssuedCertificate // default: the authority's Intermediate
	SelfSigned          bool               // Issuer is ignored
}

// NewAuthority returns an authority whose certificates are valid at now.
func NewAuthority(now time.Time) (*Authority, error) {
	a := &Authority{now: now}
	var err error
	if a.Key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	if a.Root, err = a.Issue(CertificateTemplate{CommonName: "Throw-away Root", CA: true, SelfSigned: true}); err != nil {
		return nil, err
	}
	a.Intermediate, err = a.Issue(CertificateTemplate{CommonName: "Throw-away Intermediate", CA: true, Issuer: a.Root})
	return a, err
}

// Pool returns a pool with only the root.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Root.Certificate)
	return pool
}

// Issue creates a certificate, with any fault that the template requests.
func (a *Authority) Issue(t CertificateTemplate) (*IssuedCertificate, error) {
	if err := a.setDefaults(&t); err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	unsigned := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: t.CommonName},
		DNSNames:              t.Names,
		NotBefore:             t.NotBefore,
		NotAfter:              t.NotAfter,
		BasicConstraintsValid: true,
		IsCA:                  t.CA,
		KeyUsage:              x509.KeyUsageDigitalSignature,
	}
	if t.CA {
		unsigned.KeyUsage |= x509.KeyUsageCertSign
	} else {
		unsigned.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	issuer := t.Issuer
	if t.SelfSigned {
		issuer = &IssuedCertificate{Certificate: unsigned, Key: t.Key}
	}
	der, err := x509.CreateCertificate(rand.Reader, unsigned, issuer.Certificate, t.Key.Public(), issuer.Key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &IssuedCertificate{Certificate: cert, Key: t.Key}, err
}

// setDefaults sets the empty fields of a template.
func (a *Authority) setDefaults(t *CertificateTemplate) (err error) {
	if t.CommonName == "" {
		t.CommonName = AlexaName
	}
	if t.Names == nil && !t.CA {
		t.Names = []string{AlexaName}
	}
	if t.NotBefore.IsZero() {
		t.NotBefore = a.now.AddDate(0, 0, -1)
	}
	if t.NotAfter.IsZero() {
		t.NotAfter = a.now.AddDate(0, 0, 30)
	}
	if t.Issuer == nil {
		t.Issuer = a.Intermediate
	}
	switch {
	case t.Key == nil && t.CA:
		t.Key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case t.Key == nil:
		t.Key = a.Key
	}
	return err
}

// PEMBundle encodes certificates like Amazon's files: PEM, in the given order.
func PEMBundle(certs ...*IssuedCertificate) []byte {
	var file []byte
	for _, cert := range certs {
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	}
	return file
}
