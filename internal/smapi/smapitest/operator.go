package smapitest

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"time"

	"lastpost/internal/verify/verifytest"
)

// A Vendor is a developer account.
type Vendor struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// A SkillView is what the fake has of a skill. Two deployments of one package have equal views but for ID.
type SkillView struct {
	ID             string
	VendorID       string
	Manifest       json.RawMessage            // with sorted keys
	Models         map[string]json.RawMessage // by locale, with sorted keys
	Enabled        bool
	Certificate    string          // PEM
	AccountLinking json.RawMessage // nil: none. It contains the client's secret
}

// NewProfile makes a security profile of the operator. Its return URL is http://127.0.0.1:9090/cb.
func (a *Amazon) NewProfile() (clientID, clientSecret string) { return "", "" }

// AllowReturnURL enters another return URL into a profile.
func (a *Amazon) AllowReturnURL(clientID, returnURL string) {}

// ChangeClientSecret gives a profile another secret. The old one ends.
func (a *Amazon) ChangeClientSecret(clientID string) (clientSecret string) { return "" }

// SignedIn returns a refresh token of the newest profile. Without scopes it has those that a deployment needs.
func (a *Amazon) SignedIn(scopes ...string) (refreshToken string) { return "" }

// SignedInAs is SignedIn for one profile.
func (a *Amazon) SignedInAs(clientID string, scopes ...string) (refreshToken string) { return "" }

// AccessToken returns a valid access token of the newest profile, for tests without a sign-in.
func (a *Amazon) AccessToken(scopes ...string) string { return "" }

// OperatorConsents opens the address of an authorization request in the operator's browser. The operator agrees. It returns
// the URL that the browser is sent to, or an error with the text of Amazon's error page.
func (a *Amazon) OperatorConsents(authorizeURL string) (redirectURL string, err error) {
	return "", errors.New("not yet")
}

// OperatorDeclines is OperatorConsents for an operator who does not agree.
func (a *Amazon) OperatorDeclines(authorizeURL string) (redirectURL string, err error) {
	return "", errors.New("not yet")
}

// RemoveAccess ends all tokens of a profile, as the operator does it on Amazon's account page.
func (a *Amazon) RemoveAccess(clientID string) {}

// RotateRefreshToken makes the next refresh answer with a new refresh token. The old one ends.
func (a *Amazon) RotateRefreshToken() {}

// ExpireAccessTokens ends all access tokens.
func (a *Amazon) ExpireAccessTokens() {}

// ExpireUploads ends all upload URLs.
func (a *Amazon) ExpireUploads() {}

// Advance moves the fake's clock.
func (a *Amazon) Advance(d time.Duration) {}

// AddVendor adds a developer account of the operator. A fake begins without one. Without roles it is an administrator.
func (a *Amazon) AddVendor(id, name string, roles ...string) {}

// AddSkill makes a skill outside of any deployment, as in the console, and returns its id. Without a manifest it has the
// console's first one. Only the first manifest counts.
func (a *Amazon) AddSkill(vendorID string, manifest ...map[string]any) string { return "" }

// AddModel stores a built model of a skill, as in the console.
func (a *Amazon) AddModel(skillID, locale string, model map[string]any) {}

// Skills returns the skills in the order of their creation.
func (a *Amazon) Skills() []SkillView { return nil }

// Assets returns the files below assets/ that the last import of the skill had, by path: SHA-256 in hex.
func (a *Amazon) Assets(skillID string) map[string]string { return nil }

// EditManifest changes a manifest in the console: {"manifest":{…}}.
func (a *Amazon) EditManifest(skillID string, edit func(manifest map[string]any)) {}

// EditModel changes a model in the console: {"interactionModel":{…}}.
func (a *Amazon) EditModel(skillID, locale string, edit func(model map[string]any)) {}

// DisableSkill disables the development stage.
func (a *Amazon) DisableSkill(skillID string) {}

// StartOtherImport starts an import of the skill that is not the test's, and returns its id. It needs polls like any other.
func (a *Amazon) StartOtherImport(skillID string) (importID string) { return "" }

// Secrets returns every token, code, client secret, code verifier and upload URL so far. Outputs must not contain them.
func (a *Amazon) Secrets() []string { return nil }

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
