package verify

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"time"
)

// certificateName must be one of the SAN DNS names of a signing certificate, letter by letter. A wildcard that covers
// it does not count: Amazon does not issue such a certificate. The common name is ignored, because CAs do not validate it.
const certificateName = "echo-api.amazon.com"

// A chain is a signing certificate that was validated up to a trusted root. It holds the values that each use needs.
type chain struct {
	key                   *rsa.PublicKey
	validFrom, validUntil time.Time // the time in which every certificate up to the root is valid

	// lastFetch is the time of the last fetch of this URL. It is zero if an earlier run fetched the chain.
	// successor is the chain that renewChain fetched to replace this one; nil: none yet.
	// After the chain is in the cache, only the singleflight call in renewChain uses these two fields. So they need no
	// lock.
	lastFetch time.Time
	successor *chain
}

// parseChain reads and validates a certificate file: PEM, first the leaf, then the intermediates. If roots is nil, it uses
// the system's roots. It never trusts a root in the file, because an attacker could have added it. The certificates after
// the leaf only help to build a path from the leaf to roots. Amazon's files end in a cross-signed root that is not trusted
// any more; path building ignores it.
func parseChain(file []byte, roots *x509.CertPool, now time.Time) (*chain, error) {
	leaf, intermediates, err := parseCertificates(file)
	if err != nil {
		return nil, err
	}
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return nil, refuse(CertificateDates, "valid from %s to %s", leaf.NotBefore.Format(time.RFC3339), leaf.NotAfter.Format(time.RFC3339))
	}
	if !slices.Contains(leaf.DNSNames, certificateName) {
		return nil, refuse(CertificateName, "certificate names are %q", leaf.DNSNames)
	}
	paths, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: now})
	if err != nil {
		return nil, refuse(CertificateChain, "%w", err)
	}
	key, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, refuse(CertificateChain, "certificate key is %s, not RSA", leaf.PublicKeyAlgorithm)
	}
	from, until := pathValidity(paths)
	return &chain{key: key, validFrom: from, validUntil: until}, nil
}

// parseCertificates splits a certificate file. It skips an intermediate that cannot be parsed: if the path needs it,
// validation fails later.
func parseCertificates(file []byte) (leaf *x509.Certificate, intermediates *x509.CertPool, err error) {
	intermediates = x509.NewCertPool()
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		switch {
		case leaf != nil && err == nil:
			intermediates.AddCert(cert)
		case leaf == nil && err != nil:
			return nil, nil, refuse(CertificateChain, "first certificate: %w", err)
		case leaf == nil:
			leaf = cert
		}
	}
	if leaf == nil {
		return nil, nil, refuse(CertificateChain, "no certificate in the file")
	}
	return leaf, intermediates, nil
}

// pathValidity returns the time in which the path that ends last is valid.
func pathValidity(paths [][]*x509.Certificate) (from, until time.Time) {
	for _, certs := range paths {
		pathFrom, pathUntil := certs[0].NotBefore, certs[0].NotAfter
		for _, cert := range certs[1:] {
			if cert.NotBefore.After(pathFrom) {
				pathFrom = cert.NotBefore
			}
			if cert.NotAfter.Before(pathUntil) {
				pathUntil = cert.NotAfter
			}
		}
		if pathUntil.After(until) {
			from, until = pathFrom, pathUntil
		}
	}
	return from, until
}

// isValidAt reports whether the chain is valid at now. Every use checks this, because a cached chain can expire.
func (c *chain) isValidAt(now time.Time) bool {
	return !now.Before(c.validFrom) && !now.After(c.validUntil)
}

// verifySignature returns an error unless signature was made over body with the key of the chain's certificate.
func (c *chain) verifySignature(body, signature []byte) error {
	sum := sha256.Sum256(body)
	return rsa.VerifyPKCS1v15(c.key, crypto.SHA256, sum[:], signature)
}
