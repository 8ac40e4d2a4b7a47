package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/smapi/login"
	"lastpost/internal/smapi/smapitest"
)

// TestTwoCommandsMakeASkill runs "skill init" and "skill deploy" in an empty folder, on a machine without Node. Between them,
// the service starts. At the end the skill is enabled at Amazon, and the service knows its id.
func TestTwoCommandsMakeASkill(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	d.signIn()
	require.NoError(t, os.Remove(d.file))
	d.setVariables("PATH=" + t.TempDir())
	var stdout strings.Builder
	env := testEnvironment(time.Millisecond)
	env.stdin, env.stdout, env.stderr = strings.NewReader(""), &stdout, &stdout
	status := run(t.Context(), []string{"init", "--config", d.file, "--host", "skill.example.com", "--feed", d.feed.url, "--id", "later",
		"--port-443", "caddy", "--yes"}, env)
	require.Equal(t, exitOK, status, stdout.String())
	d.useFreePorts(d.file)
	require.NoError(t, os.Chmod(d.file, 0o644))
	d.startAndWait()
	d.waitUntilReady()
	d.log.waitFor(t, "skill id missing; requests of Alexa are refused")
	before := readFile(t, d.file)

	output := d.deploy(0)
	skill := d.skill()
	require.True(t, skill.Enabled)
	require.Contains(t, string(skill.Manifest), "https://skill.example.com/alexa/blog")
	d.requireID(before, skill.ID)
	info, err := os.Stat(d.file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o644), info.Mode().Perm(), "the service's own user reads the file")
	require.Contains(t, output, "wrote the id of the skill into "+d.file+": "+skill.ID+"\n")
	require.Regexp(t, `(?s)wrote the id .* reads the configuration again\n.*\nenabling the skill`, output, "the service knows the id early")
	require.True(t, strings.HasSuffix(output, "Say: \"Alexa, open half elf\"\n"), output)

	d.log.waitFor(t, "configuration reloaded")
	d.url = strings.Replace(d.url, "/alexa/halfelf", "/alexa/blog", 1)
	require.Eventually(t, func() bool {
		status, _ = d.sendSigned(bytes.ReplaceAll(d.lastPostRequest(""), []byte(testSkillID), []byte(skill.ID)))
		return status == http.StatusOK
	}, 20*time.Second, 50*time.Millisecond, "the service accepts the new id:\n%s", d.log)

	output = d.deploy(0)
	require.NotContains(t, output, "wrote the id")
	require.Equal(t, skill.ID, d.skill().ID, "the second run creates no other skill")
	require.Len(t, d.amazon.ImportIDs(), 1, "an unchanged package is not imported again:\n%s", output)
}

// TestDeployRespectsEdits changes the configuration, and then the skill in the console.
func TestDeployRespectsEdits(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	d.signIn()
	planned := d.deploy(0, "--dry-run")
	require.Contains(t, planned, "a run would create a skill for the vendor "+testVendor)
	require.Contains(t, planned, "would change: manifest: new\n")
	require.Contains(t, planned, "would enable the skill for testing\n")
	require.NotContains(t, planned, "Say:")
	require.Zero(t, len(d.amazon.Skills()))
	require.NoDirExists(t, filepath.Join(d.home, ".config"), "a dry run stores nothing")
	require.Contains(t, string(readFile(t, d.file)), config.PlaceholderID)

	d.deploy(0)
	text := strings.Replace(string(readFile(t, d.file)), "title: Half Elf", "title: Whole Elf", 1)
	writeFile(t, d.file, []byte(text))
	planned = d.deploy(0, "--dry-run")
	require.Contains(t, planned, `publishingInformation.locales.en-US.name: "Half Elf" becomes "Whole Elf"`)
	require.Contains(t, string(d.skill().Manifest), "Half Elf")
	d.deploy(0)
	require.Contains(t, string(d.skill().Manifest), "Whole Elf")

	id := d.skill().ID
	d.amazon.EditModel(id, "en-US", func(model map[string]any) {
		model["interactionModel"].(map[string]any)["languageModel"].(map[string]any)["invocationName"] = "edited elf"
	})
	planned = d.deploy(0, "--dry-run")
	require.Contains(t, planned, "changed at Amazon since the last run: model en-US: ")
	require.Contains(t, planned, "--force overwrites them")
	refused := d.deploy(1)
	require.Contains(t, refused, "edited elf")
	require.Contains(t, refused, "--force")
	require.Contains(t, string(d.skill().Models["en-US"]), "edited elf", "the edit stays")
	d.deploy(0, "--force")
	require.Contains(t, string(d.skill().Models["en-US"]), `"invocationName":"half elf"`)
	d.skill()
}

