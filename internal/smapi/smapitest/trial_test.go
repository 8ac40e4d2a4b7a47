package smapitest_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi/smapitest"
	"lastpost/internal/verify"
)

const launchResponse = `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>Welcome to <b>Half Elf</b>.</speak>"}}}`

// An endpointServer is the endpoint of a skill. It verifies requests as the service does.
type endpointServer struct {
	*httptest.Server
	received chan []byte
	answer   string
	status   int
	hold     chan struct{} // nil: it answers at once
}

// newEndpoint starts an endpoint at skill.example.com, and tells the fake where it is.
func newEndpoint(t *testing.T, amazon *smapitest.Amazon) *endpointServer {
	t.Helper()
	e := &endpointServer{received: make(chan []byte, 10), answer: launchResponse, status: http.StatusOK}
	verifier := &verify.Verifier{Roots: amazon.Authority().Pool(), Transport: amazon.Bucket(), Now: time.Now}
	e.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := verifier.VerifySignature(r.Header, body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if e.hold != nil {
			<-e.hold
		}
		e.received <- body
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		w.WriteHeader(e.status)
		_, _ = io.WriteString(w, e.answer)
	}))
	t.Cleanup(e.Close)
	roots := x509.NewCertPool()
	roots.AddCert(e.Certificate()) // it is for *.example.com
	amazon.SetEndpointRoots(roots)
	amazon.SetEndpointAddress(e.Listener.Addr().String())
	return e
}

// enabledSkill makes a skill and enables it.
func (c *caller) enabledSkill(files map[string]string) (id string) {
	c.t.Helper()
	id = c.newSkill(files)
	enabled := c.send("PUT", "/v1/skills/"+id+"/stages/development/enablement", nil)
	require.Equal(c.t, http.StatusNoContent, enabled.status, enabled.raw)
	return id
}

// start starts a simulation.
func (c *caller) start(id, utterance string) exchange {
	c.t.Helper()
	return c.send("POST", "/v2/skills/"+id+"/stages/development/simulations", map[string]any{
		"input": map[string]any{"content": utterance}, "device": map[string]any{"locale": "en-US"},
		"session": map[string]any{"mode": "FORCE_NEW_SESSION"},
	})
}

// simulate runs a simulation to its end.
func (c *caller) simulate(id, utterance string) (result exchange) {
	c.t.Helper()
	started := c.start(id, utterance)
	require.Equal(c.t, http.StatusOK, started.status, started.raw)
	require.Equal(c.t, "IN_PROGRESS", started.body["status"])
	path := "/v2/skills/" + id + "/stages/development/simulations/" + started.body["id"].(string)
	require.Equal(c.t, "IN_PROGRESS", c.send("GET", path, nil).body["status"])
	require.Eventually(c.t, func() bool {
		result = c.send("GET", path, nil)
		return result.body["status"] != "IN_PROGRESS"
	}, 30*time.Second, 5*time.Millisecond)
	return result
}

func TestSimulationCallsTheEndpoint(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	e := newEndpoint(t, c.amazon)
	id := c.enabledSkill(packageFiles())
	got := c.simulate(id, "open half elf")
	require.Equal(t, "SUCCESSFUL", got.body["status"], got.raw)
	var request map[string]any
	require.NoError(t, json.Unmarshal(<-e.received, &request))
	require.Equal(t, "LaunchRequest", dig(request, "request")["type"])
	require.Equal(t, id, dig(request, "context", "System", "application")["applicationId"])
	require.Contains(t, got.raw, `"caption":"Welcome to Half Elf ."`)
	invocation := dig(dig(got.body, "result", "skillExecutionInfo")["invocations"].([]any)[0])
	require.Equal(t, "https://skill.example.com/alexa", dig(invocation, "invocationRequest")["endpoint"])
	require.Equal(t, request, dig(invocation, "invocationRequest", "body"))
	response, err := json.Marshal(dig(invocation, "invocationResponse", "body"))
	require.NoError(t, err)
	require.JSONEq(t, launchResponse, string(response))

	got = c.simulate(id, "ask half elf to search for dragons")
	require.Equal(t, "SUCCESSFUL", got.body["status"], got.raw)
	require.NoError(t, json.Unmarshal(<-e.received, &request))
	require.Equal(t, "SearchIntent", dig(request, "request", "intent")["name"])
	require.Equal(t, "dragons", dig(request, "request", "intent", "slots", "Query")["value"])
}

func TestSimulationsThatFail(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	e := newEndpoint(t, c.amazon)
	id := c.enabledSkill(packageFiles())
	disabled := c.newSkill(packageFiles())
	requireFailure := func(id, utterance, want string) {
		t.Helper()
		got := c.simulate(id, utterance)
		require.Equal(t, "FAILED", got.body["status"], got.raw)
		require.Equal(t, want, dig(got.body, "result", "error")["message"])
	}
	requireFailure(disabled, "open half elf", string(smapitest.SimulationDisabled))
	requireFailure(id, "open other elf", string(smapitest.SimulationUnresolved))
	c.amazon.FailSimulation(smapitest.SimulationUnexpected)
	requireFailure(id, "open half elf", string(smapitest.SimulationUnexpected))
	require.Empty(t, e.received, "the endpoint was not called")

	const remote = "The remote endpoint could not be called, or the response it returned was invalid."
	e.answer = `{"error":"none"}`
	requireFailure(id, "open half elf", remote)
	e.answer, e.status = launchResponse, http.StatusInternalServerError
	requireFailure(id, "open half elf", remote)
	e.status = http.StatusOK
	c.amazon.SetEndpointRoots(x509.NewCertPool())
	requireFailure(id, "open half elf", remote)
	for range 2 {
		<-e.received
	}
	require.Empty(t, e.received, "Alexa does not trust the certificate")

	bad := c.send("POST", "/v2/skills/"+id+"/stages/development/simulations", map[string]any{"device": map[string]any{"locale": "en-US"}})
	require.Equal(t, http.StatusBadRequest, bad.status)
}

