package main

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/feedtest"
)

// TestHubNotificationFetchesNewPost publishes a post through a hub. The service must answer with it within seconds.
func TestHubNotificationFetchesNewPost(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}\npublic_url: https://skill.example.com")
	h.env = append(h.env, "SKILL_TEST_PACE=100ms")
	publisher := &feedtest.Publisher{Kind: feedtest.Plain, Posts: 20, Hub: strings.TrimSuffix(h.feed.url, "/feed/") + "/hub"}
	hub := &feedtest.Hub{Transport: publicNameTransport{h}}
	defer hub.Close()
	h.feed.setHandler(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/hub" {
			hub.ServeHTTP(w, q)
			return
		}
		q.URL.Path = publisher.FeedPath()
		publisher.ServeHTTP(w, q)
	})
	h.startAndWait()
	h.waitUntilReady()
	h.log.waitFor(t, "subscription active")
	topic := strings.TrimSuffix(h.feed.url, "/feed/") + publisher.FeedPath()
	require.Eventually(t, func() bool { return len(hub.Subscribers(topic)) == 1 }, 10*time.Second, time.Millisecond, "the hub has confirmed the subscription")

	publisher.Publish("Hot off the press")
	pushed, err := hub.Publish(t.Context(), topic, "text/plain", []byte("whatever this says"))
	require.NoError(t, err)
	require.Equal(t, 1, pushed)
	require.Eventually(t, func() bool {
		_, answer := h.sendSigned(h.lastPostRequest(""))
		return strings.Contains(answer, "Hot off the press")
	}, 10*time.Second, 50*time.Millisecond)
	require.NotContains(t, h.log.String(), "whatever this says")
	require.Equal(t, 0, h.stop())

	hub.Requests()
	h.startAndWait()
	h.waitUntilReady()
	pushed, err = hub.Publish(t.Context(), topic, "text/plain", nil)
	require.NoError(t, err)
	require.Equal(t, 1, pushed, "the earlier subscription is still active")
	require.Empty(t, hub.Requests(), "a restart does not subscribe again")
}

// publicNameTransport sends requests for the service's public name to its loopback address.
type publicNameTransport struct{ harness *harness }

func (p publicNameTransport) RoundTrip(q *http.Request) (*http.Response, error) {
	listens, err := url.Parse(p.harness.url)
	if err != nil {
		return nil, err
	}
	q = q.Clone(q.Context())
	q.Host, q.URL.Host = q.URL.Host, listens.Host
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	return transport.RoundTrip(q)
}

func TestHangupPollsAndRestartDoesNot(t *testing.T) {
	requireE2E(t)
	h := newHarness(t, "{mode: self-signed}")
	h.env = append(h.env, "SKILL_TEST_PACE=10ms")
	publisher := &feedtest.Publisher{Kind: feedtest.WordPress, REST: feedtest.RESTAvailable, Posts: 200}
	h.feed.setHandler(publisher.ServeHTTP)
	h.startAndWait()
	h.log.waitFor(t, "backfill finished")
	require.Len(t, publisher.Requests(), 3)
	require.Equal(t, 0, h.stop())
	for range 3 {
		h.startAndWait()
		h.waitUntilReady()
		oldest := publisher.Items()[199] // the answer names a post of that day
		status, answer := h.sendSigned(h.lastPostRequest(oldest.Published.Format(time.DateOnly)))
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, answer, oldest.Published.Format("January 2, 2006"))
		require.Equal(t, 0, h.stop())
	}
	require.Len(t, publisher.Requests(), 3, "a restart does not poll before the next poll is due")
	h.startAndWait()
	publisher.Publish("Hot off the press")
	h.sendHUP()
	require.Eventually(t, func() bool {
		_, answer := h.sendSigned(h.lastPostRequest(""))
		return strings.Contains(answer, "Hot off the press")
	}, 10*time.Second, 20*time.Millisecond)
	require.Len(t, publisher.Requests(), 4)
	require.NotEmpty(t, publisher.Requests()[3].Header.Get("If-None-Match"))
}
