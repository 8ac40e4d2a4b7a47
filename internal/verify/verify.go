// Package verify checks that a request comes from Alexa, by the rules of Amazon's "Host a Custom Skill as a Web
// Service". It takes a header and a body, and returns an error that wraps exactly one [Rule]. It does not write
// responses, does not log, and cannot be switched off. Package verifytest signs requests for tests and for the commands
// that simulate Alexa.
package verify

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"
)

// A Verifier checks the signatures of requests. Its zero value trusts the system's roots and caches chains in memory
// only. The fields must not change after the first use. The methods are safe for concurrent use.
type Verifier struct {
	// Roots are the trusted roots of signing certificates; nil: the system's.
	Roots *x509.CertPool
	// Transport fetches certificate chains; nil: [http.DefaultTransport], which uses the proxy of the environment.
	Transport http.RoundTripper
	// Dir is the folder for validated chains, used after a restart; "": none. It is created when needed. Its files are
	// validated again when they are read, so an attacker who can write there cannot forge requests.
	Dir string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Warn receives problems that do not fail a request, such as a chain that cannot be saved; nil: they are discarded.
	Warn func(error)

	chains chainStore
}

// VerifySignature refuses a request unless its headers prove that Alexa signed exactly these bytes. It takes at most
// [FetchTimeout], and this only if the certificate is not cached or was replaced. The caller must also check the body's
// timestamp and application ID with [CheckTimestamp] and [CheckApplicationID].
func (v *Verifier) VerifySignature(header http.Header, body []byte) error {
	url, err := parseCertificateURL(header)
	if err != nil {
		return err
	}
	signature, err := parseSignature(header)
	if err != nil {
		return err
	}
	chain, err := v.lookupChain(url)
	if err != nil {
		return err
	}
	err = chain.verifySignature(body, signature)
	if err == nil {
		return nil
	}
	if other, renewErr := v.renewChain(url, chain); renewErr == nil && other.verifySignature(body, signature) == nil {
		return nil
	}
	return refuse(Signature, "certificate %s: %w", quoteForLog(url), err)
}

// parseSignature decodes Signature-256. The legacy header Signature is ignored: it signs a SHA-1 hash, and an attacker
// can create SHA-1 collisions.
func parseSignature(header http.Header) ([]byte, error) {
	text, err := singleValue(header, "Signature-256")
	if err != nil {
		return nil, refuse(SignatureHeader, "%w", err)
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, refuse(SignatureHeader, "%w", err)
	}
	return signature, nil
}

// singleValue returns the only value of a header. It refuses duplicates: a proxy could use another value than the one
// that is checked here.
func singleValue(header http.Header, name string) (string, error) {
	values := header.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", fmt.Errorf("%d values of %s, or an empty value", len(values), name)
	}
	return values[0], nil
}

func (v *Verifier) now() time.Time {
	if v.Now == nil {
		return time.Now()
	}
	return v.Now()
}

func (v *Verifier) warn(err error) {
	if err != nil && v.Warn != nil {
		v.Warn(err)
	}
}
