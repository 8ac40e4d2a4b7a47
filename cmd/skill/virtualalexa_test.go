package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/archive"
	"lastpost/internal/simulator"
)

// TestVirtualAlexa runs conversations between the third-party client virtual-alexa and the real program. The client reads
// the interaction model, turns utterances into requests, and keeps the state of the session and the player as a device does.
// .ci/virtual-alexa/conversation.js contains the utterances and the expected answers.
func TestVirtualAlexa(t *testing.T) {
	client := os.Getenv("VIRTUAL_ALEXA")
	if client == "" {
		t.Skip("needs node and virtual-alexa: run `make virtual-alexa`, which names their folder in VIRTUAL_ALEXA")
	}
	h := newHarness(t, "{mode: self-signed}")
	h.feed.setHandler(serveOlderFeed)
	h.startAndWait()
	h.waitUntilReady()
	visitor := h.launchSkill()
	h.changeFeed(simulator.ServeSampleFeed, "10 posts")
	model := filepath.Join(h.dir, "en-US.json")
	writeFile(t, model, h.interactionModel())
	c := newAlexaCloud(t, h)

	runScript := func(name string) {
		script := exec.CommandContext(t.Context(), "node", filepath.Join(client, name))
		script.Env = append(os.Environ(), "SKILL_URL="+c.url, "SKILL_ID="+testSkillID, "SKILL_MODEL="+model, "SKILL_VISITOR="+visitor)
		output, err := script.CombinedOutput()
		t.Logf("%s", output)
		require.NoError(t, err, "a conversation of %s had an unexpected answer", name)
	}
	runScript("conversation.js")
	h.changeFeed(serveNewEpisodes, "13 posts")
	runScript("queue.js")
	for _, kind := range []string{"LaunchRequest", "IntentRequest", "SessionEndedRequest",
		"AudioPlayer.PlaybackStarted", "AudioPlayer.PlaybackStopped", "AudioPlayer.PlaybackNearlyFinished", "AudioPlayer.PlaybackFinished"} {
		require.Positive(t, c.count(kind), "the client sent no %s", kind)
	}
	require.Equal(t, 0, h.stop())
	for _, line := range h.log.withMessage("request") {
		require.Equal(t, "info", line["level"], "no request is refused: %v", line)
	}
}

// serveOlderFeed serves the sample blog as it was before its two newest posts.
func serveOlderFeed(w http.ResponseWriter, _ *http.Request) {
	items := bytes.SplitAfter(simulator.SampleFeed(), []byte("</item>\n"))
	head, _, _ := bytes.Cut(items[0], []byte("<item>"))
	_, _ = w.Write(append(bytes.Clone(head), bytes.Join(items[2:], nil)...))
}

// serveNewEpisodes serves the sample blog with three more posts, which have episodes.
func serveNewEpisodes(w http.ResponseWriter, _ *http.Request) {
	head, rest, _ := bytes.Cut(simulator.SampleFeed(), []byte("<item>"))
	_, _ = w.Write(head)
	for n := 3; n > 0; n-- {
		_, _ = fmt.Fprintf(w, `<item><title>Episode %d</title><link>https://blog.example/new/%[1]d</link><pubDate>%s</pubDate>`+
			`<enclosure url="https://blog.example/new/%[1]d.mp3" type="audio/mpeg" length="1"/></item>`,
			n, time.Now().Add(-time.Duration(4-n)*time.Hour).UTC().Format(time.RFC1123Z))
	}
	_, _ = w.Write(append([]byte("<item>"), rest...))
}

// launchSkill sends a launch request and returns its user ID.
func (h *harness) launchSkill() string {
	h.t.Helper()
	status, _ := h.sendSigned(requestWith(h.t, map[string]any{
		"type": "LaunchRequest", "requestId": "amzn1.echo-api.request.visit", "timestamp": time.Now().UTC().Format(time.RFC3339), "locale": "en-US",
	}))
	require.Equal(h.t, http.StatusOK, status)
	return testUserID()
}

// changeFeed replaces the feed, polls it, and waits until /readyz contains a text.
func (h *harness) changeFeed(feed http.HandlerFunc, status string) {
	h.t.Helper()
	h.feed.setHandler(feed)
	h.sendHUP()
	require.Eventually(h.t, func() bool {
		_, lines := h.getPrivate("/readyz")
		return strings.Contains(lines, status)
	}, 30*time.Second, 20*time.Millisecond)
}

// interactionModel returns the interaction model for the running service, with the categories in its archive.
func (h *harness) interactionModel() []byte {
	h.t.Helper()
	posts, err := archive.OpenExisting(h.t.Context(), h.archiveFile())
	require.NoError(h.t, err)
	defer func() { require.NoError(h.t, posts.Close()) }()
	categories, err := posts.Categories(h.t.Context(), simulator.MaxCategories)
	require.NoError(h.t, err)
	return modelFor(h.t, "en-US", categories)
}

// An alexaCloud plays Alexa between a client and the service. It signs the client's requests, forwards them unchanged, and
// checks each response against Alexa's rules.
type alexaCloud struct {
	t       testing.TB
	harness *harness
	url     string
	mu      sync.Mutex
	asked   map[string]int
}

func newAlexaCloud(t testing.TB, h *harness) *alexaCloud {
	t.Helper()
	c := &alexaCloud{t: t, harness: h, asked: map[string]int{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// ServeHTTP forwards a request to the service, and returns the response.
func (c *alexaCloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, answer, err := c.forward(r)
	if err != nil {
		c.t.Errorf("forward the request: %v", err)
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

func (c *alexaCloud) forward(r *http.Request) (int, string, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, "", err
	}
	asked, err := alexatest.ParseRequest(body)
	if err != nil {
		return 0, "", err
	}
	c.mu.Lock()
	c.asked[asked.Type]++
	c.mu.Unlock()
	header, err := c.harness.signer.Sign(body)
	if err != nil {
		return 0, "", err
	}
	status, answer, err := c.harness.post(r.Context(), header, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if _, violations := alexatest.Examine(asked, []byte(answer)); len(violations) > 0 {
		c.t.Errorf("the response violates Alexa's rules: %s\nrequest: %s\nresponse: %s", strings.Join(violations, "; "), body, answer)
	}
	return status, answer, nil
}

// count returns the number of requests of a type.
func (c *alexaCloud) count(kind string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[kind]
}
