package assembly

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"

	"lastpost/internal/config"
	"lastpost/internal/faultlog"
	"lastpost/internal/linkproxy"
)

// minKeyLength is the minimum length of the secret in account_linking.key_file. Anyone who guesses it can read the pages of the
// authorization server's host.
const minKeyLength = 32

// NewLinkProxy creates the account-linking proxy. The caller sets its recorder. kubernetes means that the service may be
// one of several pods.
func NewLinkProxy(a config.AccountLinking, kubernetes bool, log *slog.Logger, faults *faultlog.Log) (*linkproxy.Proxy, error) {
	authorization, err := url.Parse(a.AuthorizationURL)
	if err != nil {
		return nil, fmt.Errorf("account_linking.authorization_url: %w", err)
	}
	token, err := url.Parse(a.TokenURL)
	if err != nil {
		return nil, fmt.Errorf("account_linking.token_url: %w", err)
	}
	secret, err := readLinkSecret(a, kubernetes)
	if err != nil {
		return nil, err
	}
	return &linkproxy.Proxy{
		Path: a.Path, AuthorizationURL: authorization, TokenURL: token, Mode: linkproxy.Mode(a.Authorize), AllowedPaths: a.AllowPaths,
		Secret: secret, Log: log, Faults: faults,
	}, nil
}

// readLinkSecret reads the secret of the sign-ins' cookies. It returns nil if there is none. In Kubernetes it is required:
// the requests of one sign-in reach different pods, and without it each pod refuses the sign-ins of the others.
func readLinkSecret(a config.AccountLinking, kubernetes bool) ([]byte, error) {
	if a.KeyFile == "" {
		if kubernetes && a.Authorize != string(linkproxy.Redirect) {
			return nil, errors.New("account_linking.key_file is missing: in Kubernetes the requests of one sign-in may reach " +
				"several pods. Set it to a file of the Secret with the same random text of at least 32 characters in each pod, " +
				"or set account_linking.authorize: redirect")
		}
		return nil, nil
	}
	text, err := readSecret("account_linking.key_file", a.KeyFile, "write a random text of at least 32 characters into it", "")
	if err == nil && len(text) < minKeyLength {
		err = fmt.Errorf("account_linking.key_file %s has %d characters: write a random text of at least %d characters into it, "+
			"for example with: openssl rand -base64 33", a.KeyFile, len(text), minKeyLength)
	}
	return []byte(text), err
}

// linkingClient is the account linking of a skill, as Amazon's interface wants it.
type linkingClient struct {
	Type              string   `json:"type"`
	AuthorizationURL  string   `json:"authorizationUrl"`
	AccessTokenURL    string   `json:"accessTokenUrl"`
	ClientID          string   `json:"clientId"`
	ClientSecret      string   `json:"clientSecret"`
	AccessTokenScheme string   `json:"accessTokenScheme"`
	Scopes            []string `json:"scopes"`
	Domains           []string `json:"domains"`
	SkipOnEnablement  bool     `json:"skipOnEnablement"`
}

// LinkingClient returns the account linking that Amazon's side of the skill needs, as JSON with the client's secret. It returns
// nil if the configuration does not have a client.
func LinkingClient(c *config.Config) ([]byte, error) {
	a := c.AccountLinking
	if a.ClientID == "" {
		return nil, nil
	}
	authorize, token := c.LinkURLs()
	if authorize == "" {
		return nil, errors.New("account_linking needs the public address of the service: set public_url")
	}
	secret, err := readSecret("account_linking.client_secret_file", a.ClientSecretFile, "write the client's secret into it", "")
	if err != nil {
		return nil, err
	}
	server, err := url.Parse(a.AuthorizationURL)
	if err != nil {
		return nil, fmt.Errorf("account_linking.authorization_url: %w", err)
	}
	client := linkingClient{
		Type: "AUTH_CODE", AuthorizationURL: authorize, AccessTokenURL: token, ClientID: a.ClientID, ClientSecret: secret,
		AccessTokenScheme: map[string]string{"basic": "HTTP_BASIC", "body": "REQUEST_BODY_CREDENTIALS"}[a.ClientAuthentication],
		Scopes:            append([]string{}, a.Scopes...), Domains: []string{c.PublicHost()},
		SkipOnEnablement: true, // the blog needs no account, and a skill that requires one cannot be enabled by this program
	}
	if server.Hostname() != c.PublicHost() { // the app opens only pages of these hosts
		client.Domains = append(client.Domains, server.Hostname())
	}
	return json.Marshal(client)
}
