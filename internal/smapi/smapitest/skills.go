package smapitest

import (
	"encoding/json"
	"net/http"
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
				message := "Interaction model for locale " + locale + " has not been built successfully."
				violations = append(violations, rules.Violation{Message: message})
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
