package server_test

import (
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

// private asks the private listener.
func (w *world) private(path string) answer {
	w.t.Helper()
	response, err := w.client.Get("http://" + w.server.PrivateAddr().String() + path)
	require.NoError(w.t, err)
	return whole(w.t, response)
}

// samples scrapes the metrics, and gives those whose names begin with prefix.
func (w *world) samples(prefix string) map[string]string {
	w.t.Helper()
	found := map[string]string{}
	for line := range strings.Lines(w.private("/metrics").body) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if strings.HasPrefix(name, prefix) {
			found[name+"}"] = value
		}
	}
	return found
}

func TestRequestMetrics(t *testing.T) {
	w := newWorld(t)
	w.server.Skills = append(w.server.Skills, newSkill("broken", "/broken", otherID, attributes("f", func() {})))
	w.open()
	require.Empty(t, w.samples("lastpost_requests_total"))

	for _, a := range []ask{
		{}, {}, {intent: "AMAZON.HelpIntent"}, {kind: "LaunchRequest"}, {kind: "SessionEndedRequest"}, {kind: "CanFulfillIntentRequest"},
		{kind: "System.ExceptionEncountered"}, {kind: "Something.New"}, {intent: "SomeoneElsesIntent"},
		{application: otherID}, {timestamp: "yesterday", intent: "SomeoneElsesIntent"},
	} {
		w.post(a.body())
	}
	w.do(otherBody(w))
	w.do(without("Signature-256")(w))
	w.do(without("Signature-256")(w))
	broken := w.signed(ask{application: otherID}.body())
	broken.URL.Path = "/broken"
	w.do(broken)
	w.log.await(t, "request", 15)

	require.Equal(t, map[string]string{
		`lastpost_requests_total{intent="LastPostIntent",outcome="answered",skill="halfelf",type="IntentRequest"}`:               "2",
		`lastpost_requests_total{intent="AMAZON.HelpIntent",outcome="answered",skill="halfelf",type="IntentRequest"}`:            "1",
		`lastpost_requests_total{intent="LastPostIntent",outcome="answered",skill="halfelf",type="LaunchRequest"}`:               "1",
		`lastpost_requests_total{intent="LastPostIntent",outcome="answered",skill="halfelf",type="SessionEndedRequest"}`:         "1",
		`lastpost_requests_total{intent="LastPostIntent",outcome="answered",skill="halfelf",type="CanFulfillIntentRequest"}`:     "1",
		`lastpost_requests_total{intent="LastPostIntent",outcome="answered",skill="halfelf",type="System.ExceptionEncountered"}`: "1",
		`lastpost_requests_total{intent="LastPostIntent",outcome="answered",skill="halfelf",type="other"}`:                       "1",
		`lastpost_requests_total{intent="other",outcome="answered",skill="halfelf",type="IntentRequest"}`:                        "1",
		`lastpost_requests_total{intent="LastPostIntent",outcome="refused",skill="halfelf",type="IntentRequest"}`:                "1",
		`lastpost_requests_total{intent="other",outcome="refused",skill="halfelf",type="IntentRequest"}`:                         "1",
		`lastpost_requests_total{intent="",outcome="refused",skill="halfelf",type=""}`:                                           "3",
		`lastpost_requests_total{intent="LastPostIntent",outcome="failed",skill="broken",type="IntentRequest"}`:                  "1",
	}, w.samples("lastpost_requests_total"))
	require.Equal(t, map[string]string{
		`lastpost_refusals_total{rule="application-id",skill="halfelf"}`:   "1",
		`lastpost_refusals_total{rule="timestamp",skill="halfelf"}`:        "1",
		`lastpost_refusals_total{rule="signature",skill="halfelf"}`:        "1",
		`lastpost_refusals_total{rule="signature-header",skill="halfelf"}`: "2",
	}, w.samples("lastpost_refusals_total"))
	require.Equal(t, map[string]string{
		`lastpost_request_duration_seconds_count{skill="halfelf"}`: "14",
		`lastpost_request_duration_seconds_count{skill="broken"}`:  "1",
	}, w.samples("lastpost_request_duration_seconds_count"))
}

