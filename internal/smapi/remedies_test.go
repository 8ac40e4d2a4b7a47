package smapi

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// problems are what Amazon says of a package, a build or a simulation, and the rule that has the remedy.
var problems = []struct {
	problem Problem
	rule    string
}{
	{Problem{Code: "INVALID_URL_FORMAT", Message: "file://assets/images/en-US_smallIcon.png is not a valid URL."}, "file URL of an icon"},
	{Problem{Resource: "Manifest", Message: `String instance with value "skill.example" at property path "$.manifest.apis.custom.endpoint.uri" ` +
		`does not match the regular expression: "^(arn|https://)".`}, "endpoint is not a URL"},
	{Problem{Message: `does not match the regular expression: "^(arn|https://)"`, Path: "$.manifest.apis.custom.endpoint.uri"}, "endpoint is not a URL"},
	{Problem{Message: `Property "foo" is not defined in the schema.`, Path: "$.manifest.foo"}, "unknown key"},
	{Problem{Code: "InvalidModelDefinitionSchema", Message: "Invalid model."}, "model without frame"},
	{Problem{Message: "InvalidModelDefinitionSchema: invocationName is missing"}, "model without frame"},
	{Problem{Resource: "InteractionModel.en-US", Message: `Sample utterance "{query}" in intent "SearchIntent" must include a carrier phrase. ` +
		`Sample intent utterances with phrase slots cannot consist of only slots.`}, "no carrier phrase"},
	{Problem{Resource: "InteractionModel.de-DE", Message: "Build failed."}, "build of a model fails"},
	{Problem{Resource: "interactionModels.en_US"}, "build of a model fails"},
	{Problem{Message: "Regionalized endpoints must not be empty."}, "endpoint is missing"},
	{Problem{Message: `custom - object has missing required properties (["endpoint"])`}, "endpoint is missing"},
	{Problem{Message: "sslCertificateType is required for HTTPS endpoints."}, "certificate type is missing"},
	{Problem{Message: "Skill is currently disabled in development stage. Please enable skill in order to call this API."}, "skill is disabled"},
	{Problem{Message: "This utterance did not resolve to any intent in your skill. Please invoke your skill and try again."},
		"utterance resolves to no intent"},
	{Problem{Message: "An unexpected error occurred."}, "unexpected error of a simulation"},
	{Problem{Reason: "EXPORT_COMPLIANCE"}, "agreement"},
	{Problem{Reason: "RESOURCE_DOES_NOT_EXIST"}, "resource is missing"},
	{Problem{Reason: "RESOURCE_VERSION_DOES_NOT_MATCH"}, "version"},
	{Problem{Reason: "MALFORMED_INPUT"}, "malformed"},
	{Problem{Reason: "EXPECTED_NOT_EMPTY_VALUE"}, "empty value"},
	{Problem{Reason: "INVALID_NUMBER_OF_OCCURENCES"}, "count"}, //nolint:misspell // Amazon's spelling
	{Problem{Reason: "INVALID_NUMBER_OF_PROPERTIES"}, "count"},
	{Problem{Reason: "EXPECTED_ATLEAST_ONE_RELATED_INSTANCE"}, "relation"},
	{Problem{Reason: "EXPECTED_EXACTLY_ONE_RELATED_INSTANCE"}, "relation"},
	{Problem{Reason: "RESOURCE_LOCKED"}, "locked"},
	{Problem{Reason: "UNEXPECTED_RESOURCE_STAGE"}, "stage"},
	{Problem{Reason: "UNEXPECTED_RESOURCE_PROPERTY"}, "unexpected property"},
	{Problem{Reason: "MISSING_RESOURCE_PROPERTY"}, "missing property"},
	{Problem{Resource: "Manifest", Message: "Something new."}, ""},
}

