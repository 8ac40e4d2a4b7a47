package linkproxy

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Bounds of a sealed flow. Browsers refuse cookies of more than 4,096 bytes.
const (
	maxSealed = 3800
	minSealed = 80 // no sealed flow is shorter
)

// A sealer encrypts and authenticates flows for the cookie. So a browser can neither read nor change nor invent one, and
// each process with the same key can open it.
type sealer struct {
	aead  cipher.AEAD
	bound []byte // the URLs that a flow is bound to
}

// A sealedFlow is the content of the cookie.
type sealedFlow struct {
	ID          string `json:"i"`
	Expires     int64  `json:"e"` // seconds since 1970
	Query       string `json:"q,omitempty"`
	ForceQuery  bool   `json:"f,omitempty"`
	RedirectURI string `json:"r,omitempty"`
	Next        string `json:"n,omitempty"`
	Cut         bool   `json:"c,omitempty"` // Query was too long
}

// newSealer derives the key from a secret. An empty secret means a random key: then no other process can open a flow.
// authorization binds the flows to the authorization endpoint: after a change of the configuration they are invalid.
func newSealer(secret []byte, authorization *url.URL) *sealer {
	if len(secret) == 0 {
		secret = make([]byte, 32)
		_, _ = rand.Read(secret) // never fails
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "lastpost account linking: sign-in cookie", 32)
	block, err2 := aes.NewCipher(key)
	if err = errors.Join(err, err2); err != nil {
		panic(err) // never happens: hash, length and block size are constants
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // never happens, see above
	}
	return &sealer{aead: aead, bound: []byte(authorization.String())}
}

// seal returns the cookie's value. If the query of the authorization request is too long for a cookie, it is left out:
// then the browser cannot be redirected to the authorization server any more, and its pages are forwarded.
func (s *sealer) seal(f *flow) string {
	content := sealedFlow{ID: f.id, Expires: f.expires.Unix(), RedirectURI: f.redirectURI, Next: f.next, Cut: f.authorizeURL == nil}
	if f.authorizeURL != nil {
		content.Query, content.ForceQuery = f.authorizeURL.RawQuery, f.authorizeURL.ForceQuery
	}
	value := s.encode(content)
	if len(value) > maxSealed {
		content.Query, content.Cut = "", true
		value = s.encode(content)
	}
	if len(value) > maxSealed { // a redirect_uri of this length belongs to a stranger
		content.RedirectURI = ""
		value = s.encode(content)
	}
	return value
}

func (s *sealer) encode(content sealedFlow) string {
	plain, _ := json.Marshal(content) // cannot fail: text and numbers
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, s.bound))
}

var errSealed = errors.New("not a sealed flow")

// open returns the flow in a cookie's value, which an attacker may have made. It does not check whether it has expired.
func (s *sealer) open(value string) (*flow, error) {
	if len(value) < minSealed || len(value) > maxSealed {
		return nil, errSealed
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil {
		return nil, errSealed
	}
	plain, err := s.aead.Open(nil, nil, sealed, s.bound)
	if err != nil {
		return nil, errSealed
	}
	var content sealedFlow
	if err := json.Unmarshal(plain, &content); err != nil {
		return nil, fmt.Errorf("%w: %w", errSealed, err)
	}
	f := &flow{id: content.ID, redirectURI: content.RedirectURI, expires: time.Unix(content.Expires, 0), next: content.Next}
	if !content.Cut {
		if f.authorizeURL, err = url.Parse(string(s.bound)); err != nil {
			return nil, fmt.Errorf("%w: %w", errSealed, err)
		}
		f.authorizeURL.RawQuery, f.authorizeURL.ForceQuery = content.Query, content.ForceQuery
	}
	return f, nil
}
