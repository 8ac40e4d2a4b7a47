package smapitest

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lastpost/internal/smapi/smapitest/rules"
)

// certificateBody is the body of the calls for certificates.
type certificateBody struct {
	Certificate string `json:"sslCertificate"`
	Regions     map[string]struct {
		Certificate string `json:"sslCertificate"`
	} `json:"regions,omitempty"`
}

func (a *Amazon) getCertificate(c *apiCall) answer {
	if c.skill.certificate == "" {
		return refuse(http.StatusNotFound, "The skill does not have a certificate.")
	}
	return reply(http.StatusOK, certificateBody{Certificate: c.skill.certificate})
}

func (a *Amazon) putCertificate(c *apiCall) answer {
	var body certificateBody
	if refused := c.decode(&body, true); refused != nil {
		return *refused
	}
	certificates := []string{body.Certificate}
	for region, regional := range body.Regions {
		if !slices.Contains([]string{"NA", "EU", "FE"}, region) {
			return refuse(http.StatusBadRequest, "Region %s is unknown.", region)
		}
		certificates = append(certificates, regional.Certificate)
	}
	for _, certificate := range certificates {
		if !isCertificate(certificate) {
			return refuse(http.StatusBadRequest, "The certificate must be an X.509 certificate in PEM format.")
		}
	}
	c.skill.certificate = body.Certificate
	return answer{status: http.StatusNoContent}
}

// isCertificate reports whether a text has one certificate and nothing else.
func isCertificate(text string) bool {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return false
	}
	_, err := x509.ParseCertificate(block.Bytes)
	return err == nil
}

// linkingBody is the client of account linking.
type linkingBody struct {
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

func (a *Amazon) putLinking(c *apiCall) answer {
	var checked struct {
		Request *linkingBody `json:"accountLinkingRequest"`
	}
	var kept struct {
		Request map[string]any `json:"accountLinkingRequest"`
	}
	if refused := c.decode(&checked, true); refused != nil {
		return *refused
	}
	if refused := c.decode(&kept, false); refused != nil {
		return *refused
	}
	if checked.Request == nil {
		return refuse(http.StatusBadRequest, "accountLinkingRequest is missing.")
	}
	if problems := checked.Request.check(); len(problems) > 0 {
		return refuse(http.StatusBadRequest, "Account linking request is not valid.").because(problems...)
	}
	if refused := c.checkMatch(c.skill.linkingETag); refused != nil {
		return *refused
	}
	if checked.Request.ClientSecret != "" {
		a.secrets = append(a.secrets, checked.Request.ClientSecret)
	}
	c.skill.linking, c.skill.linkingETag = kept.Request, newETag()
	return answer{status: http.StatusNoContent}.with("ETag", c.skill.linkingETag)
}

// check returns what is missing or wrong.
func (l linkingBody) check() (found []rules.Violation) {
	require := func(name string, ok bool) {
		if !ok {
			found = append(found, rules.Violation{Message: "Property " + name + " is missing or invalid."})
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

// getLinking answers without the client's secret, as Amazon does.
func (a *Amazon) getLinking(c *apiCall) answer {
	if c.skill.linking == nil {
		return refuse(http.StatusNotFound, "The skill does not have an account linking client.")
	}
	shown := clone(c.skill.linking)
	for _, hidden := range []string{"clientSecret", "reciprocalAccessTokenUrl", "skipOnEnablement"} {
		delete(shown, hidden)
	}
	return reply(http.StatusOK, shown).with("ETag", c.skill.linkingETag)
}
