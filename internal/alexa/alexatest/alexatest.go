// Package alexatest checks responses as Alexa does, for tests and for the commands that examine a service. It parses a
// response and names each of Amazon's rules that the response breaks.
//
// It does not share code with package alexa, so that it can find errors of that package. It uses encoding/json and
// encoding/xml, and has separate lists of limits, locales and tags. Some rules are stricter than Amazon's: for example,
// a response that ends the session must not ask a question.
package alexatest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Request holds the facts of a request on which the rules depend.
type Request struct {
	Type       string   // the request's type
	Interfaces []string // interfaces of the device, such as AudioPlayer
}

// ParseRequest returns the facts of a request from its JSON.
func ParseRequest(request []byte) (Request, error) {
	var body struct {
		Request struct {
			Type string `json:"type"`
		} `json:"request"`
		Context struct {
			System struct {
				Device struct {
					SupportedInterfaces map[string]any `json:"supportedInterfaces"`
				} `json:"device"`
			} `json:"System"`
		} `json:"context"`
	}
	if err := json.Unmarshal(request, &body); err != nil {
		return Request{}, fmt.Errorf("alexatest: parse request: %w", err)
	}
	if body.Request.Type == "" {
		return Request{}, errors.New("alexatest: request without a type")
	}
	interfaces := slices.Sorted(maps.Keys(body.Context.System.Device.SupportedInterfaces))
	return Request{Type: body.Request.Type, Interfaces: interfaces}, nil
}

// expectsSpeech reports whether Alexa speaks the response and the listener can answer.
func (r Request) expectsSpeech() bool {
	return r.Type == "LaunchRequest" || r.Type == "IntentRequest" || r.Type == "Alexa.Presentation.APL.UserEvent"
}

// isFromPlayer reports whether the audio player or one of its buttons sent the request.
func (r Request) isFromPlayer() bool {
	return strings.HasPrefix(r.Type, "PlaybackController.") ||
		strings.HasPrefix(r.Type, "AudioPlayer.") && r.Type != "AudioPlayer.PlaybackStopped"
}

// isCanFulfill reports whether the request is Alexa's question whether the skill can handle an intent.
func (r Request) isCanFulfill() bool { return r.Type == "CanFulfillIntentRequest" }

func (r Request) hasInterface(iface string) bool { return slices.Contains(r.Interfaces, iface) }

// Examine parses a response as Alexa does. It returns the parsed response and the names of the broken rules. If the
// response cannot be parsed, for example because of an unknown field, Examine returns the reason instead of names.
func Examine(request Request, response []byte) (Response, []string) {
	parsed, err := decodeResponse(response)
	if err != nil {
		return parsed, []string{err.Error()}
	}
	var broken []string
	for _, rule := range rules() {
		if !rule.isKept(request, parsed) {
			broken = append(broken, rule.name)
		}
	}
	return parsed, broken
}