// TestBoundedLabels sends 1,000 requests of made-up intents and types, for which a time series each would fill the
// memory.
func TestBoundedLabels(t *testing.T) {
	w := newWorld(t)
	w.signQuickly()
	w.open()
	random := mathrand.New(mathrand.NewPCG(1, 2))
	for i := range 500 {
		name := fmt.Sprintf("Made-up %d %d", i, random.Uint64())
		require.Equal(t, http.StatusOK, w.post(ask{kind: name, intent: name}.body()).status)
		require.Equal(t, http.StatusBadRequest, w.post(ask{intent: name, session: otherID}.body()).status)
	}
	w.log.await(t, "request", 1000)
	require.Equal(t, map[string]string{
		`lastpost_requests_total{intent="other",outcome="answered",skill="halfelf",type="other"}`:        "500",
		`lastpost_requests_total{intent="other",outcome="refused",skill="halfelf",type="IntentRequest"}`: "500",
	}, w.samples("lastpost_requests_total"))
	require.NotContains(t, w.private("/metrics").body, "Made-up")
}

func TestFeedMetrics(t *testing.T) {
	w := newWorld(t)
	fetched := newSkill("fetched", "/fetched", skillID, nil)
	fetched.Feed = func() server.FeedStatus {
		return server.FeedStatus{
			Posts: 10, Size: 2048, Newest: time.Unix(1_700_000_000, 0), LastSuccess: now.Add(-90 * time.Second), Polls: 5, Failures: 2,
		}
	}
	never := newSkill("never", "/never", otherID, nil)
	never.Feed = func() server.FeedStatus { return server.FeedStatus{Polls: 4, Failures: 4} }
	w.server.Skills = []server.ServedSkill{fetched, never}
	w.open()

	require.Equal(t, map[string]string{
		`lastpost_feed_posts{skill="fetched"}`:                          "10",
		`lastpost_feed_size_bytes{skill="fetched"}`:                     "2048",
		`lastpost_feed_age_seconds{skill="fetched"}`:                    "90",
		`lastpost_feed_last_success_timestamp_seconds{skill="fetched"}`: seconds(now.Add(-90 * time.Second)),
		`lastpost_feed_newest_post_timestamp_seconds{skill="fetched"}`:  "1.7e+09",
		`lastpost_feed_polls_total{skill="fetched"}`:                    "5",
		`lastpost_feed_failures_total{skill="fetched"}`:                 "2",
		`lastpost_feed_posts{skill="never"}`:                            "0",
		`lastpost_feed_size_bytes{skill="never"}`:                       "0",
		`lastpost_feed_polls_total{skill="never"}`:                      "4",
		`lastpost_feed_failures_total{skill="never"}`:                   "4",
	}, w.samples("lastpost_feed_"))
	require.Equal(t, map[string]string{`lastpost_build_info{version="v1.2.3"}`: "1"}, w.samples("lastpost_build_info"))

	all := w.private("/metrics").body
	require.Contains(t, all, "\nlastpost_certificate_not_after_timestamp_seconds "+seconds(w.server.Certificate.NotAfter())+"\n")
	require.Contains(t, all, "\ngo_goroutines ")
	problems, err := promlint.New(strings.NewReader(all)).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)
}

// seconds writes a time as metrics do.
func seconds(at time.Time) string { return fmt.Sprint(float64(at.Unix())) }

// TestMetricsBehindAProxy has no certificate of its own to tell the end of.
func TestMetricsBehindAProxy(t *testing.T) {
	w := newWorld(t)
	w.server.Certificate = nil
	w.open()
	require.Equal(t, said("Hello.", usualID), w.post(ask{}.body()).body)
	require.NotContains(t, w.private("/metrics").body, "lastpost_certificate_not_after")
}
