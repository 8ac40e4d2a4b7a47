package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// TestComplaints are decoded from what Alexa sends, and written down word for word: Amazon says them nowhere else.
func TestComplaints(t *testing.T) {
	for _, row := range []struct {
		claim, body string
		want        map[string]any
	}{
		{
			"a session that the listener ended is no trouble",
			`{"session":{"new":false},"request":{"type":"SessionEndedRequest","requestId":"r1","reason":"USER_INITIATED"}}`,
			line("INFO", "SessionEndedRequest", "USER_INITIATED", "", "", ""),
		},
		{
			"nor one that ended in silence",
			`{"session":{"new":false},"request":{"type":"SessionEndedRequest","requestId":"r1","reason":"EXCEEDED_MAX_REPROMPTS","error":null}}`,
			line("INFO", "SessionEndedRequest", "EXCEEDED_MAX_REPROMPTS", "", "", ""),
		},
		{
			"a session that ended in an error warns",
			`{"session":{"new":false},"request":{"type":"SessionEndedRequest","requestId":"r1","reason":"ERROR",
			  "error":{"type":"INVALID_RESPONSE","message":"SSML is invalid\nline 2"}}}`,
			line("WARN", "SessionEndedRequest", "ERROR", "INVALID_RESPONSE", "SSML is invalid\nline 2", ""),
		},
		{
			"also where the error is not told",
			`{"session":{"new":false},"request":{"type":"SessionEndedRequest","requestId":"r1","reason":"ERROR"}}`,
			line("WARN", "SessionEndedRequest", "ERROR", "", "", ""),
		},
		{
			"also where the reason is not told",
			`{"request":{"type":"SessionEndedRequest","requestId":"r1","error":{"message":"timed out"}}}`,
			line("WARN", "SessionEndedRequest", "", "", "timed out", ""),
		},
		{
			"an exception warns, and names the request that caused it",
			`{"request":{"type":"System.ExceptionEncountered","requestId":"r1","error":{"type":"INVALID_RESPONSE","message":"no directive allowed"},
			  "cause":{"requestId":"r0"}}}`,
			line("WARN", "System.ExceptionEncountered", "", "INVALID_RESPONSE", "no directive allowed", "r0"),
		},
		{
			"also where the error is not told",
			`{"request":{"type":"System.ExceptionEncountered","requestId":"r1"}}`,
			line("WARN", "System.ExceptionEncountered", "", "", "", ""),
		},
	} {
		t.Run(row.claim, func(t *testing.T) {
			e, err := alexa.Decode([]byte(row.body))
			require.NoError(t, err)
			s := newScene(t, saturday, on("2026-03-13", "Friday"))
			s.ask(t, e)
			require.Equal(t, []map[string]any{row.want}, s.lines(t))
		})
	}
}

func line(level, kind, reason, complaint, message, cause string) map[string]any {
	return map[string]any{
		"level": level, "msg": "session ended", "request_id": "r1", "type": kind, "reason": reason,
		"amazon_error": complaint, "amazon_message": message, "cause_request_id": cause, "post": "",
	}
}

func TestOtherRequestsAreNotLogged(t *testing.T) {
	s := newScene(t, saturday)
	s.ask(t, request("AudioPlayer.PlaybackStarted"))
	s.ask(t, can("LastPostIntent", nil))
	require.Empty(t, s.lines(t), "the server has its line for each request")
}

// TestAnEpisodeThatCannotBePlayed is told to the operator with the post that it belongs to.
func TestAnEpisodeThatCannotBePlayed(t *testing.T) {
	e, err := alexa.Decode([]byte(`{"request":{"type":"AudioPlayer.PlaybackFailed","requestId":"r1","token":"post-1",
		"error":{"type":"MEDIA_ERROR_INVALID_REQUEST","message":"404"},"currentPlaybackState":{"playerActivity":"STOPPED"}}}`))
	require.NoError(t, err)
	s := newScene(t, saturday)
	s.ask(t, e)
	want := line("WARN", "AudioPlayer.PlaybackFailed", "", "MEDIA_ERROR_INVALID_REQUEST", "404", "")
	want["msg"], want["post"] = "an episode cannot be played", "post-1"
	require.Equal(t, []map[string]any{want}, s.lines(t))
}
