package smapitest

import (
	"net/http"

	"lastpost/internal/smapi/smapitest/rules"
)

// importStatus answers with the status of an import.
func (a *Amazon) importStatus(c *apiCall) answer {
	for _, job := range a.imports {
		if job.id == c.vars["import"] && a.hasVendor(job.vendorID) {
			return reply(http.StatusOK, job.view())
		}
	}
	return refuse(http.StatusNotFound, "Import with id %s does not exist.", c.vars["import"])
}

// view returns the status of the import. At first there is neither skill id nor resource.
func (j *importJob) view() map[string]any {
	view := map[string]any{"status": inProgress}
	if !j.running() {
		view["status"] = succeeded
		if j.fails() {
			view["status"] = failed
		}
	}
	if j.refusal != "" {
		if !j.running() {
			view["errors"] = []rules.Violation{{Code: "INVALID_SKILL_PACKAGE", Message: j.refusal}}
		}
		return view
	}
	if j.tick < 2 {
		return view
	}
	listed := []map[string]any{}
	for i, part := range j.resources {
		if status := j.statusOf(i); status != "" {
			listed = append(listed, part.view(status))
		}
	}
	shown := map[string]any{"resources": listed}
	if j.skill != nil {
		shown["skillId"] = j.skill.id
	}
	if j.etag != "" {
		shown["eTag"] = j.etag
	}
	view["skill"] = shown
	return view
}

// statusOf returns the status of a resource; "": it is not listed yet. If a part fails, the finished parts are rolled back
// in the last step but one.
func (j *importJob) statusOf(i int) string {
	part, isRollback := j.resources[i], j.fails() && j.tick >= j.ticks-1
	switch {
	case isRollback && len(part.errors) > 0:
		return failed
	case isRollback && j.failsAtManifest():
		return skipped
	case isRollback && j.running():
		return rollingOff
	case isRollback:
		return rolledBack
	case i < j.done() && len(part.errors) == 0:
		return succeeded
	case i <= j.done():
		return inProgress
	}
	return ""
}

func (r resource) view(status string) map[string]any {
	view := map[string]any{"name": r.name, "action": r.action, "status": status}
	if len(r.errors) > 0 && status == failed {
		view["errors"] = r.errors
	}
	if len(r.warnings) > 0 {
		view["warnings"] = r.warnings
	}
	return view
}