func TestOneSimulationAtATime(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	e := newEndpoint(t, c.amazon)
	id := c.enabledSkill(packageFiles())
	e.hold = make(chan struct{})
	require.Equal(t, http.StatusOK, c.start(id, "open half elf").status)
	require.Equal(t, http.StatusConflict, c.start(id, "open half elf").status)
	close(e.hold)
	<-e.received
	require.Eventually(t, func() bool { return c.start(id, "open other elf").status == http.StatusOK }, 30*time.Second, 5*time.Millisecond)

	c.amazon.FailSimulation(smapitest.SimulationEndless)
	endless := c.start(id, "open half elf")
	require.Equal(t, http.StatusOK, endless.status)
	for range 30 {
		got := c.send("GET", "/v2/skills/"+id+"/stages/development/simulations/"+endless.body["id"].(string), nil)
		require.Equal(t, "IN_PROGRESS", got.body["status"])
	}
	require.Equal(t, http.StatusConflict, c.start(id, "open half elf").status)
	c.amazon.Advance(10 * time.Minute)
	require.Equal(t, http.StatusOK, c.start(id, "open half elf").status)
}

func TestInvocation(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	e := newEndpoint(t, c.amazon)
	id := c.enabledSkill(packageFiles())
	path := "/v2/skills/" + id + "/stages/development/invocations"
	body := map[string]any{"endpointRegion": "default", "skillRequest": map[string]any{"body": map[string]any{"version": "1.0"}}}
	got := c.send("POST", path, body)
	require.Equal(t, http.StatusOK, got.status, got.raw)
	require.Equal(t, "SUCCESSFUL", got.body["status"], got.raw)
	require.JSONEq(t, `{"version":"1.0"}`, string(<-e.received))
	require.NotNil(t, dig(got.body, "result", "skillExecutionInfo", "invocationResponse", "body", "response"))

	e.answer = "no JSON"
	got = c.send("POST", path, body)
	require.Equal(t, "FAILED", got.body["status"])
	require.Contains(t, dig(got.body, "result", "error")["message"], "The remote endpoint could not be called")
	c.amazon.DisableSkill(id)
	got = c.send("POST", path, body)
	require.Equal(t, string(smapitest.SimulationDisabled), dig(got.body, "result", "error")["message"])
	body["endpointRegion"] = "EUROPE"
	require.Equal(t, http.StatusBadRequest, c.send("POST", path, body).status)
}

func TestEndpointOnAnotherPort(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	e := newEndpoint(t, c.amazon)
	id := c.enabledSkill(changed(t, "skill.json", "skill.example.com/", "skill.example.com:8443/"))
	require.Equal(t, "FAILED", c.simulate(id, "open half elf").body["status"], "Alexa calls only port 443")
	require.Empty(t, e.received)
}

func TestSelfSignedCertificate(t *testing.T) {
	c := newCaller(t, smapitest.Options{})
	e := newEndpoint(t, c.amazon)
	id := c.enabledSkill(changed(t, "skill.json", `"Trusted"`, `"SelfSigned"`))
	require.Equal(t, "FAILED", c.simulate(id, "open half elf").body["status"], "the certificate was not uploaded")

	path := "/v1/skills/" + id + "/sslCertificateSets/~latest"
	require.Equal(t, http.StatusNotFound, c.send("GET", path, nil).status)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: e.Certificate().Raw}))
	for name, body := range map[string]map[string]any{
		"no PEM":            {"sslCertificate": "MIIB"},
		"no certificate":    {"sslCertificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))},
		"a key":             {"sslCertificate": string(bytes.ReplaceAll([]byte(text), []byte("CERTIFICATE"), []byte("PRIVATE KEY")))},
		"an unknown region": {"sslCertificate": text, "regions": map[string]any{"XX": map[string]any{"sslCertificate": text}}},
		"an unknown key":    {"certificate": text},
	} {
		require.Equal(t, http.StatusBadRequest, c.send("PUT", path, body).status, name)
	}
	body := map[string]any{"sslCertificate": text, "regions": map[string]any{"NA": map[string]any{"sslCertificate": text}}}
	require.Equal(t, http.StatusNoContent, c.send("PUT", path, body).status)
	require.Equal(t, text, c.send("GET", path, nil).body["sslCertificate"])
	require.Equal(t, text, c.amazon.Skills()[0].Certificate)
	require.Equal(t, "SUCCESSFUL", c.simulate(id, "open half elf").body["status"])
}
