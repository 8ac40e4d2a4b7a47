package service

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/linkproxy/trace"
)

// TestInspectorDescribesLegs checks the name of a leg and the note on how it was joined to its trace.
func TestInspectorDescribesLegs(t *testing.T) {
	refresh := trace.Facts{Request: trace.RequestParams{"grant_type": {"refresh_token"}}}
	for _, row := range []struct {
		claim, name, note string
		exchange          trace.Exchange
	}{
		{"a token request", "token", "matched by its code", trace.Exchange{Leg: trace.LegToken, JoinedBy: "code"}},
		{"a refresh of a token", "refresh", "matched by its refresh token", trace.Exchange{Leg: trace.LegToken, Facts: refresh, JoinedBy: "refresh_token"}},
		{"a browser request with refresh parameters", "authorize", "", trace.Exchange{Leg: trace.LegAuthorize, Facts: refresh}},
		{"a redirected browser", "authorize", "matched by its browser; the browser was redirected; its later requests are not recorded", trace.Exchange{Leg: trace.LegAuthorize, JoinedBy: "browser", Handling: "redirect"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			leg := inspectorLeg(row.exchange)
			require.Equal(t, row.name, leg.Name)
			require.Equal(t, row.note, leg.Note)
		})
	}
	leg := inspectorLeg(trace.Exchange{DurationMS: 1.5, Error: "connection refused", Status: 502})
	require.Equal(t, 1500*time.Microsecond, leg.Took)
	require.Equal(t, "connection refused", leg.Error)
}

// TestLinkSetupShowsActiveRecording checks that the page shows how secrets are recorded now: "full" until the period ends,
// and then "redacted", although the configuration is still "full".
func TestLinkSetupShowsActiveRecording(t *testing.T) {
	now := time.Now()
	recorder, err := trace.OpenRecorder(t.TempDir(), trace.RecorderOptions{FullPeriod: time.Hour, Now: func() time.Time { return now }})
	require.NoError(t, err)
	defer func() { require.NoError(t, recorder.Close()) }()
	view := linkBrowser{config: &config.Config{AccountLinking: config.AccountLinking{Record: "full"}}, recorder: recorder}
	require.Equal(t, "full", view.Setup().Record)
	require.Equal(t, now.Add(time.Hour).Unix(), view.Setup().FullUntil.Unix())
	now = now.Add(2 * time.Hour)
	require.Contains(t, view.Setup().Record, "redacted")
	require.Zero(t, view.Setup().FullUntil)
}
