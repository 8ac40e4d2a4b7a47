package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/golden"
	"lastpost/internal/simulator"
	"lastpost/internal/smapi/smapitest"
	"lastpost/internal/smapi/smapitest/rules"
)

const zeroSkillID = "amzn1.ask.skill.00000000-0000-0000-0000-000000000000"

// An amazonTools has a fake of Amazon and Amazon's own tools, which run against it. The tools are in .ci/smapi.
type amazonTools struct {
	t      *testing.T
	folder string // .ci/smapi
	dir    string
	amazon *smapitest.Amazon

	clientID, clientSecret string
	refreshToken           string // of "skill deploy"
	certificate, key       []byte // of the endpoint, PEM
}

const toolsVendor = "M3XAMPLEVENDOR"

var allScopes = []string{"alexa::ask:skills:readwrite", "alexa::ask:models:readwrite", "alexa::ask:skills:test"}

// newAmazonTools starts a fake with a vendor, a security profile and an endpoint that answers. It skips without the tools.
func newAmazonTools(t *testing.T) *amazonTools {
	t.Helper()
	folder := os.Getenv("SMAPI_TOOLS")
	if folder == "" {
		t.Skip("needs node and Amazon's tools: run `make smapi`, which names their folder in SMAPI_TOOLS")
	}
	a := &amazonTools{t: t, folder: folder, dir: t.TempDir(), amazon: smapitest.New(t)}
	a.amazon.AddVendor(toolsVendor, "Half Elf")
	a.clientID, a.clientSecret = a.amazon.NewProfile()
	a.refreshToken = a.amazon.SignedIn(allScopes...)
	endpoint := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"version":"1.0","response":{"outputSpeech":{"type":"PlainText","text":"Welcome."},"shouldEndSession":true}}`)
	}))
	t.Cleanup(endpoint.Close)
	address, err := url.Parse(endpoint.URL)
	require.NoError(t, err)
	a.amazon.SetEndpointAddress(address.Host)
	a.amazon.SetEndpointRoots(endpoint.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs)
	a.certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: endpoint.Certificate().Raw})
	key, err := x509.MarshalPKCS8PrivateKey(endpoint.TLS.Certificates[0].PrivateKey)
	require.NoError(t, err)
	a.key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	return a
}

// path returns the path of a file of this test.
func (a *amazonTools) path(names ...string) string {
	return filepath.Join(append([]string{a.dir}, names...)...)
}

// command returns a command with only the environment that it needs, so that no credentials of this machine are used.
func (a *amazonTools) command(dir string, args ...string) *exec.Cmd {
	command := exec.CommandContext(a.t.Context(), args[0], args[1:]...)
	command.Dir = dir
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + a.path("home"), "NO_PROXY=127.0.0.1"}
	command.WaitDelay = time.Minute
	return command
}

// ask returns a command of ask-cli that talks to the fake.
func (a *amazonTools) ask(dir string, args ...string) *exec.Cmd {
	command := a.command(dir, append([]string{filepath.Join(a.folder, "node_modules", ".bin", "ask")}, args...)...)
	command.Env = append(command.Env, "ASK_SMAPI_SERVER_BASE_URL="+a.amazon.URL, "ASK_LWA_TOKEN_HOST="+a.amazon.LWAURL,
		"ASK_LWA_AUTHORIZE_HOST="+a.amazon.LWAURL, "ASK_SHARE_USAGE=false", "ASK_SKIP_NEW_VERSION_REMINDER=true",
		"ASK_LWA_CLIENT_ID="+a.clientID, "ASK_LWA_CLIENT_CONFIRMATION="+a.clientSecret)
	return command
}

// skill returns a command of our program that talks to the fake.
func (a *amazonTools) skill(dir string, args ...string) *exec.Cmd {
	command := a.command(dir, append([]string{os.Args[0]}, args...)...)
	command.Env = append(command.Env, "SKILL_TEST_ROLE=skill", "SKILL_CONFIG=skill.yaml", "SKILL_SMAPI_URL="+a.amazon.URL, "SKILL_LWA_URL="+a.amazon.LWAURL,
		"SKILL_LWA_CLIENT_ID="+a.clientID, "SKILL_LWA_CLIENT_SECRET="+a.clientSecret, "SKILL_LWA_REFRESH_TOKEN="+a.refreshToken)
	return command
}

// makeBlog makes a folder with a configuration without a skill id, and the posts of the sample blog.
func (a *amazonTools) makeBlog(name string) string {
	a.t.Helper()
	dir := a.path(name)
	require.NoError(a.t, os.MkdirAll(dir, 0o700))
	writeFile(a.t, filepath.Join(dir, "skill.yaml"), []byte(`public_url: https://skill.example.com
