package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/feedtest"
)

// followFeed makes the harness serve the posts of another publisher.
func (h *harness) followFeed(address string) {
	h.t.Helper()
	file := filepath.Join(h.dir, "skill.yaml")
	content, err := os.ReadFile(file)
	require.NoError(h.t, err)
	require.NoError(h.t, os.WriteFile(file, []byte(strings.Replace(string(content), h.feed.url, address, 1)), 0o600))
}

// TestServiceNamesFeedWarnings serves a feed whose posts are served, but have faults. /readyz, the inspector and the log
// name the faults and the remedies of skill check, also after a restart. The service stays ready.
func TestServiceNamesFeedWarnings(t *testing.T) {
	t.Parallel()
	publisher := httptest.NewServer(serveItem("Sat, 28 Nov 2026 22:30:00 -0500",
		`<enclosure url="https://a.example/x.ogg?token=S3CRET" type="audio/ogg"/>`))
	t.Cleanup(publisher.Close)
	h := newHarness(t, "{mode: off}")
	h.followFeed(publisher.URL + "/feed/")
	const offsets = "the feed's posts carry -0500; timezone is UTC by default: set it, for example to America/New_York"
	const audio = `enclosures that are not episodes: 1, for example "https://a.example/x.ogg?…" of type "audio/ogg": Alexa does not play audio/ogg; ` +
		"publish audio as MP3, AAC or HLS, with https addresses and the right type in the feed"
	for _, logged := range []int{2, 0} { // the second process polls later
		h.startAndWait()
		h.waitUntilReady()
		var lines string
		require.Eventually(t, func() bool {
			_, lines = h.getPrivate("/readyz")
			return strings.Contains(lines, "warning")
		}, 20*time.Second, 50*time.Millisecond)
		require.Equal(t, "halfelf: ready, 1 posts, warning: "+offsets+", warning: "+audio+"\n", lines)
		_, page := h.getPrivate("/")
		require.Contains(t, page, "<h1>Healthy, with 2 warnings</h1>")
		require.Contains(t, page, `set it, for example to America/New_York</p>`)
		require.Contains(t, page, `<p class="remedy">publish audio as MP3`)
		require.Len(t, h.log.withMessage("feed has a fault; serving its posts"), logged)
		require.NotContains(t, h.log.String()+page+lines, "S3CRET")
		require.Equal(t, 0, h.stop())
	}
}

// TestServiceNamesRemedyOfBackfill refuses the pages with older posts. The remedy belongs to the answer.
func TestServiceNamesRemedyOfBackfill(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	publisher := &feedtest.Publisher{Kind: feedtest.Blogger, Posts: 60}
	server := httptest.NewServer(failOlderPages(publisher, http.StatusForbidden))
	t.Cleanup(server.Close)
	h := newHarness(t, "{mode: off}")
	h.followFeed(server.URL + publisher.FeedPath())
	h.startAndWait()
	h.waitUntilReady()
	var lines string
	require.Eventually(t, func() bool {
		_, lines = h.getPrivate("/readyz")
		return strings.Contains(lines, "older posts")
	}, 20*time.Second, 50*time.Millisecond)
	require.Regexp(t, `older posts cannot be fetched: .*answered 403 Forbidden.*; let the feed's path, .*, pass in the publisher's firewall.*; `+
		`posts can also be imported from a file: skill archive import FILE; next attempt: 20`, lines)
	_, page := h.getPrivate("/")
	require.Regexp(t, `<p class="remedy">let the feed&#39;s path, .*, pass in the publisher&#39;s firewall`, page)
}
