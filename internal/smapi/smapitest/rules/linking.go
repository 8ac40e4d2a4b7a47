package rules

import (
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"slices"
	"strings"
)

// LinkingClient is the client of account linking, as a request has it.
type LinkingClient struct {
	Type             string           `json:"type"`
	AuthorizationURL string           `json:"authorizationUrl"`
	AccessTokenURL   string           `json:"accessTokenUrl"`
	ClientID         string           `json:"clientId"`
	ClientSecret     string           `json:"clientSecret"`
	Scheme           string           `json:"accessTokenScheme"`
	Domains          []string         `json:"domains"`
	Scopes           []string         `json:"scopes"`
	Expiration       *int             `json:"defaultTokenExpirationInSeconds"`
	ReciprocalURL    string           `json:"reciprocalAccessTokenUrl"`
	RedirectURLs     []string         `json:"redirectUrls"`
	ByPlatform       []map[string]any `json:"authorizationUrlsByPlatform"`
	SkipOnEnablement *bool            `json:"skipOnEnablement"`
	VoiceForward     string           `json:"voiceForwardAccountLinking"`
}

// Check returns what is missing or wrong.
func (l LinkingClient) Check() (found []Violation) {
	require := func(name string, ok bool) {
		if !ok {
			found = append(found, Violation{Message: "Property " + name + " is missing or invalid."})
		}
	}
	isHTTPS := func(address string) bool {
		u, err := url.Parse(address)
		return err == nil && u.Scheme == "https" && u.Host != ""
	}
	require("type", l.Type == "AUTH_CODE" || l.Type == "IMPLICIT")
	require("authorizationUrl", isHTTPS(l.AuthorizationURL))
	require("clientId", l.ClientID != "")
	if l.Type == "AUTH_CODE" {
		require("accessTokenUrl", isHTTPS(l.AccessTokenURL))
		require("clientSecret", l.ClientSecret != "")
		require("accessTokenScheme", l.Scheme == "HTTP_BASIC" || l.Scheme == "REQUEST_BODY_CREDENTIALS")
	}
	require("voiceForwardAccountLinking", slices.Contains([]string{"", "ENABLED", "DISABLED"}, l.VoiceForward))
	return found
}

// IsCertificate reports whether a text has one certificate and nothing else.
func IsCertificate(text string) bool {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return false
	}
	_, err := x509.ParseCertificate(block.Bytes)
	return err == nil
}
