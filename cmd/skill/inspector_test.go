package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestInspectorInChromium has a real browser look at the inspector of the real program. What it does, and what it must
// see, stands in .ci/inspector/inspect.js.
func TestInspectorInChromium(t *testing.T) {
	scripts := os.Getenv("INSPECTOR_SCRIPTS")
	if scripts == "" {
		t.Skip("needs node and Chromium: run `make inspector`, which names the folder of the scripts in INSPECTOR_SCRIPTS")
	}
	r := newRig(t, "{mode: self-signed}")
	r.start()
	r.ready()
	control := httptest.NewServer(r.control())
	t.Cleanup(control.Close)
	script := exec.CommandContext(t.Context(), "node", filepath.Join(scripts, "inspect.js"))
	script.Env = append(os.Environ(), "INSPECTOR="+r.private, "CONTROL="+control.URL+"/", "SHOTS="+os.Getenv("INSPECTOR_SHOTS"))
	output, err := script.CombinedOutput()
	t.Logf("%s", output)
	require.NoError(t, err, "the page is not what it should be")
	require.Contains(t, string(output), "no faults")
	require.Equal(t, 0, r.stop())
	require.NotEmpty(t, r.log.of("request"))
	for _, secret := range []string{rigUserID(), strings.Repeat("AHWRQ4KX9LMB", 3), "eyJ0eXAiOiJKV1Qi"} {
		require.NotContains(t, r.log.String(), secret)
	}
}

// control lets the browser's script have something happen.
func (r *rig) control() http.Handler {
	launch := func(kind string, more map[string]any) []byte {
		request := map[string]any{"type": kind, "requestId": "amzn1.echo-api.request.chromium", "timestamp": time.Now().UTC().Format(time.RFC3339), "locale": "en-US"}
		for key, value := range more {
			request[key] = value
		}
		return requestOf(r.t, request)
	}
	mux := http.NewServeMux()
	sends := func(path string, body func() []byte) {
		mux.HandleFunc(path, func(_ http.ResponseWriter, _ *http.Request) { r.send(body()) })
	}
	sends("/launch", func() []byte { return launch("LaunchRequest", nil) })
	sends("/ask", func() []byte { return r.lastPost("2026-03") })
	sends("/complain", func() []byte {
		return launch("SessionEndedRequest", map[string]any{"reason": "ERROR",
			"error": map[string]any{"type": "INVALID_RESPONSE", "message": "An exception occurred while dispatching the request to the skill."}})
	})
	sends("/misdirect", func() []byte {
		return []byte(strings.ReplaceAll(string(r.lastPost("2026-03")), rigSkillID, "amzn1.ask.skill.11111111-1111-4111-8111-111111111111"))
	})
	mux.HandleFunc("/forge", func(_ http.ResponseWriter, request *http.Request) {
		_, _, err := r.post(request.Context(), http.Header{"User-Agent": {"a passing robot"}}, strings.NewReader(`{"version":"1.0"}`))
		if err != nil {
			panic(fmt.Sprint("forging: ", err))
		}
	})
	return mux
}