func TestRemediesOfProblems(t *testing.T) {
	used := map[string]bool{}
	for _, row := range problems {
		used[row.rule] = true
		found := firstRule(problemRules, sign{problem: row.problem})
		if row.rule == "" {
			require.Nil(t, found)
			require.Empty(t, Remedy(row.problem))
			continue
		}
		require.NotNil(t, found, row.problem)
		require.Equal(t, row.rule, found.name, row.problem)
		require.Equal(t, found.remedy, Remedy(row.problem))
		require.NotEmpty(t, found.remedy)
	}
	requireAllUsed(t, problemRules, used)
}

// requireAllUsed finds a rule that no row of a test reaches.
func requireAllUsed(t *testing.T, rules []rule, used map[string]bool) {
	for _, r := range rules {
		require.True(t, used[r.name], "add a row for the rule %q", r.name)
	}
}

// refusals are Amazon's answers to calls, and a part of the remedy.
var refusals = []struct {
	rule   string
	status int
	body   string
	send   func(t *testing.T, c *testClient) error
	remedy string
}{
	{"access token is refused", 401, `{"message":"Token is invalid/expired"}`, listVendors, "Sign in again: skill deploy --login."},
	{"role or registration", 403, `{"message":"User is not authorized to access this operation."}`, listVendors, "role administrator or developer"},
	{"not ready for enablement", 403, `{"message":"Skill is not ready for enablement."}`, enable, "wait until the models are built"},
	{"another import", 409, `{"message":"Found another import in progress for skillId: x. Use importId: y to track its status."}`, update,
		"It cannot be cancelled"},
	{"manifest is not valid", 400, `{"message":"Skill manifest is not valid."}`, enable, "JSON paths above"},
	{"scope for trying", 403, `{"message":"Forbidden"}`, simulate, "skill deploy --login --try"},
	{"no permission", 403, `{"message":"Forbidden"}`, enable, "skill deploy --list"},
	{"upload URL has expired", 403, `<Error><Code>AccessDenied</Code></Error>`, upload, "Upload URLs expire soon"},
	{"unknown import", 404, `{"message":"no"}`, getImport, "does not know this import"},
	{"unknown skill", 404, `{"message":"no"}`, enable, "application_id"},
	{"two simulations", 409, `{"message":"conflicts with another one"}`, simulate, "one simulation at a time"},
	{"conflict", 409, `{"message":"no"}`, enable, "Another change of the skill is running"},
	{"changed at Amazon", 412, `{"message":"no"}`, enable, "skill deploy --dry-run"},
	{"too large", 413, `{"message":"no"}`, update, "too large for Amazon"},
	{"too many calls", 429, `{"message":"We are experiencing heavy traffic at the moment. Please try again later."}`, enable, "limits the number of calls"},
	{"fault at Amazon", 500, `{"message":"no"}`, enable, "give the request id"},
	{"bad request", 400, `{"message":"no"}`, enable, "--debug"},
	{"an HTML page", 200, `<html>`, listVendors, "A proxy or a portal"},
	{"violations have their own remedies", 403, `{"message":"Skill is not ready for enablement.","violations":[` +
		`{"message":"Regionalized endpoints must not be empty."}]}`, enable, "Set the public address of the service"},
	{"an empty list of vendors", 200, `{"vendors":[]}`, listVendors, "https://developer.amazon.com"},
}

func listVendors(t *testing.T, c *testClient) error { _, err := c.Vendors(t.Context()); return err }
func enable(t *testing.T, c *testClient) error      { return c.Enable(t.Context(), skillID) }
func update(t *testing.T, c *testClient) error {
	_, err := c.UpdateByImport(t.Context(), skillID, uploadLocation)
	return err
}
func simulate(t *testing.T, c *testClient) error {
	_, err := c.Simulate(t.Context(), skillID, "en-US", "open half elf")
	return err
}
func upload(t *testing.T, c *testClient) error { _, err := c.Upload(t.Context(), nil); return err }
func getImport(t *testing.T, c *testClient) error {
	_, err := c.Import(t.Context(), importID)
	return err
}

