package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

// TestUpdateSettings changes the skills during a request. The old settings answer this request, and UpdateSettings waits
// for it. The new settings answer all later requests.
func TestUpdateSettings(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t)
	handler := newHoldingHandler()
	env.server.Skills = []server.ServedSkill{newSkill("halfelf", "/alexa", skillID, handler), newSkill("leaving", "/leaving", otherID, respondWith("Bye."))}
	env.open()
	leaving := env.signedRequest(requestSpec{application: otherID}.body())
	leaving.URL.Path = "/leaving"
	require.Equal(t, responseBody("Bye.", defaultRequestID), env.send(leaving).body)
	busy := handler.startRequests(env, "slow", 1)[0]
	require.NotEmpty(t, env.metricSamples(`lastpost_requests_total{intent="LastPostIntent",outcome="answered",skill="leaving"`))

	updated := make(chan struct{})
	go func() {
		defer close(updated)
		env.server.UpdateSettings(server.Settings{
			Skills: []server.ServedSkill{newSkill("halfelf", "/alexa", skillID, respondWith("Updated.")), newSkill("coming", "/coming", otherID, respondWith("Hi."))},
		})
	}()
	coming := func() *http.Request {
		r := env.signedRequest(requestSpec{application: otherID}.body())
		r.URL.Path = "/coming"
		return r
	}
	require.Eventually(t, func() bool { return env.send(coming()).status == http.StatusOK }, testTimeout, time.Millisecond)
	require.Equal(t, responseBody("Updated.", defaultRequestID), env.sendSigned(requestSpec{}.body()).body)
	leaving = env.signedRequest(requestSpec{application: otherID}.body())
	leaving.URL.Path = "/leaving"
	require.Equal(t, http.StatusNotFound, env.send(leaving).status)
	require.Contains(t, env.getPrivate("/readyz").body, "halfelf: ready, 3 posts\ncoming: ready, 3 posts\n")
	select {
	case <-updated:
		require.Fail(t, "UpdateSettings returned before the old request was answered")
	case <-time.After(100 * time.Millisecond):
	}

	close(handler.release)
	require.Equal(t, responseBody("Hello.", "slow"), busy.readResult().body, "the old settings answer the old request")
	<-updated
	for sample := range env.metricSamples("lastpost_") {
		require.NotContains(t, sample, `skill="leaving"`, "metrics of a removed skill are deleted")
	}
	const count = `lastpost_request_duration_seconds_count{skill="halfelf"}`
	require.Eventually(t, func() bool { return env.metricSamples("lastpost_request_duration")[count] == "2" }, testTimeout, time.Millisecond,
		"metrics of a remaining skill continue")
}

func TestUpdateSetsPassword(t *testing.T) {
	env := newTestEnv(t).open()
	require.Equal(t, http.StatusOK, env.getPrivate("/metrics").status)
	env.server.UpdateSettings(server.Settings{Skills: env.server.Skills, Password: "sesame"})
	require.Equal(t, http.StatusUnauthorized, env.getPrivate("/metrics").status)
	require.Equal(t, http.StatusOK, env.getPrivate("/healthz").status)
}
