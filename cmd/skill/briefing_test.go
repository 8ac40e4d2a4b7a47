package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/feedtest"
)

// TestFlashBriefingFollowsFeed requests the briefing as Amazon does: unsigned, repeatedly, and conditionally
// (If-None-Match).
func TestFlashBriefingFollowsFeed(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	h.env = append(h.env, "SKILL_TEST_PACE=10ms")
	publisher := &feedtest.Publisher{Kind: feedtest.WordPress, Posts: 20}
	h.feed.setHandler(publisher.ServeHTTP)
	h.startAndWait()
	h.waitUntilReady()
	address := strings.TrimSuffix(h.url, "/alexa/halfelf") + "/briefing/halfelf.json"
	get := func(method, known string) (*http.Response, []byte) {
		request, err := http.NewRequestWithContext(t.Context(), method, address, nil)
		require.NoError(t, err)
		request.Header.Set("If-None-Match", known)
		response, err := h.client.Do(request)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response, body
	}

	first, body := get(http.MethodGet, "")
	require.Equal(t, http.StatusOK, first.StatusCode)
	require.Equal(t, "application/json;charset=UTF-8", first.Header.Get("Content-Type"))
	var items []struct{ UID, UpdateDate, TitleText, MainText, StreamURL, RedirectionURL string }
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&items))
	require.Len(t, items, 5)
	for i, posted := range publisher.Items()[:5] {
		require.Equal(t, posted.Title, items[i].TitleText)
		require.Equal(t, posted.Published.UTC().Format("2006-01-02T15:04:05.0Z"), items[i].UpdateDate)
		require.True(t, strings.HasSuffix(items[i].RedirectionURL, posted.Link))
	}
	again, body := get(http.MethodGet, first.Header.Get("ETag"))
	require.Equal(t, http.StatusNotModified, again.StatusCode)
	require.Empty(t, body)
	refused, _ := get(http.MethodPost, "")
	require.Equal(t, http.StatusMethodNotAllowed, refused.StatusCode)
	require.Equal(t, "GET, HEAD", refused.Header.Get("Allow"))

	publisher.Publish("Hot off the press")
	h.sendHUP()
	require.Eventually(t, func() bool {
		changed, body := get(http.MethodGet, first.Header.Get("ETag"))
		return changed.StatusCode == http.StatusOK && strings.Contains(string(body), "Hot off the press")
	}, 10*time.Second, 20*time.Millisecond)
	require.Empty(t, h.log.withMessage("request"), "only requests from Alexa are logged")
}
