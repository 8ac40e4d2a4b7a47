// Package reports reads Amazon's error reports: requests that say what was wrong with an earlier answer, an episode or a
// screen. Amazon says this nowhere else. The package is pure: it returns faults and does not log them. Call it only with
// requests that were verified, for the right skill.
package reports

import (
	"cmp"
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"lastpost/internal/alexa"
	"lastpost/internal/faultlog"
)

// The kinds of faults.
const (
	faultInvalidResponse = "invalid-response"
	faultEndpointTimeout = "endpoint-timeout"
	faultDevice          = "device-communication"
	faultAmazonInternal  = "amazon-internal"
	faultAmazonError     = "amazon-error"
	faultPlayback        = "playback-failed"
	faultScreen          = "screen-error"
)

// Kinds returns the kinds of all faults that Faults returns.
func Kinds() []string {
	return []string{
		faultInvalidResponse, faultEndpointTimeout, faultDevice, faultAmazonInternal, faultAmazonError, faultPlayback, faultScreen,
	}
}

// An explanation is the meaning of one of Amazon's error types.
type explanation struct{ kind, remedy string }

// The remedies for errors that do not depend on the type.
const (
	findRequest = "Find the request in the log or in the inspector. If its status is 200 and Amazon repeats the error, report it " +
		"as a fault of this program, with this line."
	findDelay = "Find the request in the log. If it is missing or its ms is small, something in front of the service loses or delays " +
		"answers: run skill check --url from another machine."
	checkAudio = "Open the episode's audio file in a browser. If it does not play there, the publisher or the audio host must correct it."
)

// errorTypes explains the error types of sessions and exceptions.
func errorTypes(errorType string) (explanation, bool) {
	known, ok := map[string]explanation{
		"INVALID_RESPONSE": {faultInvalidResponse, "The answer breaks one of Amazon's rules: this is a fault of this program. " +
			"The inspector shows the answer. Please report it with this line."},
		"ENDPOINT_TIMEOUT": {faultEndpointTimeout, findDelay},
		"DEVICE_COMMUNICATION_ERROR": {faultDevice, "Alexa could not reach the listener's device, for example because it was offline. " +
			"Nothing is wrong here. If it repeats on one device, restart it."},
		"INTERNAL_SERVICE_ERROR": {faultAmazonInternal, "Amazon's side failed. Wait. If the message names the answer, " +
			"for example its length, report it as a fault of this program."},
	}[errorType]
	return known, ok
}

// mediaErrors explains the error types of a player.
func mediaErrors(errorType string) (remedy string, known bool) {
	remedy, known = map[string]string{
		"MEDIA_ERROR_INVALID_REQUEST": checkAudio + " Alexa plays MP3, AAC and HLS, and only over HTTPS.",
		"MEDIA_ERROR_SERVICE_UNAVAILABLE": "The device could not reach the audio host. If it repeats, open the audio file " +
			"in a browser, and tell the publisher.",
		"MEDIA_ERROR_INTERNAL_SERVER_ERROR": "The audio host accepted the request and then failed. If it repeats, tell the publisher.",
		"MEDIA_ERROR_INTERNAL_DEVICE_ERROR": "The device itself failed. If it repeats on one device, restart it.",
		"MEDIA_ERROR_UNKNOWN":               checkAudio,
	}[errorType]
	return cmp.Or(remedy, checkAudio), known
}

// Faults returns the faults that a request reports. Most requests report none.
func Faults(r alexa.Request) []faultlog.Fault {
	switch {
	case r.Type == "SessionEndedRequest" && (r.Reason == "ERROR" || r.Error != (alexa.Error{})):
		return []faultlog.Fault{answerFault("Amazon rejected an answer and ended the session", r.Error)}
	case r.Type == "System.ExceptionEncountered":
		return []faultlog.Fault{answerFault(fmt.Sprintf("Amazon rejected the answer to the request %s", quote(r.Cause.RequestID)), r.Error)}
	case r.Type == "AudioPlayer.PlaybackFailed":
		remedy, known := mediaErrors(r.Error.Type)
		const what = "a device could not play an episode"
		return []faultlog.Fault{newFault(faultPlayback, what, remedy, known, r.Error.Type, "", r.Error.Message)}
	case strings.HasPrefix(r.Type, "Alexa.Presentation.") && strings.HasSuffix(r.Type, ".RuntimeError"):
		return screenFaults(r)
	}
	return nil
}

// answerFault explains an error about an answer. Amazon sends INVALID_RESPONSE with this message also if it got no answer.
func answerFault(what string, e alexa.Error) faultlog.Fault {
	known, ok := errorTypes(e.Type)
	if !ok {
		known = explanation{faultAmazonError, findRequest}
	}
	if known.kind == faultInvalidResponse && strings.Contains(e.Message, "dispatching the request") {
		known.remedy = "Amazon did not get an answer that it could read. " + findDelay
	}
	return newFault(known.kind, what, known.remedy, ok, e.Type, "", e.Message)
}

func screenFaults(r alexa.Request) (faults []faultlog.Fault) {
	const what = "a device could not show a screen"
	const remedy = "The listener heard the answer, but the screen stayed empty or old. This is a fault of this program: please report it " +
		"with this line."
	errs := r.Errors
	if len(errs) == 0 {
		errs = []alexa.RuntimeError{{Type: r.Error.Type, Message: r.Error.Message}}
	}
	for _, e := range errs {
		faults = append(faults, newFault(faultScreen, what, remedy, e.Type == "LIST_ERROR", e.Type, e.Reason, e.Message))
	}
	return faults
}

// newFault describes a fault. It quotes every text from outside, except a known error type and a reason in capitals.
func newFault(kind, what, remedy string, known bool, errorType, reason, message string) faultlog.Fault {
	var words []string
	if errorType != "" && known {
		words = append(words, errorType)
	} else if errorType != "" {
		words = append(words, quote(errorType))
	}
	if constant.MatchString(reason) {
		words = append(words, reason)
	} else if reason != "" {
		words = append(words, quote(reason))
	}
	if message != "" {
		words = append(words, quote(message))
	}
	if len(words) == 0 {
		words = append(words, "Amazon does not say why")
	}
	return faultlog.Fault{Kind: kind, Text: what + ": " + strings.Join(words, " "), Remedy: remedy, Level: slog.LevelWarn}
}

var (
	constant   = regexp.MustCompile(`^[A-Z_]{1,60}$`)
	personalID = regexp.MustCompile(`amzn1\.ask\.(account|device|person)\.[^\s"']+`)
)

// quote quotes a text for the log, without ids of listeners and devices.
func quote(text string) string {
	const maxScanned = 4 << 10
	text = strings.ToValidUTF8(text[:min(len(text), maxScanned)], "\ufffd")
	return fmt.Sprintf("%.200q", personalID.ReplaceAllString(text, "amzn1.ask.$1.…"))
}