// TestDeployReloadsService changes the configuration of a running service. An import and the service then agree. This also helps
// if an earlier run was killed after it had written the id.
func TestDeployReloadsService(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	d.signIn()
	require.Contains(t, d.deploy(0), "the service does not know the id yet: no service runs with data_dir ")
	d.startAndWait()
	require.NotContains(t, d.deploy(0), "reads the configuration again")
	writeFile(t, d.file, bytes.Replace(readFile(t, d.file), []byte("title: Half Elf"), []byte("title: Whole Elf"), 1))
	require.Contains(t, d.deploy(0), "reads the configuration again\n")
	d.log.waitFor(t, "configuration reloaded")
}

// TestDeployEndpointOnly moves a skill to another host. The texts that someone edited stay.
func TestDeployEndpointOnly(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	d.signIn()
	require.Contains(t, d.deploy(1, "--endpoint-only"), "requires a skill that exists: run the command without it first")
	require.Zero(t, len(d.amazon.Skills()))
	d.deploy(0)
	d.amazon.EditManifest(d.skill().ID, func(manifest map[string]any) {
		listing := manifest["manifest"].(map[string]any)["publishingInformation"].(map[string]any)["locales"].(map[string]any)["en-US"]
		listing.(map[string]any)["name"] = "Edited Elf"
	})
	moved := strings.Replace(string(readFile(t, d.file)), "skill.example.com", "moved.example.com", 1)
	writeFile(t, d.file, []byte(moved))
	planned := d.deploy(0, "--endpoint-only", "--dry-run", "--certificate-type", "wildcard")
	require.Contains(t, planned, `would change: manifest: `)
	require.Contains(t, planned, `"https://skill.example.com/alexa/halfelf" becomes "https://moved.example.com/alexa/halfelf"`)
	require.NotContains(t, string(d.skill().Manifest), "moved")
	d.deploy(0, "--endpoint-only", "--certificate-type", "wildcard")
	require.Contains(t, string(d.skill().Manifest), `"uri":"https://moved.example.com/alexa/halfelf"`)
	require.Contains(t, string(d.skill().Manifest), `"sslCertificateType":"Wildcard"`)
	require.Contains(t, string(d.skill().Manifest), "Edited Elf")
	require.Contains(t, d.deploy(0, "--endpoint-only", "--certificate-type", "Wildcard"), "is up to date: https://moved.example.com/alexa/halfelf")
}

// TestDeployUploadsCertificate has a self-signed certificate. Only the service creates it, so it must have run.
func TestDeployUploadsCertificate(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "tls: {mode: self-signed}\n")
	d.signIn()
	require.Contains(t, d.deploy(1), "the service has not created its certificate yet: ")
	require.Zero(t, len(d.amazon.Skills()))
	d.startAndWait()
	output := d.deploy(0)
	require.Contains(t, string(d.skill().Manifest), `"sslCertificateType":"SelfSigned"`)
	certificate := d.skill().Certificate
	require.True(t, strings.HasPrefix(certificate, "-----BEGIN CERTIFICATE-----\n"), "%s\n%s", certificate, output)
	require.Equal(t, 1, strings.Count(certificate, "-----BEGIN"), "the private key stays here")
	require.Contains(t, string(readFile(t, filepath.Join(d.dir, "data", "self-signed.pem"))), certificate)
}

// TestDeploySetsAccountLinking has the client of an OAuth server in the configuration, and its secret in a file.
func TestDeploySetsAccountLinking(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, `account_linking:
  authorization_url: https://auth.example.com/authorize
  token_url: https://auth.example.com/token
  client_id: alexa
  client_secret_file: linking-secret
  scopes: [openid]
`)
	d.signIn()
	require.Contains(t, d.deploy(1), "account_linking.client_secret_file: open linking-secret: no such file or directory")
	const secret = "juniper-branch-0815"
	writeFile(t, filepath.Join(d.dir, "linking-secret"), []byte(secret+"\n"))
	output := d.deploy(0, "--debug")
	linking := string(d.skill().AccountLinking)
	for _, part := range []string{`"https://skill.example.com/link/authorize"`, `"https://skill.example.com/link/token"`, `"alexa"`, secret, `"openid"`} {
		require.Contains(t, linking, part)
	}
	require.NotContains(t, output, secret)
	require.Contains(t, output, "accountLinkingClient")
}

// TestDeployListsSkills lists the skills of two vendors, and of one.
func TestDeployListsSkills(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	d.signIn()
	d.amazon.AddVendor("M2", "Company")
	mine, other := d.amazon.AddSkill(testVendor), d.amazon.AddSkill("M2")
	d.setVariables("SKILL_CONFIG=/nonexistent")
	output := d.deploy(0, "--list")
	require.Contains(t, output, "vendor "+testVendor+" Half Elf: skills: 1\n"+mine+"  development  \"A skill of the console\"\n")
	require.Contains(t, output, "vendor M2 Company: skills: 1\n"+other+"  ")
	require.NotContains(t, d.deploy(0, "--list", "--vendor", "M2"), mine)
	d.setVariables("SKILL_VENDOR_ID=M2")
	require.NotContains(t, d.deploy(0, "--list"), mine)
}

