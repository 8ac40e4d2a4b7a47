package simulator

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// The headers that prove a request genuine.
const (
	ChainHeader     = "SignatureCertChainUrl"
	SignatureHeader = "Signature-256"
)

// A Forgery is a request that does not come from Alexa. It must get 400.
type Forgery struct {
	Title string
	Make  func(*Client) (http.Header, []byte, error)

	rule verify.Rule // that it breaks, if it is one of the demonstration's
}

// forgeries are those of the demonstration.
func forgeries() []Forgery {
	return []Forgery{
		{"without a signature", unsigned, verify.CertificateURL},
		{"one byte changed after signing", Tampered, verify.Signature},
		{"signed under a certificate of the forger's own making", selfMade, verify.CertificateChain},
		{"the certificate lies in the forger's bucket",
			bearing(ChainHeader, "https://s3.amazonaws.com/echo.api/../forger/echo-api-cert.pem"), verify.CertificateURL},
		{"recorded ten minutes ago and played again", at(-10 * time.Minute), verify.Timestamp},
		{"genuine, but meant for another skill", misdirected, verify.ApplicationID},
	}
}

// Probes are the requests of Amazon's certification: a wrong certificate URL comes after a valid one, for whoever
// remembers a certificate and not where it was from. The key of one of them is the stranger's. Of the last two only the
// signature is right: they need an identity that the endpoint trusts.
func Probes(stranger *Client, trusted bool) []Forgery {
	list := []Forgery{
		{Title: "no certificate URL", Make: bearing(ChainHeader)},
		{Title: "an empty certificate URL", Make: bearing(ChainHeader, "")},
		{Title: "no signature", Make: bearing(SignatureHeader)},
		{Title: "an empty signature", Make: bearing(SignatureHeader, "")},
		{Title: "the signature of old (SHA-1) alone", Make: changed(func(header http.Header) {
			header.Set("Signature", header.Get(SignatureHeader))
			header.Del(SignatureHeader)
		})},
		{Title: "a signature that is no base64", Make: bearing(SignatureHeader, "!")},
		{Title: "an invalid signature", Make: bearing(SignatureHeader, base64.StdEncoding.EncodeToString(make([]byte, 256)))},
		{Title: "a body that was changed after signing", Make: Tampered},
		{Title: "a request of ten minutes ago", Make: at(-10 * time.Minute)},
	}
	for _, u := range []string{
		"http://s3.amazonaws.com/echo.api/echo-api-cert.pem", "https://notamazon.com/echo.api/echo-api-cert.pem",
		"https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem", "https://s3.amazonaws.com/invalid.path/echo-api-cert.pem",
		"https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem", "https://s3.amazonaws.com/echo.api/../bucket/echo-api-cert.pem",
		"nonsense",
	} {
		list = append(list, Forgery{Title: "the certificate URL " + u, Make: bearing(ChainHeader, u)})
	}
	list = append(list, Forgery{Title: "signed with another certificate's key", Make: func(c *Client) (http.Header, []byte, error) {
		forger := *c
		forger.Identity = stranger.Identity
		return forger.Launch()
	}})
	if !trusted {
		return list
	}
	return append(list, Forgery{Title: "a request from ten minutes ahead", Make: at(10 * time.Minute)},
		Forgery{Title: "a request to another skill", Make: misdirected})
}

// NewStranger makes a client that no service trusts.
func NewStranger(applicationID string) (*Client, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	identity := Identity{Signer: verifytest.Signer{Key: key}}
	return &Client{ApplicationID: applicationID, Identity: identity, Now: time.Now}, nil
}

func unsigned(c *Client) (http.Header, []byte, error) {
	body, err := json.Marshal(c.body(Request{}))
	return http.Header{}, body, err
}

// Tampered makes a launch of which one byte was changed after signing.
func Tampered(c *Client) (http.Header, []byte, error) {
	header, body, err := c.Launch()
	if err == nil {
		body[len(body)-2] ^= 1
	}
	return header, body, err
}

// changed makes a launch whose headers were changed after signing.
func changed(change func(http.Header)) func(*Client) (http.Header, []byte, error) {
	return func(c *Client) (http.Header, []byte, error) {
		header, body, err := c.Launch()
		if err == nil {
			change(header)
		}
		return header, body, err
	}
}

// bearing puts other values into a header. Without values it leaves the header out.
func bearing(name string, values ...string) func(*Client) (http.Header, []byte, error) {
	return changed(func(header http.Header) {
		if header.Del(name); len(values) > 0 {
			header[http.CanonicalHeaderKey(name)] = values
		}
	})
}

// at makes a launch of another time.
func at(offset time.Duration) func(*Client) (http.Header, []byte, error) {
	return func(c *Client) (http.Header, []byte, error) {
		body := c.body(Request{})
		body["request"].(map[string]any)["timestamp"] = c.Now().Add(offset).UTC().Format(time.RFC3339)
		return c.signed(body)
	}
}

func misdirected(c *Client) (http.Header, []byte, error) {
	body := c.body(Request{})
	system := body["context"].(map[string]any)["System"].(map[string]any)
	system["application"] = map[string]any{"applicationId": "amzn1.ask.skill.11111111-1111-4111-8111-111111111111"}
	return c.signed(body)
}

func selfMade(c *Client) (http.Header, []byte, error) {
	forger, err := verifytest.NewAuthority(c.Now())
	if err != nil {
		return nil, nil, err
	}
	leaf, err := forger.Issue(verifytest.CertificateTemplate{})
	if err != nil {
		return nil, nil, err
	}
	const url = "https://s3.amazonaws.com/echo.api/echo-api-cert-99.pem"
	c.Identity.bucket.Put(url, verifytest.PEMBundle(leaf, forger.Intermediate, forger.Root))
	_, body, err := unsigned(c)
	if err != nil {
		return nil, nil, err
	}
	header, err := verifytest.Signer{Key: forger.Key, URL: url}.Sign(body)
	return header, body, err
}
