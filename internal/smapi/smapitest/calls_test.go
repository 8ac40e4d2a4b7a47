package smapitest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi/smapitest"
)

func TestTokensOfCalls(t *testing.T) {
	c := newCaller(t, smapitest.Options{TokenLife: time.Minute})
	require.Equal(t, http.StatusOK, c.send("GET", "/v1/vendors", nil).status)
	require.Equal(t, http.StatusOK, c.send("GET", "/v1/vendors", nil, "Authorization", c.token).status, "without the scheme")
	for name, header := range map[string]string{"no token": "", "an unknown token": "Bearer Atza|other"} {
		refused := c.send("GET", "/v1/vendors", nil, "Authorization", header)
		require.Equal(t, http.StatusUnauthorized, refused.status, name)
		require.NotEmpty(t, refused.header.Get("WWW-Authenticate"))
		require.NotEmpty(t, refused.body["message"])
		require.NotEmpty(t, refused.header.Get("X-Amzn-Requestid"))
	}
	c.amazon.Advance(2 * time.Minute)
	require.Equal(t, http.StatusUnauthorized, c.send("GET", "/v1/vendors", nil).status)
}

func TestScopesOfCalls(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	id := c.newSkill(packageFiles())
	stage := "/v1/skills/" + id + "/stages/development"
	const all = "alexa::ask:"
	cases := []struct {
		scopes       []string
		method, path string
		want         int
	}{
		{[]string{all + "skills:read"}, "GET", "/v1/vendors", http.StatusOK},
		{[]string{all + "skills:read"}, "PUT", stage + "/enablement", http.StatusForbidden},
		{[]string{all + "skills:readwrite"}, "GET", "/v1/vendors", http.StatusOK},
		{[]string{all + "skills:readwrite"}, "PUT", stage + "/enablement", http.StatusNoContent},
		{[]string{all + "skills:readwrite"}, "GET", stage + "/interactionModel/locales/en-US", http.StatusForbidden},
		{[]string{all + "skills:readwrite"}, "POST", "/v1/skills/imports", http.StatusForbidden},
		{[]string{all + "models:readwrite"}, "GET", stage + "/interactionModel/locales/en-US", http.StatusOK},
		{[]string{all + "models:readwrite"}, "GET", "/v1/vendors", http.StatusForbidden},
		{[]string{all + "skills:readwrite", all + "models:readwrite"}, "POST", "/v2/skills/" + id + "/stages/development/simulations",
			http.StatusForbidden},
	}
	for _, test := range cases {
		c.token = c.amazon.AccessToken(test.scopes...)
		got := c.send(test.method, test.path, nil)
		require.Equal(t, test.want, got.status, "%s %s with %s: %s", test.method, test.path, test.scopes, got.raw)
	}
}

func TestUnknownCalls(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	id := c.newSkill(packageFiles())
	unknown := "amzn1.ask.skill.00000000-0000-0000-0000-000000000000"
	for path, want := range map[string]int{
		"/v1/nothing":                                http.StatusNotFound,
		"/v1/skills/uploads":                         http.StatusMethodNotAllowed,
		"/v1/skills/" + unknown + "/status":          http.StatusNotFound,
		"/v1/skills/imports/unknown":                 http.StatusNotFound,
		"/v1/skills/" + id + "/stages/live/manifest": http.StatusNotFound,
		"/v1/skills/" + id + "/status?resource=all":  http.StatusBadRequest,
	} {
		got := c.send("GET", path, nil)
		require.Equal(t, want, got.status, path)
		require.NotEmpty(t, got.body["message"], path)
	}
	require.Equal(t, http.StatusUnsupportedMediaType,
		c.send("POST", "/v1/skills/imports", map[string]any{}, "Content-Type", "text/plain").status)
	require.Equal(t, http.StatusBadRequest, c.send("POST", "/v1/skills/uploads", map[string]any{}).status)
}

