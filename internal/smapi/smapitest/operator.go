package smapitest

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"lastpost/internal/smapi/smapitest/rules"
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
	Manifest       json.RawMessage            // with sorted keys; "null": none
	Models         map[string]json.RawMessage // by locale, with sorted keys
	Enabled        bool
	Certificate    string          // PEM
	AccountLinking json.RawMessage // nil: none. It contains the client's secret
}

// ExpireUploads ends all upload URLs.
func (a *Amazon) ExpireUploads() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, found := range a.uploads {
		found.expires = time.Time{}
	}
}

// Advance moves the fake's clock.
func (a *Amazon) Advance(d time.Duration) {
	a.offset.Add(int64(d))
}

// AddVendor adds a developer account of the operator. A fake begins without one. Without roles it is an administrator.
func (a *Amazon) AddVendor(id, name string, roles ...string) {
	if len(roles) == 0 {
		roles = []string{"ROLE_ADMINISTRATOR"}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.vendors = append(a.vendors, Vendor{id, name, roles})
}

// AddSkill makes a skill outside of any deployment, as in the console, and returns its id. Without a manifest it has the
// console's first one. Only the first manifest counts. The fake does not check it.
func (a *Amazon) AddSkill(vendorID string, manifest ...map[string]any) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	made := a.newSkill(vendorID)
	decoded := map[string]any{"manifest": map[string]any{
		"manifestVersion": "1.0", "apis": map[string]any{"custom": map[string]any{}},
		"publishingInformation": map[string]any{"locales": map[string]any{"en-US": map[string]any{"name": "A skill of the console"}}},
	}}
	if len(manifest) > 0 {
		decoded = clone(manifest[0])
	}
	made.setManifest(decoded)
	made.manifestChange = &change{status: succeeded}
	return made.id
}

// AddModel stores a built model of a skill, as in the console.
func (a *Amazon) AddModel(skillID, locale string, model map[string]any) {
	a.edit(skillID, func(k *skill) {
		k.setModel(locale, clone(any(model)))
		k.modelChanges[locale] = &change{status: succeeded}
	})
}

// edit changes a skill. An unknown one is a mistake of the test.
func (a *Amazon) edit(skillID string, change func(*skill)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found := a.findSkill(skillID)
	if found == nil {
		panic("the fake does not have the skill " + skillID)
	}
	change(found)
	found.touch(a.now())
}

// Skills returns the skills in the order of their creation.
func (a *Amazon) Skills() []SkillView {
	a.mu.Lock()
	defer a.mu.Unlock()
	views := []SkillView{}
	for _, found := range a.skills {
		views = append(views, found.view())
	}
	return views
}

// Assets returns the files below assets/ that the last import of the skill had, by path: SHA-256 in hex.
func (a *Amazon) Assets(skillID string) (assets map[string]string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if found := a.findSkill(skillID); found != nil {
		assets = maps.Clone(found.assets)
	}
	return assets
}

// EditManifest changes a manifest in the console: {"manifest":{…}}.
func (a *Amazon) EditManifest(skillID string, edit func(manifest map[string]any)) {
	a.edit(skillID, func(k *skill) {
		edited, _ := clone(k.manifest).(map[string]any)
		edit(edited)
		k.setManifest(clone(any(edited)))
	})
}

// EditModel changes a model in the console: {"interactionModel":{…}}. The new model is built at once.
func (a *Amazon) EditModel(skillID, locale string, edit func(model map[string]any)) {
	a.edit(skillID, func(k *skill) {
		edited, _ := clone(k.models[locale].content).(map[string]any)
		edit(edited)
		k.setModel(locale, clone(any(edited)))
	})
}

// DisableSkill disables the development stage.
func (a *Amazon) DisableSkill(skillID string) {
	a.edit(skillID, func(k *skill) { k.enabled = false })
}

// StartOtherImport starts an import of the skill that is not the test's, and returns its id. It needs polls like any other.
// It changes nothing but the versions.
func (a *Amazon) StartOtherImport(skillID string) (importID string) {
	a.edit(skillID, func(k *skill) {
		same := &rules.Package{Manifest: k.manifest, Models: map[string]any{}, Assets: k.assets}
		for locale, found := range k.models {
			same.Models[locale] = found.content
		}
		job := &importJob{skill: k, vendorID: k.vendorID}
		a.addImport(job, same)
		importID = job.id
	})
	return importID
}

// ImportIDs returns the ids of all imports, in their order.
func (a *Amazon) ImportIDs() (ids []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for job := range slices.Values(a.imports) {
		ids = append(ids, job.id)
	}
	return ids
}