data_dir: data
tls: {mode: off}
skills:
  - {name: blog, invocation_name: half elf, application_id: `+zeroSkillID+`, privacy_policy_url: "https://halfelf.org/privacy/",
     feed: "https://halfelf.org/feed/", locales: [en-GB, en-US]}
`))
	writeFile(a.t, filepath.Join(dir, "feed.xml"), simulator.SampleFeed())
	runCommand(a.t, a.skill(dir, "archive", "import", "feed.xml"))
	return dir
}

// edit replaces a text in the configuration of a folder.
func (a *amazonTools) edit(dir, old, replacement string) {
	a.t.Helper()
	name := filepath.Join(dir, "skill.yaml")
	text := string(readFile(a.t, name))
	require.Contains(a.t, text, old)
	writeFile(a.t, name, []byte(strings.Replace(text, old, replacement, 1)))
}

// signIn signs ask-cli in, as an operator does it over SSH, and stores its profile.
func (a *amazonTools) signIn() {
	a.t.Helper()
	const codePage = "https://ask-cli-static-content.s3-us-west-2.amazonaws.com/html/ask-cli-no-browser.html"
	a.amazon.AllowReturnURL(a.clientID, codePage)
	require.NoError(a.t, os.MkdirAll(a.path("home", ".ask"), 0o700))
	a.storeProfile(map[string]any{}) // every command of ask-cli needs the file
	command := a.ask(a.dir, "util", "generate-lwa-tokens", "--no-browser", "--client-id", a.clientID, "--client-confirmation", a.clientSecret)
	typed, err := command.StdinPipe()
	require.NoError(a.t, err)
	printed, err := command.StdoutPipe()
	require.NoError(a.t, err)
	command.Stderr = os.Stderr
	require.NoError(a.t, command.Start())
	lines := bufio.NewReader(printed)
	line := ""
	for !strings.Contains(line, "/ap/oa?") {
		line, err = lines.ReadString('\n')
		require.NoError(a.t, err, "%s", line)
	}
	redirect, err := a.amazon.OperatorConsents(strings.TrimSpace(line))
	require.NoError(a.t, err)
	address, err := url.Parse(redirect)
	require.NoError(a.t, err)
	_, err = io.WriteString(typed, address.Query().Get("code")+"\n")
	require.NoError(a.t, err)
	rest, err := io.ReadAll(lines)
	require.NoError(a.t, err)
	require.NoError(a.t, command.Wait(), "%s", rest)
	_, tokens, found := strings.Cut(string(rest), "The LWA tokens result:")
	require.True(a.t, found, "%s", rest)

	var token map[string]any
	require.NoError(a.t, json.Unmarshal([]byte(tokens), &token))
	a.storeProfile(token)
}

// storeProfile stores tokens as "ask configure" does.
func (a *amazonTools) storeProfile(token map[string]any) {
	a.t.Helper()
	a.writeJSON(a.path("home", ".ask", "cli_config"), map[string]any{
		"profiles": map[string]any{"default": map[string]any{"token": token, "vendor_id": toolsVendor}},
	})
}

func (a *amazonTools) writeJSON(name string, content any) {
	a.t.Helper()
	encoded, err := json.Marshal(content)
	require.NoError(a.t, err)
	writeFile(a.t, name, encoded)
}

// deployedByAsk returns the skill id that ask-cli wrote down in the folder of a package.
func (a *amazonTools) deployedByAsk(dir string) string {
	a.t.Helper()
	var states struct {
		Profiles struct {
			Default struct {
				SkillID string `json:"skillId"`
			} `json:"default"`
		} `json:"profiles"`
	}
	require.NoError(a.t, json.Unmarshal(readFile(a.t, filepath.Join(dir, ".ask", "ask-states.json")), &states))
	require.NotEmpty(a.t, states.Profiles.Default.SkillID)
	return states.Profiles.Default.SkillID
}

// view returns what the fake has of a skill, without its id.
func (a *amazonTools) view(id string) smapitest.SkillView {
	a.t.Helper()
	for _, view := range a.amazon.Skills() {
		if view.ID == id {
			view.ID = ""
			return view
		}
	}
	require.Fail(a.t, "no skill "+id)
	return smapitest.SkillView{}
}

// requireEqual requires that the fake has the same of two skills.
func (a *amazonTools) requireEqual(one, other string) {
	a.t.Helper()
	require.NotEqual(a.t, one, other)
	golden.Equal(a.t, "the skill of \"skill deploy\"", indent(a.t, a.view(one)), indent(a.t, a.view(other)), "ask-cli must deploy the same")
	require.NotEmpty(a.t, a.amazon.Assets(one))
	require.Equal(a.t, a.amazon.Assets(one), a.amazon.Assets(other))
	require.True(a.t, a.view(one).Enabled)
	require.Len(a.t, a.view(one).Models, 2)
}

func indent(t *testing.T, content any) string {
	t.Helper()
	text, err := json.MarshalIndent(content, "", "  ")
	require.NoError(t, err)
	return string(text)
}

// A recordedExchange is a Call as judge.js reads it.
type recordedExchange struct {
	Client         string            `json:"client"`
	Method         string            `json:"method"`
	URL            string            `json:"url"`
	RequestHeaders map[string]string `json:"requestHeaders"`
	RequestBody    string            `json:"requestBody"`
	Status         int               `json:"status"`
	Headers        map[string]string `json:"headers"`
	Body           string            `json:"body"`
}

// judge holds the exchanges with the fake's API to Amazon's description of it. wanted names, for each client, operations that
// the client must have used.
func (a *amazonTools) judge(wanted map[string][]string, extra ...string) {
	a.t.Helper()
	var exchanges []recordedExchange
	for _, call := range a.amazon.Requests() {
		if call.Part != smapitest.PartAPI || call.Fault != "" && call.Fault != smapitest.FaultStatus {
			continue
		}
		address := call.Path
		if call.Query != "" {
			address += "?" + call.Query
		}
		exchanges = append(exchanges, recordedExchange{Client: clientOf(call.Header), Method: call.Method, URL: address, RequestHeaders: firstValues(call.Header),
			RequestBody: call.Body, Status: call.Status, Headers: firstValues(call.ResponseHeader), Body: call.ResponseBody})
	}
	a.writeJSON(a.path("recording.json"), exchanges)
	names, err := json.Marshal(wanted)
	require.NoError(a.t, err)
	script := a.command(a.dir, "node", filepath.Join(a.folder, "judge.js"))
	script.Env = append(script.Env, append(extra, "SMAPI_RECORDING="+a.path("recording.json"), "SMAPI_WANTED="+string(names))...)
	a.t.Log(runCommand(a.t, script))
}

// clientOf returns which of the tools sent a request.
func clientOf(header http.Header) string {
	agent := header.Get("User-Agent")
	for _, name := range []string{"ask-cli", "ask-node-model", "lastpost"} {
		if strings.Contains(agent, name) {
			return name
		}
	}
	return agent
}

func firstValues(header http.Header) map[string]string {
	values := map[string]string{}
	for name := range maps.Keys(header) {
		values[name] = header.Get(name)
	}
	return values
}

// The operations of Amazon's description that a deployment uses.
var deployOperations = []string{
	"POST /v1/skills/uploads", "POST /v1/skills/imports", "POST /v1/skills/{skillId}/imports", "GET /v1/skills/imports/{importId}",
	"GET /v1/skills/{skillId}/stages/{stage}/enablement", "PUT /v1/skills/{skillId}/stages/{stage}/enablement",
}

// TestAskDeployIsEqual deploys the same package with ask-cli and with "skill deploy", twice, and compares what the fake has.
// Amazon's description of SMAPI judges the requests of both, and the fake's answers.
func TestAskDeployIsEqual(t *testing.T) {
	a := newAmazonTools(t)
	t.Parallel()
	a.signIn()
	theirs, ours := a.makeBlog("theirs"), a.makeBlog("ours")
	alexa := filepath.Join(theirs, "alexa")

	// "skill deploy" comes first, because it makes no second skill with the same endpoint.
	runCommand(t, a.skill(ours, "deploy"))
	require.Len(t, a.amazon.Skills(), 1)
	our := a.amazon.Skills()[0].ID
	require.Contains(t, string(readFile(t, filepath.Join(ours, "skill.yaml"))), our)

	runCommand(t, a.skill(theirs, "package", "--out", "alexa"))
	printed := runCommand(t, a.ask(alexa, "deploy"))
	require.Contains(t, printed, "enabled")
	their := a.deployedByAsk(alexa)
	a.edit(theirs, zeroSkillID, their)
	require.Len(t, a.amazon.Skills(), 2)
	a.requireEqual(their, our)
	first := a.view(our)

	for _, dir := range []string{theirs, ours} {
		a.edit(dir, "invocation_name: half elf", "invocation_name: elf half")
	}
	runCommand(t, a.skill(theirs, "package", "--out", "alexa"))
	runCommand(t, a.ask(alexa, "deploy"))
	runCommand(t, a.skill(ours, "deploy"))
	a.requireEqual(their, our)
	require.NotEqual(t, first, a.view(our), "the update changed nothing")
	require.Len(t, a.amazon.Skills(), 2)

	a.judge(map[string][]string{"ask-cli": deployOperations, "lastpost": append([]string{"GET /v1/vendors"}, deployOperations...)}, "SMAPI_BROKEN=1")
}

// TestDeployIsJudged holds the other requests of "skill deploy", and the fake's answers, to Amazon's description: those of the
// certificate, account linking, changes in the console, a busy skill, refusals, the endpoint, trials, and lists.
func TestDeployIsJudged(t *testing.T) {
	a := newAmazonTools(t)
	t.Parallel()
	blog := a.makeBlog("blog")
	deploy := func(args ...string) string {
		t.Helper()
		return runCommand(t, a.skill(blog, append([]string{"deploy"}, args...)...))
	}
	refused := func(wanted string, args ...string) {
		t.Helper()
		printed, err := a.skill(blog, append([]string{"deploy"}, args...)...).CombinedOutput()
		require.Error(t, err, "%s", printed)
		require.Contains(t, string(printed), wanted)
	}
	writeFile(t, filepath.Join(blog, "cert.pem"), a.certificate)
	writeFile(t, filepath.Join(blog, "key.pem"), a.key)
	writeFile(t, filepath.Join(blog, "secret"), []byte("juniper-berry\n"))
	a.edit(blog, "tls: {mode: off}", `tls: {mode: files, cert_file: cert.pem, key_file: key.pem}
