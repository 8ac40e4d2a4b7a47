package smapitest

import (
	"maps"
	"net/http"
	"slices"

	"lastpost/internal/smapi/smapitest/rules"
)

// buildSteps returns the names of the steps of a build, in their order.
func buildSteps() []string {
	return []string{"DIALOG_MODEL_BUILD", "LANGUAGE_MODEL_QUICK_BUILD", "LANGUAGE_MODEL_FULL_BUILD"}
}

// changing reports whether a manifest or model is being changed outside of an import.
func (k *skill) changing() bool {
	return k.manifestChange.running() ||
		slices.ContainsFunc(slices.Collect(maps.Values(k.modelChanges)), (*change).running)
}

func (c *change) running() bool { return c != nil && c.status == inProgress }

// stepChanges moves the running changes one step.
func (k *skill) stepChanges() {
	for _, c := range append(slices.Collect(maps.Values(k.modelChanges)), k.manifestChange) {
		if !c.running() {
			continue
		}
		if c.polls--; c.polls < 0 {
			c.status = succeeded
			c.apply()
		}
	}
}

// getManifest answers with the manifest. While it is changed, or if there is none yet, the answer is the address of the
// skill's status.
func (a *Amazon) getManifest(c *apiCall) answer {
	k := c.skill
	if a.options.RedirectManifest || k.manifest == nil || k.manifestChange.running() {
		return accept(http.StatusSeeOther, statusPath(k, "manifest"))
	}
	return reply(http.StatusOK, k.manifest).with("ETag", k.manifestETag)
}

func statusPath(k *skill, part string) string {
	return "/v1/skills/" + k.id + "/status?resource=" + part
}

// putManifest starts a change of the manifest.
func (a *Amazon) putManifest(c *apiCall) answer {
	var manifest any
	if refused := c.decode(&manifest, false); refused != nil {
		return *refused
	}
	if refused := c.checkMatch(c.skill.manifestETag); refused != nil {
		return *refused
	}
	if a.isLocked(c.skill) {
		return refuse(http.StatusConflict, "The skill is being changed by another request.")
	}
	if violations := rules.CheckManifest(manifest, nil); len(violations) > 0 {
		return refuse(http.StatusBadRequest, "Skill manifest is not valid.").because(violations...)
	}
	k := c.skill
	k.manifestChange = &change{status: inProgress, polls: a.options.BuildPolls, apply: func() {
		k.setManifest(manifest)
		k.touch(a.now())
	}}
	return accept(http.StatusAccepted, statusPath(k, "manifest"))
}

func (a *Amazon) getModel(c *apiCall) answer {
	found := c.skill.models[c.vars["locale"]]
	if found == nil {
		return refuse(http.StatusNotFound, "Interaction model for locale %s does not exist.", c.vars["locale"])
	}
	return reply(http.StatusOK, found.content).with("ETag", found.etag)
}

func (a *Amazon) headModel(c *apiCall) answer {
	got := a.getModel(c)
	if got.status == http.StatusOK {
		got.status, got.body = http.StatusNoContent, nil
	}
	return got
}

// putModel starts the build of a model.
func (a *Amazon) putModel(c *apiCall) answer {
	var decoded any
	if refused := c.decode(&decoded, false); refused != nil {
		return *refused
	}
	k, locale, etag := c.skill, c.vars["locale"], ""
	if old := k.models[locale]; old != nil {
		etag = old.etag
	}
	if refused := c.checkMatch(etag); refused != nil {
		return *refused
	}
	switch {
	case !slices.Contains(rules.Locales(k.manifest), locale):
		return refuse(http.StatusNotFound, "Locale %s does not exist.", locale)
	case a.isLocked(k):
		return refuse(http.StatusConflict, "The skill is being changed by another request.")
	}
	if violations := rules.CheckModel(decoded, locale); len(violations) > 0 {
		return refuse(http.StatusBadRequest, "Interaction model is not valid.").because(violations...)
	}
	k.modelChanges[locale] = &change{status: inProgress, polls: a.options.BuildPolls, apply: func() {
		k.setModel(locale, decoded)
		k.touch(a.now())
	}}
	return accept(http.StatusAccepted, statusPath(k, "interactionModel"))
}

// skillStatus answers with the status of the last changes.
func (a *Amazon) skillStatus(c *apiCall) answer {
	wanted, k := c.URL.Query()["resource"], c.skill
	for _, name := range wanted {
		if !slices.Contains([]string{"manifest", "interactionModel", "hostedSkillProvisioning", "hostedSkillDeployment"}, name) {
			return refuse(http.StatusBadRequest, "Resource %s is unknown.", name)
		}
	}
	view := map[string]any{}
	if k.manifestChange != nil && (len(wanted) == 0 || slices.Contains(wanted, "manifest")) {
		view["manifest"] = k.manifestChange.view(k.manifestETag)
	}
	if len(k.modelChanges) > 0 && (len(wanted) == 0 || slices.Contains(wanted, "interactionModel")) {
		models := map[string]any{}
		for locale, changed := range k.modelChanges {
			models[locale] = changed.modelView(k.models[locale], a.options.BuildPolls)
		}
		view["interactionModel"] = models
	}
	return reply(http.StatusOK, view)
}

// view returns the status of the change of a document with its version.
func (c *change) view(etag string) map[string]any {
	request := map[string]any{"status": c.status, "errors": append([]rules.Violation{}, c.errors...), "warnings": []any{}}
	view := map[string]any{"lastUpdateRequest": request}
	if etag != "" {
		view["eTag"] = etag
	}
	return view
}

// modelView adds the steps of the build. They appear as they begin.
func (c *change) modelView(found *model, polls int) map[string]any {
	etag := ""
	if found != nil {
		etag = found.etag
	}
	view, names := c.view(etag), buildSteps()
	begun := len(names)
	if c.running() {
		begun = 1 + (polls-c.polls)*(len(names)-1)/(polls+1)
	}
	var steps []map[string]any
	for i, name := range names[:begun] {
		status := succeeded
		switch i {
		case begun - 1:
			status = c.status
		}
		step := map[string]any{"name": name, "status": status}
		if status == failed {
			step["errors"] = append([]rules.Violation{}, c.errors...)
		}
		steps = append(steps, step)
	}
	request, _ := view["lastUpdateRequest"].(map[string]any)
	request["buildDetails"] = map[string]any{"steps": steps}
	if found != nil {
		view["version"] = "~current"
	}
	return view
}
