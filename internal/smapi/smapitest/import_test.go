package smapitest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi/smapitest"
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
