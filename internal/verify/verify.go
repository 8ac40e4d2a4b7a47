// Package verify checks that a request comes from Alexa, by the rules of Amazon's "Host a Custom Skill as a Web
// Service". It takes a header and a body, and returns an error that wraps exactly one [Rule]. It does not write
// responses, does not log, and cannot be switched off. Package verifytest signs requests for tests and for the commands
// that simulate Alexa.
package verify

import (
	"cmp"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"lastpost/internal/verify/damage"
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
	if other, renewErr := v.renewChain(url, chain); renewErr == nil {
		if other.verifySignature(body, signature) == nil {
			return nil
		}
		chain = other
	}
	return refuse(Signature, "certificate %s: %w", quoteForLog(url), v.explainMismatch(chain, body, signature, err))
}

// explainMismatch says more than err about a signature that does not match the body, if the signature proves it. The number
// of explanations is limited, so that an attacker cannot make refusals expensive.
func (v *Verifier) explainMismatch(c *chain, body, signature []byte, err error) error {
	if !v.chains.explanations.takeToken(v.now()) {
		return err
	}
	return cmp.Or(damage.OfBody(c.key, body, signature), err)
}

// IsRewritten reports whether a refusal proves that Alexa signed the same content in another form. Then something in front
// of the service writes bodies again. An attacker cannot forge this, but can send a request of another skill: check the
// application ID.
func IsRewritten(err error) bool { return errors.Is(err, damage.ErrRewritten) }

// parseSignature decodes Signature-256. The legacy header Signature is ignored: it signs a SHA-1 hash, and an attacker
// can create SHA-1 collisions.
func parseSignature(header http.Header) ([]byte, error) {
	text, err := singleValue(header, "Signature-256", "Signature")
	if err != nil {
		return nil, refuse(SignatureHeader, "%w", err)
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(text)
	if err == nil {
		return signature, nil
	}
	if explained := damage.OfSignature(text); explained != "" {
		return nil, refuse(SignatureHeader, "%s", explained)
	}
	return nil, refuse(SignatureHeader, "%w", err)
}

// singleValue returns the only value of a header. It refuses duplicates: a proxy could use another value than the one
// that is checked here. Genuine requests also have the header companion.
func singleValue(header http.Header, name, companion string) (string, error) {
	values := header.Values(name)
	if len(values) == 1 && values[0] != "" {
		return values[0], nil
	}
	detail := fmt.Sprintf("%d values of %s, or an empty value", len(values), name)
	if len(values) == 0 {
		detail += damage.OfMissingHeader(header, name, companion)
	}
	return "", errors.New(detail)
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
