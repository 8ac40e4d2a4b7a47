package deployment

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi"
	"lastpost/internal/smapi/smapitest"
)

// A service answers the requests of Alexa and keeps them.
type service struct {
	mu       sync.Mutex
	requests []map[string]any
	answer   string
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, _ := io.ReadAll(r.Body)
	request := map[string]any{}
	if r.Header.Get("Signature-256") == "" || json.Unmarshal(raw, &request) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.requests = append(s.requests, request)
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, s.answer)
}

const goodAnswer = `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>The <emphasis>latest</emphasis> post &amp; more.</speak>"}}}`

// tryFixture deploys a skill whose endpoint is a service of the test.
func tryFixture(t *testing.T, answer string) (*fixture, *service, TrySpec) {
	t.Helper()
	f := newFixture(t, smapitest.Options{})
	s := &service{answer: answer}
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	f.amazon.SetEndpointRoots(roots)
	f.amazon.SetEndpointAddress(server.Listener.Addr().String())
	// The certificate of httptest is for example.com.
	f.spec.Endpoint = "https://example.com/alexa"
	f.spec.Files = packageWith("Half Elf", f.spec.Endpoint, "from a friend", "en-US")
	id := f.deploy().SkillID
	f.client = newTestClient(t, f.amazon.URL, f.amazon.AccessToken("alexa::ask:skills:readwrite", "alexa::ask:skills:test"), f.clock.Pause)
	return f, s, TrySpec{SkillID: id, Locale: "en-US", Text: "open half elf", Timing: TimeLimits{
		Now: time.Now, Pause: func(context.Context, time.Duration) error { time.Sleep(5 * time.Millisecond); return nil }}}
}

func TestTryReachesTheSkill(t *testing.T) {
	f, s, spec := tryFixture(t, goodAnswer)
	result, err := Try(t.Context(), f.client, spec)
	require.NoError(t, err)
	for _, outcome := range []TrialOutcome{result.Simulation, result.Invocation} {
		require.True(t, outcome.OK, outcome.Cause)
		require.Equal(t, "https://example.com/alexa", outcome.Endpoint)
		require.Equal(t, "LaunchRequest", outcome.Request)
		require.Empty(t, outcome.Cause)
	}
	require.Equal(t, "The latest post & more.", result.Invocation.Speech)
	require.NotEmpty(t, result.Simulation.Speech)
	require.Len(t, s.requests, 2)
	invoked := s.requests[1]
	require.Equal(t, spec.SkillID, walk(invoked, "context", "System", "application")["applicationId"])
	require.Equal(t, "en-US", walk(invoked, "request")["locale"])
	sent, err := time.Parse(time.RFC3339, walk(invoked, "request")["timestamp"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), sent, 100*time.Second, "the service accepts the time")
}

func TestTryShowsTheIntent(t *testing.T) {
	f, _, spec := tryFixture(t, goodAnswer)
	spec.Text = "ask half elf to read the latest post"
	result, err := Try(t.Context(), f.client, spec)
	require.NoError(t, err)
	require.Equal(t, "IntentRequest LatestIntent", result.Simulation.Request, result.Simulation.Cause)
}

func TestTryExplainsAmazonsMessages(t *testing.T) {
	for _, c := range []struct {
		outcome smapitest.SimulationOutcome
		want    string
	}{
		{smapitest.SimulationDisabled, "Run skill deploy, which enables the skill"},
		{smapitest.SimulationUnresolved, `Begin the words with "open"`},
		{smapitest.SimulationUnexpected, "It does not prove a fault"},
		{smapitest.SimulationEndless, "not ended the simulation in 100ms. This does not prove a fault"},
		{"A new message.", "A new message. Say the words to a device"},
	} {
		t.Run(string(c.outcome), func(t *testing.T) {
			f, _, spec := tryFixture(t, goodAnswer)
			f.amazon.FailSimulation(c.outcome)
			spec.Timing.Simulation = 100 * time.Millisecond
			result, err := Try(t.Context(), f.client, spec)
			require.NoError(t, err, "a failure is only information")
			require.False(t, result.Simulation.OK)
			require.Contains(t, result.Simulation.Cause, c.want)
			require.True(t, result.Invocation.OK, "the invocation is tried nevertheless: %s", result.Invocation.Cause)
		})
	}
}

