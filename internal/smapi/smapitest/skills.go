package smapitest

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lastpost/internal/smapi/smapitest/rules"
)

// defaultPageSize and maxPageSize are the numbers of skills of a page.
const (
	defaultPageSize = 10
	maxPageSize     = 50
)

func (a *Amazon) listVendors(*apiCall) answer {
	return reply(http.StatusOK, map[string]any{"vendors": append([]Vendor{}, a.vendors...)})
}

// listSkills answers with a page of the skills of a vendor.
func (a *Amazon) listSkills(c *apiCall) answer {
	query := c.URL.Query()
	vendor, from, size := query.Get("vendorId"), 0, defaultPageSize
	if !a.hasVendor(vendor) {
		return refuse(http.StatusForbidden, "User is not authorized to access this operation.")
	}
	var err error
	if text := query.Get("maxResults"); text != "" {
		if size, err = strconv.Atoi(text); err != nil || size < 1 || size > maxPageSize {
			return refuse(http.StatusBadRequest, "maxResults must be between 1 and %d.", maxPageSize)
		}
	}
	if a.options.PageSize > 0 {
		size = min(size, a.options.PageSize)
	}
	if text := query.Get("nextToken"); text != "" {
		if from, err = strconv.Atoi(strings.TrimPrefix(text, "page+/")); err != nil || from < 0 {
			return refuse(http.StatusBadRequest, "nextToken is invalid.")
		}
	}
	wanted := query["skillId"]
	var listed []map[string]any
	for _, found := range a.skills {
		if found.vendorID == vendor && (len(wanted) == 0 || slices.Contains(wanted, found.id)) {
			listed = append(listed, found.summary())
		}
	}
	from = min(from, len(listed))
	end := min(from+size, len(listed))
	page := map[string]any{"skills": append([]map[string]any{}, listed[from:end]...), "isTruncated": end < len(listed)}
	if end < len(listed) {
		page["nextToken"] = "page+/" + strconv.Itoa(end) // it needs an escape in a query
	}
	return reply(http.StatusOK, page)
}

// summary returns the entry of the list of skills.
func (k *skill) summary() map[string]any {
	return map[string]any{
		"skillId": k.id, "stage": "development", "publicationStatus": "DEVELOPMENT", "apis": append([]string{}, rules.APIs(k.manifest)...),
		"lastUpdated": k.updated.UTC().Format("2006-01-02T15:04:05.000Z"), "nameByLocale": rules.Names(k.manifest),
	}
}

func (a *Amazon) deleteSkill(c *apiCall) answer {
	a.removeSkill(c.skill)
	return answer{status: http.StatusNoContent}
}

func (s *state) removeSkill(removed *skill) {
	s.skills = slices.DeleteFunc(s.skills, func(k *skill) bool { return k == removed })
}

func (a *Amazon) getEnablement(c *apiCall) answer {
	if !c.skill.enabled {
		return refuse(http.StatusNotFound, "Skill with id %s is not enabled.", c.skill.id)
	}
	return answer{status: http.StatusNoContent}
}

// putEnablement enables a skill whose parts are ready.
func (a *Amazon) putEnablement(c *apiCall) answer {
	if a.isLocked(c.skill) {
		return refuse(http.StatusConflict, "The skill is being changed by another request.")
	}
	violations := rules.CheckEnablement(c.skill.manifest)
	if c.skill.manifest == nil {
		violations = append(violations, rules.Violation{Message: "The skill does not have a manifest."})
	}
	if slices.Contains(rules.APIs(c.skill.manifest), "custom") {
		for _, locale := range rules.Locales(c.skill.manifest) {
			if c.skill.models[locale] == nil {
				violations = append(violations, rules.Violation{Message: "Interaction model for locale " + locale + " has not been built successfully."})
			}
		}
	}
	if len(violations) > 0 {
		return refuse(http.StatusForbidden, "Skill is not ready for enablement.").because(violations...)
	}
	c.skill.enabled = true
	return answer{status: http.StatusNoContent}
}

func (a *Amazon) deleteEnablement(c *apiCall) answer {
	c.skill.enabled = false
	return answer{status: http.StatusNoContent}
}

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

// newSkill makes a skill without a manifest.
func (a *Amazon) newSkill(vendorID string) *skill {
	made := &skill{
		id: newID("amzn1.ask.skill."), vendorID: vendorID, modelChanges: map[string]*change{},
		content: content{models: map[string]*model{}, assets: map[string]string{}},
	}
	made.touch(a.now())
	a.skills = append(a.skills, made)
	return made
}

// view returns what tests see of a skill.
func (k *skill) view() SkillView {
	view := SkillView{ID: k.id, VendorID: k.vendorID, Manifest: encode(k.manifest), Models: map[string]json.RawMessage{},
		Enabled: k.enabled, Certificate: k.certificate}
	for locale, found := range k.models {
		view.Models[locale] = encode(found.content)
	}
	if k.linking != nil {
		view.AccountLinking = encode(k.linking)
	}
	return view
}

// encode writes JSON with sorted keys.
func encode(value any) json.RawMessage {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err) // cannot happen: the value was decoded from JSON
	}
	return encoded
}

// expiry is the end of something that lives for a time.
func (a *Amazon) expiry(life time.Duration) time.Time { return a.now().Add(life) }
