package smapitest

import (
	"net/http"
	"slices"

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
		if !rules.IsCertificate(certificate) {
			return refuse(http.StatusBadRequest, "The certificate must be an X.509 certificate in PEM format.")
		}
	}
	c.skill.certificate = body.Certificate
	return answer{status: http.StatusNoContent}
}

func (a *Amazon) putLinking(c *apiCall) answer {
	var checked struct {
		Request *rules.LinkingClient `json:"accountLinkingRequest"`
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
	if problems := checked.Request.Check(); len(problems) > 0 {
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
