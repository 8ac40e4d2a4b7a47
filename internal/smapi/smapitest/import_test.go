package smapitest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi/smapitest"
	"lastpost/internal/smapi/smapitest/rules"
)

func TestCreationByImport(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	location := c.create(packageFiles())
	require.Regexp(t, `^/v1/skills/imports/[\w-]+$`, location, "a relative address")

	polls := c.finish(location)
	require.Len(t, polls, 4)
	require.NotContains(t, polls[0].body, "skill", "the first answer does not have the skill id")
	id, _ := dig(polls[1].body, "skill")["skillId"].(string)
	require.Regexp(t, `^amzn1\.ask\.skill\.[0-9a-f-]{36}$`, id)
	last := dig(polls[3].body, "skill")
	require.Equal(t, "SUCCEEDED", polls[3].body["status"])
	require.NotEmpty(t, last["eTag"])
	require.Equal(t, []any{
		map[string]any{"name": "Manifest", "action": "CREATE", "status": "SUCCEEDED"},
		map[string]any{"name": "InteractionModel.de-DE", "action": "CREATE", "status": "SUCCEEDED"},
		map[string]any{"name": "InteractionModel.en-US", "action": "CREATE", "status": "SUCCEEDED"},
	}, last["resources"])

	views := c.amazon.Skills()
	require.Len(t, views, 1)
	require.Equal(t, id, views[0].ID)
	require.JSONEq(t, modelJSON, string(views[0].Models["en-US"]))

	stage := "/v1/skills/" + id + "/stages/development"
	manifest := c.send("GET", stage+"/manifest", nil)
	require.Equal(t, http.StatusOK, manifest.status)
	require.NotEmpty(t, manifest.header.Get("ETag"))
	require.NotContains(t, manifest.raw, "file://")
	head := c.send("HEAD", stage+"/interactionModel/locales/en-US", nil)
	require.Equal(t, http.StatusNoContent, head.status)
	require.NotEmpty(t, head.header.Get("ETag"))

	require.Equal(t, http.StatusNotFound, c.send("GET", stage+"/enablement", nil).status)
	enabled := c.send("PUT", stage+"/enablement", nil)
	require.Equal(t, http.StatusNoContent, enabled.status, enabled.raw)
	require.Equal(t, http.StatusNoContent, c.send("GET", stage+"/enablement", nil).status)
}

// steps renders the answers of the polls: the status of the whole, then of each resource.
func steps(polls []exchange) (lines []string) {
	for _, poll := range polls {
		line := poll.body["status"].(string)
		skill, _ := poll.body["skill"].(map[string]any)
		if _, has := skill["skillId"]; has {
			line += " with id"
		}
		resources, _ := skill["resources"].([]any)
		for _, part := range resources {
			line += fmt.Sprint(", ", dig(part)["name"], " ", dig(part)["status"])
		}
		lines = append(lines, line)
	}
	return lines
}

func TestImportGoesStepByStep(t *testing.T) {
	c := newCaller(t, smapitest.Options{ImportPolls: 5})
	require.Equal(t, []string{
		"IN_PROGRESS",
		"IN_PROGRESS with id, Manifest IN_PROGRESS",
		"IN_PROGRESS with id, Manifest SUCCEEDED, InteractionModel.de-DE IN_PROGRESS",
		"IN_PROGRESS with id, Manifest SUCCEEDED, InteractionModel.de-DE SUCCEEDED, InteractionModel.en-US IN_PROGRESS",
		"SUCCEEDED with id, Manifest SUCCEEDED, InteractionModel.de-DE SUCCEEDED, InteractionModel.en-US SUCCEEDED",
	}, steps(c.finish(c.create(packageFiles()))))
}

func TestCreationThatFailsAtTheManifest(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	polls := c.finish(c.create(changed(t, "skill.json", `"uri":"https:`, `"uri":"http:`)))
	require.Equal(t, []string{
		"IN_PROGRESS",
		"IN_PROGRESS, Manifest IN_PROGRESS",
		"IN_PROGRESS, Manifest FAILED, InteractionModel.de-DE SKIPPED, InteractionModel.en-US SKIPPED",
		"FAILED, Manifest FAILED, InteractionModel.de-DE SKIPPED, InteractionModel.en-US SKIPPED",
	}, steps(polls))
	require.Contains(t, polls[3].raw, `at property path \"$.manifest.apis.custom.endpoint.uri\" does not match the regular expression`)
	require.Empty(t, c.amazon.Skills())

	leaving := newCaller(t, smapitest.Options{LeaveFailedSkill: true})
	leaving.finish(leaving.create(changed(t, "skill.json", `"uri":"https:`, `"uri":"http:`)))
	left := leaving.amazon.Skills()
	require.Len(t, left, 1)
	manifest := leaving.send("GET", "/v1/skills/"+left[0].ID+"/stages/development/manifest", nil)
	require.Equal(t, http.StatusSeeOther, manifest.status, "it does not have a manifest")
}

