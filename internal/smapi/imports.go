package smapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// CreateByImport creates a skill. The call is not idempotent. Therefore, it sends the request again only if Amazon certainly
// did not take it. It returns a *LostAnswerError if it is unknown whether Amazon acted.
func (c *Client) CreateByImport(ctx context.Context, vendorID, location string) (importID string, err error) {
	c.masks.rememberURL(location)
	body, err := json.Marshal(map[string]string{"vendorId": vendorID, "location": location})
	if err != nil {
		return "", err
	}
	return c.startImport(ctx, call{name: callCreate, method: http.MethodPost, path: "/v1/skills/imports", body: body, once: true})
}

// UpdateByImport imports a package into a skill. It returns an *ImportRunningError if another import is running. It sends the
// request again after a lost answer, because a second import of a package does not change the result. Amazon refuses the
// second import while the first is running. So the error can name the import of this call.
func (c *Client) UpdateByImport(ctx context.Context, skillID, location string) (importID string, err error) {
	c.masks.rememberURL(location)
	target, err := skillPath("v1", skillID, "imports")
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(map[string]string{"location": location})
	if err != nil {
		return "", err
	}
	importID, err = c.startImport(ctx, call{name: callUpdate, method: http.MethodPost, path: target, body: body})
	if refusal, ok := errors.AsType[*Error](err); ok {
		if found := runningImport.FindStringSubmatch(refusal.Message); found != nil {
			return "", &ImportRunningError{ImportID: strings.TrimRight(found[1], "."), Err: refusal}
		}
	}
	return importID, err
}

// runningImport matches Amazon's message about another import. The id is missing in some messages.
var runningImport = regexp.MustCompile(`(?i)another import in progress(?:.*importId:?\s*([A-Za-z0-9._~-]+))?`)

// startImport starts an import and returns its id.
func (c *Client) startImport(ctx context.Context, k call) (importID string, err error) {
	result, err := c.do(ctx, k)
	if err != nil {
		return "", err
	}
	location, err := url.Parse(result.header.Get("Location"))
	if err != nil || path.Base(path.Dir(location.Path)) != "imports" || !isSegment(path.Base(location.Path)) {
		e := c.newError(k, result)
		e.Message = "the answer does not have the id of the import"
		e.Remedy = remedyBrokenAnswer
		return "", k.lostIfOnce(e)
	}
	return path.Base(location.Path), nil
}

// Import returns the state of an import.
func (c *Client) Import(ctx context.Context, importID string) (Import, error) {
	target, err := skillPath("v1", "imports", importID)
	if err != nil {
		return Import{}, err
	}
	var w wireImport
	k := call{name: callImport, method: http.MethodGet, path: target}
	result, err := c.doJSON(ctx, k, &w)
	if err != nil {
		return Import{}, err
	}
	if w.Status == "" || w.Skill.SkillID != "" && !isSegment(w.Skill.SkillID) { // the id would be written into the configuration
		return Import{}, c.refusal(k, result).err
	}
	state := Import{Status: c.clean(w.Status), SkillID: w.Skill.SkillID, ETag: w.Skill.ETag}
	state.Errors, state.Warnings = c.problems("", w.Errors), c.problems("", w.Warnings)
	for _, r := range w.Skill.Resources {
		state.Resources = append(state.Resources, Resource{
			Name: c.clean(r.Name), Action: c.clean(r.Action), Status: c.clean(r.Status),
			Errors: c.problems(r.Name, r.Errors), Warnings: c.problems(r.Name, r.Warnings),
		})
	}
	return state, nil
}
