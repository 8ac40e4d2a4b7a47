// Package smapi calls Amazon's Skill Management API (SMAPI). It repeats calls that failed for a short time, renews the access
// token, and explains errors with a remedy. Its errors and its debug output contain no secret. The package does not sign in,
// and does not decide what to deploy.
package smapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
)

// DefaultURL is the address of SMAPI for the developers of skills in all regions.
const DefaultURL = "https://api.amazonalexa.com"

// A TokenSource has access tokens for SMAPI.
type TokenSource interface {
	// Token returns an access token that is valid for another 60 s.
	Token(ctx context.Context) (string, error)
	// Renew returns another token than the one that Amazon refused, or an error with its remedy.
	Renew(ctx context.Context, refused string) (string, error)
}

// Options are the options of a Client.
type Options struct {
	BaseURL   string // "": DefaultURL
	Tokens    TokenSource
	HTTP      *http.Client // nil: a client with timeouts and without cookies
	Debug     io.Writer    // receives each exchange, without secrets; nil: none
	UserAgent string
	// Pause waits. Nil: it waits for the real time.
	Pause func(ctx context.Context, d time.Duration) error
}

// A Client calls SMAPI.
type Client struct{}

var errTODO = errors.New("not implemented yet")

// New returns a client.
func New(o Options) (*Client, error) { return &Client{}, nil }

// CheckBaseURL reads the address of a server from the setting with the given name. It accepts https, and http for a loopback
// address only.
func CheckBaseURL(name, value string) (*url.URL, error) { return url.Parse(value) }

// NewDebugTransport returns a transport that writes each exchange to w, without secrets.
func NewDebugTransport(next http.RoundTripper, w io.Writer) http.RoundTripper { return next }

// Vendors returns the vendors of the signed-in person. If the account does not have any, the error has the remedy.
func (c *Client) Vendors(ctx context.Context) ([]Vendor, error) { return nil, errTODO }

// Skills returns all skills of a vendor, one entry for each stage.
func (c *Client) Skills(ctx context.Context, vendorID string) ([]Skill, error) { return nil, errTODO }

// Upload uploads a package and returns its location for an import. The location is a secret.
func (c *Client) Upload(ctx context.Context, archive []byte) (location string, err error) {
	return "", errTODO
}

// CreateByImport creates a skill. It returns a *LostAnswerError if it is unknown whether Amazon received the request.
func (c *Client) CreateByImport(ctx context.Context, vendorID, location string) (importID string, err error) {
	return "", errTODO
}

// UpdateByImport imports a package into a skill. It returns an *ImportRunningError if another import is running.
func (c *Client) UpdateByImport(ctx context.Context, skillID, location string) (importID string, err error) {
	return "", errTODO
}

// Import returns the state of an import.
func (c *Client) Import(ctx context.Context, importID string) (Import, error) {
	return Import{}, errTODO
}

// Manifest returns the manifest of the development stage.
func (c *Client) Manifest(ctx context.Context, skillID string) (Document, error) {
	return Document{}, errTODO
}

// SetManifest replaces the manifest of the development stage. Amazon works on it after the call. Status has the result.
// ifMatch is the ETag of the manifest that it replaces, or "".
func (c *Client) SetManifest(ctx context.Context, skillID string, manifest []byte, ifMatch string) error {
	return errTODO
}

// Model returns the interaction model of a locale.
func (c *Client) Model(ctx context.Context, skillID, locale string) (Document, error) {
	return Document{}, errTODO
}

// ModelETag returns the version of the interaction model of a locale.
func (c *Client) ModelETag(ctx context.Context, skillID, locale string) (string, error) {
	return "", errTODO
}

// Status returns the state of the last changes of the skill.
func (c *Client) Status(ctx context.Context, skillID string) (SkillStatus, error) {
	return SkillStatus{}, errTODO
}

// IsEnabled reports whether the development stage is enabled for the signed-in person.
func (c *Client) IsEnabled(ctx context.Context, skillID string) (bool, error) { return false, errTODO }

// Enable enables the development stage for the signed-in person.
func (c *Client) Enable(ctx context.Context, skillID string) error { return errTODO }

// Simulate begins to simulate an utterance, and returns the id of the simulation.
func (c *Client) Simulate(ctx context.Context, skillID, locale, text string) (id string, err error) {
	return "", errTODO
}

// Simulation returns the state of a simulation.
func (c *Client) Simulation(ctx context.Context, skillID, id string) (Simulation, error) {
	return Simulation{}, errTODO
}

// Invoke lets Amazon send a request to the skill.
func (c *Client) Invoke(ctx context.Context, skillID string, request []byte) (Invocation, error) {
	return Invocation{}, errTODO
}

// SetCertificate sets the self-signed certificate of the skill's endpoint, as PEM.
func (c *Client) SetCertificate(ctx context.Context, skillID, pem string) error { return errTODO }

// SetAccountLinking sets the account-linking client of the development stage. request is the value of accountLinkingRequest.
func (c *Client) SetAccountLinking(ctx context.Context, skillID string, request []byte, ifMatch string) (etag string, err error) {
	return "", errTODO
}

// AccountLinking returns the account-linking client of the development stage. Amazon does not send its secret.
func (c *Client) AccountLinking(ctx context.Context, skillID string) (Document, error) {
	return Document{}, errTODO
}