func TestVendors(t *testing.T) {
	amazon := smapitest.New(t)
	c := &caller{t, amazon, amazon.AccessToken()}
	require.JSONEq(t, `{"vendors":[]}`, c.send("GET", "/v1/vendors", nil).raw)
	amazon.AddVendor("M1", "One")
	amazon.AddVendor("M2", "Two", "ROLE_DEVELOPER")
	require.JSONEq(t, `{"vendors":[{"id":"M1","name":"One","roles":["ROLE_ADMINISTRATOR"]},
		{"id":"M2","name":"Two","roles":["ROLE_DEVELOPER"]}]}`, c.send("GET", "/v1/vendors", nil).raw)
}

func TestListOfSkills(t *testing.T) {
	c := newCaller(t, smapitest.Options{PageSize: 2})
	c.amazon.AddVendor("M2", "Another")
	c.amazon.AddSkill("M2")
	var want []string
	for range 5 {
		want = append(want, c.amazon.AddSkill(vendorID))
	}
	var got []string
	path := "/v1/skills?maxResults=50&vendorId=" + vendorID
	for next := ""; ; {
		page := c.send("GET", path+next, nil)
		require.Equal(t, http.StatusOK, page.status, page.raw)
		entries := page.body["skills"].([]any)
		require.LessOrEqual(t, len(entries), 2)
		for _, entry := range entries {
			got = append(got, dig(entry)["skillId"].(string))
			require.Equal(t, map[string]any{"en-US": "A skill of the console"}, dig(entry)["nameByLocale"])
			require.Equal(t, []any{"custom"}, dig(entry)["apis"])
		}
		if page.body["isTruncated"] == false {
			break
		}
		next = "&nextToken=" + strings.NewReplacer("+", "%2B", "/", "%2F").Replace(page.body["nextToken"].(string))
	}
	require.Equal(t, want, got)
	only := c.send("GET", path+"&skillId="+want[3], nil)
	require.Len(t, only.body["skills"], 1)
	require.Equal(t, http.StatusBadRequest, c.send("GET", path+"&nextToken=other", nil).status)
	require.Equal(t, http.StatusBadRequest, c.send("GET", "/v1/skills?maxResults=51&vendorId="+vendorID, nil).status)
	require.Equal(t, http.StatusForbidden, c.send("GET", "/v1/skills?vendorId=M3", nil).status)
}

func TestUploads(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	archive := string(archiveOf(t, packageFiles()))
	location := c.send("POST", "/v1/skills/uploads", nil).body["uploadUrl"].(string)
	require.True(t, strings.HasPrefix(location, c.amazon.UploadURL+"/"), location)
	require.NotEqual(t, c.amazon.URL, c.amazon.UploadURL)

	require.Equal(t, http.StatusBadRequest, c.put(location, strings.NewReader(archive), "Authorization", c.token).status)
	require.Equal(t, http.StatusNotImplemented, c.put(location, struct{ *strings.Reader }{strings.NewReader(archive)}).status, "chunks")
	require.Equal(t, http.StatusForbidden, c.put(location+"0", strings.NewReader(archive)).status)
	notYet := c.send("POST", "/v1/skills/imports", map[string]any{"vendorId": vendorID, "location": location})
	require.Equal(t, http.StatusBadRequest, notYet.status)
	require.Equal(t, http.StatusOK, c.put(location, strings.NewReader(archive), "Content-Type", "application/x-www-form-urlencoded").status)

	c.amazon.ExpireUploads()
	expired := c.put(location, strings.NewReader(archive))
	require.Equal(t, http.StatusForbidden, expired.status)
	require.Contains(t, expired.raw, "<Message>Request has expired</Message>")
	require.Equal(t, http.StatusBadRequest,
		c.send("POST", "/v1/skills/imports", map[string]any{"vendorId": vendorID, "location": location}).status)
}

