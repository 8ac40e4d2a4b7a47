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

// getPrivate requests a path from the private listener.
func (env *testEnv) getPrivate(path string) httpResult {
	env.t.Helper()
	response, err := env.client.Get("http://" + env.server.PrivateAddr().String() + path)
	require.NoError(env.t, err)
	return readResult(env.t, response)
}

// metricSamples returns the metrics whose names begin with prefix.
func (env *testEnv) metricSamples(prefix string) map[string]string {
	env.t.Helper()
	found := map[string]string{}
	for line := range strings.Lines(env.getPrivate("/metrics").body) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if strings.HasPrefix(name, prefix) {
			found[name+"}"] = value
		}
	}
	return found
}

func TestRequestMetrics(t *testing.T) {
	env := newTestEnv(t)
	env.server.Skills = append(env.server.Skills, newSkill("broken", "/broken", otherID, respondWithAttribute("f", func() {})))
	env.open()
	require.Empty(t, env.metricSamples("lastpost_requests_total"))

	for _, a := range []requestSpec{
		{}, {}, {intent: "AMAZON.HelpIntent"}, {kind: "LaunchRequest"}, {kind: "SessionEndedRequest"}, {kind: "CanFulfillIntentRequest"},
		{kind: "System.ExceptionEncountered"}, {kind: "Something.New"}, {intent: "SomeoneElsesIntent"},
		{application: otherID}, {timestamp: "yesterday", intent: "SomeoneElsesIntent"},
	} {
		env.sendSigned(a.body())
	}
	env.send(tamperedRequest(env))
	env.send(withoutHeader("Signature-256")(env))
	env.send(withoutHeader("Signature-256")(env))
	broken := env.signedRequest(requestSpec{application: otherID}.body())
	broken.URL.Path = "/broken"
	env.send(broken)
	env.log.awaitLines(t, "request", 15)

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
	}, env.metricSamples("lastpost_requests_total"))
	require.Equal(t, map[string]string{
		`lastpost_refusals_total{rule="application-id",skill="halfelf"}`:   "1",
		`lastpost_refusals_total{rule="timestamp",skill="halfelf"}`:        "1",
		`lastpost_refusals_total{rule="signature",skill="halfelf"}`:        "1",
		`lastpost_refusals_total{rule="signature-header",skill="halfelf"}`: "2",
	}, env.metricSamples("lastpost_refusals_total"))
	require.Equal(t, map[string]string{
		`lastpost_request_duration_seconds_count{skill="halfelf"}`: "14",
		`lastpost_request_duration_seconds_count{skill="broken"}`:  "1",
	}, env.metricSamples("lastpost_request_duration_seconds_count"))
}

// TestLimitsLabelValues sends 1,000 requests with unknown intents and types. They must not create 1,000 time series, which
// would fill the memory.
func TestLimitsLabelValues(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t)
	env.useShortKey()
	env.open()
	random := mathrand.New(mathrand.NewPCG(1, 2))
	for i := range 500 {
		name := fmt.Sprintf("Made-up %d %d", i, random.Uint64())
		require.Equal(t, http.StatusOK, env.sendSigned(requestSpec{kind: name, intent: name}.body()).status)
		require.Equal(t, http.StatusBadRequest, env.sendSigned(requestSpec{intent: name, session: otherID}.body()).status)
	}
	env.log.awaitLines(t, "request", 1000)
	require.Equal(t, map[string]string{
		`lastpost_requests_total{intent="other",outcome="answered",skill="halfelf",type="other"}`:        "500",
		`lastpost_requests_total{intent="other",outcome="refused",skill="halfelf",type="IntentRequest"}`: "500",
	}, env.metricSamples("lastpost_requests_total"))
	require.NotContains(t, env.getPrivate("/metrics").body, "Made-up")
}

func TestFeedMetrics(t *testing.T) {
	env := newTestEnv(t)
	fetched := newSkill("fetched", "/fetched", skillID, nil)
	fetched.Feed = func() server.FeedStatus {
		return server.FeedStatus{
			Posts: 10, Size: 2048, Newest: time.Unix(1_700_000_000, 0), LastSuccess: now.Add(-90 * time.Second), Polls: 5, Failures: 2,
			Items: 7, OlderPosts: "older posts cannot be fetched", OlderPostsRetry: time.Unix(1_800_000_000, 0),
		}
	}
	never := newSkill("never", "/never", otherID, nil)
	never.Feed = func() server.FeedStatus { return server.FeedStatus{Polls: 4, Failures: 4} }
	env.server.Skills = []server.ServedSkill{fetched, never}
	env.open()

	require.Equal(t, map[string]string{
		`lastpost_feed_posts{skill="fetched"}`:                          "10",
		`lastpost_feed_items{skill="fetched"}`:                          "7",
		`lastpost_feed_size_bytes{skill="fetched"}`:                     "2048",
		`lastpost_feed_age_seconds{skill="fetched"}`:                    "90",
		`lastpost_feed_last_success_timestamp_seconds{skill="fetched"}`: unixSecondsText(now.Add(-90 * time.Second)),
		`lastpost_feed_newest_post_timestamp_seconds{skill="fetched"}`:  "1.7e+09",
		`lastpost_feed_polls_total{skill="fetched"}`:                    "5",
		`lastpost_feed_failures_total{skill="fetched"}`:                 "2",
		`lastpost_feed_posts{skill="never"}`:                            "0",
		`lastpost_feed_items{skill="never"}`:                            "0",
		`lastpost_feed_size_bytes{skill="never"}`:                       "0",
		`lastpost_feed_polls_total{skill="never"}`:                      "4",
		`lastpost_feed_failures_total{skill="never"}`:                   "4",
	}, env.metricSamples("lastpost_feed_"))
	require.Equal(t, map[string]string{
		`lastpost_backfill_failed{skill="fetched"}`:                         "1",
		`lastpost_backfill_failed{skill="never"}`:                           "0",
		`lastpost_backfill_next_attempt_timestamp_seconds{skill="fetched"}`: "1.8e+09",
	}, env.metricSamples("lastpost_backfill_"))
	require.Equal(t, map[string]string{`lastpost_build_info{version="v1.2.3"}`: "1"}, env.metricSamples("lastpost_build_info"))

	all := env.getPrivate("/metrics").body
	require.Contains(t, all, "\nlastpost_certificate_not_after_timestamp_seconds "+unixSecondsText(env.server.Certificate.NotAfter())+"\n")
	require.Contains(t, all, "\ngo_goroutines ")
	problems, err := promlint.New(strings.NewReader(all)).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)
}

// unixSecondsText formats a time as the metrics show it.
func unixSecondsText(at time.Time) string { return fmt.Sprint(float64(at.Unix())) }

func TestNoCertificateMetricBehindProxy(t *testing.T) {
	env := newTestEnv(t)
	env.server.Certificate = nil
	env.open()
	require.Equal(t, responseBody("Hello.", defaultRequestID), env.sendSigned(requestSpec{}.body()).body)
	require.NotContains(t, env.getPrivate("/metrics").body, "lastpost_certificate_not_after")
}
