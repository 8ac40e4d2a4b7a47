package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// TestLogsAmazonReports requires Amazon's error text in the log, because Amazon sends it nowhere else.
func TestLogsAmazonReports(t *testing.T) {
	for _, row := range []struct {
		claim, body string
		want        map[string]any
	}{
		{
			"a session that the listener ended is logged at level info",
			`{"session":{"new":false},"request":{"type":"SessionEndedRequest","requestId":"r1","reason":"USER_INITIATED"}}`,
			wantLogLine("INFO", "SessionEndedRequest", "USER_INITIATED", "", "", ""),
		},
		{
			"a session that ended in silence is logged at level info",
			`{"session":{"new":false},"request":{"type":"SessionEndedRequest","requestId":"r1","reason":"EXCEEDED_MAX_REPROMPTS","error":null}}`,
			wantLogLine("INFO", "SessionEndedRequest", "EXCEEDED_MAX_REPROMPTS", "", "", ""),
		},
		{
			"a session that ended in an error is logged at level warn",
			`{"session":{"new":false},"request":{"type":"SessionEndedRequest","requestId":"r1","reason":"ERROR",
			  "error":{"type":"INVALID_RESPONSE","message":"SSML is invalid\nline 2"}}}`,
			wantLogLine("WARN", "SessionEndedRequest", "ERROR", "INVALID_RESPONSE", "SSML is invalid\nline 2", ""),
		},
		{
			"a session that ended in an error without a description is logged at level warn",
			`{"session":{"new":false},"request":{"type":"SessionEndedRequest","requestId":"r1","reason":"ERROR"}}`,
			wantLogLine("WARN", "SessionEndedRequest", "ERROR", "", "", ""),
		},
		{
			"a session with an error but without a reason is logged at level warn",
			`{"request":{"type":"SessionEndedRequest","requestId":"r1","error":{"message":"timed out"}}}`,
			wantLogLine("WARN", "SessionEndedRequest", "", "", "timed out", ""),
		},
		{
			"an exception is logged at level warn with the id of its request",
			`{"request":{"type":"System.ExceptionEncountered","requestId":"r1","error":{"type":"INVALID_RESPONSE","message":"no directive allowed"},
			  "cause":{"requestId":"r0"}}}`,
			wantLogLine("WARN", "System.ExceptionEncountered", "", "INVALID_RESPONSE", "no directive allowed", "r0"),
		},
		{
			"an exception without a description is logged at level warn",
			`{"request":{"type":"System.ExceptionEncountered","requestId":"r1"}}`,
			wantLogLine("WARN", "System.ExceptionEncountered", "", "", "", ""),
		},
	} {
		t.Run(row.claim, func(t *testing.T) {
			e, err := alexa.Decode([]byte(row.body))
			require.NoError(t, err)
			s := newFixture(t, saturday, postOn("2026-03-13", "Friday"))
			s.send(t, e)
			require.Equal(t, []map[string]any{row.want}, s.logLines(t))
		})
	}
}

func wantLogLine(level, kind, reason, complaint, message, cause string) map[string]any {
	return map[string]any{
		"level": level, "msg": "session ended", "request_id": "r1", "type": kind, "reason": reason,
		"amazon_error": complaint, "amazon_message": message, "cause_request_id": cause, "post": "",
	}
}

func TestOtherRequestsAreNotLogged(t *testing.T) {
	s := newFixture(t, saturday)
	s.send(t, request("AudioPlayer.PlaybackStarted"))
	s.send(t, canFulfillRequest("LastPostIntent", nil))
	require.Empty(t, s.logLines(t), "the server logs each request")
}

// TestLogsFailedPlayback requires the post's id in the log line.
func TestLogsFailedPlayback(t *testing.T) {
	e, err := alexa.Decode([]byte(`{"request":{"type":"AudioPlayer.PlaybackFailed","requestId":"r1","token":"post-1",
		"error":{"type":"MEDIA_ERROR_INVALID_REQUEST","message":"404"},"currentPlaybackState":{"playerActivity":"STOPPED"}}}`))
	require.NoError(t, err)
	s := newFixture(t, saturday)
	s.send(t, e)
	want := wantLogLine("WARN", "AudioPlayer.PlaybackFailed", "", "MEDIA_ERROR_INVALID_REQUEST", "404", "")
	want["msg"], want["post"] = "episode playback failed", "post-1"
	require.Equal(t, []map[string]any{want}, s.logLines(t))
}