func TestRefusedImports(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	id := c.newSkill(packageFiles())
	location := c.upload(archiveOf(t, packageFiles()))
	update := "/v1/skills/" + id + "/imports"
	for name, test := range map[string]struct {
		path string
		body map[string]any
		want int
	}{
		"the vendor is another":      {"/v1/skills/imports", map[string]any{"vendorId": "M3", "location": location}, http.StatusForbidden},
		"the vendor is missing":      {"/v1/skills/imports", map[string]any{"location": location}, http.StatusForbidden},
		"the location lacks a query": {update, map[string]any{"location": location[:strings.Index(location, "?")]}, http.StatusBadRequest},
		"an update has a vendor":     {update, map[string]any{"vendorId": vendorID, "location": location}, http.StatusBadRequest},
	} {
		require.Equal(t, test.want, c.send("POST", test.path, test.body).status, name)
	}
	require.Equal(t, http.StatusPreconditionFailed, c.send("POST", update, map[string]any{"location": location}, "If-Match", "old").status)
	require.Equal(t, http.StatusAccepted, c.send("POST", update, map[string]any{"location": location}, "If-Match", "*").status)
}

func TestSecondImport(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	id := c.newSkill(packageFiles())
	other := c.amazon.StartOtherImport(id)
	stage := "/v1/skills/" + id + "/stages/development"
	body := map[string]any{"location": c.upload(archiveOf(t, packageFiles()))}
	refused := c.send("POST", "/v1/skills/"+id+"/imports", body)
	require.Equal(t, http.StatusConflict, refused.status)
	require.Equal(t, fmt.Sprintf("Found another import in progress for skillId: %s. Use importId: %s to track its status.", id, other),
		refused.body["message"])
	require.Equal(t, http.StatusConflict, c.send("PUT", stage+"/enablement", nil).status)

	c.finish("/v1/skills/imports/" + other)
	started := c.send("POST", "/v1/skills/"+id+"/imports", body)
	require.Equal(t, http.StatusAccepted, started.status)
	require.Len(t, c.amazon.ImportIDs(), 3)
	polls := c.finish(started.header.Get("Location"))
	require.Contains(t, polls[len(polls)-1].raw, `"action":"UPDATE"`)
}

func TestETags(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	polls := c.finish(c.create(packageFiles()))
	imported := dig(polls[len(polls)-1].body, "skill")
	id := imported["skillId"].(string)
	stage := "/v1/skills/" + id + "/stages/development"
	etag := func(path string) string { return c.send("HEAD", stage+path, nil).header.Get("ETag") }
	manifestETag := func() string { return c.send("GET", stage+"/manifest", nil).header.Get("ETag") }
	manifest, english, german := manifestETag(), etag("/interactionModel/locales/en-US"), etag("/interactionModel/locales/de-DE")
	require.Equal(t, manifest, manifestETag())

	c.amazon.EditModel(id, "en-US", func(model map[string]any) {
		dig(model, "interactionModel", "languageModel")["invocationName"] = "other elf"
	})
	require.NotEqual(t, english, etag("/interactionModel/locales/en-US"))
	require.Equal(t, german, etag("/interactionModel/locales/de-DE"))
	require.Equal(t, manifest, manifestETag())
	require.Contains(t, c.send("GET", stage+"/interactionModel/locales/en-US", nil).raw, "other elf")
	c.amazon.EditManifest(id, func(manifest map[string]any) { delete(dig(manifest, "manifest"), "permissions") })
	require.NotEqual(t, manifest, manifestETag())

	body := map[string]any{"location": c.upload(archiveOf(t, packageFiles()))}
	refused := c.send("POST", "/v1/skills/"+id+"/imports", body, "If-Match", imported["eTag"].(string))
	require.Equal(t, http.StatusPreconditionFailed, refused.status, "somebody changed the skill")
}

