package reports_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/faultlog"
	"lastpost/internal/server/reports"
)

// decode returns the request with these members.
func decode(t *testing.T, members string) alexa.Request {
	t.Helper()
	e, err := alexa.Decode([]byte(`{"request":{` + members + `}}`))
	require.NoError(t, err)
	return e.Request
}

func TestReportsAreFaultsWithRemedies(t *testing.T) {
	const ended, exception = `"type":"SessionEndedRequest","reason":"ERROR",`, `"type":"System.ExceptionEncountered","cause":{"requestId":"r0"},`
	for _, row := range []struct {
		claim, request     string
		kind, text, remedy string
	}{
		{"an invalid answer", ended + `"error":{"type":"INVALID_RESPONSE","message":"Invalid SSML Output Speech"}`,
			"invalid-response", `Amazon rejected an answer and ended the session: INVALID_RESPONSE "Invalid SSML Output Speech"`, "report it"},
		{"an answer that did not arrive", ended + `"error":{"type":"INVALID_RESPONSE","message":"An exception occurred while dispatching the request to the skill."}`,
			"invalid-response", "while dispatching the request", "check --url"},
		{"an exception names its request", exception + `"error":{"type":"INVALID_RESPONSE","message":"Directive is not supported"}`,
			"invalid-response", `Amazon rejected the answer to the request "r0": INVALID_RESPONSE "Directive is not supported"`, "report it"},
		{"a device that cannot be reached", ended + `"error":{"type":"DEVICE_COMMUNICATION_ERROR","message":"offline"}`,
			"device-communication", `DEVICE_COMMUNICATION_ERROR "offline"`, "device"},
		{"a fault of Amazon", exception + `"error":{"type":"INTERNAL_SERVICE_ERROR","message":"Internal Server Error || too long"}`,
			"amazon-internal", `INTERNAL_SERVICE_ERROR "Internal Server Error || too long"`, "Amazon"},
		{"a late answer", ended + `"error":{"type":"ENDPOINT_TIMEOUT","message":"timeout"}`,
			"endpoint-timeout", `ENDPOINT_TIMEOUT "timeout"`, "check --url"},
		{"an error of a type that is not known", ended + `"error":{"type":"QUANTUM_ERROR","message":"?"}`,
			"amazon-error", `"QUANTUM_ERROR" "?"`, "report"},
		{"an error without a description", ended + `"error":null`, "amazon-error", "Amazon does not say why", "request"},
		{"an error without a reason", `"type":"SessionEndedRequest","error":{"message":"timed out"}`, "amazon-error", `"timed out"`, "request"},
		{"an exception without a description", `"type":"System.ExceptionEncountered"`, "amazon-error", "Amazon does not say why", "request"},
		{"an episode that a device refuses", `"type":"AudioPlayer.PlaybackFailed","token":"secret","error":{"type":"MEDIA_ERROR_INVALID_REQUEST","message":"404"}`,
			"playback-failed", `a device could not play an episode: MEDIA_ERROR_INVALID_REQUEST "404"`, "MP3"},
		{"an audio host that is out of reach", `"type":"AudioPlayer.PlaybackFailed","error":{"type":"MEDIA_ERROR_SERVICE_UNAVAILABLE"}`,
			"playback-failed", "MEDIA_ERROR_SERVICE_UNAVAILABLE", "audio"},
		{"a fault of the audio host", `"type":"AudioPlayer.PlaybackFailed","error":{"type":"MEDIA_ERROR_INTERNAL_SERVER_ERROR"}`, "playback-failed", "", "audio"},
		{"a fault of the device", `"type":"AudioPlayer.PlaybackFailed","error":{"type":"MEDIA_ERROR_INTERNAL_DEVICE_ERROR"}`, "playback-failed", "", "device"},
		{"a failed playback without a description", `"type":"AudioPlayer.PlaybackFailed"`, "playback-failed", "Amazon does not say why", "audio"},
		{"a screen", `"type":"Alexa.Presentation.APL.RuntimeError","errors":[{"type":"LIST_ERROR","reason":"INVALID_OPERATION","message":"no such list"}]`,
			"screen-error", `a device could not show a screen: LIST_ERROR INVALID_OPERATION "no such list"`, "report"},
		{"a screen without a description", `"type":"Alexa.Presentation.APL.RuntimeError"`, "screen-error", "Amazon does not say why", "report"},
		{"a screen of a later interface", `"type":"Alexa.Presentation.HTML.RuntimeError","error":{"code":7,"message":"gone"}`, "screen-error", `"gone"`, "report"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			faults := reports.Faults(decode(t, row.request))
			require.Len(t, faults, 1)
			require.Equal(t, row.kind, faults[0].Kind)
			require.Contains(t, faults[0].Text, row.text)
			require.Contains(t, faults[0].Remedy, row.remedy)
			require.NotContains(t, faults[0].Text, "secret")
			require.Contains(t, reports.Kinds(), row.kind)
		})
	}
}

