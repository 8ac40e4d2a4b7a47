package smapitest

import (
	"crypto/x509"

	"lastpost/internal/verify/verifytest"
)

// SetEndpointRoots sets the certificate authorities that the fake's Alexa trusts for endpoints.
func (a *Amazon) SetEndpointRoots(roots *x509.CertPool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.roots = roots
}

// SetEndpointAddress sends each request to an endpoint to this host and port, whatever its name is.
func (a *Amazon) SetEndpointAddress(hostPort string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dialTo = hostPort
}

// Authority issued the certificate of the fake's Alexa. A verifier that trusts its Pool, with Bucket as transport, accepts
// the requests.
func (a *Amazon) Authority() *verifytest.Authority { return a.authority }

// Bucket has the certificate of the fake's Alexa.
func (a *Amazon) Bucket() *verifytest.Bucket { return a.bucket }

// SetSigner replaces what signs the requests of the fake's Alexa.
func (a *Amazon) SetSigner(signer verifytest.Signer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.signer = signer
}