// TestDeployAsksForTheVendor has two vendors and no terminal. The error lists them.
func TestDeployAsksForTheVendor(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	d.signIn()
	d.amazon.AddVendor("M2", "Company")
	refused := d.deploy(1)
	for _, part := range []string{testVendor, "M2", "Company", "--vendor"} {
		require.Contains(t, refused, part)
	}
	require.Zero(t, len(d.amazon.Skills()))
	d.deploy(0, "--vendor", "M2")
	require.Equal(t, "M2", d.skill().VendorID)
}

// TestDeployPrintsTheID has an id from the environment, which the command cannot change.
func TestDeployPrintsTheID(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	d.signIn()
	text := strings.Replace(string(readFile(t, d.file)), config.PlaceholderID, "${SKILL_ID}", 1)
	writeFile(t, d.file, []byte(text))
	d.setVariables("SKILL_ID=" + config.PlaceholderID)
	d.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultStatus, Status: http.StatusForbidden, Method: http.MethodPut,
		Path: regexp.MustCompile("enablement"), Times: -1})
	output := d.deploy(1)
	require.Contains(t, output, "status 403")
	require.Contains(t, output, "\n    application_id: "+d.skill().ID+"\n", "also if the deployment fails later")
	d.amazon.Heal()
	output = d.deploy(1)
	require.True(t, d.skill().Enabled)
	require.Contains(t, output, "\n    application_id: "+d.skill().ID+"\n")
	require.Contains(t, output, "comes from the environment")
	require.Equal(t, text, string(readFile(t, d.file)))
	require.Contains(t, d.deploy(1), "\n    application_id: "+d.skill().ID+"\n", "the second run finds the skill and says it again")
	d.setVariables("SKILL_ID=" + d.skill().ID)
	d.deploy(0)
	d.skill()
}

// TestDeployReadsSecretsFromFiles has the sign-in in files, as CI and containers mount them.
func TestDeployReadsSecretsFromFiles(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	folder := t.TempDir()
	for name, value := range map[string]string{"SKILL_LWA_CLIENT_ID": d.clientID, "SKILL_LWA_CLIENT_SECRET": d.secret,
		"SKILL_LWA_REFRESH_TOKEN": d.amazon.SignedIn(), "SKILL_VENDOR_ID": testVendor} {
		writeFile(t, filepath.Join(folder, name), []byte(value+"\n"))
		d.setVariables(name + "_FILE=" + filepath.Join(folder, name))
	}
	d.amazon.AddVendor("M2", "Company")
	d.deploy(0)
	require.Equal(t, testVendor, d.skill().VendorID)
	require.NoFileExists(t, filepath.Join(d.home, ".config", "lastpost", "amazon.json"), "the sign-in of the environment is not stored")
}

// TestDeployStopsWithoutFeed has a feed that is gone. The package would have lost the blog's categories.
func TestDeployStopsWithoutFeed(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	d.signIn()
	d.deploy(0)
	model := string(d.skill().Models["en-US"])
	gone := strings.Replace(string(readFile(t, d.file)), d.feed.url, "http://127.0.0.1:1/feed/", 1)
	writeFile(t, d.file, []byte(gone))
	refused := d.deploy(1)
	require.Contains(t, refused, "warning: the feed could not be read: ")
	require.Contains(t, refused, "nothing was deployed, because the package would lose ")
	require.Equal(t, model, string(d.skill().Models["en-US"]))
	d.deploy(0, "--force")
	require.NotEqual(t, model, string(d.skill().Models["en-US"]))
}

// TestDeployNamesPackagedProgram runs the command under the name of our packages, without a sign-in.
func TestDeployNamesPackagedProgram(t *testing.T) {
	t.Parallel()
	d := newDeployHarness(t, "")
	packaged := filepath.Join(t.TempDir(), packagedName)
	program, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(program, packaged))
	cmd := d.command("deploy")
	cmd.Path, cmd.Args[0] = packaged, packaged
	output, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(output), "lastpost deploy --login")
	require.NotContains(t, string(output), "skill deploy")
}

// testScopes are the scopes of a sign-in that can try a skill.
func testScopes() []string { return append(login.DeployScopes(), login.ScopeTest) }