func TestRemediesOfRefusals(t *testing.T) {
	used := map[string]bool{}
	for _, row := range refusals {
		t.Run(row.rule, func(t *testing.T) {
			used[row.rule] = true
			var address string
			s := newScript(t, func(_ int, w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && r.URL.Path == "/v1/skills/uploads" {
					answerJSON(w, 201, `{"uploadUrl":"`+address+`/package"}`)
					return
				}
				answerJSON(w, row.status, row.body)
			})
			address = s.URL
			err := row.send(t, newTestClient(t, s.URL, nil))
			require.ErrorContains(t, err, row.remedy)
			require.Equal(t, row.status, Status(err))
		})
	}
	requireAllUsed(t, errorRules, used)
}

func TestErrorText(t *testing.T) {
	s := newScript(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 400, `{"code":"BAD","message":"Skill manifest is not valid.","violations":[
			{"code":"ONE","message":"First \u001b[31m problem","validationDetails":{"originalInstance":{"propertyPath":"$.manifest.a"}}},
			{"message":"Second problem","validationDetails":{"reason":{"type":"RESOURCE_LOCKED"}}}]}`)
	})
	err := newTestClient(t, s.URL, nil).SetManifest(t.Context(), skillID, []byte(`{"manifest":{}}`), "")
	require.EqualError(t, err, "set the manifest: PUT /v1/skills/"+skillID+"/stages/development/manifest: status 400 BAD: "+
		"Skill manifest is not valid.\n"+
		"  $.manifest.a: First \ufffd[31m problem (ONE)\n"+
		"  Second problem (RESOURCE_LOCKED)\n"+
		"Request id: request-1. Another change of the skill is running. Wait a few minutes, and deploy again.")
}

func TestSignInRemedy(t *testing.T) {
	used := map[string]bool{}
	for _, row := range []struct {
		claim             string
		step              SignInStep
		code, description string
		want              string
	}{
		{"the return URL is not entered", StepAuthorize, "", "400 Bad Request. The redirect URI you provided has not been whitelisted for your application.",
			"http://127.0.0.1:9090/cb"},
		{"the return URL differs", StepCode, "invalid_request", "The redirect_uri does not match", "Allowed Return URLs"},
		{"the scope", StepAuthorize, "invalid_scope", "An unknown scope was requested", "one of the scopes"},
		{"the code", StepCode, "invalid_grant", "The request has an invalid grant parameter : code", "The code was used before"},
		{"the refresh token", StepRefresh, "invalid_grant", "", "The access was removed"},
		{"the client at the refresh", StepRefresh, "invalid_client", "Client authentication failed", "its secret was changed"},
		{"the client at the code", StepCode, "invalid_client", "", "The client id or the client secret is wrong"},
		{"the token of another client", StepRefresh, "unauthorized_client", "Not authorized for requested operation", "tokens of ask-cli cannot be used"},
		{"PKCE", StepAuthorize, "invalid_request", "Unsupported parameter: code_challenge", "--no-pkce"},
		{"PKCE at the code", StepCode, "invalid_request", "code_verifier is unknown", "--no-pkce"},
		{"cancelled", StepAuthorize, "access_denied", "", "allow the access"},
		{"the kind of the client", StepAuthorize, "unsupported_response_type", "", "security profile for Login with Amazon"},
		{"a fault", StepCode, "server_error", "", "Amazon has a fault"},
		{"a pause", StepCode, "temporarily_unavailable", "", "Amazon has a fault"},
		{"a fault under another name", StepCode, "ServiceUnavailable", "", "Amazon has a fault"},
		{"too fast", StepRefresh, "slow_down", "", "Wait a few minutes"},
		{"an unknown error at the refresh", StepRefresh, "new_error", "", "Sign in again: skill deploy --login."},
		{"an unknown error", StepAuthorize, "", "", "add --debug"},
	} {
		remedy := SignInRemedy(row.step, row.code, row.description)
		require.Contains(t, remedy, row.want, row.claim)
		used[remedy] = true
	}
	all := map[string]bool{}
	for _, r := range signInRules {
		all[r.remedy] = true
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(all)), slices.Collect(maps.Keys(used)), "each rule needs a row")
}
