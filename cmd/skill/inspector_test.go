package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/inspect"
	"lastpost/internal/simulator"
)

// TestInspectorInChromium opens the inspector of the real program in a real browser. .ci/inspector/inspect.js contains the
// steps and the expectations.
func TestInspectorInChromium(t *testing.T) {
	scripts := os.Getenv("INSPECTOR_SCRIPTS")
	if scripts == "" {
		t.Skip("needs node and Chromium: run `make inspector`, which names the folder of the scripts in INSPECTOR_SCRIPTS")
	}
	h := newHarness(t, "{mode: self-signed}")
	h.feed.setHandler(serveSampleFeedWithImage)
	file := filepath.Join(h.dir, "skill.yaml")
	config, err := os.ReadFile(file)
	require.NoError(t, err)
	writeFile(t, file, append(config, "    timezone: Europe/Berlin\n"...))
	authorization := newOAuthServer(t, h)
	h.startAndWait()
	h.waitUntilReady()
	mux := h.controlMux()
	mux.HandleFunc("/link", func(http.ResponseWriter, *http.Request) {
		authorization.linkAccount(h, linkFault{})
		authorization.linkAccount(h, linkFaults()[4])
		h.waitForWarning("client-authentication")
	})
	mux.HandleFunc("/begin", func(http.ResponseWriter, *http.Request) { // each call starts the same account linking again
		asked := url.Values{"client_id": {linkClient}, "response_type": {"code"}, "scope": {"profile"}, "state": {"chromium-4f1c8e7a2b"}, "redirect_uri": {linkRedirect}}
		answer, err := h.client.Get(strings.TrimSuffix(h.url, "/alexa/halfelf") + "/link/authorize?" + asked.Encode())
		if err == nil {
			err = answer.Body.Close()
		}
		if err != nil {
			panic(fmt.Sprint("beginning: ", err))
		}
	})
	mux.HandleFunc("/reload", func(http.ResponseWriter, *http.Request) { h.sendHUP(); h.log.waitFor(t, "configuration reloaded") })
	control := httptest.NewServer(mux)
	t.Cleanup(control.Close)
	script := exec.CommandContext(t.Context(), "node", filepath.Join(scripts, "inspect.js"))
	script.Env = append(os.Environ(), "INSPECTOR="+h.privateURL, "CONTROL="+control.URL+"/", "SHOTS="+os.Getenv("INSPECTOR_SHOTS"))
	output, err := script.CombinedOutput()
	t.Logf("%s", output)
	require.NoError(t, err, "inspect.js found faults in the page")
	require.Contains(t, string(output), "no faults")
	require.Equal(t, 0, h.stop())
	require.NotEmpty(t, h.log.withMessage("request"))
	for _, secret := range append(authorization.secrets, testUserID(), strings.Repeat("AHWRQ4KX9LMB", 3), "eyJ0eXAiOiJKV1Qi") {
		require.NotContains(t, h.log.String(), secret)
	}
}

// serveSampleFeedWithImage serves the sample feed. Its newest post has an image, and the next post a hostile one.
func serveSampleFeedWithImage(w http.ResponseWriter, r *http.Request) {
	sample := httptest.NewRecorder()
	simulator.ServeSampleFeed(sample, r)
	w.Header().Set("Content-Type", sample.Header().Get("Content-Type"))
	_, _ = io.WriteString(w, strings.NewReplacer(
		`?p=112</guid>`, `?p=112</guid><media:content url="https://images.blog.example/future.png" medium="image"/>`,
		`?p=111</guid>`, `?p=111</guid><media:content url="http://192.168.0.1/reboot" medium="image"/>`,
	).Replace(sample.Body.String()))
}

