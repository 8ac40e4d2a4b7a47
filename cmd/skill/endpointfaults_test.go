package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestEndpointFaultsAreShown plants faults in a conversation with the real program. Each is in the log, in the metric and on
// the status page, with its remedy. Before them, a faultless conversation names none.
func TestEndpointFaultsAreShown(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	h.startAndWait()
	h.waitUntilReady()
	send := func(url string, request map[string]any) int {
		request["requestId"], request["locale"] = "amzn1.echo-api.request.planted", "en-US"
		if request["timestamp"] == nil {
			request["timestamp"] = time.Now().UTC().Format(time.RFC3339)
		}
		endpoint := h.url
		defer func() { h.url = endpoint }()
		h.url = url
		status, _ := h.sendSigned(requestWith(t, request))
		return status
	}
	countFaults := func() int { return strings.Count(h.log.String(), `"fault":"`) }

	for _, kind := range []string{"LaunchRequest", "SessionEndedRequest", "AudioPlayer.PlaybackStarted", "Alexa.Hologram.Rotated"} {
		require.Equal(t, http.StatusOK, send(h.url, map[string]any{"type": kind}), kind)
	}
	require.Equal(t, http.StatusOK, send(h.url, map[string]any{"type": "LaunchRequest", "timestamp": time.Now().UnixMilli()}), "a number as timestamp")
	require.Zero(t, countFaults(), "a faultless conversation names no fault")
	_, metrics := h.getPrivate("/metrics")
	require.NotContains(t, metrics, "lastpost_faults_total{")

	cases := []struct {
		kind, url string
		request   map[string]any
		status    int
		text      string
	}{
		{"wrong-path", h.url + "/typo", map[string]any{"type": "LaunchRequest"}, 404, "the existing paths are"},
		{"invalid-response", h.url, map[string]any{"type": "SessionEndedRequest", "reason": "ERROR",
			"error": map[string]any{"type": "INVALID_RESPONSE", "message": "the SSML is wrong"}}, 200, "the SSML is wrong"},
		{"screen-error", h.url, map[string]any{"type": "Alexa.Presentation.APL.RuntimeError",
			"errors": []any{map[string]any{"type": "LIST_ERROR", "reason": "INVALID_OPERATION", "message": "no such list"}}}, 200, "INVALID_OPERATION"},
		{"playback-failed", h.url, map[string]any{"type": "AudioPlayer.PlaybackFailed", "token": "post-1",
			"error": map[string]any{"type": "MEDIA_ERROR_INVALID_REQUEST", "message": "gone"}}, 200, "MEDIA_ERROR_INVALID_REQUEST"},
		{"stale-timestamp", h.url, map[string]any{"type": "LaunchRequest", "timestamp": time.Now().Add(-time.Hour).UnixMilli()}, 400, "from now by this machine"},
	}
	for _, fault := range cases {
		require.Equal(t, fault.status, send(fault.url, fault.request), fault.kind)
	}
	require.Eventually(t, func() bool { return countFaults() == len(cases) }, 30*time.Second, 5*time.Millisecond, "each fault has one line: %s", h.log)
	_, metrics = h.getPrivate("/metrics")
	_, page := h.getPrivate("/")
	for _, fault := range cases {
		require.Contains(t, metrics, fmt.Sprintf("lastpost_faults_total{kind=%q,skill=\"halfelf\"} 1\n", fault.kind))
		require.Contains(t, page, fault.kind)
		require.Contains(t, page, fault.text)
		require.Contains(t, h.log.String(), fault.text)
	}
	require.Equal(t, 0, h.stop())
}
