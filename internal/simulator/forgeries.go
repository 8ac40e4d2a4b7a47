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

// The signature headers of a request.
const (
	ChainHeader     = "SignatureCertChainUrl"
	SignatureHeader = "Signature-256"
)

// A ForgedRequest is a request that does not come from Alexa. The endpoint must answer 400.
type ForgedRequest struct {
	Title string
	Build func(*SigningClient) (http.Header, []byte, error)

	rule verify.Rule // expected rule; only set for the demo
}

// demoForgeries returns the forged requests of the demo.
func demoForgeries() []ForgedRequest {
	return []ForgedRequest{
		{"without a signature", unsignedLaunch, verify.CertificateURL},
		{"one byte changed after signing", TamperedLaunch, verify.Signature},
		{"signed with a certificate of the forger's own authority", launchFromOwnAuthority, verify.CertificateChain},
		{"a certificate URL in the forger's bucket",
			withHeader(ChainHeader, "https://s3.amazonaws.com/echo.api/../forger/echo-api-cert.pem"), verify.CertificateURL},
		{"recorded ten minutes ago and replayed", launchAtOffset(-10 * time.Minute), verify.Timestamp},
		{"signed correctly, but for another skill", launchForOtherSkill, verify.ApplicationID},
	}
}

// CertificationRequests returns the forged requests of Amazon's certification. A wrong certificate URL follows a valid
// one, to find endpoints that cache a certificate without its URL. One request is signed with the key of stranger. If
// trusted is true, the list ends with two correctly signed requests that are wrong otherwise.
func CertificationRequests(stranger *SigningClient, trusted bool) []ForgedRequest {
	list := []ForgedRequest{
		{Title: "no certificate URL", Build: withHeader(ChainHeader)},
		{Title: "an empty certificate URL", Build: withHeader(ChainHeader, "")},
		{Title: "no signature", Build: withHeader(SignatureHeader)},
		{Title: "an empty signature", Build: withHeader(SignatureHeader, "")},
		{Title: "only the old SHA-1 signature", Build: launchWithHeaders(func(header http.Header) {
			header.Set("Signature", header.Get(SignatureHeader))
			header.Del(SignatureHeader)
		})},
		{Title: "a signature that is not base64", Build: withHeader(SignatureHeader, "!")},
		{Title: "an invalid signature", Build: withHeader(SignatureHeader, base64.StdEncoding.EncodeToString(make([]byte, 256)))},
		{Title: "a body changed after signing", Build: TamperedLaunch},
		{Title: "a request from ten minutes ago", Build: launchAtOffset(-10 * time.Minute)},
	}
	for _, u := range []string{
		"http://s3.amazonaws.com/echo.api/echo-api-cert.pem", "https://notamazon.com/echo.api/echo-api-cert.pem",
		"https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem", "https://s3.amazonaws.com/invalid.path/echo-api-cert.pem",
		"https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem", "https://s3.amazonaws.com/echo.api/../bucket/echo-api-cert.pem",
		"nonsense",
	} {
		list = append(list, ForgedRequest{Title: "the certificate URL " + u, Build: withHeader(ChainHeader, u)})
	}
	const otherKey = "signed with another certificate's key"
	list = append(list, ForgedRequest{Title: otherKey, Build: func(c *SigningClient) (http.Header, []byte, error) {
		forger := *c
		forger.Identity = stranger.Identity
		return forger.SignedLaunch()
	}})
	if !trusted {
		return list
	}
	return append(list, ForgedRequest{Title: "a request dated ten minutes in the future", Build: launchAtOffset(10 * time.Minute)},
		ForgedRequest{Title: "a request to another skill", Build: launchForOtherSkill})
}

// NewUntrustedClient creates a client that no service trusts.
func NewUntrustedClient(applicationID string) (*SigningClient, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	identity := Identity{Signer: verifytest.Signer{Key: key}}
	return &SigningClient{ApplicationID: applicationID, Identity: identity, Now: time.Now}, nil
}

func unsignedLaunch(c *SigningClient) (http.Header, []byte, error) {
	body, err := json.Marshal(c.requestBody(SkillRequest{}))
	return http.Header{}, body, err
}

// TamperedLaunch returns a launch with one byte changed after signing.
func TamperedLaunch(c *SigningClient) (http.Header, []byte, error) {
	header, body, err := c.SignedLaunch()
	if err == nil {
		body[len(body)-2] ^= 1
	}
	return header, body, err
}

// launchWithHeaders returns a launch whose headers are changed after signing.
func launchWithHeaders(change func(http.Header)) func(*SigningClient) (http.Header, []byte, error) {
	return func(c *SigningClient) (http.Header, []byte, error) {
		header, body, err := c.SignedLaunch()
		if err == nil {
			change(header)
		}
		return header, body, err
	}
}

// withHeader replaces the values of a header. Without values it removes the header.
func withHeader(name string, values ...string) func(*SigningClient) (http.Header, []byte, error) {
	return launchWithHeaders(func(header http.Header) {
		if header.Del(name); len(values) > 0 {
			header[http.CanonicalHeaderKey(name)] = values
		}
	})
}

// launchAtOffset returns a launch with a timestamp in the past or the future.
func launchAtOffset(offset time.Duration) func(*SigningClient) (http.Header, []byte, error) {
	return func(c *SigningClient) (http.Header, []byte, error) {
		body := c.requestBody(SkillRequest{})
		body["request"].(map[string]any)["timestamp"] = c.Now().Add(offset).UTC().Format(time.RFC3339)
		return c.signRequest(body)
	}
}

func launchForOtherSkill(c *SigningClient) (http.Header, []byte, error) {
	body := c.requestBody(SkillRequest{})
	system := body["context"].(map[string]any)["System"].(map[string]any)
	system["application"] = map[string]any{"applicationId": "amzn1.ask.skill.11111111-1111-4111-8111-111111111111"}
	return c.signRequest(body)
}

func launchFromOwnAuthority(c *SigningClient) (http.Header, []byte, error) {
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
	_, body, err := unsignedLaunch(c)
	if err != nil {
		return nil, nil, err
	}
	header, err := verifytest.Signer{Key: forger.Key, URL: url}.Sign(body)
	return header, body, err
}
