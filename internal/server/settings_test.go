package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

// TestUpdate changes the skills while one of them is answering: what has begun ends as it began, what comes then is
// answered anew, and Update waits for the first.
func TestUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	office := newOffice()
	w.server.Skills = []server.ServedSkill{newSkill("halfelf", "/alexa", skillID, office), newSkill("leaving", "/leaving", otherID, says("Bye."))}
	w.open()
	leaving := w.signed(ask{application: otherID}.body())
	leaving.URL.Path = "/leaving"
	require.Equal(t, said("Bye.", usualID), w.do(leaving).body)
	busy := office.occupy(w, "slow", 1)[0]
	require.NotEmpty(t, w.samples(`lastpost_requests_total{intent="LastPostIntent",outcome="answered",skill="leaving"`))

	updated := make(chan struct{})
	go func() {
		defer close(updated)
		w.server.UpdateSettings(server.Settings{
			Skills: []server.ServedSkill{newSkill("halfelf", "/alexa", skillID, says("Anew.")), newSkill("coming", "/coming", otherID, says("Hi."))},
		})
	}()
	coming := func() *http.Request {
		r := w.signed(ask{application: otherID}.body())
		r.URL.Path = "/coming"
		return r
	}
	require.Eventually(t, func() bool { return w.do(coming()).status == http.StatusOK }, patience, time.Millisecond)
	require.Equal(t, said("Anew.", usualID), w.post(ask{}.body()).body)
	leaving = w.signed(ask{application: otherID}.body())
	leaving.URL.Path = "/leaving"
	require.Equal(t, http.StatusNotFound, w.do(leaving).status)
	require.Contains(t, w.private("/readyz").body, "halfelf: ready, 3 posts\ncoming: ready, 3 posts\n")
	select {
	case <-updated:
		require.Fail(t, "a request is still being answered")
	case <-time.After(100 * time.Millisecond):
	}

	close(office.release)
	require.Equal(t, said("Hello.", "slow"), busy.read().body, "it ends as it began")
	<-updated
	for sample := range w.samples("lastpost_") {
		require.NotContains(t, sample, `skill="leaving"`, "what is there no more is not counted any more")
	}
	const count = `lastpost_request_duration_seconds_count{skill="halfelf"}`
	require.Eventually(t, func() bool { return w.samples("lastpost_request_duration")[count] == "2" }, patience, time.Millisecond,
		"what stays is counted on")
}

// TestUpdateOfThePassword asks for another one from then on.
func TestUpdateOfThePassword(t *testing.T) {
	w := newWorld(t).open()
	require.Equal(t, http.StatusOK, w.private("/metrics").status)
	w.server.UpdateSettings(server.Settings{Skills: w.server.Skills, Password: "sesame"})
	require.Equal(t, http.StatusUnauthorized, w.private("/metrics").status)
	require.Equal(t, http.StatusOK, w.private("/healthz").status)
}