func TestScreenErrorsAreSeparateFaults(t *testing.T) {
	faults := reports.Faults(decode(t, `"type":"Alexa.Presentation.APL.RuntimeError","errors":[{"type":"A","message":"1"},{"type":"B","message":"2"}]`))
	require.Len(t, faults, 2)
	require.Contains(t, faults[0].Text, `"A" "1"`)
	require.Contains(t, faults[1].Text, `"B" "2"`)
}

func TestFaultlessRequestsAreNotFaults(t *testing.T) {
	for _, request := range []string{
		`"type":"LaunchRequest"`, `"type":"IntentRequest","intent":{"name":"LastPostIntent"}`, `"type":"Something.New","errors":[{"type":"A"}]`,
		`"type":"SessionEndedRequest","reason":"USER_INITIATED"`, `"type":"SessionEndedRequest","reason":"EXCEEDED_MAX_REPROMPTS","error":null`,
		`"type":"SessionEndedRequest"`, `"type":"AudioPlayer.PlaybackStopped"`, `"type":"Alexa.Presentation.APL.UserEvent"`,
		`"type":"LaunchRequest","error":{"type":"INVALID_RESPONSE","message":"x"}`,
	} {
		require.Empty(t, reports.Faults(decode(t, request)), request)
	}
}

// escapes are characters as faults quote them. The "a" of "\x1a" is not the first letter of an id.
var escapes = regexp.MustCompile(`\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})`)

// FuzzFaults checks that texts from outside are short, on one line and without ids.
func FuzzFaults(f *testing.F) {
	f.Add("SessionEndedRequest", "INVALID_RESPONSE", "of amzn1.ask.account.LISTENER\nline 2")
	f.Add("AudioPlayer.PlaybackFailed", "\xff", strings.Repeat("ä", 100_000))
	f.Add("Alexa.Presentation.APL.RuntimeError", "LIST_ERROR", "amzn1.ask.device.KITCHEN amzn1.ask.person.ME")
	f.Add("SessionEndedRequest", "A", "\x1amzn1.ask.account.LISTENER \u200amzn1.ask.account.LISTENER")
	f.Fuzz(func(t *testing.T, kind, errorType, message string) {
		one := alexa.RuntimeError{Type: errorType, Reason: errorType, Message: message}
		request := alexa.Request{Type: kind, Error: alexa.Error{Type: errorType, Message: message}, Errors: []alexa.RuntimeError{one},
			Cause: alexa.Cause{RequestID: message}}
		for _, fault := range reports.Faults(request) {
			require.Less(t, len(fault.Text), 2500)
			require.NotContains(t, fault.Text, "\n")
			require.NotRegexp(t, `amzn1\.ask\.(account|device|person)\.\w`, escapes.ReplaceAllString(fault.Text, "?"))
			require.Contains(t, reports.Kinds(), fault.Kind)
			_, err := json.Marshal(fault)
			require.NoError(t, err)
			require.NotEqual(t, faultlog.Fault{}, fault)
		}
	})
}