account_linking: {authorization_url: "https://auth.example.com/a", token_url: "https://auth.example.com/t", client_id: alexa, client_secret_file: secret}`)
	require.Contains(t, deploy("--dry-run"), "would import the package")
	require.Empty(t, a.amazon.Skills())
	a.amazon.FailImport(smapitest.ImportFailure{Resource: "Manifest", Errors: []rules.Violation{{Code: "INVALID_URL", Message: "The URL is not valid."}}})
	refused("The URL is not valid.")
	deploy()
	id := a.amazon.Skills()[len(a.amazon.Skills())-1].ID
	require.Equal(t, string(a.certificate), a.view(id).Certificate)
	require.Contains(t, string(a.view(id).AccountLinking), "juniper-berry")
	require.Contains(t, deploy("--list"), id)
	deploy("--try", "open half elf")

	a.edit(blog, "invocation_name: half elf", "invocation_name: elf half")
	a.amazon.EditManifest(id, func(manifest map[string]any) {
		manifest["manifest"].(map[string]any)["publishingInformation"].(map[string]any)["testingInstructions"] = "Say hello."
	})
	require.Contains(t, deploy("--dry-run"), "Say hello.")
	refused("--force")
	a.amazon.StartOtherImport(id)
	deploy("--force")
	a.edit(blog, "public_url: https://skill.example.com", "public_url: https://other.example.com")
	deploy("--endpoint-only")
	require.Contains(t, string(a.view(id).Manifest), "https://other.example.com/alexa/blog")
	a.amazon.DisableSkill(id)
	deploy()
	require.True(t, a.view(id).Enabled)
	a.edit(blog, id, "amzn1.ask.skill.11111111-2222-3333-4444-555555555555")
	refused("404")
	a.judge(map[string][]string{"lastpost": {
		"GET /v1/skills", "GET /v1/skills/{skillId}/status", "GET /v1/skills/{skillId}/stages/{stageV2}/manifest", "PUT /v1/skills/{skillId}/stages/{stageV2}/manifest",
		"GET /v1/skills/{skillId}/stages/{stageV2}/interactionModel/locales/{locale}", "HEAD /v1/skills/{skillId}/stages/{stageV2}/interactionModel/locales/{locale}",
		"PUT /v1/skills/{skillId}/sslCertificateSets/~latest", "PUT /v1/skills/{skillId}/stages/{stageV2}/accountLinkingClient",
		"POST /v2/skills/{skillId}/stages/{stage}/simulations", "GET /v2/skills/{skillId}/stages/{stage}/simulations/{simulationId}",
		"POST /v2/skills/{skillId}/stages/{stage}/invocations",
	}})
}

// TestAskRefusals checks that ask-cli understands the fake's refusals: a package that Amazon does not import, a skill that
// cannot be enabled, and a token that has ended.
func TestAskRefusals(t *testing.T) {
	a := newAmazonTools(t)
	t.Parallel()
	a.signIn()
	blog := a.makeBlog("blog")
	alexa := filepath.Join(blog, "alexa")
	runCommand(t, a.skill(blog, "package", "--out", "alexa"))
	deploy := func(wanted string) {
		t.Helper()
		printed, err := a.ask(alexa, "deploy", "--ignore-hash").CombinedOutput()
		require.Error(t, err, "%s", printed)
		require.Contains(t, string(printed), wanted)
		require.NotContains(t, string(printed), "[Fatal]")
	}
	a.amazon.FailImport(smapitest.ImportFailure{Resource: "InteractionModel.en-GB", Errors: []rules.Violation{{
		Code: "MISSING_CARRIER_PHRASE", Message: `Sample utterance "{query}" in intent "Find" must include a carrier phrase.`,
	}}})
	deploy("must include a carrier phrase")
	changeEndpoint := func(key, replacement string) {
		changeJSON(t, filepath.Join(alexa, "skill-package", "skill.json"), func(manifest map[string]any) {
			for _, part := range []string{"manifest", "apis", "custom", "endpoint"} {
				manifest = manifest[part].(map[string]any)
			}
			manifest[key] = replacement
			if replacement == "" {
				delete(manifest, key)
			}
		})
	}
	changeEndpoint("uri", "http://skill.example.com/alexa/blog")
	deploy("does not match the regular expression")
	changeEndpoint("uri", "https://skill.example.com/alexa/blog")
	changeEndpoint("sslCertificateType", "")
	deploy("Skill is not ready for enablement.")
	a.amazon.ExpireAccessTokens()
	deploy("401")
	a.judge(map[string][]string{"ask-cli": {"POST /v1/skills/imports", "GET /v1/skills/imports/{importId}"}})
}

// changeJSON changes the object in a file.
func changeJSON(t *testing.T, name string, change func(map[string]any)) {
	t.Helper()
	var content map[string]any
	require.NoError(t, json.Unmarshal(readFile(t, name), &content))
	change(content)
	encoded, err := json.MarshalIndent(content, "", "  ")
	require.NoError(t, err)
	writeFile(t, name, encoded)
}

// TestAskCommands reads and changes a skill with the commands of ask-cli that send what "skill deploy" sends.
func TestAskCommands(t *testing.T) {
	a := newAmazonTools(t)
	t.Parallel()
	a.signIn()
	blog := a.makeBlog("blog")
	runCommand(t, a.skill(blog, "deploy"))
	id := a.amazon.Skills()[0].ID
	certificate := string(a.certificate)
	a.writeJSON(a.path("certificate.json"), map[string]any{"sslCertificate": certificate, "regions": map[string]any{"NA": map[string]any{"sslCertificate": certificate}}})
	a.writeJSON(a.path("linking.json"), map[string]any{"accountLinkingRequest": map[string]any{
		"type": "AUTH_CODE", "clientId": "blog", "clientSecret": "juniper-berry", "accessTokenScheme": "HTTP_BASIC", "scopes": []string{"profile"},
		"authorizationUrl": "https://login.example.com/authorize", "accessTokenUrl": "https://login.example.com/token",
	}})

	for _, command := range []struct{ args, printed string }{
		{"get-vendor-list", toolsVendor},
		{"list-skills-for-vendor", id},
		{"get-skill-status --skill-id " + id, "SUCCEEDED"},
		{"get-skill-manifest --skill-id " + id + " --stage development", "https://skill.example.com/alexa/blog"},
		{"get-interaction-model --skill-id " + id + " --stage development --locale en-US", "half elf"},
		{"get-interaction-model-metadata --skill-id " + id + " --stage development --locale en-US --full-response", "etag"},
		{"get-skill-enablement-status --skill-id " + id, "successfully"},
		{"delete-skill-enablement --skill-id " + id, "successfully"},
		{"set-skill-enablement --skill-id " + id, "successfully"},
		{"set-ssl-certificates --skill-id " + id + " --ssl-certificate-payload file:certificate.json", "successfully"},
		{"update-account-linking-info --skill-id " + id + " --stage development --account-linking-request file:linking.json", "successfully"},
		{"get-account-linking-info --skill-id " + id + " --stage development", "login.example.com"},
		{"simulate-skill --skill-id " + id + " --device-locale en-US --input-content open|half|elf", "IN_PROGRESS"},
	} {
		args := strings.Split("smapi "+command.args, " ")
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "|", " ")
		}
		require.Contains(t, runCommand(t, a.ask(a.dir, args...)), command.printed, command.args)
	}
	view := a.view(id)
	require.Equal(t, certificate, view.Certificate)
	require.Contains(t, string(view.AccountLinking), "juniper-berry")
	require.True(t, view.Enabled)
	a.judge(map[string][]string{"ask-cli": {"GET /v1/vendors", "GET /v1/skills", "GET /v1/skills/{skillId}/stages/{stageV2}/manifest"}})
}

// TestSDKDeploys deploys a package with ask-smapi-sdk, and tries the calls that "skill deploy" uses.
func TestSDKDeploys(t *testing.T) {
	a := newAmazonTools(t)
	t.Parallel()
	blog := a.makeBlog("blog")
	runCommand(t, a.skill(blog, "package", "--out", "alexa"))
	var archive bytes.Buffer
	packed := zip.NewWriter(&archive)
	require.NoError(t, packed.AddFS(os.DirFS(filepath.Join(blog, "alexa", "skill-package"))))
	require.NoError(t, packed.Close())
	writeFile(t, a.path("package.zip"), archive.Bytes())
	writeFile(t, a.path("certificate.pem"), a.certificate)
	script := a.command(a.dir, "node", filepath.Join(a.folder, "sdk.js"))
	script.Env = append(script.Env, "SMAPI_URL="+a.amazon.URL, "SMAPI_LWA_URL="+a.amazon.LWAURL, "SMAPI_CLIENT_ID="+a.clientID, "SMAPI_CLIENT_SECRET="+a.clientSecret,
		"SMAPI_REFRESH_TOKEN="+a.refreshToken,
		"SMAPI_VENDOR_ID="+toolsVendor, "SMAPI_PACKAGE="+a.path("package.zip"), "SMAPI_CERTIFICATE="+a.path("certificate.pem"))
	t.Log(runCommand(t, script))
	a.judge(map[string][]string{"ask-node-model": append([]string{
		"PUT /v1/skills/{skillId}/stages/{stageV2}/manifest", "HEAD /v1/skills/{skillId}/stages/{stageV2}/interactionModel/locales/{locale}",
		"POST /v2/skills/{skillId}/stages/{stage}/simulations", "POST /v2/skills/{skillId}/stages/{stage}/invocations",
		"PUT /v1/skills/{skillId}/sslCertificateSets/~latest", "PUT /v1/skills/{skillId}/stages/{stageV2}/accountLinkingClient",
	}, deployOperations...)})
}
