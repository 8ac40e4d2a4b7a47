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

// certificateName must stand among the SAN DNS names of a signing certificate, letter by letter. A wildcard that would
// cover it is another certificate, and a common name proves nothing.
const certificateName = "echo-api.amazon.com"

// A chain is a signing certificate that was found to lead to a trusted root. It holds what each use needs.
type chain struct {
	key                   *rsa.PublicKey
	validFrom, validUntil time.Time // when every certificate on the way to the root is valid

	// lastFetch is when the bucket was last asked for it; zero: by an earlier run. successor is what it then had instead; nil:
	// nothing yet. Once the chain is known both belong to the flight that renews it.
	lastFetch time.Time
	successor *chain
}

// parseChain reads and validates a certificate file: PEM, the leaf first, then intermediates. Nothing in the file is
// trusted for being in it: its other certificates only help to find a way from the leaf to roots (nil: the system's).
// Real files end in cross-signed roots that nothing trusts any more; path building passes over those.
func parseChain(file []byte, roots *x509.CertPool, now time.Time) (*chain, error) {
	leaf, intermediates, err := parseCertificates(file)
	if err != nil {
		return nil, err
	}
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return nil, refuse(CertificateDates, "valid from %s to %s", leaf.NotBefore.Format(time.RFC3339), leaf.NotAfter.Format(time.RFC3339))
	}
	if !slices.Contains(leaf.DNSNames, certificateName) {
		return nil, refuse(CertificateName, "its names are %q", leaf.DNSNames)
	}
	paths, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: now})
	if err != nil {
		return nil, refuse(CertificateChain, "%w", err)
	}
	key, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, refuse(CertificateChain, "its key is %s, not RSA", leaf.PublicKeyAlgorithm)
	}
	from, until := pathValidity(paths)
	return &chain{key: key, validFrom: from, validUntil: until}, nil
}

// parseCertificates splits a certificate file. An intermediate that this parser cannot read is left out, as it can only be
// missed where the path needs it, and then validation fails.
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

// pathValidity gives the time in which the longest-lived of the paths holds.
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

// isValidAt is asked at every use: a chain that was valid when it was fetched may have expired since.
func (c *chain) isValidAt(now time.Time) bool {
	return !now.Before(c.validFrom) && !now.After(c.validUntil)
}

// verifySignature tells whether the signature is that of the body under the chain's certificate.
func (c *chain) verifySignature(body, signature []byte) error {
	sum := sha256.Sum256(body)
	return rsa.VerifyPKCS1v15(c.key, crypto.SHA256, sum[:], signature)
}
