package smapitest

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"lastpost/internal/smapi/smapitest/rules"
)

// The statuses of imports and changes.
const (
	inProgress = "IN_PROGRESS"
	succeeded  = "SUCCEEDED"
	failed     = "FAILED"
	skipped    = "SKIPPED"
	rollingOff = "ROLLBACK_IN_PROGRESS"
	rolledBack = "ROLLBACK_SUCCEEDED"
)

// manifestResource and modelResource name the parts of an import.
const (
	manifestResource = "Manifest"
	modelResource    = "InteractionModel."
)

// An ImportFailure makes the next import fail at a resource.
type ImportFailure struct {
	Resource string // Manifest, or InteractionModel.LOCALE
	Errors   []rules.Violation
	Warnings []rules.Violation // without Errors: the import succeeds with them
}

// FailImport makes the next import of a skill, or creation by import, fail.
func (a *Amazon) FailImport(f ImportFailure) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.importFailure = &f
}

// An importJob is an import. It goes one step with each GET of the API.
type importJob struct {
	id, vendorID string
	creates      bool
	skill        *skill // nil: not created yet
	content      *rules.Package
	refusal      string // of the archive as a whole; "": none
	resources    []resource
	tick, ticks  int
	etag         string // of the skill, after a success
	before       content
	applied      bool // the manifest is in the skill
}

// A resource is a part of an import.
type resource struct {
	name, action string
	errors       []rules.Violation
	warnings     []rules.Violation
}

// createByImport starts the creation of a skill.
func (a *Amazon) createByImport(c *apiCall) answer {
	var body struct {
		VendorID string `json:"vendorId"`
		Location string `json:"location"`
	}
	if refused := c.decode(&body, true); refused != nil {
		return *refused
	}
	if !a.hasVendor(body.VendorID) {
		return refuse(http.StatusForbidden, "User is not authorized to access this operation.")
	}
	archive, refused := a.findUpload(body.Location)
	if refused != nil {
		return *refused
	}
	return a.startImport(&importJob{creates: true, vendorID: body.VendorID}, archive)
}

// updateByImport starts the update of a skill.
func (a *Amazon) updateByImport(c *apiCall) answer {
	var body struct {
		Location string `json:"location"`
	}
	if refused := c.decode(&body, true); refused != nil {
		return *refused
	}
	for _, job := range a.imports {
		if job.skill == c.skill && job.running() {
			return refuse(http.StatusConflict, "Found another import in progress for skillId: %s. Use importId: %s to track its status.",
				c.skill.id, job.id)
		}
	}
	if refused := c.checkMatch(c.skill.etag); refused != nil {
		return *refused
	}
	if a.isLocked(c.skill) {
		return refuse(http.StatusConflict, "The skill is being changed by another request.")
	}
	archive, refused := a.findUpload(body.Location)
	if refused != nil {
		return *refused
	}
	return a.startImport(&importJob{skill: c.skill, vendorID: c.skill.vendorID}, archive)
}

// startImport examines the archive and adds the job. The answer does not have a body.
func (a *Amazon) startImport(job *importJob, archive []byte) answer {
	content, err := rules.OpenPackage(archive)
	if err != nil {
		job.refusal = "Skill package is not valid: " + err.Error() + "."
	}
	a.addImport(job, content)
	return accept(http.StatusAccepted, "/v1/skills/imports/"+job.id)
}

func (a *Amazon) addImport(job *importJob, content *rules.Package) {
	job.id, job.ticks, job.content = newID(""), a.options.ImportPolls, content
	if job.skill != nil {
		job.before = job.skill.content
	}
	if content != nil {
		job.resources = examine(content, job.before)
	}
	for i := range job.resources {
		if f := a.importFailure; f != nil && f.Resource == job.resources[i].name {
			job.resources[i].errors = append(job.resources[i].errors, f.Errors...)
			job.resources[i].warnings = append(job.resources[i].warnings, f.Warnings...)
		}
	}
	a.importFailure = nil
	a.imports = append(a.imports, job)
}

