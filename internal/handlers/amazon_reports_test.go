package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// TestLogsSessionEnds requires the reason in the log. The server reports errors, so they are not logged a second time.
func TestLogsSessionEnds(t *testing.T) {
	line := func(reason string) []map[string]any {
		return []map[string]any{{"level": "INFO", "msg": "session ended", "request_id": "r1", "reason": reason}}
	}
	for _, row := range []struct {
		claim, request string
		want           []map[string]any
	}{
		{"the listener ended it", `"type":"SessionEndedRequest","reason":"USER_INITIATED"`, line("USER_INITIATED")},
		{"it ended in silence", `"type":"SessionEndedRequest","reason":"EXCEEDED_MAX_REPROMPTS","error":null`, line("EXCEEDED_MAX_REPROMPTS")},
		{"it ended in an error", `"type":"SessionEndedRequest","reason":"ERROR","error":{"type":"INVALID_RESPONSE"}`, nil},
		{"it ended in an error without a description", `"type":"SessionEndedRequest","reason":"ERROR"`, nil},
		{"it ended in an error without a reason", `"type":"SessionEndedRequest","error":{"message":"timed out"}`, nil},
		{"an exception", `"type":"System.ExceptionEncountered"`, nil},
		{"an error of a screen", `"type":"Alexa.Presentation.APL.RuntimeError","errors":[{"type":"LIST_ERROR"}]`, nil},
		{"a request of a later version of Alexa", `"type":"Alexa.Hologram.Rotated"`, nil},
	} {
		t.Run(row.claim, func(t *testing.T) {
			e, err := alexa.Decode([]byte(`{"session":{"new":false},"request":{"requestId":"r1",` + row.request + `}}`))
			require.NoError(t, err)
			s := newFixture(t, saturday, postOn("2026-03-13", "Friday"))
			response, err := s.Handle(t.Context(), e)
			require.NoError(t, err)
			require.Equal(t, &alexa.Response{}, response, "Alexa accepts only an empty response")
			require.Equal(t, row.want, s.logLines(t))
		})
	}
}

func TestOtherRequestsAreNotLogged(t *testing.T) {
	s := newFixture(t, saturday)
	s.send(t, request("AudioPlayer.PlaybackStarted"))
	s.send(t, canFulfillRequest("LastPostIntent", nil))
	require.Empty(t, s.logLines(t), "the server logs each request")
}
