package smapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The names of the calls in errors. The remedies depend on them.
const (
	callVendors        = "list the vendors"
	callSkills         = "list the skills"
	callUploadURL      = "get an upload URL"
	callUpload         = "upload the package"
	callCreate         = "create the skill"
	callUpdate         = "update the skill"
	callImport         = "get the state of the import"
	callManifest       = "get the manifest"
	callSetManifest    = "set the manifest"
	callModel          = "get the interaction model"
	callStatus         = "get the state of the skill"
	callIsEnabled      = "find out whether the skill is enabled"
	callEnable         = "enable the skill"
	callSimulate       = "simulate an utterance"
	callSimulation     = "get the result of the simulation"
	callInvoke         = "invoke the skill"
	callCertificate    = "set the certificate"
	callAccountLinking = "set the account-linking client"
	callGetLinking     = "get the account-linking client"
)

// Vendors returns the vendors of the signed-in person. If the account does not have any, the error has the remedy.
func (c *Client) Vendors(ctx context.Context) ([]Vendor, error) {
	var list struct {
		Vendors []Vendor `json:"vendors"`
	}
	k := call{name: callVendors, method: http.MethodGet, path: "/v1/vendors"}
	result, err := c.doJSON(ctx, k, &list)
	if err != nil {
		return nil, err
	}
	if len(list.Vendors) == 0 {
		e := c.newError(k, result)
		e.Message = "the Amazon account does not have a developer account"
		e.Remedy = remedyNoVendor
		return nil, e
	}
	for i, v := range list.Vendors {
		if !isSegment(v.ID) {
			return nil, c.refusal(k, result).err
		}
		list.Vendors[i].Name = c.clean(v.Name)
	}
	return list.Vendors, nil
}

// doJSON makes a call and reads its JSON answer into value.
func (c *Client) doJSON(ctx context.Context, k call, value any) (answer, error) {
	k.json = true
	result, err := c.do(ctx, k)
	if err != nil {
		return result, err
	}
	if json.Unmarshal(result.body, value) != nil { // the error could quote the answer
		return result, k.lostIfOnce(c.refusal(k, result).err)
	}
	return result, nil
}

// lostIfOnce returns the error of a call that Amazon perhaps carried out.
func (k call) lostIfOnce(err error) error {
	if k.once {
		return &LostAnswerError{err}
	}
	return err
}

// Limits of the list of skills.
const (
	maxPages = 200
	pageSize = "50" // the largest that Amazon permits
)

// Skills returns all skills of a vendor, one entry for each stage.
func (c *Client) Skills(ctx context.Context, vendorID string) ([]ListedSkill, error) {
	var skills []ListedSkill
	next := ""
	for range maxPages {
		var page struct {
			Skills []struct {
				ListedSkill
				LastUpdated string `json:"lastUpdated"`
			} `json:"skills"`
			IsTruncated bool   `json:"isTruncated"`
			NextToken   string `json:"nextToken"`
		}
		query := url.Values{"vendorId": {vendorID}, "maxResults": {pageSize}}
		if next != "" {
			query.Set("nextToken", next)
		}
		k := call{name: callSkills, method: http.MethodGet, path: "/v1/skills", query: query}
		result, err := c.doJSON(ctx, k, &page)
		if err != nil {
			return nil, err
		}
		for _, s := range page.Skills {
			if !isSegment(s.ID) {
				return nil, c.refusal(k, result).err
			}
			s.Stage = c.clean(s.Stage)
			s.ListedSkill.LastUpdated, _ = time.Parse(time.RFC3339, s.LastUpdated) // only shown
			skills = append(skills, s.ListedSkill)
		}
		if !page.IsTruncated || page.NextToken == "" {
			return skills, nil
		}
		if page.NextToken == next {
			return nil, fmt.Errorf("%s: Amazon sends the same page again. Try again later", callSkills)
		}
		next = page.NextToken
	}
	return nil, fmt.Errorf("%s: the vendor has more than %d pages of skills. Delete unused skills in the developer console",
		callSkills, maxPages)
}

// skillPath returns the path of a resource of a skill. The id must not have characters that lead to another resource.
func skillPath(version, skillID string, rest ...string) (string, error) {
	parts := append([]string{skillID}, rest...)
	for _, part := range parts {
		if !isSegment(part) {
			return "", fmt.Errorf("%q is not an id of Amazon. Check application_id, and the files below deployments", part)
		}
	}
	return "/" + version + "/skills/" + strings.Join(parts, "/"), nil
}

// isSegment reports whether a text is one segment of a path.
func isSegment(text string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
	return strings.Trim(text, ".") != "" && strings.Trim(text, allowed) == ""
}

// IsEnabled reports whether the development stage is enabled for the signed-in person.
func (c *Client) IsEnabled(ctx context.Context, skillID string) (bool, error) {
	path, err := skillPath("v1", skillID, "stages", "development", "enablement")
	if err != nil {
		return false, err
	}
	k := call{name: callIsEnabled, method: http.MethodGet, path: path, statuses: []int{http.StatusNotFound}}
	result, err := c.do(ctx, k)
	return err == nil && result.status != http.StatusNotFound, err
}

// Enable enables the development stage for the signed-in person.
func (c *Client) Enable(ctx context.Context, skillID string) error {
	path, err := skillPath("v1", skillID, "stages", "development", "enablement")
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{name: callEnable, method: http.MethodPut, path: path})
	return err
}

// Status returns the state of the last changes of the skill.
func (c *Client) Status(ctx context.Context, skillID string) (BuildStatus, error) {
	path, err := skillPath("v1", skillID, "status")
	if err != nil {
		return BuildStatus{}, err
	}
	var w struct {
		Manifest wirePart            `json:"manifest"`
		Models   map[string]wirePart `json:"interactionModel"`
	}
	query := url.Values{"resource": {"manifest", "interactionModel"}}
	if _, err := c.doJSON(ctx, call{name: callStatus, method: http.MethodGet, path: path, query: query}, &w); err != nil {
		return BuildStatus{}, err
	}
	status := BuildStatus{Manifest: c.part("Manifest", w.Manifest), Models: map[string]PartStatus{}}
	for locale, part := range w.Models {
		status.Models[locale] = c.part("InteractionModel."+locale, part)
	}
	return status, nil
}

// SetCertificate sets the self-signed certificate of the skill's endpoint, as PEM.
func (c *Client) SetCertificate(ctx context.Context, skillID, pem string) error {
	path, err := skillPath("v1", skillID, "sslCertificateSets", "~latest")
	if err != nil {
		return err
	}
	if strings.Contains(pem, "PRIVATE KEY") {
		return errors.New("the certificate file has a private key, which must not leave this machine. Use a file with the certificate only")
	}
	body, err := json.Marshal(map[string]string{"sslCertificate": pem})
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{name: callCertificate, method: http.MethodPut, path: path, body: body})
	return err
}
