package deployment

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/skillpkg"
	"lastpost/internal/smapi/smapitest"
)

// selfSigned returns a certificate as PEM.
func selfSigned(t *testing.T) string {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

func TestCertificateIsUploadedOnce(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.spec.CertificatePEM = selfSigned(t)
	require.True(t, f.deploy().Certificate)
	require.Equal(t, f.spec.CertificatePEM, f.skill().Certificate)
	require.False(t, f.deploy().Certificate)
	f.spec.CertificatePEM = "\n" + f.spec.CertificatePEM
	require.True(t, f.deploy().Certificate, "another file is uploaded")
	f.spec.CertificatePEM = ""
	require.False(t, f.deploy().Certificate)
}

const linkingRequest = `{"type":"AUTH_CODE","authorizationUrl":"https://skill.example.com/link/authorize","accessTokenUrl":"https://skill.example.com/link/token",` +
	`"clientId":"alexa","clientSecret":"SECRET-OF-THE-CLIENT","accessTokenScheme":"HTTP_BASIC","scopes":["posts"],"domains":[]}`

func TestAccountLinkingIsSet(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.spec.AccountLinking = []byte(linkingRequest)
	require.True(t, f.deploy().AccountLinking)
	require.Contains(t, string(f.skill().AccountLinking), `"clientId":"alexa"`)
	require.False(t, f.deploy().AccountLinking)

	f.spec.AccountLinking = []byte(strings.ReplaceAll(linkingRequest, "SECRET-OF-THE-CLIENT", "NEW-SECRET"))
	require.True(t, f.deploy().AccountLinking, "a new secret is set")
	require.Contains(t, string(f.skill().AccountLinking), "NEW-SECRET")
	for name, content := range readFolder(t, f.spec.StateDir) {
		require.NotContains(t, content, "SECRET", name)
	}
	for _, line := range f.lines {
		require.NotContains(t, line, "SECRET")
	}
}

func TestAccountLinkingOfAnotherClientIsRespected(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	id := f.deploy().SkillID
	_, err := f.client.SetAccountLinking(t.Context(), id, []byte(strings.ReplaceAll(linkingRequest, `"alexa"`, `"console"`)), "")
	require.NoError(t, err)
	f.spec.AccountLinking = []byte(linkingRequest)
	_, err = f.run()
	edited := requireEdited(t, err, `account linking: clientId: "console" becomes "alexa"`)
	require.NotContains(t, edited.Error(), "SECRET")
	f.spec.Force = true
	require.True(t, f.deploy().AccountLinking)
	require.Contains(t, string(f.skill().AccountLinking), `"clientId":"alexa"`)
}

func TestEqualAccountLinkingIsTakenOver(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	id := f.deploy().SkillID
	_, err := f.client.SetAccountLinking(t.Context(), id, []byte(linkingRequest), "")
	require.NoError(t, err)
	f.spec.AccountLinking = []byte(linkingRequest)
	require.True(t, f.deploy().AccountLinking)
}

func TestChangedAccountLinkingIsAQuestion(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.spec.AccountLinking = []byte(linkingRequest)
	id := f.deploy().SkillID
	_, err := f.client.SetAccountLinking(t.Context(), id, []byte(strings.ReplaceAll(linkingRequest, `"alexa"`, `"console"`)), "")
	require.NoError(t, err)
	f.spec.AccountLinking = []byte(strings.ReplaceAll(linkingRequest, `"alexa"`, `"new"`))
	_, err = f.run()
	require.Error(t, requireEdited(t, err).Reason)
	require.Contains(t, string(f.skill().AccountLinking), "console")
}

func (f *fixture) endpointSpec() EndpointSpec {
	return EndpointSpec{Name: f.spec.Name, SkillID: f.spec.SkillID, Endpoint: newEndpoint, CertificateType: skillpkg.Wildcard,
		StateDir: f.spec.StateDir, Progress: f.spec.Progress, Timing: f.spec.Timing}
}

const newEndpoint = "https://new.example.com/alexa?a=1&b=2"

func TestSetEndpointChangesNothingElse(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	id := f.deploy().SkillID
	f.amazon.EditModel(id, "en-US", func(m map[string]any) { walk(m, "interactionModel", "languageModel")["invocationName"] = "edited" })
	before := f.skill()
	spec := f.endpointSpec()
	spec.CertificatePEM = selfSigned(t)
	changes, err := SetEndpoint(t.Context(), f.client, spec)
	require.NoError(t, err)
	lines := []string{}
	for _, change := range changes {
		lines = append(lines, change.String())
	}
	const custom, events = "manifest: manifest.apis.custom.endpoint.", "manifest: manifest.events.endpoint."
	require.Equal(t, []string{
		custom + `sslCertificateType: "Trusted" becomes "Wildcard"`, custom + `uri: "` + endpoint + `" becomes "` + newEndpoint + `"`,
		events + `sslCertificateType: "Trusted" becomes "Wildcard"`, events + `uri: "` + endpoint + `" becomes "` + newEndpoint + `"`,
	}, lines)
	after := f.skill()
	require.Equal(t, before.Models, after.Models)
	require.Equal(t, spec.CertificatePEM, after.Certificate)
	undone := strings.ReplaceAll(strings.ReplaceAll(string(after.Manifest), `a=1\u0026b=2`, "a=1&b=2"), newEndpoint, endpoint)
	require.JSONEq(t, string(before.Manifest), strings.ReplaceAll(undone, "Wildcard", "Trusted"))

	again, err := SetEndpoint(t.Context(), f.client, spec)
	require.NoError(t, err)
	require.Empty(t, again)
	require.Equal(t, 1, f.count(http.MethodPut, "/manifest"))
}

// TestSetEndpointIsNotAnEdit deploys after the change of the endpoint.
func TestSetEndpointIsNotAnEdit(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.deploy()
	_, err := SetEndpoint(t.Context(), f.client, f.endpointSpec())
	require.NoError(t, err)
	f.spec.Endpoint, f.spec.Files = newEndpoint, packageWith("Half Elf", newEndpoint, "from a friend", "en-US", "de-DE")
	require.True(t, f.deploy().Imported)
}

func TestEarlierEditIsStillAnEditAfterSetEndpoint(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	id := f.deploy().SkillID
	f.amazon.EditManifest(id, func(m map[string]any) { walk(m, "manifest", "publishingInformation")["testingInstructions"] = "mine" })
	_, err := SetEndpoint(t.Context(), f.client, f.endpointSpec())
	require.NoError(t, err)
	f.spec.Endpoint, f.spec.Files = newEndpoint, packageWith("Half Elf", newEndpoint, "from a friend", "en-US", "de-DE")
	_, err = f.run()
	require.ErrorContains(t, err, `testingInstructions: "none" becomes "mine"`)
}

func TestSetEndpointWithoutState(t *testing.T) {
	f := newFixture(t, smapitest.Options{StaleStatus: true})
	f.spec.SkillID = f.amazon.AddSkill(vendorID, decode(packageFiles("Half Elf", "en-US")))
	spec := f.endpointSpec()
	spec.DryRun = true
	changes, err := SetEndpoint(t.Context(), f.client, spec)
	require.NoError(t, err)
	require.Len(t, changes, 4)
	require.Zero(t, f.count(http.MethodPut, "/manifest"))
	require.NoDirExists(t, f.spec.StateDir)

	spec.DryRun = false
	_, err = SetEndpoint(t.Context(), f.client, spec)
	require.NoError(t, err)
	require.Contains(t, string(f.skill().Manifest), "new.example.com")

	spec.SkillID = ""
	_, err = SetEndpoint(t.Context(), f.client, spec)
	require.ErrorContains(t, err, "does not have an id yet")
}

// TestSetEndpointWithoutManifest has a skill whose manifest is not ready, and a change that does not end in time.
func TestSetEndpointWithoutManifest(t *testing.T) {
	f := newFixture(t, smapitest.Options{RedirectManifest: true})
	f.spec.SkillID = f.amazon.AddSkill(vendorID)
	_, err := SetEndpoint(t.Context(), f.client, f.endpointSpec())
	require.ErrorContains(t, err, "not ready at Amazon. Wait a minute, and run the command again")

	f = newFixture(t, smapitest.Options{BuildPolls: 1000})
	f.spec.SkillID = f.amazon.AddSkill(vendorID, decode(packageFiles("Half Elf", "en-US")))
	spec := f.endpointSpec()
	spec.Timing.Import = time.Nanosecond
	_, err = SetEndpoint(t.Context(), f.client, spec)
	require.ErrorIs(t, err, ErrTimeout)
	require.ErrorContains(t, err, "not finished in time. Run the command again")
}

func TestSetEndpointStopsAtASimultaneousChange(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.deploy()
	conflict := smapitest.Fault{Kind: smapitest.FaultStatus, Status: http.StatusPreconditionFailed, Method: http.MethodPut, Path: regexp.MustCompile("/manifest$")}
	f.amazon.Fail(conflict)
	_, err := SetEndpoint(t.Context(), f.client, f.endpointSpec())
	_ = requireEdited(t, err)
	spec := f.endpointSpec()
	spec.Force = true
	_, err = SetEndpoint(t.Context(), f.client, spec)
	require.NoError(t, err)
	for _, call := range f.amazon.Requests() {
		if call.Method == http.MethodPut && strings.HasSuffix(call.Path, "/manifest") && call.Status == http.StatusAccepted {
			require.Empty(t, call.Header.Get("If-Match"), "--force overwrites any version")
		}
	}
}

func TestEndpointsOfAManifest(t *testing.T) {
	for _, c := range []struct{ claim, manifest, want string }{
		{"regions get the endpoint too", `{"manifest":{"apis":{"custom":{"endpoint":{"uri":"a"},"regions":{"EU":{"endpoint":{"uri":"b"}}}}}}}`,
			`{"manifest":{"apis":{"custom":{"endpoint":{"uri":"new","sslCertificateType":"Trusted"},"regions":{"EU":{"endpoint":{"uri":"new","sslCertificateType":"Trusted"}}}}}}}`},
		{"numbers stay as they are", `{"manifest":{"apis":{"custom":{}},"big":12345678901234567890}}`,
			`{"manifest":{"apis":{"custom":{"endpoint":{"uri":"new","sslCertificateType":"Trusted"}}},"big":12345678901234567890}}`},
		{"events without an endpoint do not get one", `{"manifest":{"apis":{"custom":{}},"events":{"subscriptions":[]}}}`,
			`{"manifest":{"apis":{"custom":{"endpoint":{"uri":"new","sslCertificateType":"Trusted"}}},"events":{"subscriptions":[]}}}`},
	} {
		t.Run(c.claim, func(t *testing.T) {
			got, err := withEndpoint([]byte(c.manifest), "new", skillpkg.Trusted)
			require.NoError(t, err)
			require.Equal(t, canonical(t, c.want), string(got))
		})
	}
	for _, broken := range []string{"", "[]", "{}", `{"manifest":{"apis":{"smartHome":{}}}}`} {
		_, err := withEndpoint([]byte(broken), "new", skillpkg.Trusted)
		require.Error(t, err, broken)
	}
}

// canonical sorts the keys of an endpoint. Only they are not sorted in the table.
func canonical(t *testing.T, document string) string {
	t.Helper()
	return strings.ReplaceAll(document, `{"uri":"new","sslCertificateType":"Trusted"}`, `{"sslCertificateType":"Trusted","uri":"new"}`) + "\n"
}

func TestTimingLimits(t *testing.T) {
	timing := TimeLimits{}.withDefaults()
	require.Equal(t, 40*time.Minute, timing.Import)
	require.Equal(t, 40*time.Minute, timing.Search)
	started := time.Now()
	require.NoError(t, timing.Pause(t.Context(), time.Millisecond))
	require.GreaterOrEqual(t, time.Since(started), time.Millisecond)
	require.WithinDuration(t, time.Now(), timing.Now(), time.Minute)
}

// TestPausesGrow checks the times of the questions to Amazon.
func TestPausesGrow(t *testing.T) {
	c := newClock()
	timing, start := TimeLimits{Pause: c.Pause, Now: c.Now}.withDefaults(), c.Now()
	var times []time.Duration
	err := timing.poll(t.Context(), start, timing.Import, func() (bool, error) {
		times = append(times, c.Now().Sub(start))
		return false, nil
	})
	require.ErrorIs(t, err, ErrTimeout)
	require.Equal(t, []time.Duration{0, 2 * time.Second, 4200 * time.Millisecond}, times[:3])
	require.Equal(t, 30*time.Second, times[len(times)-1]-times[len(times)-2])
	require.GreaterOrEqual(t, times[len(times)-1], 40*time.Minute, "Amazon is asked at the end of the time again")
}
