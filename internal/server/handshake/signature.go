package handshake

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"slices"
	"strings"

	"lastpost/internal/faultlog"
)

// isKnownSignature reports whether Go has a name for a signature algorithm, and thus supports it.
func isKnownSignature(s tls.SignatureScheme) bool {
	return !strings.HasPrefix(s.String(), "SignatureScheme(")
}

// fitsKey reports whether the certificate's key can sign with an algorithm. TLS 1.3 has neither PKCS #1 nor SHA-1, and binds an
// elliptic curve to its hash.
func (h *ClientHello) fitsKey(s tls.SignatureScheme) bool {
	leaf := h.leaf()
	if leaf == nil {
		return true
	}
	name, modern := s.String(), slices.Contains(h.Versions, tls.VersionTLS13)
	switch key := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(name, "PSS") || !modern && strings.HasPrefix(name, "PKCS1")
	case *ecdsa.PublicKey:
		curve := strings.TrimPrefix(key.Params().Name, "P-")
		return strings.HasPrefix(name, "ECDSA") && (!modern || strings.HasPrefix(name, "ECDSAWithP"+curve))
	case ed25519.PublicKey:
		return s == tls.Ed25519
	}
	return true
}

func (h *ClientHello) noSharedSignature() faultlog.Fault {
	return faultlog.Fault{
		Kind: "tls-no-shared-signature",
		Text: "TLS handshake failed: the client supports no signature of the certificate's key (" + h.leaf().PublicKeyAlgorithm.String() +
			"); it offers " + listNames(h.Signatures, 0, tls.SignatureScheme.String),
		Remedy: "get a certificate with an RSA key of 2048 bits or a P-256 key: Alexa has signatures of both",
	}
}