func TestChangeOfManifest(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	id := c.newSkill(packageFiles())
	path := "/v1/skills/" + id + "/stages/development/manifest"
	before := c.send("GET", path, nil)
	dig(before.body, "manifest", "apis", "custom", "endpoint")["uri"] = "https://other.example.com/"

	require.Equal(t, http.StatusPreconditionFailed, c.send("PUT", path, before.body, "If-Match", "old").status)
	started := c.send("PUT", path, before.body, "If-Match", before.header.Get("ETag"))
	require.Equal(t, http.StatusAccepted, started.status, started.raw)
	status := started.header.Get("Location")
	require.Equal(t, "/v1/skills/"+id+"/status?resource=manifest", status)
	require.Equal(t, http.StatusConflict, c.send("PUT", path, before.body).status)
	running := c.send("GET", path, nil)
	require.Equal(t, http.StatusSeeOther, running.status)
	require.Equal(t, status, running.header.Get("Location"))
	require.Equal(t, "IN_PROGRESS", dig(c.send("GET", status, nil).body, "manifest", "lastUpdateRequest")["status"])
	require.Equal(t, "SUCCEEDED", dig(c.send("GET", status, nil).body, "manifest", "lastUpdateRequest")["status"])
	after := c.send("GET", path, nil)
	require.Contains(t, after.raw, "https://other.example.com/")
	require.NotEqual(t, before.header.Get("ETag"), after.header.Get("ETag"))

	var invalid map[string]any
	require.NoError(t, json.Unmarshal([]byte(manifestJSON), &invalid))
	refused := c.send("PUT", path, invalid)
	require.Equal(t, http.StatusBadRequest, refused.status)
	require.Equal(t, "Skill manifest is not valid.", refused.body["message"])
	violation := dig(refused.body["violations"].([]any)[0])
	require.Equal(t, "INVALID_URL_FORMAT", violation["code"], "a file is for packages only")
	require.Equal(t, "$.manifest.publishingInformation.locales.en-US.smallIconUri",
		dig(violation, "validationDetails", "originalInstance")["propertyPath"])
}

func TestChangeOfModel(t *testing.T) {
	c := newCaller(t, smapitest.Options{BuildPolls: 3})
	id := c.newSkill(packageFiles())
	path := "/v1/skills/" + id + "/stages/development/interactionModel/locales/"
	before := c.send("GET", path+"en-US", nil)
	dig(before.body, "interactionModel", "languageModel")["invocationName"] = "other elf"
	require.Equal(t, http.StatusNotFound, c.send("PUT", path+"fr-FR", before.body).status)
	require.Equal(t, http.StatusPreconditionFailed, c.send("PUT", path+"en-US", before.body, "If-Match", "old").status)
	started := c.send("PUT", path+"en-US", before.body)
	require.Equal(t, http.StatusAccepted, started.status, started.raw)
	var seen []string
	for range 4 {
		english := dig(c.send("GET", started.header.Get("Location"), nil).body, "interactionModel", "en-US", "lastUpdateRequest")
		steps := dig(english, "buildDetails")["steps"].([]any)
		last := dig(steps[len(steps)-1])
		seen = append(seen, fmt.Sprint(english["status"], " ", last["name"], " ", last["status"]))
	}
	require.Equal(t, []string{
		"IN_PROGRESS DIALOG_MODEL_BUILD IN_PROGRESS", "IN_PROGRESS LANGUAGE_MODEL_QUICK_BUILD IN_PROGRESS",
		"IN_PROGRESS LANGUAGE_MODEL_QUICK_BUILD IN_PROGRESS", "SUCCEEDED LANGUAGE_MODEL_FULL_BUILD SUCCEEDED",
	}, seen)
	require.Contains(t, c.send("GET", path+"en-US", nil).raw, "other elf")
	dig(before.body, "interactionModel", "languageModel")["invocationName"] = "Other Elf"
	require.Equal(t, http.StatusBadRequest, c.send("PUT", path+"en-US", before.body).status)
}

func TestEnablement(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	bare := c.amazon.AddSkill(vendorID)
	path := func(id string) string { return "/v1/skills/" + id + "/stages/development/enablement" }
	refused := c.send("PUT", path(bare), nil)
	require.Equal(t, http.StatusForbidden, refused.status)
	require.Equal(t, "Skill is not ready for enablement.", refused.body["message"])
	require.Contains(t, refused.raw, `custom - object has missing required properties ([\"endpoint\"])`)
	require.Contains(t, refused.raw, "Interaction model for locale en-US")

	noType := c.newSkill(changed(t, "skill.json", `,"sslCertificateType":"Trusted"`, ""))
	refused = c.send("PUT", path(noType), nil)
	require.Equal(t, http.StatusForbidden, refused.status)
	require.Contains(t, refused.raw, "sslCertificateType")

	id := c.newSkill(packageFiles())
	require.Equal(t, http.StatusNoContent, c.send("PUT", path(id), nil).status)
	c.amazon.DisableSkill(id)
	require.Equal(t, http.StatusNotFound, c.send("GET", path(id), nil).status)
	require.Equal(t, http.StatusNoContent, c.send("PUT", path(id), nil).status)
	require.Equal(t, http.StatusNoContent, c.send("DELETE", path(id), nil).status)
	require.Equal(t, http.StatusNotFound, c.send("GET", path(id), nil).status)
	require.Equal(t, http.StatusNoContent, c.send("DELETE", "/v1/skills/"+id, nil).status)
	require.Equal(t, http.StatusNotFound, c.send("GET", path(id), nil).status)
	require.Len(t, c.amazon.Skills(), 2)
}