// controlMux returns the endpoints that let the browser's script trigger events, such as a request from Alexa.
func (h *harness) controlMux() *http.ServeMux {
	launch := func(kind string, more map[string]any) []byte {
		request := map[string]any{"type": kind, "requestId": "amzn1.echo-api.request.chromium", "timestamp": time.Now().UTC().Format(time.RFC3339), "locale": "en-US"}
		for key, value := range more {
			request[key] = value
		}
		return requestWith(h.t, request)
	}
	mux := http.NewServeMux()
	sends := func(path string, body func() []byte) {
		mux.HandleFunc(path, func(_ http.ResponseWriter, _ *http.Request) { h.sendSigned(body()) })
	}
	sends("/launch", func() []byte { return launch("LaunchRequest", nil) })
	sends("/ask", func() []byte { return h.lastPostRequest("2026-03") })
	sends("/complain", func() []byte {
		return launch("SessionEndedRequest", map[string]any{"reason": "ERROR",
			"error": map[string]any{"type": "INVALID_RESPONSE", "message": "An exception occurred while dispatching the request to the skill."}})
	})
	sends("/misdirect", func() []byte {
		return []byte(strings.ReplaceAll(string(h.lastPostRequest("2026-03")), testSkillID, "amzn1.ask.skill.11111111-1111-4111-8111-111111111111"))
	})
	sends("/hostile", func() []byte {
		const script, wide = `"><img src=x onerror=alert(1)><script>alert(2)</script>`, "W̷\u202e"
		return launch("IntentRequest", map[string]any{"requestId": script, "locale": "en-US" + script, "intent": map[string]any{
			"name": script + strings.Repeat(wide, 100), "slots": map[string]any{script: map[string]any{"name": script, "value": script + strings.Repeat("W", 300)}}}})
	})
	mux.HandleFunc("/forge", func(_ http.ResponseWriter, request *http.Request) {
		_, _, err := h.post(request.Context(), http.Header{"User-Agent": {`a passing robot"><script>alert(3)</script>` + strings.Repeat("W", 300)}},
			strings.NewReader(`{"version":"</script><img src=x onerror=alert(4)>"}`))
		if err != nil {
			panic(fmt.Sprint("forging: ", err))
		}
	})
	return mux
}

// TestInspectorListsEveryRule checks that the inspector's steps contain each rule of internal/verify and internal/server.
func TestInspectorListsEveryRule(t *testing.T) {
	var known []string
	for _, step := range (&inspect.Record{}).Steps() {
		known = append(known, step.Rules...)
	}
	for _, dir := range []string{"verify", "server"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "internal", dir, "*.go"))
		require.NoError(t, err)
		found := 0
		for _, file := range files {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, match := range regexp.MustCompile(`(?m)(?:\s|\.)Rule\s+= "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
				require.Contains(t, known, match[1], file)
				found++
			}
		}
		require.Positive(t, found, dir)
	}
}

// TestInspectorHidesSecrets sends signed requests. The private pages, the log and the data directory must not contain secrets.
func TestInspectorHidesSecrets(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	h.startAndWait()
	h.waitUntilReady()
	for range 3 {
		status, _ := h.sendSigned(h.lastPostRequest("2026-03"))
		require.Equal(t, http.StatusOK, status)
	}
	require.Eventually(t, func() bool {
		_, list := h.getPrivate("/exchanges")
		return strings.Contains(list, "3 of 3")
	}, 10*time.Second, 20*time.Millisecond)
	var shown strings.Builder
	for _, path := range []string{"/", "/exchanges", "/exchanges/1", "/exchanges/3", "/exchanges.har", "/exchanges/2/har", "/ask", "/posts", "/metrics", "/readyz"} {
		status, body := h.getPrivate(path)
		require.Equal(t, http.StatusOK, status, path)
		shown.WriteString(body)
	}
	require.Equal(t, 0, h.stop())
	shown.WriteString(h.log.String())
	require.NoError(t, filepath.WalkDir(filepath.Join(h.dir, "data"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		shown.Write(content)
		return err
	}))
	for _, secret := range []string{testUserID(), "AFYQ7V2TZ3BJ", "AHWRQ4KX9LMB", "eyJ0eXAiOiJKV1Qi", "2f0bd4f4-7a0e-4b7b-8b7e-5d8e4b1f9a11"} {
		require.NotContains(t, shown.String(), secret)
	}
	require.Contains(t, shown.String(), "masked:")
}

func TestInspectorFormHoldsConversation(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	h.startAndWait()
	h.waitUntilReady()
	say := func(talk, words string) (location, body string) {
		answer, err := http.PostForm(h.privateURL+"/ask", url.Values{"skill": {"halfelf"}, "conversation": {talk}, "words": {words}})
		require.NoError(t, err)
		defer func() { _ = answer.Body.Close() }()
		content, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, answer.StatusCode, "%s", content)
		return answer.Request.URL.Query().Get("conversation"), string(content)
	}
	talk, body := say("", "")
	require.Contains(t, body, "Dates lean to the future")
	again, body := say(talk, "yes")
	require.Equal(t, talk, again)
	require.Contains(t, body, "AMAZON.YesIntent")
	require.Contains(t, body, "A date without its year")
	_, body = say(talk, "")
	require.Contains(t, body, "a silence")
	_, body = say(talk, "gibberish of no kind")
	require.Contains(t, body, "AMAZON.FallbackIntent")
	for _, line := range h.log.withMessage("request") {
		require.Equal(t, true, line["test"], "%v", line)
		require.EqualValues(t, 200, line["status"])
	}
	require.Len(t, h.log.withMessage("request"), 3, "a silence sends no request")
	_, metrics := h.getPrivate("/metrics")
	require.Contains(t, metrics, "lastpost_trials_total 3\n")
	require.Equal(t, 0, h.stop())
}