func TestCreationThatFailsAtAModel(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	files := changed(t, "interactionModels/custom/de-DE.json", "search for {Query}", "{Query}")
	polls := c.finish(c.create(files))
	require.Equal(t, []string{
		"IN_PROGRESS",
		"IN_PROGRESS with id, Manifest IN_PROGRESS",
		"IN_PROGRESS with id, Manifest ROLLBACK_IN_PROGRESS, InteractionModel.de-DE FAILED, InteractionModel.en-US ROLLBACK_IN_PROGRESS",
		"FAILED with id, Manifest ROLLBACK_SUCCEEDED, InteractionModel.de-DE FAILED, InteractionModel.en-US ROLLBACK_SUCCEEDED",
	}, steps(polls))
	require.Contains(t, polls[3].raw, "must include a carrier phrase")
	require.Empty(t, c.amazon.Skills())
}

func TestUpdateThatFailsChangesNothing(t *testing.T) {
	c := newCaller(t, smapitest.Options{StaleStatus: true})
	id := c.newSkill(packageFiles())
	before := c.amazon.Skills()
	update := func(files map[string]string) exchange {
		started := c.send("POST", "/v1/skills/"+id+"/imports", map[string]any{"location": c.upload(archiveOf(t, files))})
		require.Equal(t, http.StatusAccepted, started.status, started.raw)
		polls := c.finish(started.header.Get("Location"))
		return polls[len(polls)-1]
	}
	c.amazon.FailImport(smapitest.ImportFailure{Resource: "InteractionModel.en-US", Errors: []rules.Violation{{Code: "BuildFailure", Message: "No."}}})
	failed := update(changed(t, "skill.json", `"category":"NEWS"`, `"category":"GAMES"`))
	require.Equal(t, "FAILED", failed.body["status"])
	require.Contains(t, failed.raw, `"errors":[{"code":"BuildFailure","message":"No."}]`)
	require.Equal(t, before, c.amazon.Skills())

	status := func() any {
		return dig(c.send("GET", "/v1/skills/"+id+"/status", nil).body, "interactionModel", "en-US", "lastUpdateRequest")["status"]
	}
	require.Equal(t, "FAILED", status())
	c.amazon.FailImport(smapitest.ImportFailure{Resource: "Manifest", Warnings: []rules.Violation{{Message: "The icon is small."}}})
	succeeded := update(changed(t, "skill.json", `"category":"NEWS"`, `"category":"GAMES"`))
	require.Equal(t, "SUCCEEDED", succeeded.body["status"])
	require.Contains(t, succeeded.raw, `"warnings":[{"message":"The icon is small."}]`)
	require.Contains(t, string(c.amazon.Skills()[0].Manifest), "GAMES")
	require.Equal(t, "FAILED", status(), "the old status stays")
}

func TestUpdateRemovesLocales(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	id := c.newSkill(packageFiles())
	files := changed(t, "skill.json", `"de-DE":{"name":"Half Elf"}`, `"en-GB":{"name":"Half Elf"}`)
	files["interactionModels/custom/en-GB.json"] = files["interactionModels/custom/de-DE.json"]
	started := c.send("POST", "/v1/skills/"+id+"/imports", map[string]any{"location": c.upload(archiveOf(t, files))})
	polls := c.finish(started.header.Get("Location"))
	require.Contains(t, polls[len(polls)-1].raw, "Locale de-DE is not in the publishing information")
	delete(files, "interactionModels/custom/de-DE.json")
	started = c.send("POST", "/v1/skills/"+id+"/imports", map[string]any{"location": c.upload(archiveOf(t, files))})
	polls = c.finish(started.header.Get("Location"))
	require.Equal(t, "SUCCEEDED", polls[len(polls)-1].body["status"])
	models := c.amazon.Skills()[0].Models
	require.Len(t, models, 2)
	require.NotContains(t, models, "de-DE")
}

func TestArchiveWithAFolder(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	files := map[string]string{}
	for name, content := range packageFiles() {
		files["skill-package/"+name] = content
	}
	polls := c.finish(c.create(files))
	last := polls[len(polls)-1]
	require.Equal(t, "FAILED", last.body["status"])
	require.NotContains(t, last.body, "skill")
	require.Contains(t, last.raw, "INVALID_SKILL_PACKAGE")
	require.Empty(t, c.amazon.Skills())
}