func TestAccountLinking(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	id := c.amazon.AddSkill(vendorID)
	path := "/v1/skills/" + id + "/stages/development/accountLinkingClient"
	require.Equal(t, http.StatusNotFound, c.send("GET", path, nil).status)
	request := map[string]any{
		"type": "AUTH_CODE", "authorizationUrl": "https://a.example/authorize", "accessTokenUrl": "https://a.example/token",
		"clientId": "alexa", "clientSecret": "linking-secret-5f1c", "accessTokenScheme": "HTTP_BASIC", "scopes": []string{"profile"},
	}
	body := map[string]any{"accountLinkingRequest": request}
	stored := c.send("PUT", path, body)
	require.Equal(t, http.StatusNoContent, stored.status, stored.raw)
	etag := stored.header.Get("ETag")
	require.NotEmpty(t, etag)
	got := c.send("GET", path, nil)
	require.Equal(t, etag, got.header.Get("ETag"))
	require.Equal(t, "alexa", got.body["clientId"])
	require.NotContains(t, got.raw, "linking-secret-5f1c")
	require.Contains(t, string(c.amazon.Skills()[0].AccountLinking), "linking-secret-5f1c")
	require.Contains(t, c.amazon.Secrets(), "linking-secret-5f1c")

	require.Equal(t, http.StatusPreconditionFailed, c.send("PUT", path, body, "If-Match", "old").status)
	require.Equal(t, http.StatusNoContent, c.send("PUT", path, body, "If-Match", etag).status)
	request["clientName"] = "Alexa"
	require.Equal(t, http.StatusBadRequest, c.send("PUT", path, body).status, "an unknown key")
	delete(request, "clientName")
	delete(request, "accessTokenUrl")
	refused := c.send("PUT", path, body)
	require.Equal(t, http.StatusBadRequest, refused.status)
	require.Contains(t, refused.raw, "accessTokenUrl")
	require.Equal(t, http.StatusBadRequest, c.send("PUT", path, map[string]any{}).status)
}

func TestRequestsAreMasked(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	id := c.newSkill(packageFiles())
	c.send("PUT", "/v1/skills/"+id+"/stages/development/accountLinkingClient", map[string]any{"accountLinkingRequest": map[string]any{
		"type": "IMPLICIT", "authorizationUrl": "https://a.example/authorize", "clientId": "alexa", "clientSecret": `a"b&c secret`,
	}})
	calls := c.amazon.Requests()
	require.NotEmpty(t, calls)
	encoded, err := json.Marshal(calls)
	require.NoError(t, err)
	log := string(encoded) + fmt.Sprintf("%+v", calls)
	require.GreaterOrEqual(t, len(c.amazon.Secrets()), 5)
	for _, secret := range c.amazon.Secrets() {
		require.NotContains(t, log, secret)
	}
	upload := calls[0]
	require.Equal(t, "POST /v1/skills/uploads", upload.Method+" "+upload.Path)
	require.Equal(t, "Bearer MASKED", upload.Header.Get("Authorization"))
	require.Equal(t, smapitest.PartUpload, calls[1].Part)
	require.Regexp(t, regexp.MustCompile(`^\(\d+ bytes\)$`), calls[1].Body)
	require.Contains(t, calls[2].Body, `"location":"MASKED"`)
}