func TestTryWaitsForAnotherSimulation(t *testing.T) {
	f, _, spec := tryFixture(t, goodAnswer)
	f.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultStatus, Status: http.StatusConflict, Method: http.MethodPost,
		Path: regexp.MustCompile("/simulations$"), Times: 3})
	spec.Progress = func(line string) { f.lines = append(f.lines, line) }
	result, err := Try(t.Context(), f.client, spec)
	require.NoError(t, err)
	require.True(t, result.Simulation.OK, result.Simulation.Cause)
	f.requireLine("another simulation is running: waiting")

	f.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultStatus, Status: http.StatusConflict, Method: http.MethodPost,
		Path: regexp.MustCompile("/simulations$"), Times: -1})
	spec.Timing.Simulation = time.Millisecond
	result, err = Try(t.Context(), f.client, spec)
	require.NoError(t, err)
	require.Contains(t, result.Simulation.Cause, "try again later")
}

func TestTryExplainsAnEndpointThatFails(t *testing.T) {
	f, _, spec := tryFixture(t, "not JSON")
	result, err := Try(t.Context(), f.client, spec)
	require.NoError(t, err)
	require.False(t, result.Simulation.OK)
	require.False(t, result.Invocation.OK)
	require.Contains(t, result.Simulation.Cause, "skill check --url")
	require.Contains(t, result.Invocation.Cause, "skill check --url")

	f.amazon.DisableSkill(spec.SkillID)
	result, err = Try(t.Context(), f.client, spec)
	require.NoError(t, err)
	require.Contains(t, result.Simulation.Cause, "Run skill deploy")
	require.Contains(t, result.Invocation.Cause, "Run skill deploy")
}

func TestTryWithoutTheScopeIsInformation(t *testing.T) {
	f, _, spec := tryFixture(t, goodAnswer)
	f.client = newTestClient(t, f.amazon.URL, f.amazon.AccessToken("alexa::ask:skills:readwrite"), f.clock.Pause)
	result, err := Try(t.Context(), f.client, spec)
	require.NoError(t, err)
	require.NotEmpty(t, result.Simulation.Cause)
	require.NotEmpty(t, result.Invocation.Cause)
}

func TestTryEndsWithTheContext(t *testing.T) {
	f, _, spec := tryFixture(t, goodAnswer)
	ctx, cancel := context.WithCancel(t.Context())
	spec.Progress = func(line string) {
		if strings.Contains(line, "invoking") {
			cancel()
		}
	}
	result, err := Try(ctx, f.client, spec)
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, result.Simulation.OK)
	_, err = Try(ctx, f.client, spec)
	require.ErrorIs(t, err, context.Canceled)
}

func TestSpokenText(t *testing.T) {
	for _, c := range []struct{ claim, response, want string }{
		{"plain text", `{"response":{"outputSpeech":{"text":"one  <two>"}}}`, "one <two>"},
		{"elements are removed and entities are read", `{"response":{"outputSpeech":{"ssml":"<speak>a<break time=\"1s\"/>b &lt;c&gt; &amp;lt;</speak>"}}}`, "a b <c> &lt;"},
		{"no speech", `{"response":{}}`, ""},
		{"no JSON", "<html>", ""},
	} {
		t.Run(c.claim, func(t *testing.T) { require.Equal(t, c.want, spokenText([]byte(c.response))) })
	}
}

func TestCauseIsNeverEmpty(t *testing.T) {
	require.Contains(t, simulationOutcome(smapi.Simulation{Status: "FAILED"}).Cause, "does not say why")
	require.Contains(t, failureCause("", checkEndpoint), "10 seconds")
}
