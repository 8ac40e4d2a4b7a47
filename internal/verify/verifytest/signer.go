package verifytest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"
)

// A Signer signs requests as Alexa does.
type Signer struct {
	// Key is the signing key. It should match the certificate at URL.
	Key *rsa.PrivateKey
	// URL is the value of SignatureCertChainUrl; "": [CertificateURL].
	URL string
}

// Sign returns the headers that prove to a verifier that body came from Alexa.
func (s Signer) Sign(body []byte) (http.Header, error) {
	sum := sha256.Sum256(body)
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.Key, crypto.SHA256, sum[:])
	if err != nil {
		return nil, err
	}
	url := s.URL
	if url == "" {
		url = CertificateURL
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json;charset=UTF-8")
	header.Set("SignatureCertChainUrl", url)
	header.Set("Signature-256", base64.StdEncoding.EncodeToString(signature))
	return header, nil
}

// NewAlexa returns the parts of a simulated Alexa: an authority valid at now, its signer, and a bucket that holds the
// signer's certificate chain. A verifier accepts the signer if its roots are the authority's Pool and its transport is
// the bucket.
func NewAlexa(now time.Time) (*Authority, Signer, *Bucket, error) {
	authority, err := NewAuthority(now)
	if err != nil {
		return nil, Signer{}, nil, err
	}
	leaf, err := authority.Issue(CertificateTemplate{})
	if err != nil {
		return nil, Signer{}, nil, err
	}
	bucket := &Bucket{}
	bucket.Put(CertificateURL, PEMBundle(leaf, authority.Intermediate))
	return authority, Signer{Key: authority.Key}, bucket, nil
}