// TestDeployTriesSkill lets the fake's Alexa call the running service with signed requests. The log and the inspector of the
// service show them. A failed simulation does not fail the deployment.
func TestDeployTriesSkill(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	certificates, authority := newCertificates(t)
	d := newDeployHarness(t, "tls: {mode: files, cert_file: "+certificates+"/good.pem, key_file: "+certificates+"/key.pem}\n")
	d.signIn()
	d.startAndWait()
	d.waitUntilReady()
	output := d.deploy(0, "--try", "open half elf")
	require.Contains(t, output, "simulation: failed, which does not prove a fault of the skill: ")
	require.Contains(t, output, "Run: skill deploy --login --try WORDS", "the scopes of a token from the environment are unknown")
	require.NotContains(t, output, "this proves")
	require.Empty(t, d.log.withMessage("request"))

	d.signIn(testScopes()...)
	d.amazon.SetSigner(d.signer)
	d.amazon.SetEndpointRoots(authority.Pool())
	d.amazon.SetEndpointAddress(strings.TrimPrefix(strings.TrimSuffix(d.url, "/alexa/halfelf"), "https://"))
	d.log.waitFor(t, "configuration reloaded")
	output = d.deploy(0, "--try", "open half elf")
	require.Regexp(t, `(?m)^simulation: Amazon sent a LaunchRequest to https://skill\.example\.com/alexa/halfelf, and Alexa said: ".*Half Elf.*"$`, output)
	require.Regexp(t, `(?m)^invocation: Amazon sent a LaunchRequest to https://skill\.example\.com/alexa/halfelf, and Alexa said: ".*Half Elf.*"$`, output)
	require.Contains(t, output, "\nthis proves that the skill works: ")
	require.Eventually(t, func() bool { return len(d.log.withMessage("request")) == 2 }, 20*time.Second, 10*time.Millisecond)
	for _, line := range d.log.withMessage("request") {
		require.Equal(t, "LaunchRequest", line["type"])
		require.EqualValues(t, 200, line["status"])
		require.Eventually(t, func() bool {
			_, page := d.getPrivate("/exchanges")
			return strings.Count(page, "LaunchRequest") >= 2
		}, 20*time.Second, 50*time.Millisecond, "the inspector shows both")
	}

	d.amazon.FailSimulation(smapitest.SimulationUnexpected)
	output = d.deploy(0, "--try", "ask half elf what's new")
	require.Contains(t, output, "simulation: failed, which does not prove a fault of the skill: An unexpected error occurred.")
	require.Contains(t, output, "\ninvocation: Amazon sent a LaunchRequest to ")
	require.Contains(t, output, "\nthis proves that the endpoint works: ")
	require.Equal(t, 0, d.stop())
}

// TestKilledDeployMakesOneSkill kills the real program at each call of a deployment: before Amazon acts, after Amazon has acted,
// and after the answer. The next run goes on. There is one skill, and the configuration has its id.
func TestKilledDeployMakesOneSkill(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	for _, moment := range []struct{ claim, method, path string }{
		{"the vendors", http.MethodGet, "/v1/vendors"},
		{"the address of the upload", http.MethodPost, "/v1/skills/uploads"},
		{"the upload", http.MethodPut, ""},
		{"the creation", http.MethodPost, "/v1/skills/imports"},
		{"the first status of the import", http.MethodGet, "/v1/skills/imports/"},
		{"the enablement", http.MethodPut, "/enablement"},
	} {
		for _, kind := range []smapitest.FaultKind{smapitest.FaultDelay, smapitest.FaultHold} {
			t.Run(moment.claim+", "+string(kind), func(t *testing.T) {
				t.Parallel()
				d := newDeployHarness(t, "")
				d.signIn()
				before := readFile(t, d.file)
				fault := smapitest.Fault{Kind: kind, Method: moment.method, Path: regexp.MustCompile(regexp.QuoteMeta(moment.path)), Delay: 2 * time.Minute}
				if moment.path == "" {
					fault.Part, fault.Path = smapitest.PartUpload, nil
				}
				d.amazon.Fail(fault)
				d.killWhen(func() bool { return d.amazon.FaultyCalls() > 0 })
				d.deploy(0)
				require.True(t, d.skill().Enabled)
				d.requireID(before, d.skill().ID)
			})
		}
	}
}

// TestKilledDeployFindsItsSkill kills the program while Amazon works on the import, many times.
func TestKilledDeployFindsItsSkill(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	d := newDeployHarnessWith(t, "", smapitest.Options{ImportPolls: 12})
	d.signIn()
	before := readFile(t, d.file)
	for n := range 6 {
		d.killWhen(func() bool { return d.countCalls(http.MethodGet, "/v1/skills/imports/") > n })
	}
	d.deploy(0)
	require.True(t, d.skill().Enabled)
	d.requireID(before, d.skill().ID)
	require.Len(t, d.amazon.ImportIDs(), 1, "each run goes on with the import of the first")
}
