// Package verify is the guard: it tells whether a request really comes from Alexa, by the rules of Amazon's "Host a
// Custom Skill as a Web Service". It takes bytes and headers and gives an error that wraps exactly one [Rule]. It
// writes no response, logs nothing and has no off switch; package verifytest forges requests for tests and for the
// commands that play Alexa.
package verify

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"
)

// A Verifier checks the signatures of requests. Its zero value trusts the system's roots and keeps chains in memory
// only. The fields must not change after the first use; the methods may be called from any number of goroutines.
type Verifier struct {
	// Roots are what a signing certificate must lead to; nil: the system's.
	Roots *x509.CertPool
	// Transport carries the fetches of certificate chains; nil: [http.DefaultTransport],
	// which honours the proxy of the environment.
	Transport http.RoundTripper
	// Dir is a folder where validated chains lie for the next start; "": nowhere. It is made when needed. Its files
	// are validated anew when they are read, so that writing there gives no power over this service.
	Dir string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Warn is told of what costs no request but wants an eye, such as a chain that cannot be written; nil: nobody.
	Warn func(error)

	chains chainStore
}

// VerifySignature refuses a request whose headers do not prove that its body, byte by byte, was signed by Alexa. It
// takes [FetchTimeout] at the longest, and that only where the certificate is not known yet, or another has taken its place. The body's
// timestamp and application id are still to be checked, with [CheckTimestamp] and [CheckApplicationID].
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

// parseSignature reads Signature-256. The legacy header Signature, over SHA-1, is not even looked at: collisions of
// SHA-1 can be made.
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

// singleValue gives the one value of a header. With two, the one that is checked and the one that somebody else on the way
// uses might differ.
func singleValue(header http.Header, name string) (string, error) {
	values := header.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", fmt.Errorf("%d values of %s, or an empty one", len(values), name)
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