// examine lists the resources of a package with their violations.
func examine(content *rules.Package, before content) []resource {
	action := func(exists bool) string {
		if exists {
			return "UPDATE"
		}
		return "CREATE"
	}
	found := []resource{{name: manifestResource, action: action(before.manifest != nil),
		errors: rules.CheckManifest(content.Manifest, content.Assets)}}
	locales := rules.Locales(content.Manifest)
	for _, locale := range slices.Sorted(maps.Keys(content.Models)) {
		part := resource{name: modelResource + locale, action: action(before.models[locale] != nil),
			errors: rules.CheckModel(content.Models[locale], locale)}
		if !slices.Contains(locales, locale) {
			message := "Locale " + locale + " is not in the publishing information of the manifest."
			part.errors = append(part.errors, rules.Violation{Message: message})
		}
		found = append(found, part)
	}
	return found
}

// step moves every running import and change one step.
func (a *Amazon) step() {
	for _, job := range a.imports {
		if job.running() {
			job.tick++
			a.advance(job)
		}
	}
	for _, found := range a.skills {
		found.stepChanges()
	}
}

func (j *importJob) running() bool { return j.tick < j.ticks }

// fails reports whether the import ends without success.
func (j *importJob) fails() bool {
	return j.refusal != "" || slices.ContainsFunc(j.resources, func(r resource) bool { return len(r.errors) > 0 })
}

// failsAtManifest reports whether a creation fails before there is a skill.
func (j *importJob) failsAtManifest() bool {
	return j.refusal != "" || len(j.resources[0].errors) > 0
}

// done returns the number of resources that are finished.
func (j *importJob) done() int {
	if j.tick < 2 {
		return 0
	}
	return (j.tick - 2) * len(j.resources) / (j.ticks - 2)
}

// advance makes the changes of the job's new step.
func (a *Amazon) advance(j *importJob) {
	if j.tick == 2 && j.creates && (!j.failsAtManifest() || a.options.LeaveFailedSkill && j.refusal == "") {
		j.skill = a.newSkill(j.vendorID)
		j.before = j.skill.content
	}
	if j.skill == nil || j.refusal != "" {
		return
	}
	if !j.applied && j.done() > 0 && !j.failsAtManifest() {
		j.applied = true
		j.skill.content = j.newContent()
		j.skill.touch(a.now())
	}
	if !j.running() {
		a.finish(j)
	}
}

// newContent returns the content of the skill with the package's manifest and assets. Its models are still the old ones.
func (j *importJob) newContent() content {
	next := content{models: maps.Clone(j.before.models), assets: j.content.Assets}
	next.manifest = rules.ReplaceFiles(clone(j.content.Manifest), func(file string) string {
		return "https://m.media-amazon.example/skill-assets/" + j.content.Assets[file]
	})
	next.manifestETag = newETag()
	return next
}

// finish ends an import: all of it counts, or nothing.
func (a *Amazon) finish(j *importJob) {
	k := j.skill
	if j.fails() {
		k.content = j.before
		k.touch(a.now())
		if j.creates && !a.options.LeaveFailedSkill {
			a.removeSkill(k)
		}
	} else {
		for locale := range k.models {
			if _, kept := j.content.Models[locale]; !kept {
				delete(k.models, locale)
			}
		}
		for locale, decoded := range j.content.Models {
			k.setModel(locale, clone(decoded))
		}
		j.etag = k.etag
	}
	for _, part := range j.resources {
		a.noteChange(k, part, j.fails())
	}
}

// noteChange stores the status of a part of an import, as the status of the skill shows it.
func (a *Amazon) noteChange(k *skill, part resource, rolledBack bool) {
	status := succeeded
	switch {
	case len(part.errors) > 0:
		status = failed
	case rolledBack:
		return // the part is as before
	}
	next := &change{status: status, errors: part.errors}
	locale, isModel := strings.CutPrefix(part.name, modelResource)
	old := k.manifestChange
	if isModel {
		old = k.modelChanges[locale]
	}
	switch {
	case a.options.StaleStatus && old != nil && old.status == failed:
	case isModel:
		k.modelChanges[locale] = next
	default:
		k.manifestChange = next
	}
}

// isLocked reports whether something changes the skill.
func (a *Amazon) isLocked(k *skill) bool {
	for _, job := range a.imports {
		if job.skill == k && job.running() {
			return true
		}
	}
	return k.changing()
}
